//! A finish: what the client answers to the options, held until everything about it is proven.

use super::checks::{self, Fits, Owned, Ownership, UserVerified};
use super::clearance::Cleared;
use super::identify::{self, Introspection};
use super::late::Late;
use super::release::{self, Release};
use super::request::{self, Request};
use super::step_up;
use super::{Context, Effect, Event, Forward, Outcome, State, Step, ask, body, early, refuse};
use crate::assertion;
use crate::evidence::{self, Known, Requirement, digest16};
use crate::form;
use crate::headers::Edits;
use crate::json::Value;
use crate::orchestrator::{self, Answer, Call, Operation};
use crate::policy::{Content, Decision, Flow, RelyingParty, SealKey, UserHandle};
use crate::refusal::{Code, Refusal};
use crate::webauthn::{self, Credential};

/// A finish and how far it is.
#[derive(Debug)]
pub(super) struct Finish {
    request: Request,
    expect: Expect,
}

#[derive(Debug)]
enum Expect {
    Body,
    Session(Box<Parsed>),
    Verdict {
        guarded: Box<Guarded>,
        owner: bool,
    },
    Late(Box<Late>),
    /// Only where the relying party's success cannot be awaited: see `release`.
    Completed(Box<Guarded>, Cleared),
}

/// A body that is strictly a credential.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) document: Value,
    pub(super) credential: Credential,
}

/// A finish that a rule guards, while its questions are out.
#[derive(Debug)]
pub(super) struct Guarded {
    pub(super) parsed: Parsed,
    pub(super) fits: Fits,
    verified: UserVerified,
    /// The seal's key, by id: commitments were made with it.
    pub(super) key: String,
    known: Option<Known>,
}

impl Finish {
    pub(super) fn start(request: Request, end: bool, mut edits: Edits, context: Context<'_>) -> Step {
        let check = || -> Result<(), Refusal> {
            request::plain(&request.headers, request.endpoint(context)?.content.media_type())?;
            let limit = context.policy.limits.body;
            match request::announced_length(&request.headers) {
                Some(length) if length > limit => Err(Refusal::new(Code::BodyTooLarge, "announced")),
                _ if end => Err(Refusal::new(Code::MalformedCredential, "no body")),
                _ => Ok(()),
            }
        };
        if let Err(refusal) = check() {
            return refusal.into();
        }
        request::readable_answer(&mut edits, &request.headers);
        if !context.policy.headers_can_wait {
            // The body leaves serialised anew, and a length that is gone already cannot lie about it.
            edits.remove.push("content-length".to_owned());
        }
        (State::Finish(Box::new(Self { request, expect: Expect::Body })), Effect::Collect(edits))
    }

    #[inline(never)]
    pub(super) fn on(self, event: Event<'_>, context: Context<'_>, outcome: &mut Outcome) -> Step {
        let Self { request, expect } = self;
        let step = match (expect, event) {
            (Expect::Body, Event::RequestBody(body, end)) => {
                if body.len() > context.policy.limits.body {
                    return refuse(Code::BodyTooLarge, "finish");
                }
                if !end {
                    return wait(request, Expect::Body, Effect::Hold);
                }
                parse(&request, body, context).and_then(|parsed| {
                    let party = request.party(context)?;
                    if identify::session_needs_introspection(party) {
                        let call = identify::introspect(&request, None, context)?;
                        return Ok(Next::Ask(Expect::Session(Box::new(parsed)), vec![call]));
                    }
                    judge(&request, parsed, None, context, outcome)
                })
            }
            (Expect::Session(parsed), Event::Answers(answers)) => request.party(context).and_then(|party| {
                let answer = answers.into_iter().next().flatten();
                let introspection = identify::introspected(&answer, party, context)?;
                judge(&request, *parsed, Some(&introspection), context, outcome)
            }),
            (Expect::Verdict { guarded, owner }, Event::Answers(answers)) => {
                verdict(&request, *guarded, owner, answers, context, outcome)
            }
            (Expect::Late(late), Event::Answers(answers)) => {
                late.on(&request, answers, context, outcome).map(|next| match next {
                    super::late::Next::Ask(late, calls) => Next::Ask(Expect::Late(late), calls),
                    super::late::Next::Refuse(refusal) => Next::Refuse(refusal),
                })
            }
            (Expect::Completed(guarded, cleared), Event::Answers(answers)) => {
                completed(*guarded, cleared, answers, context)
            }
            (_, event) => return early(&event),
        };
        match step {
            Ok(Next::Ask(expect, calls)) => wait(request, expect, Effect::Ask(calls)),
            Ok(Next::Refuse(refusal)) | Err(refusal) => refusal.into(),
            Ok(Next::Routine(parsed, cleared)) => {
                outcome.note("forwarded");
                match forward(&request, &parsed, None, context) {
                    Ok(forward) => (State::Done, Effect::Forward(cleared, forward)),
                    Err(refusal) => refusal.into(),
                }
            }
            Ok(Next::Guarded { guarded, cleared, complete }) => {
                let header = release::header(&guarded.fits, context);
                let release = Release::new(&request, &guarded, complete, context);
                outcome.note("forwarded");
                let forward = forward(&request, &guarded.parsed, header, context);
                let forward = forward.and_then(|forward| assert(&request, forward, &guarded.fits, context));
                match (release, forward) {
                    (Ok(release), Ok(forward)) => {
                        (State::Release(Box::new(release)), Effect::Forward(cleared, forward))
                    }
                    (Err(refusal), _) | (_, Err(refusal)) => refusal.into(),
                }
            }
        }
    }
}

fn wait(request: Request, expect: Expect, effect: Effect) -> Step {
    (State::Finish(Box::new(Finish { request, expect })), effect)
}

/// What is to be done next. Only with a [`Cleared`] can it be forwarding.
enum Next {
    Ask(Expect, Vec<Call>),
    Refuse(Refusal),
    Routine(Box<Parsed>, Cleared),
    Guarded { guarded: Box<Guarded>, cleared: Cleared, complete: bool },
}

pub(super) fn parse(request: &Request, body: &[u8], context: Context<'_>) -> Result<Parsed, Refusal> {
    let malformed = |why| Refusal::new(Code::MalformedCredential, why);
    let endpoint = request.endpoint(context)?;
    let depth = context.policy.limits.json_depth;
    let mut document = body::of_finish(endpoint, body, depth)?;
    webauthn::check_path(&document, endpoint.locator.outer()).map_err(|why| malformed(why.name()))?;
    if let Some((inner, then)) = endpoint.locator.inner(&document, depth) {
        webauthn::check_path(&inner, then).map_err(|why| malformed(why.name()))?;
    }
    // A JSON text inside the JSON is written anew too.
    let rewritten = endpoint.locator.edit(&mut document, depth, |_| ());
    rewritten.ok_or(malformed("no credential where the profile says"))?;
    let value = endpoint.locator.read(&document, depth).ok_or(malformed("no credential"))?;
    let parsed = Credential::parse(&value, endpoint.leg.ceremony(), endpoint.raw_id_optional);
    let credential = parsed.map_err(|why| malformed(why.name()))?;
    Ok(Parsed { document, credential })
}

/// The credential is well-formed: which ceremony is it of, and what does that ceremony require?
fn judge(
    request: &Request,
    parsed: Parsed,
    introspection: Option<&Introspection>,
    context: Context<'_>,
    outcome: &mut Outcome,
) -> Result<Next, Refusal> {
    let party = request.party(context)?;
    let leg = request.endpoint(context)?.leg.ceremony();
    let challenge = webauthn::challenge_hash(&parsed.credential.client_data.challenge);
    let (ceremony, key) = evidence::offered(&context.policy.keys.seal, &request.headers, &challenge)?;
    let binding = identify::binding(request, None, introspection, context)?;
    let fits = checks::fits(ceremony, binding, leg, &parsed.credential, party, context)?;
    match fits.ceremony().requirement.clone() {
        Requirement::Routine => {
            outcome.rule(Flow::Routine, None);
            Ok(Next::Routine(Box::new(parsed), Cleared::routine(&fits)))
        }
        Requirement::Match(required) => {
            let rule = required.rule.as_ref().and_then(|rule| step_up::rule_of(rule, context));
            outcome.rule(required.flow, rule);
            outcome.session(&required.session.id);
            let verified = checks::user_verified(&parsed.credential)?;
            let known = fits.ceremony().known.clone();
            let id = digest16(&parsed.credential.id);
            let known = known.filter(|known| known.credential == id);
            let wanted = known.is_none() && wants_owner(&parsed.credential, fits.ceremony(), party);
            let owner = wanted && ask::knows_owners(context);
            if !owner {
                // Refused before anybody is asked, where that can be.
                let allowed = &fits.ceremony().allowed;
                let by = Ownership { user: &required.user, key, allowed, known: known.as_ref() };
                checks::owned(&parsed.credential, &by, party, context)?;
            }
            let mut calls = Vec::new();
            if checks::seen(&fits, context).is_none() {
                let about = required.session.about(required.flow, &challenge);
                calls.push(ask::operation(Operation::Status, about, &request.trace, context)?);
            }
            if owner {
                calls.push(ask::owner(&parsed.credential.id, &request.trace, context)?);
            }
            let guarded = Guarded { parsed, fits, verified, key: key.id.clone(), known };
            if calls.is_empty() {
                return verdict(request, guarded, owner, Vec::new(), context, outcome);
            }
            Ok(Next::Ask(Expect::Verdict { guarded: Box::new(guarded), owner }, calls))
        }
        Requirement::Unopened { rule, .. } if step_up::rule_of(&rule, context).is_none() => {
            // Taken out since, and nothing was asked for yet: nothing is.
            outcome.rule(Flow::Routine, None);
            Ok(Next::Routine(Box::new(parsed), Cleared::routine(&fits)))
        }
        Requirement::Unopened { rule, flow } => {
            outcome.rule(flow, step_up::rule_of(&rule, context));
            late(request, parsed, fits, rule, flow, None, key, context)
        }
        Requirement::Undecided { residue, user } => {
            let residue = context.policy.resume(request.relying_party, leg.into(), &residue);
            let residue =
                residue.map_err(|_| Refusal::new(Code::CeremonyExpired, "the rules have changed"))?;
            match residue.decide(parsed.credential.facts()) {
                Decision::Require(rule) => {
                    let flow = rule.flow();
                    outcome.rule(flow, Some(rule));
                    let reference = evidence::RuleReference { id: rule.id.clone(), digest: rule.digest };
                    late(request, parsed, fits, reference, flow, user, key, context)
                }
                Decision::Routine => {
                    outcome.rule(Flow::Routine, None);
                    Ok(Next::Routine(Box::new(parsed), Cleared::routine(&fits)))
                }
                Decision::Deferred(_) | Decision::NeedUser => {
                    Err(Refusal::new(Code::CeremonyExpired, "undecided"))
                }
            }
        }
    }
}

/// Whether the orchestrator has to be asked about the credential: it may be the only one to say whose it is,
/// or know a key or a user handle to compare.
fn wants_owner(credential: &Credential, ceremony: &evidence::Ceremony, party: &RelyingParty) -> bool {
    let Some((_, user_handle)) = credential.assertion() else { return false };
    let listed = ceremony.allowed.contains(&digest16(&credential.id));
    (!listed && !party.checks_owner)
        || super::offer::asks_owner(party)
        || (party.user_handle == UserHandle::Learned && user_handle.is_some())
}

#[expect(clippy::too_many_arguments, reason = "what one late step-up starts from")]
fn late(
    request: &Request,
    parsed: Parsed,
    fits: Fits,
    rule: evidence::RuleReference,
    flow: Flow,
    user: Option<String>,
    key: &SealKey,
    context: Context<'_>,
) -> Result<Next, Refusal> {
    let verified = checks::user_verified(&parsed.credential)?;
    let late = Late::new(parsed.credential, fits, verified, rule, flow, user, key.id.clone());
    match late.start(request, context)? {
        super::late::Next::Ask(late, calls) => Ok(Next::Ask(Expect::Late(late), calls)),
        super::late::Next::Refuse(refusal) => Ok(Next::Refuse(refusal)),
    }
}

/// The verdict is here, and perhaps what is known of the credential.
fn verdict(
    request: &Request,
    mut guarded: Guarded,
    owner: bool,
    answers: Vec<Answer>,
    context: Context<'_>,
    outcome: &mut Outcome,
) -> Result<Next, Refusal> {
    let party = request.party(context)?;
    let gone = Refusal::new(Code::CeremonyUnknown, "key gone");
    let key = context.policy.keys.by_id(&guarded.key).ok_or(gone)?;
    let mut answers = answers.into_iter();
    let seen = checks::seen(&guarded.fits, context);
    let status = if seen.is_some() { None } else { answers.next().flatten() };
    if owner {
        let owner = orchestrator::owner(&context.policy.orchestrator, &answers.next().flatten());
        let owner = owner.map_err(ask::unavailable)?;
        let id = digest16(&guarded.parsed.credential.id);
        guarded.known = owner.and_then(|owner| step_up::known(&owner, id, key, party));
    }
    let required = guarded.fits.ceremony().required().cloned();
    let required = required.ok_or(Refusal::new(Code::CeremonyUnknown, "no session"))?;
    let by = Ownership {
        user: &required.user,
        key,
        allowed: &guarded.fits.ceremony().allowed,
        known: guarded.known.as_ref(),
    };
    let owned: Owned = checks::owned(&guarded.parsed.credential, &by, party, context)?;
    let matched = match seen {
        Some(matched) => matched,
        None => checks::matched(&status, &guarded.fits, key, party, context, outcome)?,
    };
    let cleared = Cleared::guarded(&guarded.fits, &guarded.verified, &owned, &matched);
    if !context.gateway.take(&release::taken(&required.session.id), guarded.fits.ceremony().expires) {
        return Err(Refusal::new(Code::CeremonyReplayed, "taken by another exchange"));
    }
    if context.policy.headers_can_wait || request.endpoint(context)?.accepted.body.is_none() {
        return Ok(Next::Guarded { guarded: Box::new(guarded), cleared, complete: true });
    }
    // The answer's headers could not wait for its body to say success: complete first (contract section 6).
    match release::complete(&request.trace, &required, &guarded, context)? {
        Some(call) => Ok(Next::Ask(Expect::Completed(Box::new(guarded), cleared), vec![call])),
        None => Ok(Next::Guarded { guarded: Box::new(guarded), cleared, complete: false }),
    }
}

/// The completion that ran before the request was forwarded.
fn completed(
    guarded: Guarded,
    cleared: Cleared,
    answers: Vec<Answer>,
    context: Context<'_>,
) -> Result<Next, Refusal> {
    let answer = answers.into_iter().next().flatten();
    let required = guarded.fits.ceremony().required();
    let required = required.ok_or(Refusal::new(Code::CeremonyUnknown, "no session"))?;
    match release::completed(&answer, context) {
        Ok(()) => Ok(Next::Guarded { guarded: Box::new(guarded), cleared, complete: false }),
        Err(failure) => {
            context.gateway.give_back(&release::taken(&required.session.id));
            Err(ask::refused(failure, required.flow))
        }
    }
}

/// Adds the signed form of what was proven, about the request as it leaves.
fn assert(
    request: &Request,
    mut forward: Forward,
    fits: &Fits,
    context: Context<'_>,
) -> Result<Forward, Refusal> {
    if let Some(proven) = release::proven(fits, context).filter(|_| context.policy.headers_can_wait) {
        let digest = assertion::digest(forward.body.as_deref().unwrap_or_default());
        forward.edits.set.extend(release::assertion(request, &digest, &proven, context)?);
    }
    Ok(forward)
}

/// The request as it leaves: what was checked, not the bytes that came.
fn forward(
    request: &Request,
    parsed: &Parsed,
    header: Option<(String, String)>,
    context: Context<'_>,
) -> Result<Forward, Refusal> {
    let body = match request.endpoint(context)?.content {
        Content::Json => parsed.document.to_vec(),
        Content::Form => form::write(&parsed.document).into_bytes(),
    };
    let mut edits = Edits::default();
    // Otherwise the head has gone on before.
    if context.policy.headers_can_wait {
        edits.set.push(("content-length".to_owned(), body.len().to_string().into_bytes()));
        edits.set.extend(header.map(|(name, value)| (name, value.into_bytes())));
    }
    Ok(Forward { edits, body: Some(body), head_first: false })
}
