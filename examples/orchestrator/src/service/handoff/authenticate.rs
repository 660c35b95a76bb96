//! `POST /v1/handoffs/{id}/authentication`: the check on the other device. One of any number of callers opens it.

use serde_json::{Map, Value};

use crate::handoff::Handoff;
use crate::ident;
use crate::refusal::Refusal;
use crate::service::capture::Capture;
use crate::service::once::CLAIM_SECONDS;
use crate::service::{Answer, Fault, Opening, Service};
use crate::session::{Ceremony, Flow};
use crate::store::{Exchange, Write};

impl Service {
    /// Opens the one session of a consumed hand-off: for its user, and for its transaction.
    ///
    /// # Errors
    /// [`Refusal::NotConsumed`], [`Refusal::AlreadyOpened`], [`Refusal::Cancelled`], [`Refusal::Expired`],
    /// [`Refusal::NotEnrolled`], [`Refusal::NotFound`], those of the `Idempotency-Key`, faults of the IDV API.
    pub async fn authenticate_handoff(
        &self,
        exchange: &Exchange,
        handoff_id: &str,
        ceremony: Ceremony,
        custom_data: Map<String, Value>,
    ) -> Result<Answer, Fault> {
        let work = async {
            let session_id = ident::fresh("ses_")?;
            let now = self.now();
            // one turn, taken before the run is started: a run costs money, and a person's time
            let until = now.saturating_add(CLAIM_SECONDS);
            let has_turn = self.store.take_opening(handoff_id, &session_id, now, until).await?;
            let handoff = self.store.handoff(handoff_id).await?.ok_or(Refusal::NotFound)?;
            if !has_turn {
                return Err(handoff.why_not_opened(now).into());
            }
            let opened = self.open_session(exchange, handoff, &session_id, (ceremony, custom_data)).await;
            if opened.is_err() {
                self.store.give_opening_back(handoff_id, &session_id).await?;
            }
            opened
        };
        self.claimed(exchange, work).await
    }

    async fn open_session(
        &self,
        exchange: &Exchange,
        handoff: Handoff,
        session_id: &str,
        (ceremony, custom_data): (Ceremony, Map<String, Value>),
    ) -> Result<Answer, Fault> {
        let handoff_id = handoff.id;
        let capture = self
            .start(Opening {
                flow: Flow::CrossPlatform,
                external_user_id: handoff.external_user_id,
                ceremony: Some(ceremony),
                transaction: handoff.transaction,
                prior: None,
                custom_data,
            })
            .await?;
        let mut write = self.store.write().await?;
        let result = self.open_in(&mut write, exchange, &handoff_id, &capture, session_id).await;
        self.finish(write, exchange, result).await
    }

    async fn open_in(
        &self,
        write: &mut Write,
        exchange: &Exchange,
        handoff_id: &str,
        capture: &Capture,
        session_id: &str,
    ) -> Result<Answer, Fault> {
        // it may have been cancelled, or replaced, while the run was started
        if !write.open_handoff(handoff_id, session_id).await? {
            let handoff = write.handoff(handoff_id).await?.ok_or(Refusal::NotFound)?;
            return Err(handoff.why_not_opened(self.now()).into());
        }
        let answer = self.admit(write, capture, session_id).await?;
        self.keep(write, exchange, &answer).await?;
        Ok(answer)
    }
}
