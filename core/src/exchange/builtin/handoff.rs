//! `/handoffs/{id}`: how far a hand-off is, for the session that opened it; and giving it up, by either side.

use super::entry::{Asks, Entered, Entering, Entry};
use super::{BuiltIn, Deed, json, nothing, open};
use sha2::{Digest, Sha256};

use crate::encoding::to_base64url;
use crate::evidence::{self, Carried, Ceremony, Match, Token};
use crate::exchange::elevate::Completed;
use crate::exchange::{Context, Effect, Event, Outcome, Reply, State, Step, ask, out_of_order};
use crate::headers::Headers;
use crate::json::{Object, Value};
use crate::orchestrator::{self, Answer, Call, HandoffStatus, Operation, SessionId, Values};
use crate::policy::Flow;
use crate::refusal::{Code, Refusal};
use crate::time::UnixTime;

/// Seconds between two questions.
const POLL: &str = "1";

/// With fewer seconds left, a desktop that follows gets new evidence.
const SOON: u64 = 150;

/// A question about a hand-off, or its end.
#[derive(Debug)]
pub(in crate::exchange) struct Handoff {
    id: String,
    deed: Deed,
    expect: Expect,
}

#[derive(Debug)]
enum Expect {
    Entry(Entry),
    Answer(Option<Box<Opener>>),
}

/// The session that opened it, and what it opened it for.
#[derive(Debug)]
struct Opener {
    headers: Headers,
    handoff: evidence::Handoff,
    /// The id of the key that sealed it.
    key: String,
}

impl Handoff {
    pub(super) fn new(entry: Entry, id: String, deed: Deed) -> Self {
        Self { id, deed, expect: Expect::Entry(entry) }
    }

    #[inline(never)]
    pub(super) fn on(self, event: Event<'_>, context: Context<'_>, outcome: &mut Outcome) -> Step {
        let Self { id, deed, expect } = self;
        let wait = |expect| State::BuiltIn(Box::new(BuiltIn::Handoff(Self { id: id.clone(), deed, expect })));
        match (expect, event) {
            (Expect::Entry(entry), event) => match entry.on(event, Asks::Session, context) {
                Ok(Entering::Hold(entry)) => (wait(Expect::Entry(entry)), Effect::Hold),
                Ok(Entering::Ask(entry, call)) => (wait(Expect::Entry(entry)), Effect::Ask(vec![call])),
                Ok(Entering::Entered(entered)) => match question(&entered, &id, deed, context) {
                    Ok((opener, call)) => {
                        (wait(Expect::Answer(opener.map(Box::new))), Effect::Ask(vec![call]))
                    }
                    Err(refusal) => refusal.into(),
                },
                Err(refusal) => refusal.into(),
            },
            (Expect::Answer(opener), Event::Answers(answers)) => {
                let answer = answers.into_iter().next().flatten();
                match reply(&id, deed, opener.as_deref(), &answer, context) {
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

fn values(id: &str) -> Values {
    Values::default().with("handoff", id)
}

fn question(
    entered: &Entered,
    id: &str,
    deed: Deed,
    context: Context<'_>,
) -> Result<(Option<Opener>, Call), Refusal> {
    let unknown = |why| Refusal::new(Code::CeremonyUnknown, why);
    let request = &entered.request;
    let party = request.party(context)?;
    let binding = entered.binding(context)?;
    let (keys, headers) = (&context.policy.keys.seal, &request.headers);
    let opened = |payload: &Value| evidence::Handoff::from_payload(payload).filter(|found| found.id == id);
    let operation = match deed {
        Deed::Show => Operation::HandoffStatus,
        Deed::Cancel => Operation::CancelHandoff,
    };
    let mut opener = None;
    // Of what was made anew, a client may still show the old beside it.
    let found = evidence::find_all(keys, headers, opened).into_iter().max_by_key(|found| found.0.expires);
    let expires = if let Some((handoff, key, _)) = found {
        if handoff.relying_party != party.name || binding != Some(handoff.binding) {
            return Err(unknown("another session's evidence"));
        }
        let expires = handoff.expires;
        opener = Some(Opener { headers: headers.clone(), handoff, key: key.id.clone() });
        expires
    } else if deed == Deed::Cancel {
        phone(entered, id, binding, context)?.ok_or(unknown("no evidence of this hand-off"))?
    } else {
        return Err(unknown("no evidence of this hand-off"));
    };
    if expires <= context.now {
        return Err(Refusal::new(Code::CeremonyExpired, "too old"));
    }
    let call = ask::operation(operation, values(id), &request.trace, context)?;
    Ok((opener, call))
}

impl Opener {
    /// What the completed hand-off is worth: always the same elevation, however often it is asked for.
    fn elevation(&self, completed: Option<UnixTime>, context: Context<'_>) -> Vec<(String, String)> {
        let evidence::Handoff { relying_party, id, binding, user, rule, transaction, issued, .. } =
            &self.handoff;
        let required = Match {
            rule: rule.clone(),
            flow: Flow::CrossPlatform,
            session: SessionId { id: id.clone(), carry: None },
            user: *user,
            transaction: *transaction,
            handoff: Some(id.clone()),
            seen: false,
        };
        let mut unique = Sha256::new();
        unique.update("elevation of hand-off ");
        unique.update(id);
        let unique: [u8; 32] = unique.finalize().into();
        let completed = Completed {
            required: &required,
            key: &self.key,
            relying_party,
            binding: Some(*binding),
            // An orchestrator that does not say when: not later than it was asked for.
            at: completed.unwrap_or(*issued),
            id: to_base64url(&unique),
        };
        completed.headers(&self.headers, context)
    }

    /// New evidence for a desktop whose phone is at it: the ceremony there may outlast the old. It begins before the
    /// code ends, and ends by itself.
    fn renewed(&self, status: HandoffStatus, context: Context<'_>) -> Vec<(String, String)> {
        let evidence::Handoff { id, issued, expires, .. } = &self.handoff;
        let last = issued.plus(open::LONGEST).plus(context.policy.limits.ceremony);
        let next = context.now.plus(open::LONGEST).min(last);
        let under_way = matches!(status, HandoffStatus::Consumed | HandoffStatus::Matched);
        if !under_way || expires.since(context.now) >= SOON || next <= *expires {
            return Vec::new();
        }
        let handoff = evidence::Handoff { expires: next, ..self.handoff.clone() };
        // By the same key: the commitment in it is.
        let sealed = context.policy.keys.by_id(&self.key).and_then(|key| handoff.seal(key));
        let lives = next.since(context.now);
        sealed.map_or_else(Vec::new, |sealed| evidence::deliver(Carried::Handoff(id), &sealed, lives))
    }
}

/// The phone's right to give up: its ceremony, or the token while it has none. When it ends.
fn phone(
    entered: &Entered,
    id: &str,
    binding: Option<[u8; 32]>,
    context: Context<'_>,
) -> Result<Option<UnixTime>, Refusal> {
    let party = entered.request.party(context)?;
    let (keys, headers) = (&context.policy.keys.seal, &entered.request.headers);
    let ceremony = |payload: &Value| {
        let ceremony = Ceremony::from_payload(payload)?;
        let ours = ceremony.required()?.handoff.as_deref() == Some(id);
        (ours && ceremony.relying_party == party.name).then_some(ceremony)
    };
    if let Some((ceremony, _)) = evidence::find(keys, headers, ceremony)? {
        let same = ceremony.binding == binding;
        return if same {
            Ok(Some(ceremony.expires))
        } else {
            Err(Refusal::new(Code::CeremonyUnknown, "another session's evidence"))
        };
    }
    let token = |payload: &Value| {
        Token::from_payload(payload).filter(|token| token.id == id && token.relying_party == party.name)
    };
    Ok(evidence::find(keys, headers, token)?.map(|(token, _)| token.expires))
}

fn reply(
    id: &str,
    deed: Deed,
    opener: Option<&Opener>,
    answer: &Answer,
    context: Context<'_>,
) -> Result<Reply, Refusal> {
    let orchestrator = &context.policy.orchestrator;
    if deed == Deed::Cancel {
        let done = orchestrator::done(orchestrator, Operation::CancelHandoff, &values(id), answer);
        done.map_err(ask::handoff_refused)?;
        return Ok(nothing(Some(evidence::forget(Carried::Handoff(id)))));
    }
    let handoff = orchestrator::handoff_status(orchestrator, &values(id), answer);
    let handoff = handoff.map_err(ask::handoff_refused)?;
    let mut body = Object::default();
    body.insert("id", id.into());
    body.insert("status", handoff.status.name().into());
    let retry = handoff.status.can_change().then(|| ("retry-after".to_owned(), POLL.to_owned()));
    let renewed = opener.map(|opener| opener.renewed(handoff.status, context)).unwrap_or_default();
    let opener = opener.filter(|_| handoff.status == HandoffStatus::Completed);
    let elevation = opener.map(|opener| opener.elevation(handoff.completed, context)).unwrap_or_default();
    if let Some((_, token)) = elevation.iter().find(|(name, _)| name == "countersign-evidence") {
        body.insert("evidence", token.as_str().into());
    }
    Ok(json(200, body, retry.into_iter().chain(renewed).chain(elevation).collect()))
}
