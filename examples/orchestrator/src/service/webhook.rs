//! `POST /v1/webhooks/idv`: a run has ended, somebody says.

use std::time::Duration;

use super::{Fault, Service};
use crate::idv::{Event, IdvError};
use crate::refusal::Refusal;

/// The sender waits ten seconds at most.
const PATIENCE: Duration = Duration::from_secs(5);

/// What became of a webhook; each is answered 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reception {
    /// The session has its verdict.
    Applied,
    /// The same event was dealt with before.
    Duplicate,
    /// Not about a run of ours, or nothing to change.
    Ignored,
}

impl Service {
    /// Takes a webhook: the signature first, over the bytes as they came; then the event, if it is a new one;
    /// and the verdict from nobody but the IDV API itself.
    ///
    /// # Errors
    /// [`Refusal::WebhookRejected`]; faults of the IDV API and the store, after which the sender tries again.
    pub async fn receive_webhook(&self, body: &[u8], signature: Option<&[u8]>) -> Result<Reception, Fault> {
        if !signature.is_some_and(|signature| self.webhook_keys.accept(body, signature)) {
            return Err(Refusal::WebhookRejected.into());
        }
        let Some(event) = Event::parse(body).filter(Event::is_run_completed) else {
            return Ok(Reception::Ignored);
        };
        if self.store.has_seen(&event).await? {
            return Ok(Reception::Duplicate);
        }
        let Some(session) = self.store.session_of_run(&event.object_id).await? else {
            return Ok(Reception::Ignored);
        };
        let run = self.idv.run(&session.run_id, PATIENCE).await?;
        if !run.belongs_to(&session) {
            return Err(IdvError::Unreadable("another session's run").into());
        }
        let mut write = self.store.write().await?;
        let changed = self.settle(&mut write, &session, run.outcome(session.flow)).await?;
        // an event that the API does not bear out is not remembered: the true one may look the same
        if run.status == event.status && !write.see(&event, self.now()).await? {
            return Ok(Reception::Duplicate);
        }
        write.commit().await?;
        Ok(if changed { Reception::Applied } else { Reception::Ignored })
    }
}
