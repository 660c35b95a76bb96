//! `explain`: what the filter would do with a request. The filter's own core runs; around it there is nobody.

mod host;
mod request;
mod stand_in;

use countersign::exchange::{Context, Effect, Event, Exchange};
use countersign::json::{self, Value};
use countersign::orchestrator::{Answer as Answered, Call, Exchanged, Operation};
use countersign::policy::{Endpoint, Policy, RelyingParty};
use countersign::refusal::Refusal;
use countersign::route::{Location, Place};
use countersign::time::UnixTime;

use crate::Answer;
use crate::arguments::Explain;
use crate::check;
use crate::failure::Failure;
use crate::secrets::Secrets;
use host::Nowhere;
use request::Request;

pub(crate) fn run(arguments: &Explain) -> Result<Answer, Failure> {
    let secrets = Secrets::new(&arguments.environment)?;
    let mut policy = match check::load(&arguments.file, &secrets)? {
        Ok(policy) => policy,
        Err(answer) => return Ok(answer),
    };
    // Whoever asks has written the request: nothing in it is anybody else's.
    for rule in &mut policy.rules {
        rule.explains_values = true;
    }
    let request = request::read(arguments, &policy)?;
    let mut told = Told::default();
    told.line("request", &format!("{} {} at {}", request.method, request.path, request.authority));
    let location =
        policy.locate(request.authority.as_bytes(), request.method.as_bytes(), request.path.as_bytes());
    let spot = Spot::of(&policy, &location);
    if let Some(party) = spot.party {
        told.line("relying party", &party.name);
    }
    told.line("place", &place(&policy, &location));
    run_through(&policy, request, spot, arguments.user.as_deref(), &mut told);
    Ok(Answer::fine(told.0.concat()))
}

/// Who is at the request's place.
#[derive(Clone, Copy)]
struct Spot<'p> {
    party: Option<&'p RelyingParty>,
    endpoint: Option<&'p Endpoint>,
}

impl<'p> Spot<'p> {
    fn of(policy: &'p Policy, location: &Location) -> Self {
        let Location::RelyingParty(index, place) = location else {
            return Self { party: None, endpoint: None };
        };
        let party = policy.relying_parties.get(*index);
        let endpoint = match place {
            Place::Endpoint(position, _) => party.and_then(|party| party.endpoints.get(*position)),
            _ => None,
        };
        Self { party, endpoint }
    }
}

fn place(policy: &Policy, location: &Location) -> String {
    let rules = |covering: &[(usize, countersign::route::Captures)]| {
        let ids = covering
            .iter()
            .filter_map(|(position, _)| policy.rules.get(*position))
            .map(|rule| rule.id.as_str());
        ids.collect::<Vec<_>>().join(", ")
    };
    match location {
        Location::Elsewhere => "a host that the configuration does not list".to_owned(),
        Location::Orchestrator(entrance) => format!("the orchestrator's ingress: {entrance:?}"),
        Location::RelyingParty(index, place) => match place {
            Place::Endpoint(position, _) => policy
                .relying_parties
                .get(*index)
                .and_then(|party| party.endpoints.get(*position))
                .map_or_else(String::new, |endpoint| {
                    format!("{} at {}", endpoint.leg.as_str(), endpoint.path.as_str())
                }),
            Place::Resource(covering) => format!("a resource of {}", rules(covering)),
            Place::Watched(covering, _) => format!("a resource that is only watched, by {}", rules(covering)),
            Place::BuiltIn(rest) => format!("the gateway's own {}{rest}", policy.prefix),
            Place::Preflight => "a preflight to a ceremony's path".to_owned(),
            Place::WrongMethod => "a guarded path with a method that it does not have".to_owned(),
            Place::Ambiguous => "a path that some servers take for a guarded one".to_owned(),
            Place::BesideResource => "a resource's path, with a method or host that no rule names".to_owned(),
            Place::Other => "no endpoint and no resource: only credentials are looked for".to_owned(),
        },
    }
}

/// Feeds the core what a gateway would, until it is decided or somebody would have to be asked who is not here.
fn run_through(policy: &Policy, request: Request, spot: Spot<'_>, user: Option<&str>, told: &mut Told) {
    let context = Context { policy, now: UnixTime(0), gateway: &Nowhere };
    let Request { headers, body, .. } = request;
    let ends = body.is_empty();
    let (mut exchange, mut effect) = Exchange::default().on(Event::Request(headers, ends), context);
    let mut answer = None;
    let mut asks = None;
    // Every turn of a real exchange brings it on, so few are enough.
    for _ in 0..16 {
        let event = match &effect {
            Effect::Ask(calls) => {
                told.calls(calls);
                let answers: Option<Vec<Answered>> =
                    calls.iter().map(|call| answer_to(call, spot, user)).collect();
                let Some(answers) = answers else {
                    asks = Some("what the orchestrator answers decides how it goes on");
                    break;
                };
                Event::Answers(answers)
            }
            Effect::Collect(_) | Effect::Hold if answer.is_none() => Event::RequestBody(&body, true),
            Effect::Collect(_) | Effect::Hold => match &answer {
                Some(Exchanged { body, .. }) => Event::ResponseBody(body, true),
                None => break,
            },
            Effect::Pass(_) | Effect::Forward(..) if answer.is_none() && !exchange.is_done() => {
                let Some((endpoint, party)) = spot.endpoint.zip(spot.party) else { break };
                told.line("forwarded", "to the relying party; the simplest answer stands for its own");
                let begun = stand_in::begun(endpoint, party, user);
                let headers = begun.headers.clone();
                answer = Some(begun);
                Event::Response(headers, false)
            }
            _ => break,
        };
        (exchange, effect) = exchange.on(event, context);
    }
    told.outcome(&exchange);
    match (asks, &effect) {
        (Some(asks), _) => told.line("then", asks),
        (None, Effect::Refuse(refusal)) => told.refusal(refusal),
        (None, Effect::Reply(reply)) => told.line("client gets", &reply.status.to_string()),
        (None, Effect::Pass(_) | Effect::Forward(..)) if answer.is_some() => {
            told.line("client gets", "the relying party's answer, with evidence for the finish");
        }
        (None, Effect::Pass(_) | Effect::Forward(..)) => told.line("forwarded", "as it is"),
        (None, _) => told.line("then", "nothing: the request is not complete"),
    }
    if spot.endpoint.is_some_and(|endpoint| !endpoint.leg.is_begin()) {
        told.line("note", "a finish holds on to what its begin decided: explain that");
    }
}

/// What the relying party would say; `None`: it is the orchestrator that is asked.
fn answer_to(call: &Call, spot: Spot<'_>, user: Option<&str>) -> Option<Answered> {
    let party = spot.party?;
    match call.operation {
        Operation::Introspect => Some(Some(stand_in::introspected(party, user))),
        Operation::Begin => Some(Some(stand_in::begun(spot.endpoint?, party, user))),
        _ => None,
    }
}

/// What has been told, line by line.
#[derive(Default)]
struct Told(Vec<String>);

impl Told {
    fn line(&mut self, name: &str, text: &str) {
        self.0.push(format!("{name:<15}{text}\n"));
    }

    /// Method, path and body: the headers have secrets.
    fn calls(&mut self, calls: &[Call]) {
        for call in calls {
            let header = |name: &str| {
                let found = call.headers.iter().find(|(known, _)| known == name);
                found.map(|(_, value)| value.as_str()).unwrap_or_default()
            };
            let operation = call.operation.name();
            self.line(
                "asks",
                &format!("{}: {operation}: {} {}", call.cluster, header(":method"), header(":path")),
            );
            if let Some(body) = &call.body {
                self.line("", &String::from_utf8_lossy(body));
            }
        }
    }

    fn outcome(&mut self, exchange: &Exchange) {
        let outcome = exchange.outcome();
        if let Some(reason) = &outcome.reason {
            self.line("because", reason);
        }
        if let Some(flow) = outcome.flow {
            self.line("decision", flow.name());
        }
        if let Some(watched) = &outcome.watched {
            self.line("watched", &format!("{} would have refused: {}", watched.rule, watched.code));
        }
        if outcome.observed {
            self.line("observed", "nothing is enforced: this is only counted");
        }
    }

    /// Status, code and the document that says how to go on; evidence is for clients.
    fn refusal(&mut self, refusal: &Refusal) {
        self.line(
            "client gets",
            &format!("{} {}: {}", refusal.code.status(), refusal.code.name(), refusal.why),
        );
        for (name, value) in refusal.headers().iter().filter(|(name, _)| name == "www-authenticate") {
            self.line("", &format!("{name}: {value}"));
        }
        let problem = json::parse(&refusal.problem("…"), json::DEEPEST).ok();
        let Some(step_up) = problem.as_ref().and_then(|problem| problem.get("stepUp")) else { return };
        let mut step_up = step_up.clone();
        if let Some(object) = step_up.as_object_mut() {
            for member in ["evidence", "expiresAt"] {
                if object.get(member).is_some() {
                    object.insert(member, Value::from("…"));
                }
            }
        }
        self.line("", &format!("stepUp: {}", String::from_utf8_lossy(&step_up.to_vec())));
    }
}
