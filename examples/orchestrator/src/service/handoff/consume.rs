//! `POST /v1/handoffs/consume`: the other device shows the token. Exactly one of any number of callers succeeds.

use serde_json::json;

use crate::opaque::Opaque;
use crate::refusal::Refusal;
use crate::service::{Answer, Fault, Service};
use crate::store::{Actor, Deed, Exchange, Write};

impl Service {
    /// Uses a token up, once ever, and answers whose hand-off it is.
    ///
    /// # Errors
    /// [`Refusal::AlreadyConsumed`], [`Refusal::Cancelled`], [`Refusal::Expired`]; [`Refusal::NotFound`] for a
    /// token that is none; those of the `Idempotency-Key`.
    pub async fn consume_handoff(&self, exchange: &Exchange, token: &Opaque) -> Result<Answer, Fault> {
        let mut write = self.store.write().await?;
        let result = self.consume_in(&mut write, exchange, &token.digest()).await;
        self.finish(write, exchange, result).await
    }

    async fn consume_in(
        &self,
        write: &mut Write,
        exchange: &Exchange,
        token_hash: &str,
    ) -> Result<Answer, Fault> {
        let now = self.now();
        let binding = write.bind_key(exchange, now).await?;
        if let Some(answer) = self.replay(exchange, binding)? {
            return Ok(answer);
        }
        let is_consumed = write.consume_handoff(token_hash, now).await?;
        let handoff = write.handoff_of_token(token_hash).await?.ok_or(Refusal::NotFound)?;
        if !is_consumed {
            return Err(handoff.why_not_consumed(now).into());
        }
        write.record(&handoff.event(Actor::Gateway, Deed::HandoffConsumed, now)).await?;
        let body = json!({"id": handoff.id, "external_user_id": handoff.external_user_id});
        let answer = Answer { status: 200, body };
        self.keep(write, exchange, &answer).await?;
        Ok(answer)
    }
}
