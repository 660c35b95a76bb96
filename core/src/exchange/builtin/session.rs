//! `/sessions/{id}`: how far a biometric check is, and giving it up, for the holder of its evidence.

use super::entry::{Asks, Entered, Entering, Entry};
use super::{BuiltIn, Deed, json, nothing};
use crate::evidence::{self, Ceremony, Recovery};
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
    Answer(About),
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
}

impl Session {
    pub(super) fn new(entry: Entry, id: String, deed: Deed) -> Self {
        Self { id, deed, expect: Expect::Entry(entry) }
    }

    pub(super) fn on(self, event: Event<'_>, context: Context<'_>, outcome: &mut Outcome) -> Step {
        let Self { id, deed, expect } = self;
        let wait = |expect| State::BuiltIn(Box::new(BuiltIn::Session(Self { id: id.clone(), deed, expect })));
        match (expect, event) {
            (Expect::Entry(entry), event) => match entry.on(event, Asks::Session, context) {
                Ok(Entering::Hold(entry)) => (wait(Expect::Entry(entry)), Effect::Hold),
                Ok(Entering::Ask(entry, call)) => (wait(Expect::Entry(entry)), Effect::Ask(vec![call])),
                Ok(Entering::Entered(entered)) => match question(&entered, &id, deed, context) {
                    Ok((about, Some(call))) => (wait(Expect::Answer(about)), Effect::Ask(vec![call])),
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

/// Only the holder of the ceremony's evidence, in its session, may ask. No call: the orchestrator cannot cancel.
fn question(
    entered: &Entered,
    id: &str,
    deed: Deed,
    context: Context<'_>,
) -> Result<(About, Option<Call>), Refusal> {
    let unknown = |why| Refusal::new(Code::CeremonyUnknown, why);
    let request = &entered.request;
    let about = evidence_of(entered, id, context)?.ok_or(unknown("no evidence of this session"))?;
    if about.relying_party != request.party(context)?.name || about.binding != entered.binding(context)? {
        return Err(unknown("another session's evidence"));
    }
    if about.expires <= context.now {
        return Err(Refusal::new(Code::CeremonyExpired, "too old"));
    }
    let (operation, values) = match deed {
        Deed::Show => (Operation::Status, ask::about(&about.session, about.flow, &about.challenge)),
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
        let (session, flow) = (required.session.clone(), required.flow);
        let Ceremony { relying_party, binding, expires, challenge, .. } = ceremony;
        Some(About { relying_party, binding, expires, session, flow, challenge })
    };
    let recovery = |payload: &Value| {
        let Recovery { relying_party, session, binding, expires, .. } = Recovery::from_payload(payload)?;
        let flow = Flow::Recovery;
        (session.id == id).then_some(About {
            relying_party,
            binding,
            expires,
            session,
            flow,
            challenge: [0; 32],
        })
    };
    let found = match evidence::find(keys, headers, ceremony)? {
        None => evidence::find(keys, headers, recovery)?,
        found => found,
    };
    Ok(found.map(|(about, _)| about))
}

fn reply(about: &About, deed: Deed, answer: &Answer, context: Context<'_>) -> Result<Reply, Refusal> {
    let orchestrator = &context.policy.orchestrator;
    if deed == Deed::Cancel {
        let values = about.session.values();
        orchestrator::done(orchestrator, Operation::Cancel, &values, answer).map_err(ask::unavailable)?;
        return Ok(nothing(None));
    }
    let values = ask::about(&about.session, about.flow, &about.challenge);
    let verdict = orchestrator::status(orchestrator, &values, answer).map_err(ask::unavailable)?.verdict;
    let mut body = Object::default();
    body.insert("id", about.session.id.as_str().into());
    body.insert("status", verdict.name().into());
    let pending = (verdict == Verdict::Pending).then(|| Code::VerdictPending.retry_after()).flatten();
    let retry = pending.map(|seconds| ("retry-after".to_owned(), seconds.to_owned()));
    Ok(json(200, body, retry.into_iter().collect()))
}
