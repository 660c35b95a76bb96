//! What the orchestrator does, one file per operation. HTTP is `api`'s business, SQL is `store`'s.

mod audit;
mod cancel;
mod capture;
mod complete;
mod elevation;
mod handoff;
mod housekeeping;
mod once;
mod open;
mod recovery;
mod status;
mod webhook;

use std::time::Duration;

use crate::clock::Clock;
use crate::idv::{BiometricReference, Idv, IdvError, Outcome, SignatureKeys};
use crate::refusal::Refusal;
use crate::seal::{Purpose, SealError, Sealer};
use crate::session::{Flow, Session, Status};
use crate::store::{Actor, AuditEvent, CredentialOwner, Deed, Store, StoreError, Write};
use crate::verdict::VerdictSigner;

pub use self::capture::Opening;
pub use self::complete::Completion;
pub use self::handoff::HandoffReport;
pub use self::once::Answer;
pub use self::status::Report;
pub use self::webhook::Reception;

/// Everything the operations need.
pub struct Service {
    /// Sessions, users, credentials.
    pub store: Store,
    /// The identity-verification API.
    pub idv: Idv,
    /// Who may sign webhooks.
    pub webhook_keys: SignatureKeys,
    /// Seals what is biometric or secret.
    pub sealer: Sealer,
    /// Signs verdicts, where that is switched on.
    pub signer: Option<VerdictSigner>,
    /// The time.
    pub clock: Box<dyn Clock>,
    /// The workflows and the times that an operator may set.
    pub terms: Terms,
}

/// What an operator may set.
#[derive(Debug, Clone)]
pub struct Terms {
    /// IDV workflow for registrations.
    pub registration_workflow: String,
    /// IDV workflow for step-ups, on this device or another.
    pub step_up_workflow: String,
    /// IDV workflow for recoveries.
    pub recovery_workflow: String,
    /// How long a session lasts, in seconds.
    pub session_seconds: i64,
    /// How long a hand-off waits for its session, in seconds.
    pub handoff_seconds: i64,
    /// How long a used elevation is remembered, in seconds.
    pub elevation_seconds: i64,
    /// A pending session is looked up at the IDV API when that was not done for so many seconds.
    pub refresh_seconds: i64,
    /// How long a status call may wait for the IDV API.
    pub refresh_patience: Duration,
}

/// An operation that was not done: refused, or failed on our side.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The IDV API did not help.
    #[error(transparent)]
    Idv(#[from] IdvError),
    /// A rule of the contract.
    #[error("refused: {}", .0.code())]
    Refused(Refusal),
    /// The operating system gave no randomness.
    #[error("no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
    /// A kept value does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A kept value is not what was sealed.
    #[error("a kept {0} cannot be read")]
    Unreadable(&'static str),
}

impl Service {
    /// Whose credential it is.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown one.
    pub async fn credential_owner(&self, credential_id: &str) -> Result<CredentialOwner, Fault> {
        self.store.credential(credential_id).await?.ok_or(Fault::Refused(Refusal::NotFound))
    }

    fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Gives a pending session the verdict of its run. False when there is none yet, or it is too late.
    async fn settle(&self, write: &mut Write, session: &Session, outcome: Outcome) -> Result<bool, Fault> {
        let now = self.now();
        let (verdict, deed, reference, detail) = match outcome {
            Outcome::Pending => return Ok(false),
            Outcome::Matched(reference) => (Status::Matched, Deed::SessionMatched, reference, None),
            Outcome::NotMatched => (Status::NotMatched, Deed::SessionNotMatched, None, None),
            Outcome::Failed(why) => (Status::Failed, Deed::SessionFailed, None, Some(why)),
        };
        let sealed = reference
            .map(|reference| {
                self.sealer.seal(Purpose::Reference, &session.external_user_id, &reference.to_bytes())
            })
            .transpose()?;
        if !write.settle(&session.id, verdict, sealed.as_deref(), now).await? {
            return Ok(false);
        }
        write.record(&AuditEvent { detail, ..session.event(Actor::Idv, deed, now) }).await?;
        Ok(true)
    }

    fn open_reference(&self, user: &str, sealed: &str) -> Result<BiometricReference, Fault> {
        let bytes = self.sealer.open(Purpose::Reference, user, sealed)?;
        BiometricReference::from_bytes(bytes.expose()).ok_or(Fault::Unreadable("biometric reference"))
    }
}

impl Terms {
    fn workflow(&self, flow: Flow) -> &str {
        match flow {
            Flow::Recovery => &self.recovery_workflow,
            Flow::Registration => &self.registration_workflow,
            Flow::StepUp | Flow::CrossPlatform => &self.step_up_workflow,
        }
    }
}

impl Session {
    /// A line of the audit trail about this session.
    fn event(&self, actor: Actor, deed: Deed, at: i64) -> AuditEvent<'_> {
        AuditEvent {
            external_user_id: Some(&self.external_user_id),
            session_id: Some(&self.id),
            ..AuditEvent::new(actor, deed, at)
        }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
