//! `POST /v1/audit`: what gateways decided. An event is known by its source and number, so a batch may be told again.

use super::{Fault, Service};
use crate::decision::Batch;
use crate::refusal::Refusal;

impl Service {
    /// Keeps what is new of a batch.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] for a batch that is empty, too large or out of order.
    pub async fn keep_decisions(&self, batch: &Batch) -> Result<(), Fault> {
        if !batch.is_in_order() {
            let why = "a batch is 1 to 1000 events whose numbers rise from 1 or later";
            return Err(Refusal::Malformed(why.to_owned()).into());
        }
        let mut write = self.store.write().await?;
        write.keep_decisions(batch, self.now()).await?;
        write.commit().await?;
        Ok(())
    }
}
