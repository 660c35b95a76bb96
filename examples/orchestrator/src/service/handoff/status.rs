//! `GET /v1/handoffs/{id}`: where a hand-off stands, for the device that asked for it.

use serde::Serialize;

use crate::clock::rfc3339;
use crate::handoff::HandoffStatus;
use crate::refusal::Refusal;
use crate::service::{Fault, Service};

/// What is told of a hand-off.
#[derive(Debug, Serialize)]
pub struct HandoffReport {
    id: String,
    status: HandoffStatus,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<String>,
}

impl Service {
    /// Reports a hand-off, which follows its session once it has one.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn handoff_status(&self, handoff_id: &str) -> Result<HandoffReport, Fault> {
        let handoff = self.store.handoff(handoff_id).await?.ok_or(Refusal::NotFound)?;
        let session = match &handoff.session_id {
            Some(id) => self.looked_up(id).await?,
            None => None,
        };
        let status = handoff.status_at(session.as_ref(), self.now());
        let completed_at = session.and_then(|session| session.completed_at).map(rfc3339);
        Ok(HandoffReport { id: handoff.id, status, completed_at })
    }
}
