//! Elevations: which of them a request shows, which one fits a rule, and how a completed step-up gives one.

use super::Context;
use super::identify::{self, Introspection, SessionUser};
use super::request::Request;
use super::step_up;
use crate::evidence::{self, Asked, Carried, Elevation, Match, RuleReference, commit};
use crate::headers::Headers;
use crate::order::sorted_by_key;
use crate::policy::{RelyingParty, Rule, SealKey, Transaction};
use crate::refusal::{Code, Refusal};
use crate::time::UnixTime;

/// One step-up is enough; who shows more than these for one thing has spent none of them.
const MOST_TRIED: usize = 3;

/// What is looked for.
pub(super) struct Wanted<'a> {
    pub(super) rule: &'a Rule,
    pub(super) transaction: Option<Transaction>,
    /// SHA-256 of the session's handle.
    pub(super) binding: Option<[u8; 32]>,
    pub(super) user: &'a SessionUser,
}

/// What a request shows for a rule.
pub(super) enum Shown {
    /// The newest that fits, and the others.
    Fits(Box<Fit>, Vec<Fit>),
    /// One for other values, another place, another session or another user.
    Mismatch,
    /// None that is still good.
    Nothing,
}

impl Shown {
    /// For the operator.
    pub(super) fn in_words(&self) -> &'static str {
        match self {
            Self::Fits(..) => "elevation fits",
            Self::Mismatch => "elevation for other values, another place, another session or another user",
            Self::Nothing => "no elevation",
        }
    }
}

/// An elevation that fits a rule, its values and the session; only [`find`] makes one.
#[derive(Debug)]
pub(super) struct Fit(Elevation);

impl Fit {
    /// The elevation.
    pub(super) fn elevation(&self) -> &Elevation {
        &self.0
    }
}

/// Elevations that a request shows and that are not over, of this relying party, each once and with its key.
fn shown<'p>(request: &Request, party: &RelyingParty, context: Context<'p>) -> Vec<(Elevation, &'p SealKey)> {
    let found = evidence::find_all(&context.policy.keys.seal, &request.headers, Elevation::from_payload);
    let mut all: Vec<(Elevation, &SealKey)> = Vec::new();
    for (elevation, key, _) in found {
        let known = all.iter().any(|(known, _)| known.id == elevation.id);
        if !known && elevation.relying_party == party.name && elevation.expires > context.now {
            all.push((elevation, key));
        }
    }
    sorted_by_key(all, |(elevation, _)| core::cmp::Reverse(elevation.issued))
}

/// Seconds since the last step-up in this session, by this user where one is known.
pub(super) fn age(
    request: &Request,
    introspection: Option<&Introspection>,
    user: Option<&str>,
    context: Context<'_>,
) -> Result<Option<u64>, Refusal> {
    let party = request.party(context)?;
    let shown = shown(request, party, context);
    if shown.is_empty() {
        return Ok(None);
    }
    let binding = identify::binding(request, None, introspection, context)?;
    let ages = shown
        .iter()
        .filter(|(elevation, key)| {
            elevation.binding == binding
                && user.is_none_or(|user| is_theirs(elevation, key, user, party, context))
        })
        .map(|(elevation, _)| context.now.since(elevation.issued));
    Ok(ages.min())
}

/// Whether it was this user who stepped up.
fn is_theirs(
    elevation: &Elevation,
    key: &SealKey,
    user: &str,
    party: &RelyingParty,
    context: Context<'_>,
) -> bool {
    let user = identify::external(user, party, context);
    user.and_then(|user| commit(key, &party.name, user.as_str())) == Some(elevation.user)
}

/// The refusal that a ceremony is begun for, and its rule.
///
/// A header names it outright; of the cookie's, which comes along unasked, only one that still means something counts.
/// One whose rule was taken out since is for nothing any more, in either: the begin is as any other.
pub(super) fn asked<'p>(
    request: &Request,
    introspection: Option<&Introspection>,
    context: Context<'p>,
) -> Result<Option<(Asked, &'p Rule)>, Refusal> {
    let unknown = |why| Refusal::new(Code::CeremonyUnknown, why);
    let party = request.party(context)?;
    let found = evidence::find_all(&context.policy.keys.seal, &request.headers, Asked::from_payload);
    let mut named: Option<Asked> = None;
    let mut carried: Option<Asked> = None;
    for (asked, _, in_header) in found {
        let slot = if in_header { &mut named } else { &mut carried };
        if in_header && slot.as_ref().is_some_and(|first| *first != asked) {
            return Err(unknown("two refusals named"));
        }
        *slot = Some(asked);
    }
    let outright = named.is_some();
    let Some(asked) = named.or(carried) else { return Ok(None) };
    let binding = identify::binding(request, None, introspection, context)?;
    let rule = step_up::rule_of(&asked.rule, context).filter(|rule| rule.resource.is_some());
    let problem = if asked.relying_party != party.name || asked.binding != binding {
        Some(unknown("another session's evidence"))
    } else if asked.expires <= context.now {
        Some(Refusal::new(Code::CeremonyExpired, "too old"))
    } else {
        None
    };
    match (problem, rule) {
        (None, Some(rule)) => Ok(Some((asked, rule))),
        (Some(problem), _) if outright => Err(problem),
        (None, None) if outright && step_up::has_changed(&asked.rule, context) => {
            Err(Refusal::new(Code::CeremonyExpired, "the rule has changed"))
        }
        _ => Ok(None),
    }
}

/// The best of what a request shows.
pub(super) fn find(request: &Request, wanted: &Wanted<'_>, context: Context<'_>) -> Result<Shown, Refusal> {
    let party = request.party(context)?;
    let (mut fits, mut other) = (Vec::new(), false);
    for (elevation, key) in shown(request, party, context) {
        if !satisfies(&elevation, wanted.rule, context) {
            continue;
        }
        let same_user = match wanted.user {
            SessionUser::Named(Some(user)) => is_theirs(&elevation, key, user, party, context),
            SessionUser::Named(None) => false,
            SessionUser::Unasked | SessionUser::Unnamed => true,
        };
        let same = elevation.binding == wanted.binding && elevation.transaction == wanted.transaction;
        if same && same_user {
            fits.push(Fit(elevation));
        } else {
            other = true;
        }
    }
    let mut fits = fits.into_iter().take(MOST_TRIED);
    Ok(match fits.next() {
        Some(fit) => Shown::Fits(Box::new(fit), fits.collect()),
        None if other => Shown::Mismatch,
        None => Shown::Nothing,
    })
}

/// Whether an elevation is of a kind that the rule takes, values aside: its own, or one of a level that it lists.
fn satisfies(elevation: &Elevation, rule: &Rule, context: Context<'_>) -> bool {
    if context.now.since(elevation.issued) >= rule.lasts() {
        return false;
    }
    let own = elevation.rule.id == rule.id;
    if own {
        return elevation.rule.digest == rule.digest;
    }
    // Another rule's: only where this one says which levels are enough, and never for a transaction.
    rule.acr.len() > 1
        && rule.transaction.is_none()
        && elevation.transaction.is_none()
        && rule.acr.contains(&elevation.acr)
}

/// What a completed step-up is worth to the client, as headers.
pub(super) struct Completed<'a> {
    /// The match.
    pub(super) required: &'a Match,
    /// The id of the key that the match's commitments are by.
    pub(super) key: &'a str,
    /// The relying party's name in the configuration.
    pub(super) relying_party: &'a str,
    /// SHA-256 of the session's handle as the client holds it from now on.
    pub(super) binding: Option<[u8; 32]>,
    /// When the person was seen.
    pub(super) at: UnixTime,
    /// Unique.
    pub(super) id: String,
}

impl Completed<'_> {
    /// The elevation; `None` where the step-up was for no resource, its rule is gone, or it would be over already.
    pub(super) fn elevation(&self, context: Context<'_>) -> Option<(Elevation, String)> {
        let reference: &RuleReference = self.required.rule.as_ref()?;
        let rule = step_up::rule_of(reference, context).filter(|rule| rule.resource.is_some())?;
        let expires = self.at.plus(rule.lasts());
        let elevation = Elevation {
            id: self.id.clone(),
            relying_party: self.relying_party.to_owned(),
            user: self.required.user,
            rule: reference.clone(),
            acr: rule.gives().to_owned(),
            session: self.required.session.id.clone(),
            transaction: self.required.transaction,
            binding: self.binding,
            issued: self.at,
            expires,
        };
        let key = context.policy.keys.by_id(self.key)?;
        let token = elevation.seal(key).filter(|_| expires > context.now)?;
        Some((elevation, token))
    }

    /// The headers that deliver it.
    pub(super) fn headers(&self, request: &Headers, context: Context<'_>) -> Vec<(String, String)> {
        let Some((elevation, token)) = self.elevation(context) else { return Vec::new() };
        let carried = Carried::Elevation(&elevation.rule.id, elevation.transaction.as_ref());
        let mut headers = evidence::expire(&context.policy.keys.seal, request, carried);
        headers.push(evidence::forget(Carried::Asked));
        headers.extend(evidence::deliver(carried, &token, elevation.expires.since(context.now)));
        headers
    }
}
