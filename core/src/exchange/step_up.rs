//! What a step-up is made of, at begin and at finish alike.

use super::Context;
use super::identify;
use crate::evidence::{Known, Requirement, RuleReference, Sealed, commit, digest16};
use crate::json::{Object, Value};
use crate::orchestrator::{ExternalUserId, Fault, Owner};
use crate::policy::{Flow, RelyingParty, Rule, SealKey};
use crate::refusal::{Code, Refusal};
use crate::webauthn::PublicKey;

/// A fault of the orchestrator refuses, and may be tried again.
pub(super) fn unavailable(Fault(why): Fault) -> Refusal {
    Refusal::new(Code::OrchestratorUnavailable, why)
}

/// The requirement that a session was opened for.
pub(super) fn required(
    rule: RuleReference,
    flow: Flow,
    session: String,
    user: &ExternalUserId,
    party: &RelyingParty,
    context: Context<'_>,
) -> Result<Requirement, Refusal> {
    let user = commit(context.policy.keys.sealing(), &party.name, user.as_str())
        .ok_or(Refusal::new(Code::UserUnknown, "no commitment"))?;
    Ok(Requirement::Match { rule, flow, session, user })
}

/// What the orchestrator knows of a credential, as evidence keeps it.
pub(super) fn known(
    owner: &Owner,
    credential: [u8; 16],
    key: &SealKey,
    party: &RelyingParty,
) -> Option<Known> {
    Some(Known {
        credential,
        owner: commit(key, &party.name, owner.user.as_str())?,
        key: owner.public_key.as_ref().and_then(PublicKey::es256),
        handle: owner.user_handle.as_deref().map(digest16),
    })
}

/// The `stepUp` member; `None` where no session is open.
pub(super) fn member(sealed: &Sealed, client: Option<Value>, context: Context<'_>) -> Option<Value> {
    let Requirement::Match { rule, flow, session, .. } = &sealed.ceremony.requirement else { return None };
    let text = |text: &str| Value::String(text.to_owned());
    let mut member = Object::default();
    member.insert("flow", text(flow.name()));
    member.insert("rule", text(&rule.id));
    member.insert("session", text(session));
    if let Some(client) = client {
        member.insert("client", client);
    }
    if let Some(rule) = rule_of(rule, context) {
        member.insert("acr", text(&rule.acr));
    }
    member.insert("expiresAt", Value::String(sealed.ceremony.expires.to_string()));
    member.insert("status", Value::String(format!("{}/sessions/{session}", context.policy.prefix)));
    member.insert("evidence", text(&sealed.token));
    Some(Value::Object(member))
}

/// The rule as it was when it spoke; `None` when it has changed or gone.
pub(super) fn rule_of<'p>(reference: &RuleReference, context: Context<'p>) -> Option<&'p Rule> {
    context.policy.rules.iter().find(|rule| rule.id == reference.id && rule.digest == reference.digest)
}

/// Whether a user handle is that of the committed user, where its bytes are the user's id: as they stand, or
/// in base64url where the user was read from creation options, which hold it so.
pub(super) fn is_user(
    handle: &[u8],
    user: &[u8; 16],
    key: &SealKey,
    party: &RelyingParty,
    context: Context<'_>,
) -> bool {
    let plain = core::str::from_utf8(handle).ok().map(str::to_owned);
    let encoded = Some(crate::encoding::to_base64url(handle));
    [plain, encoded].into_iter().flatten().any(|id| {
        identify::external(&id, party, context)
            .and_then(|id| commit(key, &party.name, id.as_str()))
            .is_some_and(|committed| committed == *user)
    })
}
