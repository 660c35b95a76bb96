//! The orchestrator's operations as an exchange asks them, and what it makes of a failure.

use super::Context;
use crate::encoding;
use crate::json::Value;
use crate::orchestrator::{self, Call, ExternalUserId, Operation, Trace, Values};
pub(super) use crate::orchestrator::{ended, handoff_refused, refused, unavailable, unopened};
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

/// `credential_owner`
pub(super) fn owner(credential_id: &[u8], trace: &Trace, context: Context<'_>) -> Result<Call, Refusal> {
    let values = Values::default().with("credential_id", encoding::to_base64url(credential_id));
    operation(Operation::CredentialOwner, values, trace, context)
}

/// Whether the orchestrator can say whose a credential is.
pub(super) fn knows_owners(context: Context<'_>) -> bool {
    context.policy.orchestrator.procedure(Operation::CredentialOwner).is_some_and(|p| !p.requests.is_empty())
}
