//! The same request twice is done once.

use serde_json::Value;

use super::{Fault, Service};
use crate::refusal::Refusal;
use crate::seal::Purpose;
use crate::store::{Binding, Exchange, KeptAnswer, Write};

/// An answer to a POST.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// JSON body.
    pub body: Value,
}

impl Service {
    /// Keeps `answer` for the exchange; sealed, for it may hold an SDK token.
    pub(super) async fn keep(
        &self,
        write: &mut Write,
        exchange: &Exchange,
        answer: &Answer,
    ) -> Result<(), Fault> {
        let body = answer.body.to_string();
        let sealed = self.sealer.seal(Purpose::Answer, &exchange.key, body.as_bytes())?;
        write.keep_answer(&exchange.key, &KeptAnswer { status: answer.status, sealed }).await?;
        Ok(())
    }

    /// What an earlier request with this key leaves to do: nothing but to repeat the answer, or everything.
    pub(super) fn replay(&self, exchange: &Exchange, binding: Binding) -> Result<Option<Answer>, Fault> {
        match binding {
            Binding::Anothers => Err(Refusal::IdempotencyKeyReused.into()),
            Binding::Busy => Err(Refusal::RequestInProgress.into()),
            Binding::Free => Ok(None),
            Binding::Answered(kept) => {
                let opened = self.sealer.open(Purpose::Answer, &exchange.key, &kept.sealed)?;
                let body =
                    serde_json::from_slice(opened.expose()).map_err(|_| Fault::Unreadable("answer"))?;
                Ok(Some(Answer { status: kept.status, body }))
            }
        }
    }

    /// Ends the transaction of a POST: a refusal leaves nothing but the key, tied to its request, so that it
    /// cannot serve another one later.
    pub(super) async fn finish(
        &self,
        write: Write,
        exchange: &Exchange,
        result: Result<Answer, Fault>,
    ) -> Result<Answer, Fault> {
        match &result {
            Ok(_) => write.commit().await?,
            Err(fault) => {
                write.rollback().await?;
                if matches!(fault, Fault::Refused(refusal) if *refusal != Refusal::IdempotencyKeyReused) {
                    self.store.remember(exchange, self.now()).await?;
                }
            }
        }
        result
    }
}
