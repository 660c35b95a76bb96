//! `/sessions/{id}`: how far a biometric check is, and giving it up, for the holder of its evidence.

use super::entry::{Asks, Entered, Entering, Entry};
use super::{BuiltIn, Deed, json, nothing};
use crate::evidence::{self, Carried, Ceremony, Match, Recovery, Requirement};
use crate::exchange::{Context, Effect, Event, Outcome, Reply, State, Step, ask, out_of_order};
use crate::json::{Object, Value};
use crate::orchestrator::{self, Answer, Call, Operation, SessionId, Verdict};
use crate::policy::Flow;
use crate::refusal::{Code, Refusal};
use crate::time::UnixTime;

/// A question about a session, or its end.
#[derive(Debug)]
pub(in crate::exchange) struct Session {
    id: String,
    deed: Deed,
    expect: Expect,
}

#[derive(Debug)]
enum Expect {
    Entry(Entry),
    Answer(Box<About>),
}

/// What evidence says of the session.
#[derive(Clone, Debug)]
struct About {
    relying_party: String,
    binding: Option<[u8; 32]>,
    expires: UnixTime,
    session: SessionId,
    flow: Flow,
    challenge: [u8; 32],
    /// The ceremony itself, once it has begun.
    ceremony: Option<Ceremony>,
    /// The id of the key that sealed it: commitments in it are by that key.
    key: String,
}

impl Session {
    pub(super) fn new(entry: Entry, id: String, deed: Deed) -> Self {
        Self { id, deed, expect: Expect::Entry(entry) }
    }

    #[inline(never)]
    pub(super) fn on(self, event: Event<'_>, context: Context<'_>, outcome: &mut Outcome) -> Step {
        let Self { id, deed, expect } = self;
        let wait = |expect| State::BuiltIn(Box::new(BuiltIn::Session(Self { id: id.clone(), deed, expect })));
        match (expect, event) {
            (Expect::Entry(entry), event) => match entry.on(event, Asks::Session, context) {
                Ok(Entering::Hold(entry)) => (wait(Expect::Entry(entry)), Effect::Hold),
                Ok(Entering::Ask(entry, call)) => (wait(Expect::Entry(entry)), Effect::Ask(vec![call])),
                Ok(Entering::Entered(entered)) => match question(&entered, &id, deed, context, outcome) {
                    Ok((about, Some(call))) => {
                        (wait(Expect::Answer(Box::new(about))), Effect::Ask(vec![call]))
                    }
                    Ok((about, None)) if deed == Deed::Show => {
                        outcome.note("answered");
                        (State::Done, Effect::Reply(told(&about, Verdict::Matched, Vec::new())))
                    }
                    Ok((about, None)) => {
                        // Nobody else can be told: at least this process will not take it.
                        let _first = context
                            .gateway
                            .take(&crate::exchange::release::taken(&about.session.id), about.expires);
                        outcome.note("answered");
                        (State::Done, Effect::Reply(nothing(None)))
                    }
                    Err(refusal) => refusal.into(),
                },
                Err(refusal) => refusal.into(),
            },
            (Expect::Answer(about), Event::Answers(answers)) => {
                let answer = answers.into_iter().next().flatten();
                match reply(&about, deed, &answer, context) {
                    Ok(reply) => {
                        outcome.note("answered");
                        (State::Done, Effect::Reply(reply))
                    }
                    Err(refusal) => refusal.into(),
                }
            }
            _ => out_of_order(),
        }
    }
}

/// Only the holder of the ceremony's evidence, in its session, may ask. No call: the match was seen already, or the
/// orchestrator cannot cancel.
fn question(
    entered: &Entered,
    id: &str,
    deed: Deed,
    context: Context<'_>,
    outcome: &mut Outcome,
) -> Result<(About, Option<Call>), Refusal> {
    let unknown = |why| Refusal::new(Code::CeremonyUnknown, why);
    let request = &entered.request;
    let about = evidence_of(entered, id, context)?.ok_or(unknown("no evidence of this session"))?;
    if about.relying_party != request.party(context)?.name || about.binding != entered.binding(context)? {
        return Err(unknown("another session's evidence"));
    }
    outcome.session(&about.session.id);
    if about.expires <= context.now {
        return Err(Refusal::new(Code::CeremonyExpired, "too old"));
    }
    let seen = about.ceremony.as_ref().and_then(Ceremony::required).is_some_and(|required| required.seen);
    if deed == Deed::Show && seen && context.policy.orchestrator.tells_once() {
        return Ok((about, None));
    }
    let (operation, values) = match deed {
        Deed::Show => (Operation::Status, about.session.about(about.flow, &about.challenge)),
        Deed::Cancel => (Operation::Cancel, about.session.values()),
    };
    if context.policy.orchestrator.does_without(operation) {
        return Ok((about, None));
    }
    let call = ask::operation(operation, values, &request.trace, context)?;
    Ok((about, Some(call)))
}

fn evidence_of(entered: &Entered, id: &str, context: Context<'_>) -> Result<Option<About>, Refusal> {
    let (keys, headers) = (&context.policy.keys.seal, &entered.request.headers);
    let ceremony = |payload: &Value| {
        let ceremony = Ceremony::from_payload(payload)?;
        let required = ceremony.required().filter(|required| required.session.id == id)?;
        Some(About {
            relying_party: ceremony.relying_party.clone(),
            binding: ceremony.binding,
            expires: ceremony.expires,
            session: required.session.clone(),
            flow: required.flow,
            challenge: ceremony.challenge,
            ceremony: Some(ceremony),
            key: String::new(),
        })
    };
    let recovery = |payload: &Value| {
        let Recovery { relying_party, session, binding, expires, .. } = Recovery::from_payload(payload)?;
        (session.id == id).then_some(About {
            relying_party,
            binding,
            expires,
            session,
            flow: Flow::Recovery,
            challenge: [0; 32],
            ceremony: None,
            key: String::new(),
        })
    };
    let found = match evidence::find(keys, headers, ceremony)? {
        None => evidence::find(keys, headers, recovery)?,
        found => found,
    };
    Ok(found.map(|(about, key)| About { key: key.id.clone(), ..about }))
}

fn reply(about: &About, deed: Deed, answer: &Answer, context: Context<'_>) -> Result<Reply, Refusal> {
    let orchestrator = &context.policy.orchestrator;
    if deed == Deed::Cancel {
        let values = about.session.values();
        let done = orchestrator::done(orchestrator, Operation::Cancel, &values, answer);
        done.map_err(|failure| ask::refused(failure, about.flow))?;
        return Ok(nothing(None));
    }
    let values = about.session.about(about.flow, &about.challenge);
    let verdict = orchestrator::status(orchestrator, &values, answer).map_err(ask::unavailable)?.verdict;
    Ok(told(about, verdict, evidence_kept(about, verdict, context)?))
}

fn told(about: &About, verdict: Verdict, evidence: Vec<(String, String)>) -> Reply {
    let mut body = Object::default();
    body.insert("id", about.session.id.as_str().into());
    body.insert("status", verdict.name().into());
    let pending = (verdict == Verdict::Pending).then(|| Code::VerdictPending.retry_after()).flatten();
    let retry = pending.map(|seconds| ("retry-after".to_owned(), seconds.to_owned()));
    json(200, body, retry.into_iter().chain(evidence).collect())
}

/// An orchestrator that tells a match only once has told it now: evidence keeps it for the finish.
fn evidence_kept(
    about: &About,
    verdict: Verdict,
    context: Context<'_>,
) -> Result<Vec<(String, String)>, Refusal> {
    let Some(ceremony) = about.ceremony.clone() else { return Ok(Vec::new()) };
    if verdict != Verdict::Matched || !context.policy.orchestrator.tells_once() {
        return Ok(Vec::new());
    }
    let unsealed = Refusal::new(Code::OrchestratorUnavailable, "evidence would not fit a cookie");
    let required = ceremony.required().cloned().map(|required| Match { seen: true, ..required });
    let requirement = Requirement::Match(required.ok_or(Refusal::new(Code::CeremonyUnknown, "no session"))?);
    let key = context.policy.keys.by_id(&about.key);
    let sealed = key.and_then(|key| Ceremony { requirement, ..ceremony }.seal(key)).ok_or(unsealed)?;
    let carried = Carried::Ceremony(&about.challenge);
    Ok(evidence::deliver(carried, &sealed.token, about.expires.since(context.now)))
}
