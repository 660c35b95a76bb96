//! The same request twice is done once.

use std::time::Duration;

use serde_json::Value;

use super::{Fault, Service};
use crate::refusal::Refusal;
use crate::seal::Purpose;
use crate::store::{Binding, Exchange, KeptAnswer, Write};

/// For how long one request may keep others with the same key waiting, in seconds; after that the process
/// that had it is taken for dead.
pub(super) const CLAIM_SECONDS: i64 = 30;
/// How often, and how long apart, a request waits for its twin.
const WAITS: (u32, Duration) = (150, Duration::from_millis(20));

/// An answer to a POST.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// JSON body; null for none.
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

    /// Does `work` that calls the IDV API, in no transaction for that: it may take long. It has to keep its own
    /// answer.
    pub(super) async fn claimed(
        &self,
        exchange: &Exchange,
        work: impl Future<Output = Result<Answer, Fault>>,
    ) -> Result<Answer, Fault> {
        if let Some(answer) = self.claim(exchange).await? {
            return Ok(answer);
        }
        let done = work.await;
        if done.is_err() {
            self.store.release(&exchange.key).await?;
        }
        done
    }

    /// Waits while the same request is under way elsewhere; its answer is ours then.
    async fn claim(&self, exchange: &Exchange) -> Result<Option<Answer>, Fault> {
        let (tries, pause) = WAITS;
        for _ in 0..tries {
            let now = self.now();
            let binding = self.store.claim(exchange, now, now.saturating_add(CLAIM_SECONDS)).await?;
            if !matches!(binding, Binding::Busy) {
                return self.replay(exchange, binding);
            }
            tokio::time::sleep(pause).await;
        }
        Err(Refusal::RequestInProgress.into())
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
