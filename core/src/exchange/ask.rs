//! The orchestrator's operations as an exchange asks them, and what it makes of a failure.

use super::Context;
use crate::encoding;
use crate::json::Value;
use crate::orchestrator::{
    self, Call, Ended, ExternalUserId, Failure, Operation, SessionId, Trace, Values, Verdict,
};
use crate::policy::{Flow, Transaction};
use crate::refusal::{Code, Refusal};

/// An operation with these values, and a key of its own where it changes something.
pub(super) fn operation(
    operation: Operation,
    mut values: Values,
    trace: &Trace,
    context: Context<'_>,
) -> Result<Call, Refusal> {
    if !operation.is_safe_to_repeat() {
        values.set("idempotency_key", context.gateway.uuid().into());
    }
    orchestrator::ask(&context.policy.orchestrator, trace, operation, values).map_err(unavailable)
}

/// What a session is opened with.
#[derive(Clone, Debug, Default)]
pub(super) struct Opening {
    /// A biometric token from elsewhere, `{encrypted_biometric_token}`.
    pub(super) prior: Option<Value>,
    /// `workflow_input.custom_data`
    pub(super) custom_data: Option<Value>,
    /// The hand-off that it belongs to.
    pub(super) handoff: Option<String>,
    /// What the person is asked for.
    pub(super) shown: Option<ShownTransaction>,
}

/// A transaction as the capture shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ShownTransaction {
    pub(super) transaction: Transaction,
    pub(super) display: String,
}

impl ShownTransaction {
    /// Puts it among the values of a call.
    pub(super) fn add_to(shown: Option<&Self>, values: Values) -> Values {
        values
            .with_some("transaction_hash", shown.map(|shown| shown.transaction.hash_text()))
            .with_some("transaction_display", shown.map(|shown| shown.display.as_str()))
    }
}

/// Opens a session of this flow.
pub(super) fn open(
    flow: Flow,
    user: &ExternalUserId,
    rp_id: &str,
    challenge: Option<&[u8; 32]>,
    opening: Opening,
    trace: &Trace,
    context: Context<'_>,
) -> Result<Call, Refusal> {
    let kind = flow.open().ok_or(Refusal::new(Code::OrchestratorUnavailable, "a flow without a session"))?;
    let token = opening.prior.as_ref().and_then(|prior| prior.get("encrypted_biometric_token")).cloned();
    let values = Values::default()
        .with("flow", flow.name())
        .with("external_user_id", user.as_str())
        .with("rp_id", rp_id)
        .with_some("challenge", challenge.map(|challenge| encoding::to_base64url(challenge)))
        .with_some("prior_biometric", opening.prior)
        .with_some("prior_biometric_token", token)
        .with_some("custom_data", opening.custom_data)
        .with_some("handoff", opening.handoff);
    let values = ShownTransaction::add_to(opening.shown.as_ref(), values);
    operation(kind, values, trace, context)
}

/// What a question about a session says, and its answer must say again.
pub(super) fn about(session: &SessionId, flow: Flow, challenge: &[u8; 32]) -> Values {
    // A recovery is opened before there is a challenge; evidence ties the two together.
    let challenge = (flow != Flow::Recovery).then(|| encoding::to_base64url(challenge));
    session.values().with("flow", flow.name()).with_some("challenge", challenge)
}

/// `credential_owner`
pub(super) fn owner(credential_id: &[u8], trace: &Trace, context: Context<'_>) -> Result<Call, Refusal> {
    let values = Values::default().with("credential_id", encoding::to_base64url(credential_id));
    operation(Operation::CredentialOwner, values, trace, context)
}

/// Whether the orchestrator can say whose a credential is.
pub(super) fn knows_owners(context: Context<'_>) -> bool {
    context.policy.orchestrator.procedure(Operation::CredentialOwner).is_some_and(|p| !p.requests.is_empty())
}

/// A failure where every reason of the orchestrator's is as bad as no answer.
pub(super) fn unavailable(failure: Failure) -> Refusal {
    let why = match failure {
        Failure::Fault(why) => why,
        Failure::Ended(ended) => ended.name(),
    };
    Refusal::new(Code::OrchestratorUnavailable, why)
}

/// A failure to open a session: an orchestrator that does not know the user will not know them later either.
pub(super) fn unopened(failure: Failure) -> Refusal {
    match failure {
        Failure::Ended(Ended::Unknown) => Refusal::new(Code::UserUnknown, "unknown to the orchestrator"),
        failure => unavailable(failure),
    }
}

/// A failure of an operation on a session of this flow.
pub(super) fn refused(failure: Failure, flow: Flow) -> Refusal {
    match failure {
        Failure::Fault(_) => unavailable(failure),
        Failure::Ended(Ended::Unknown) => Refusal::new(Code::CeremonyUnknown, "unknown to the orchestrator"),
        Failure::Ended(reason) => ended(reason.into(), flow),
    }
}

/// A failure of an operation on a hand-off.
pub(super) fn handoff_refused(failure: Failure) -> Refusal {
    let code = match failure {
        Failure::Fault(_) => return unavailable(failure),
        Failure::Ended(Ended::Expired) => Code::CeremonyExpired,
        Failure::Ended(Ended::Unknown) => Code::CeremonyUnknown,
        Failure::Ended(_) => Code::CeremonyReplayed,
    };
    Refusal::new(code, "hand-off is over")
}

/// The refusal for a verdict that is no match.
pub(super) fn ended(verdict: Verdict, flow: Flow) -> Refusal {
    let code = match (verdict, flow) {
        (Verdict::Pending, _) => Code::VerdictPending,
        (Verdict::Completed, _) => Code::CeremonyReplayed,
        (_, Flow::Registration) => Code::RegistrationUnverified,
        (Verdict::NotMatched, Flow::Recovery) => Code::RecoveryMismatch,
        (Verdict::NotMatched, _) => Code::BiometricMismatch,
        _ => Code::VerdictFailed,
    };
    Refusal::new(code, verdict.name())
}
