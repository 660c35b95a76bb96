//! `POST /v1/sessions/{id}/complete`: uses a match up. Exactly one of any number of callers succeeds.

use serde_json::json;

use super::{Answer, Fault, Service};
use crate::ident::{CredentialId, PublicKey, UserHandle};
use crate::refusal::Refusal;
use crate::session::{Flow, Session, Status};
use crate::store::{Actor, AuditEvent, Credential, Deed, Exchange, Write};

/// The credential that the relying party accepted.
#[derive(Debug)]
pub struct Completion {
    /// Its id.
    pub credential_id: CredentialId,
    /// Kept after a registration or a recovery.
    pub public_key: Option<PublicKey>,
    /// Kept after a registration or a recovery.
    pub user_handle: Option<UserHandle>,
}

impl Service {
    /// Completes a matched session, once per `exchange`.
    ///
    /// # Errors
    /// [`Refusal::NotReady`], [`Refusal::NotMatched`], [`Refusal::AlreadyCompleted`],
    /// [`Refusal::CredentialTaken`], [`Refusal::NotFound`], those of the `Idempotency-Key`.
    pub async fn complete(
        &self,
        exchange: &Exchange,
        session_id: &str,
        completion: &Completion,
    ) -> Result<Answer, Fault> {
        let mut write = self.store.write().await?;
        let result = self.complete_in(&mut write, exchange, session_id, completion).await;
        self.finish(write, exchange, result).await
    }

    async fn complete_in(
        &self,
        write: &mut Write,
        exchange: &Exchange,
        session_id: &str,
        completion: &Completion,
    ) -> Result<Answer, Fault> {
        let now = self.now();
        let binding = write.bind_key(exchange, now).await?;
        if let Some(answer) = self.replay(exchange, binding)? {
            return Ok(answer);
        }
        let credential_id = completion.credential_id.as_str();
        let was_matched = write.complete_session(session_id, credential_id, now).await?;
        let session = write.session(session_id).await?.ok_or(Refusal::NotFound)?;
        if !was_matched {
            return Err(why_not(&session, now).into());
        }
        let is_the_users = match session.flow {
            Flow::Registration | Flow::Recovery => self.know(write, &session, completion, now).await?,
            Flow::StepUp | Flow::CrossPlatform => {
                !write.is_anothers(credential_id, &session.external_user_id).await?
            }
        };
        if !is_the_users {
            return Err(Refusal::CredentialTaken.into());
        }
        // a recovery was matched against the reference, which stays
        if session.flow == Flow::Registration {
            self.enrol(write, &session, now).await?;
        }
        let completed = session.event(Actor::Gateway, Deed::SessionCompleted, now);
        write.record(&AuditEvent { detail: Some(credential_id), ..completed }).await?;
        let answer = Answer { status: 200, body: json!({"status": "completed"}) };
        self.keep(write, exchange, &answer).await?;
        Ok(answer)
    }

    /// Stores the credential that was registered; false when it is another user's.
    async fn know(
        &self,
        write: &mut Write,
        session: &Session,
        completion: &Completion,
        now: i64,
    ) -> Result<bool, Fault> {
        let credential = Credential {
            credential_id: completion.credential_id.as_str(),
            external_user_id: &session.external_user_id,
            public_key: completion.public_key.as_ref().map(PublicKey::as_str),
            user_handle: completion.user_handle.as_ref().map(UserHandle::as_str),
        };
        if !write.add_credential(&credential, now).await? {
            return Ok(false);
        }
        let stored = session.event(Actor::Gateway, Deed::CredentialStored, now);
        write.record(&AuditEvent { detail: Some(credential.credential_id), ..stored }).await?;
        Ok(true)
    }

    /// Makes the face of the registration the user's reference.
    async fn enrol(&self, write: &mut Write, session: &Session, now: i64) -> Result<(), Fault> {
        let sealed = write.take_reference(&session.id).await?.ok_or(Fault::Unreadable("reference"))?;
        write.enrol(&session.external_user_id, &sealed, now).await?;
        write.record(&session.event(Actor::Gateway, Deed::ReferenceStored, now)).await?;
        Ok(())
    }
}

/// The contract has three words for a session that cannot be completed; every end without a match is one.
fn why_not(session: &Session, now: i64) -> Refusal {
    match session.status_at(now) {
        Status::Completed => Refusal::AlreadyCompleted,
        // a match that was refused is a recovery without its exchange, or came this very moment
        Status::Pending | Status::Matched => Refusal::NotReady,
        Status::Cancelled | Status::Expired | Status::Failed | Status::NotMatched => Refusal::NotMatched,
    }
}
