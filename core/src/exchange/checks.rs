//! The checks of a finish. Each makes the proof of its name, and nothing else can.

use super::ask;
use super::step_up;
use super::{Context, Outcome};
use crate::evidence::{Ceremony, Known, Requirement, commit, digest16};
use crate::jws;
use crate::orchestrator::{self, Answer, ExternalUserId, Verdict};
use crate::policy::Ceremony as Leg;
use crate::policy::{Flow, RelyingParty, SealKey, UserHandle};
use crate::refusal::{Code, Refusal};
use crate::webauthn::Credential;

/// The credential answers this very ceremony: evidence, session, rule, type, origin and RP ID fit.
#[derive(Debug)]
pub(super) struct Fits(Ceremony);

impl Fits {
    /// The evidence.
    pub(super) fn ceremony(&self) -> &Ceremony {
        &self.0
    }
}

/// Compares the evidence with the session that presents it and the credential with the evidence.
pub(super) fn fits(
    ceremony: Ceremony,
    binding: Option<[u8; 32]>,
    leg: Leg,
    credential: &Credential,
    party: &RelyingParty,
    context: Context<'_>,
) -> Result<Fits, Refusal> {
    if ceremony.relying_party != party.name {
        return Err(Refusal::new(Code::CeremonyUnknown, "another relying party's evidence"));
    }
    if ceremony.binding != binding {
        return Err(Refusal::new(Code::CeremonyUnknown, "another session's evidence"));
    }
    if ceremony.expires <= context.now {
        return Err(Refusal::new(Code::CeremonyExpired, "too old"));
    }
    let rule = match &ceremony.requirement {
        Requirement::Match(required) => required.rule.as_ref(),
        Requirement::Unopened { rule, .. } => Some(rule),
        Requirement::Routine | Requirement::Undecided { .. } => None,
    };
    if rule.is_some_and(|rule| step_up::has_changed(rule, context)) {
        return Err(Refusal::new(Code::CeremonyExpired, "the rule has changed"));
    }
    let mismatch = |why| Err(Refusal::new(Code::CeremonyMismatch, why));
    if ceremony.leg != leg || credential.client_data.kind != leg.client_data_type() {
        return mismatch("type");
    }
    if !party.origins.contains(&credential.client_data.origin) {
        return mismatch("origin");
    }
    if credential.authenticator_data.rp_id_hash != party.rp_id_hash {
        return mismatch("RP ID");
    }
    Ok(Fits(ceremony))
}

/// The user-verified flag is set.
#[derive(Debug)]
pub(super) struct UserVerified(());

/// Reads the flag (WebAuthn Level 3 section 6.1).
pub(super) fn user_verified(credential: &Credential) -> Result<UserVerified, Refusal> {
    if credential.authenticator_data.flags.user_verified() {
        Ok(UserVerified(()))
    } else {
        Err(Refusal::new(Code::UserUnverified, "flag not set"))
    }
}

/// The credential is the evidence user's.
#[derive(Debug)]
pub(super) struct Owned(());

/// What ownership is judged by.
pub(super) struct Ownership<'a> {
    /// The committed user.
    pub(super) user: &'a [u8; 16],
    /// The key of the commitment.
    pub(super) key: &'a SealKey,
    /// Digests of the ids that the relying party allowed.
    pub(super) allowed: &'a [[u8; 16]],
    /// What the orchestrator knows of this credential.
    pub(super) known: Option<&'a Known>,
}

/// The ownership rule of the contract's section 4, and the signature where the key is known.
pub(super) fn owned(
    credential: &Credential,
    by: &Ownership<'_>,
    party: &RelyingParty,
    context: Context<'_>,
) -> Result<Owned, Refusal> {
    let mismatch = |why| Err(Refusal::new(Code::CredentialMismatch, why));
    let Some((signature, user_handle)) = credential.assertion() else { return Ok(Owned(())) };
    let id = digest16(&credential.id);
    let known = by.known.filter(|known| known.credential == id);
    if known.is_some_and(|known| known.owner != *by.user) {
        return mismatch("another user's credential");
    }
    if known.is_none() && !by.allowed.contains(&id) && !party.checks_owner {
        return mismatch("nobody says whose credential it is");
    }
    if let Some(handle) = user_handle {
        let agrees = match party.user_handle {
            UserHandle::IsUser => step_up::is_user(handle, by.user, by.key, party, context),
            UserHandle::Learned => {
                known.and_then(|known| known.handle).is_none_or(|learned| learned == digest16(handle))
            }
        };
        if !agrees {
            return mismatch("user handle");
        }
    }
    if let Some(key) = known.and_then(|known| known.key.as_ref())
        && !context.gateway.verify_es256(key, &credential.signed_message(), signature)
    {
        return mismatch("signature");
    }
    Ok(Owned(()))
}

/// The orchestrator says `matched`, for this session, flow, user and challenge.
#[derive(Debug)]
pub(super) struct Matched(());

/// Takes a match that was seen before, where the orchestrator would not tell it again: evidence that says so was
/// sealed on its word.
pub(super) fn seen(fits: &Fits, context: Context<'_>) -> Option<Matched> {
    let seen = fits.ceremony().required().is_some_and(|required| required.seen);
    (seen && context.policy.orchestrator.tells_once()).then_some(Matched(()))
}

/// Reads the answer to `status`, and the signed verdict where keys are configured.
pub(super) fn matched(
    answer: &Answer,
    fits: &Fits,
    key: &SealKey,
    party: &RelyingParty,
    context: Context<'_>,
    outcome: &mut Outcome,
) -> Result<Matched, Refusal> {
    let required = fits.ceremony().required();
    let required = required.ok_or(Refusal::new(Code::CeremonyUnknown, "no session"))?;
    let about = required.session.about(required.flow, &fits.ceremony().challenge);
    let status =
        orchestrator::status(&context.policy.orchestrator, &about, answer).map_err(ask::unavailable)?;
    let is_theirs = |user: &ExternalUserId| commit(key, &party.name, user.as_str()) == Some(required.user);
    let another = Refusal::new(Code::OrchestratorUnavailable, "status of another user");
    let subject = match (status.user, status.verdict) {
        (Some(user), _) if !is_theirs(&user) => return Err(another),
        (Some(user), Verdict::Matched) => user,
        (None, Verdict::Matched) => return Err(another),
        (_, verdict) => {
            outcome.verdict = Some(verdict);
            return Err(ask::ended(verdict, required.flow));
        }
    };
    if !context.policy.orchestrator.verdict_keys.is_empty() {
        signed(status.jws.as_deref(), &subject, fits, party, context)?;
    }
    outcome.verdict = Some(Verdict::Matched);
    Ok(Matched(()))
}

fn signed(
    jws: Option<&str>,
    subject: &ExternalUserId,
    fits: &Fits,
    party: &RelyingParty,
    context: Context<'_>,
) -> Result<(), Refusal> {
    let unsigned = |why| Refusal::new(Code::OrchestratorUnavailable, why);
    let required = fits.ceremony().required().ok_or(unsigned("no session"))?;
    let expected = jws::Expected {
        audience: &party.rp_id,
        subject: subject.as_str(),
        session: &required.session.id,
        flow: required.flow.name(),
        challenge: (required.flow != Flow::Recovery).then_some(&fits.ceremony().challenge),
        now: context.now,
    };
    let jws = jws.ok_or(unsigned("verdict is not signed"))?;
    jws::verify(jws, &context.policy.orchestrator.verdict_keys, &expected, context.gateway)
        .map_err(|_| unsigned("signed verdict does not check out"))
}
