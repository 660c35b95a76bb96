//! What a step-up is made of, at begin and at finish alike.

use super::Context;
use super::identify;
use crate::evidence::{Known, Match, RuleReference, commit, digest16};
use crate::json::{Object, Value};
use crate::orchestrator::{ExternalUserId, Owner, SessionId};
use crate::policy::{Flow, RelyingParty, Rule, SealKey};
use crate::refusal::{Code, Refusal};
use crate::time::UnixTime;
use crate::webauthn::PublicKey;

/// The match that a session was opened for.
pub(super) fn required(
    rule: Option<RuleReference>,
    flow: Flow,
    session: SessionId,
    user: &ExternalUserId,
    party: &RelyingParty,
    context: Context<'_>,
) -> Result<Match, Refusal> {
    let user = commit(context.policy.keys.sealing(), &party.name, user.as_str())
        .ok_or(Refusal::new(Code::UserUnknown, "no commitment"))?;
    Ok(Match { rule, flow, session, user, transaction: None, handoff: None, seen: false })
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

/// What `stepUp` tells the client.
#[derive(Debug, Default)]
pub(super) struct Told<'a> {
    /// For the capture.
    pub(super) client: Option<Value>,
    /// What the person is asked for.
    pub(super) display: Option<&'a str>,
    /// When, and from where, somebody asked for it on another device.
    pub(super) started: Option<(UnixTime, Option<&'a str>)>,
}

/// The `stepUp` member of what a match is required for.
pub(super) fn member(
    required: &Match,
    token: &str,
    expires: UnixTime,
    told: Told<'_>,
    context: Context<'_>,
) -> Value {
    let mut member = Object::default();
    let mut put = |name: &str, value: Value| member.insert(name, value);
    put("flow", required.flow.name().into());
    if let Some(rule) = &required.rule {
        put("rule", rule.id.as_str().into());
    }
    put("session", required.session.id.as_str().into());
    if let Some(client) = told.client {
        put("client", client);
    }
    if let Some(display) = told.display {
        put("display", display.into());
    }
    if let Some(handoff) = &required.handoff {
        put("handoff", handoff.as_str().into());
    }
    if let Some((at, from)) = told.started {
        put("startedAt", at.to_string().into());
        if let Some(from) = from {
            put("startedFrom", from.into());
        }
    }
    if let Some(rule) = required.rule.as_ref().and_then(|rule| rule_of(rule, context)) {
        put("acr", rule.gives().into());
    }
    put("expiresAt", expires.to_string().into());
    put("status", format!("{}/sessions/{}", context.policy.prefix, required.session.id).into());
    put("evidence", token.into());
    Value::Object(member)
}

/// The rule as it was when it spoke; `None` when it has changed or gone.
pub(super) fn rule_of<'p>(reference: &RuleReference, context: Context<'p>) -> Option<&'p Rule> {
    context.policy.rules.iter().find(|rule| rule.id == reference.id && rule.digest == reference.digest)
}

/// Whether a rule is another one by now. One that was taken out is not: what it asked for stays asked for, and nothing
/// that is under way breaks.
pub(super) fn has_changed(reference: &RuleReference, context: Context<'_>) -> bool {
    context.policy.rules.iter().any(|rule| rule.id == reference.id && rule.digest != reference.digest)
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
