//! `POST /v1/elevations/{id}/consume`: an elevation is good once. Exactly one of any number of callers succeeds.

use serde_json::Value;

use super::{Answer, Fault, Service};
use crate::ident::ElevationId;
use crate::refusal::Refusal;
use crate::store::{Actor, AuditEvent, Deed, Exchange, Write};

impl Service {
    /// Uses an elevation up; it is the gateway's, and nothing is known of it here but that it was used.
    ///
    /// # Errors
    /// [`Refusal::AlreadyConsumed`], those of the `Idempotency-Key`.
    pub async fn consume_elevation(&self, exchange: &Exchange, id: &ElevationId) -> Result<Answer, Fault> {
        let mut write = self.store.write().await?;
        let result = self.consume_elevation_in(&mut write, exchange, id).await;
        self.finish(write, exchange, result).await
    }

    async fn consume_elevation_in(
        &self,
        write: &mut Write,
        exchange: &Exchange,
        id: &ElevationId,
    ) -> Result<Answer, Fault> {
        let now = self.now();
        let binding = write.bind_key(exchange, now).await?;
        if let Some(answer) = self.replay(exchange, binding)? {
            return Ok(answer);
        }
        if !write.consume_elevation(id.as_str(), now).await? {
            return Err(Refusal::AlreadyConsumed.into());
        }
        let consumed = AuditEvent::new(Actor::Gateway, Deed::ElevationConsumed, now);
        write.record(&AuditEvent { detail: Some(id.as_str()), ..consumed }).await?;
        let answer = Answer { status: 204, body: Value::Null };
        self.keep(write, exchange, &answer).await?;
        Ok(answer)
    }
}
