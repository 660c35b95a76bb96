//! The endpoints under the prefix that the gateway answers itself (contract section 7). None is ever forwarded.

mod consume;
mod entry;
mod handoff;
mod open;
mod session;

use super::request::{self, Request};
use super::start::of_no_endpoint;
use super::{Context, Effect, Event, Outcome, Reply, State, Step, cors};
use crate::assertion;
use crate::headers::{Edits, Headers, Single};
use crate::json::{Object, Value};
use crate::orchestrator::Operation;
use crate::policy::{Enforcement, RelyingParty};
use crate::refusal::{Code, Refusal};

use entry::Entry;

/// A request to one of our endpoints.
#[derive(Debug)]
pub(super) enum BuiltIn {
    Consume(consume::Consume),
    Handoff(handoff::Handoff),
    /// The keys of assertions to the relying party.
    Keys,
    Open(open::Open),
    Session(session::Session),
}

/// What is done with a session or a hand-off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Cancel,
    Show,
}

impl BuiltIn {
    pub(super) fn start(
        headers: Headers,
        end: bool,
        relying_party: usize,
        rest: &str,
        edits: Edits,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        if cors::is_preflight(&headers) {
            outcome.note("answered");
            let party = context.policy.relying_parties.get(relying_party);
            return (State::Done, Effect::Reply(cors::preflight(&headers, party)));
        }
        let request = of_no_endpoint(headers, relying_party);
        match Self::route(request, rest, context).and_then(|built_in| built_in.known(context)) {
            Ok(built_in) if end => built_in.on(Event::RequestBody(&[], true), context, outcome),
            // Never forwarded; but where headers cannot wait, the head is on its way before the body is here.
            Ok(built_in) => (State::BuiltIn(Box::new(built_in)), Effect::Collect(edits)),
            Err(refusal) => refusal.into(),
        }
    }

    fn route(request: Request, rest: &str, context: Context<'_>) -> Result<Self, Refusal> {
        let malformed = |why| Err(Refusal::new(Code::MalformedRequest, why));
        let party = request.party(context)?;
        request::one_session(&request.headers, party)?;
        let method = request.headers.text(":method").unwrap_or_default().to_owned();
        if method != "GET" {
            own_origin(&request.headers, party)?;
        }
        let parts: Vec<&str> = rest.split('/').collect();
        let deed = match method.as_str() {
            "GET" => Some(Deed::Show),
            "DELETE" => Some(Deed::Cancel),
            _ => None,
        };
        let handoffs = || {
            let offered = context.policy.handoff.is_some() && can_hand_off(context);
            if offered { Ok(()) } else { malformed("hand-offs are not offered").map(|_: Self| ()) }
        };
        if parts.as_slice() == ["", "jwks"] && method == "GET" {
            return Ok(Self::Keys);
        }
        Ok(match (parts.as_slice(), method.as_str(), deed) {
            (["", "sessions", id], _, Some(deed)) if !id.is_empty() => {
                Self::Session(session::Session::new(Entry::new(request), (*id).to_owned(), deed))
            }
            (["", "handoffs"], "POST", _) => {
                handoffs()?;
                request::plain(&request.headers, "application/json")?;
                Self::Open(open::Open::new(Entry::new(request)))
            }
            (["", "handoffs", "consume"], "POST", _) => {
                handoffs()?;
                request::plain(&request.headers, "application/json")?;
                Self::Consume(consume::Consume::new(Entry::new(request)))
            }
            (["", "handoffs", id], _, Some(deed)) if !id.is_empty() && *id != "consume" => {
                handoffs()?;
                Self::Handoff(handoff::Handoff::new(Entry::new(request), (*id).to_owned(), deed))
            }
            (["", "sessions" | "handoffs", ..], ..) => return malformed("method not of this endpoint"),
            _ => return malformed("no such endpoint"),
        })
    }

    /// Where we only observe nothing is opened, so nothing that is asked for can be known; and nobody is asked.
    fn known(self, context: Context<'_>) -> Result<Self, Refusal> {
        let observes = context.policy.enforcement == Enforcement::Observe;
        if observes && !matches!(self, Self::Keys) {
            return Err(Refusal::new(Code::CeremonyUnknown, "nothing is opened in observation"));
        }
        Ok(self)
    }

    pub(super) fn on(self, event: Event<'_>, context: Context<'_>, outcome: &mut Outcome) -> Step {
        match self {
            Self::Consume(consume) => consume.on(event, context, outcome),
            Self::Handoff(handoff) => handoff.on(event, context, outcome),
            Self::Keys => {
                outcome.note("answered");
                let keys = assertion::key_set(&context.policy.keys.assertion);
                (State::Done, Effect::Reply(json(200, keys, Vec::new())))
            }
            Self::Open(open) => open.on(event, context, outcome),
            Self::Session(session) => session.on(event, context, outcome),
        }
    }
}

/// Whether the orchestrator can bring a phone in.
fn can_hand_off(context: Context<'_>) -> bool {
    let orchestrator = &context.policy.orchestrator;
    [Operation::OpenCrossPlatform, Operation::ConsumeHandoff, Operation::OpenCrossPlatformAuthentication]
        .into_iter()
        .all(|operation| orchestrator.procedure(operation).is_some_and(|p| !p.requests.is_empty()))
}

/// A browser says where a request that changes something comes from: only from the relying party itself.
fn own_origin(headers: &Headers, party: &RelyingParty) -> Result<(), Refusal> {
    match headers.single("origin") {
        Single::Absent => Ok(()),
        Single::One(origin) if party.origins.iter().any(|own| own.as_bytes() == origin) => Ok(()),
        _ => Err(Refusal::new(Code::MalformedRequest, "foreign origin")),
    }
}

/// A body of ours: an object with these members and no other, all texts.
fn members<const N: usize>(
    body: &[u8],
    names: [&str; N],
    context: Context<'_>,
) -> Result<[String; N], Refusal> {
    let malformed = |why| Refusal::new(Code::MalformedRequest, why);
    let body = crate::json::parse(body, context.policy.limits.json_depth);
    let body = body.map_err(|_| malformed("body is not strict JSON"))?;
    let object = body.as_object().ok_or(malformed("body is no object"))?;
    if object.iter().any(|(name, _)| !names.contains(&name)) {
        return Err(malformed("unknown member"));
    }
    let texts = names.map(|name| object.get(name).and_then(Value::as_str).map(str::to_owned));
    if texts.iter().any(Option::is_none) {
        return Err(malformed("member missing, or no text"));
    }
    Ok(texts.map(Option::unwrap_or_default))
}

/// JSON of ours.
fn json(status: u16, body: Object, more: Vec<(String, String)>) -> Reply {
    let mut headers = vec![(b"content-type".to_vec(), b"application/json".to_vec()), no_store()];
    headers.extend(more.into_iter().map(|(name, value)| (name.into_bytes(), value.into_bytes())));
    Reply { status, headers, body: Value::Object(body).to_vec() }
}

/// 204, and perhaps a cookie that goes.
fn nothing(more: Option<(String, String)>) -> Reply {
    let mut headers = vec![no_store()];
    headers.extend(more.map(|(name, value)| (name.into_bytes(), value.into_bytes())));
    Reply { status: 204, headers, body: Vec::new() }
}

fn no_store() -> (Vec<u8>, Vec<u8>) {
    (b"cache-control".to_vec(), b"no-store".to_vec())
}
