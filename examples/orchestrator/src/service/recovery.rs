//! `POST /v1/recoveries/{id}/exchange`: the client of a matched recovery may register another passkey now.

use serde_json::json;

use super::{Answer, Fault, Service};
use crate::opaque::Opaque;
use crate::refusal::Refusal;
use crate::session::{Session, Status};
use crate::store::{Actor, Deed, Exchange, Write};

impl Service {
    /// Takes the continuation of a matched recovery, once ever.
    ///
    /// # Errors
    /// [`Refusal::ContinuationInvalid`] before anything is told; [`Refusal::RecoveryMatchFailed`] for another
    /// face; [`Refusal::NotReady`], [`Refusal::AlreadyExchanged`], [`Refusal::Cancelled`], [`Refusal::Expired`],
    /// [`Refusal::Failed`], [`Refusal::NotFound`], those of the `Idempotency-Key`.
    pub async fn exchange_continuation(
        &self,
        exchange: &Exchange,
        session_id: &str,
        continuation: &Opaque,
    ) -> Result<Answer, Fault> {
        // a lost webhook must not keep the user out
        self.looked_up(session_id).await?;
        let mut write = self.store.write().await?;
        let result = self.exchange_in(&mut write, exchange, session_id, continuation).await;
        self.finish(write, exchange, result).await
    }

    async fn exchange_in(
        &self,
        write: &mut Write,
        exchange: &Exchange,
        session_id: &str,
        continuation: &Opaque,
    ) -> Result<Answer, Fault> {
        let now = self.now();
        let binding = write.bind_key(exchange, now).await?;
        if let Some(answer) = self.replay(exchange, binding)? {
            return Ok(answer);
        }
        let digest = continuation.digest();
        let is_exchanged = write.exchange_continuation(session_id, &digest, now).await?;
        let session = write.session(session_id).await?.ok_or(Refusal::NotFound)?;
        if !is_exchanged {
            return Err(why_not(&session, &digest, now).into());
        }
        write.record(&session.event(Actor::Gateway, Deed::ContinuationExchanged, now)).await?;
        let answer = Answer { status: 200, body: json!({"status": "exchanged"}) };
        self.keep(write, exchange, &answer).await?;
        Ok(answer)
    }
}

fn why_not(session: &Session, digest: &str, now: i64) -> Refusal {
    let Some(continuation) = &session.continuation else { return Refusal::NotFound };
    if continuation.digest != digest {
        return Refusal::ContinuationInvalid;
    }
    if continuation.is_exchanged {
        return Refusal::AlreadyExchanged;
    }
    match session.status_at(now) {
        Status::Cancelled => Refusal::Cancelled,
        Status::Completed => Refusal::AlreadyExchanged,
        Status::Expired => Refusal::Expired,
        Status::Failed => Refusal::Failed,
        Status::NotMatched => Refusal::RecoveryMatchFailed,
        // a match that was refused came this very moment
        Status::Matched | Status::Pending => Refusal::NotReady,
    }
}
