//! `GET /v1/sessions/{id}`: where a session stands.

use serde::Serialize;

use super::{Fault, Service};
use crate::refusal::Refusal;
use crate::session::{Flow, Session, Status};

/// What is told of a session.
#[derive(Debug, Serialize)]
pub struct Report {
    id: String,
    flow: Flow,
    external_user_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    challenge: Option<String>,
    status: Status,
    /// A JWS, for a match, where signing is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<String>,
}

impl Service {
    /// Reports a session.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn status(&self, session_id: &str) -> Result<Report, Fault> {
        let session = self.looked_up(session_id).await?.ok_or(Refusal::NotFound)?;
        let now = self.now();
        let status = session.status_at(now);
        let verdict = match (&self.signer, status) {
            (Some(signer), Status::Matched) => signer.sign(&session, now),
            _ => None,
        };
        Ok(Report {
            id: session.id,
            flow: session.flow,
            external_user_id: session.external_user_id,
            challenge: session.ceremony.map(|ceremony| ceremony.challenge),
            status,
            verdict,
        })
    }

    /// The session. One that is pending and was not looked up at the IDV API for a while is looked up first: no
    /// webhook tells of an abandoned run, and webhooks get lost.
    pub(super) async fn looked_up(&self, session_id: &str) -> Result<Option<Session>, Fault> {
        let session = self.store.session(session_id).await?;
        match session {
            Some(pending)
                if pending.status_at(self.now()) == Status::Pending && self.refresh(&pending).await? =>
            {
                Ok(self.store.session(session_id).await?)
            }
            session => Ok(session),
        }
    }

    /// True when the session may have changed. An IDV API that does not answer leaves it pending.
    async fn refresh(&self, session: &Session) -> Result<bool, Fault> {
        let now = self.now();
        let before = now.saturating_sub(self.terms.refresh_seconds);
        // of many readers at once, one asks
        if session.checked_at > before || !self.store.take_check(&session.id, before, now).await? {
            return Ok(false);
        }
        let run = match self.idv.run(&session.run_id, self.terms.refresh_patience).await {
            Ok(run) if run.belongs_to(session) => run,
            Ok(_) => {
                tracing::warn!(session = session.id, "the IDV API answered with another session's run");
                return Ok(false);
            }
            Err(error) => {
                tracing::warn!(session = session.id, %error, "cannot refresh a pending session");
                return Ok(false);
            }
        };
        let mut write = self.store.write().await?;
        let changed = self.settle(&mut write, session, run.outcome(session.flow)).await?;
        write.commit().await?;
        Ok(changed)
    }
}
