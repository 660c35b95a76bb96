//! The first event: which request is it, and what is it up against.

use super::begin::Begin;
use super::builtin::BuiltIn;
use super::finish::Finish;
use super::guard::Guard;
use super::observe::Observe;
use super::request::{self, Request};
use super::resource::Resource;
use super::scan::Scan;
use super::{Context, Effect, Event, Outcome, Pass, State, Step, cors, out_of_order};
use crate::headers::{Edits, Headers, Single};
use crate::orchestrator::Trace;
use crate::policy::Enforcement;
use crate::refusal::{Code, Refusal};
use crate::route::{self, Captures, Entrance, Location, Place};
use countersign_wire::audit::TraceId;

#[inline(never)]
pub(super) fn on(
    event: Event<'_>,
    context: Context<'_>,
    outcome: &mut Outcome,
    origin: &mut Option<String>,
) -> Step {
    let Event::Request(headers, end) = event else { return out_of_order() };
    let edits = request::hygiene(&headers);
    if context.policy.audit.is_some() {
        outcome.trace = trace_id(&headers);
    }
    match locate(&headers, context, origin, outcome) {
        Ok(Found::Elsewhere) => go_on(edits),
        Ok(Found::Place(party, place)) => match context.policy.enforcement {
            Enforcement::Enforce => {
                outcome.tells_reason =
                    context.policy.explain.as_ref().is_some_and(|header| headers.has(header));
                enter(headers, end, party, place, edits, context, outcome)
            }
            Enforcement::Observe => Observe::start(headers, end, party, place, edits, context, outcome),
        },
        Ok(Found::Entrance(entrance)) => Guard::start(&headers, end, entrance, edits, context, outcome),
        Err(refusal) if context.policy.enforcement == Enforcement::Observe => {
            outcome.refused(&refusal);
            outcome.observed = true;
            go_on(edits)
        }
        Err(refusal) => refusal.into(),
    }
}

/// One that is repeated says nothing.
fn trace_id(headers: &Headers) -> Option<TraceId> {
    match headers.single("traceparent") {
        Single::One(traceparent) => TraceId::of(traceparent),
        Single::Absent | Single::Repeated => None,
    }
}

/// Nothing of ours; only hygiene.
pub(super) fn go_on(edits: Edits) -> Step {
    (State::Done, Effect::Pass(Pass { edits, body: None }))
}

enum Found {
    Elsewhere,
    Place(usize, Place),
    Entrance(Entrance),
}

/// Also whose page it comes from: that page may read a refusal, too.
fn locate(
    headers: &Headers,
    context: Context<'_>,
    origin: &mut Option<String>,
    outcome: &mut Outcome,
) -> Result<Found, Refusal> {
    let malformed = |why| Err(Refusal::new(Code::MalformedRequest, why));
    let location = match headers.single(":authority") {
        Single::One(authority) => match (headers.single(":path"), headers.single(":method")) {
            (Single::One(path), Single::One(method)) => context.policy.locate(authority, method, path),
            _ => match context.policy.locate(authority, b"GET", b"/") {
                Location::Elsewhere => Location::Elsewhere,
                Location::RelyingParty(..) | Location::Orchestrator(_) => return malformed("no path"),
            },
        },
        Single::Absent | Single::Repeated => Location::Elsewhere,
    };
    if let Location::RelyingParty(party, _) = location {
        outcome.relying_party = Some(party);
        let party = context.policy.relying_parties.get(party);
        *origin = party.and_then(|party| cors::origin(headers, party));
    }
    match location {
        Location::RelyingParty(_, Place::Ambiguous) | Location::Orchestrator(Entrance::Ambiguous) => {
            malformed("ambiguous path")
        }
        Location::RelyingParty(_, Place::WrongMethod) => malformed("method not of this path"),
        Location::Orchestrator(Entrance::WrongMethod) => malformed("method not of a webhook"),
        location if is_astray(&location, context) => malformed("unlisted host"),
        Location::RelyingParty(party, place) => Ok(Found::Place(party, place)),
        Location::Elsewhere | Location::Orchestrator(Entrance::Other) => Ok(Found::Elsewhere),
        Location::Orchestrator(entrance) => Ok(Found::Entrance(entrance)),
    }
}

/// Whether the request is routed to what is guarded, but under a host of nobody's or of somebody else's: that would
/// be a way round.
fn is_astray(location: &Location, context: Context<'_>) -> bool {
    let policy = context.policy;
    if matches!(location, Location::RelyingParty(..)) && policy.guards.is_empty() {
        return false;
    }
    context.gateway.route_cluster().is_some_and(|cluster| {
        let relying_partys = policy.is_relying_partys(&cluster);
        let orchestrators = policy.is_guarded_orchestrators(&cluster);
        match location {
            Location::Elsewhere => relying_partys || orchestrators,
            Location::RelyingParty(..) => orchestrators && !relying_partys,
            Location::Orchestrator(_) => relying_partys && !orchestrators,
        }
    })
}

fn enter(
    headers: Headers,
    end: bool,
    relying_party: usize,
    place: Place,
    edits: Edits,
    context: Context<'_>,
    outcome: &mut Outcome,
) -> Step {
    match place {
        Place::Preflight | Place::BesideResource | Place::Watched(_, true)
            if route::overrides_method(&headers) =>
        {
            Refusal::new(Code::MalformedRequest, "method override").into()
        }
        Place::Other | Place::Preflight => Scan::start(&headers, end, edits),
        Place::BesideResource => Scan::beside_resource(&headers, end, edits, context),
        Place::BuiltIn(rest) => BuiltIn::start(headers, end, relying_party, &rest, edits, context, outcome),
        Place::Resource(covering) => {
            let request = of_no_endpoint(headers, relying_party);
            Resource::start(request, covering, end, edits, context, outcome)
        }
        Place::Watched(covering, beside) => {
            let scan = if beside { Scan::of_resource(&headers, false) } else { Scan::ELSEWHERE };
            let request = of_no_endpoint(headers, relying_party);
            Resource::watched(request, covering, scan, end, edits, context, outcome)
        }
        Place::Endpoint(endpoint, captures) => {
            let trace = Trace::of(&headers);
            let request = Request { headers, relying_party, endpoint, captures, trace };
            match ceremony(&request, context) {
                Ok(leg) if leg.is_begin() => Begin::start(request, end, edits, context, outcome),
                Ok(_) => Finish::start(request, end, edits, context),
                Err(refusal) => refusal.into(),
            }
        }
        // `locate` has refused these.
        Place::Ambiguous | Place::WrongMethod => out_of_order(),
    }
}

/// A request on a path that is no endpoint of the relying party's.
pub(super) fn of_no_endpoint(headers: Headers, relying_party: usize) -> Request {
    let trace = Trace::of(&headers);
    Request { headers, relying_party, endpoint: usize::MAX, captures: Captures::default(), trace }
}

/// What holds on every ceremony's path, begin or finish.
pub(super) fn ceremony(request: &Request, context: Context<'_>) -> Result<crate::policy::Leg, Refusal> {
    let malformed = |why| Err(Refusal::new(Code::MalformedRequest, why));
    let headers = &request.headers;
    if request::is_upgrade(headers) {
        return malformed("upgrade on a ceremony's path");
    }
    if route::overrides_method(headers) {
        return malformed("method override");
    }
    let party = request.party(context)?;
    request::one_session(headers, party)?;
    let endpoint = request.endpoint(context)?;
    for name in context.policy.headers_read(request.relying_party, endpoint.leg) {
        if headers.single(name) == Single::Repeated {
            return malformed("header of a rule repeated");
        }
    }
    Ok(endpoint.leg)
}
