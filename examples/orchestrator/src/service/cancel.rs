//! `POST /v1/sessions/{id}/cancel`: gives a session up.

use serde_json::json;

use super::{Answer, Fault, Service};
use crate::refusal::Refusal;
use crate::session::Status;
use crate::store::{Actor, Deed, Exchange, Write};

impl Service {
    /// Cancels an open session; one that has ended otherwise stays as it is, which is said in the answer.
    ///
    /// # Errors
    /// [`Refusal::AlreadyCompleted`], [`Refusal::NotFound`], those of the `Idempotency-Key`.
    pub async fn cancel(&self, exchange: &Exchange, session_id: &str) -> Result<Answer, Fault> {
        let mut write = self.store.write().await?;
        let result = self.cancel_in(&mut write, exchange, session_id).await;
        self.finish(write, exchange, result).await
    }

    async fn cancel_in(
        &self,
        write: &mut Write,
        exchange: &Exchange,
        session_id: &str,
    ) -> Result<Answer, Fault> {
        let now = self.now();
        let binding = write.bind_key(exchange, now).await?;
        if let Some(answer) = self.replay(exchange, binding)? {
            return Ok(answer);
        }
        let cancelled = write.cancel_session(session_id, now).await?;
        let session = write.session(session_id).await?.ok_or(Refusal::NotFound)?;
        let status = session.status_at(now);
        if status == Status::Completed {
            return Err(Refusal::AlreadyCompleted.into());
        }
        if cancelled {
            write.record(&session.event(Actor::Gateway, Deed::SessionCancelled, now)).await?;
        }
        let answer = Answer { status: 200, body: json!({"status": status}) };
        self.keep(write, exchange, &answer).await?;
        Ok(answer)
    }
}
