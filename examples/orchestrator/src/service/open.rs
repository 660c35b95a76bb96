//! `POST /v1/sessions` and `POST /v1/recoveries`: starts a capture.

use super::{Answer, Fault, Opening, Service};
use crate::ident;
use crate::store::Exchange;

impl Service {
    /// Opens a session, once per `exchange`.
    ///
    /// # Errors
    /// [`crate::refusal::Refusal::NotEnrolled`], those of the `Idempotency-Key`, and faults of the IDV API.
    pub async fn open(&self, exchange: &Exchange, opening: Opening) -> Result<Answer, Fault> {
        let work = async {
            let capture = self.start(opening).await?;
            let mut write = self.store.write().await?;
            let answer = self.admit(&mut write, &capture, &ident::fresh("ses_")?).await?;
            self.keep(&mut write, exchange, &answer).await?;
            write.commit().await?;
            Ok(answer)
        };
        self.claimed(exchange, work).await
    }
}
