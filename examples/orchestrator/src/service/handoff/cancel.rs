//! `POST /v1/handoffs/{id}/cancel`: gives a hand-off up, and the check that it led to.

use serde_json::json;

use crate::handoff::HandoffStatus;
use crate::refusal::Refusal;
use crate::service::{Answer, Fault, Service};
use crate::store::{Actor, Deed, Exchange, Write};

impl Service {
    /// Cancels a hand-off and its open session; one that has ended otherwise stays as it is, which is said in
    /// the answer. Its token is dead in any case.
    ///
    /// # Errors
    /// [`Refusal::AlreadyCompleted`], [`Refusal::NotFound`], those of the `Idempotency-Key`.
    pub async fn cancel_handoff(&self, exchange: &Exchange, handoff_id: &str) -> Result<Answer, Fault> {
        let mut write = self.store.write().await?;
        let result = self.cancel_handoff_in(&mut write, exchange, handoff_id).await;
        self.finish(write, exchange, result).await
    }

    async fn cancel_handoff_in(
        &self,
        write: &mut Write,
        exchange: &Exchange,
        handoff_id: &str,
    ) -> Result<Answer, Fault> {
        let now = self.now();
        let binding = write.bind_key(exchange, now).await?;
        if let Some(answer) = self.replay(exchange, binding)? {
            return Ok(answer);
        }
        let is_cancelled = write.cancel_handoff(handoff_id, now).await?;
        let handoff = write.handoff(handoff_id).await?.ok_or(Refusal::NotFound)?;
        if is_cancelled {
            write.record(&handoff.event(Actor::Gateway, Deed::HandoffCancelled, now)).await?;
        }
        let session = match &handoff.session_id {
            Some(id) => {
                let is_cancelled = write.cancel_session(id, now).await?;
                let session = write.session(id).await?;
                if let Some(session) = session.as_ref().filter(|_| is_cancelled) {
                    write.record(&session.event(Actor::Gateway, Deed::SessionCancelled, now)).await?;
                }
                session
            }
            None => None,
        };
        let status = handoff.status_at(session.as_ref(), now);
        if status == HandoffStatus::Completed {
            return Err(Refusal::AlreadyCompleted.into());
        }
        let answer = Answer { status: 200, body: json!({"status": status}) };
        self.keep(write, exchange, &answer).await?;
        Ok(answer)
    }
}
