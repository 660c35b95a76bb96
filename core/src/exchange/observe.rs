//! Observation: decide and count, but change, ask and refuse nothing. The one thing that is still taken away
//! is a secret on its way to the client.

use super::begin::{is_encoded, is_success};
use super::finish::parse;
use super::offer::take_prior;
use super::request::{self, Request};
use super::start::go_on;
use super::{Context, Effect, Event, Outcome, Pass, State, Step, pass};
use crate::canary;
use crate::headers::{Edits, Headers};
use crate::json::{self, Value};
use crate::orchestrator::Trace;
use crate::policy::{Decision, Facts, Flow, Leg, Rule};
use crate::refusal::{Code, Refusal};
use crate::route::{Captures, Place};
use crate::webauthn::Options;

/// An exchange that is watched.
#[derive(Debug)]
pub(super) struct Observe {
    request: Request,
    expect: Expect,
}

#[derive(Debug)]
enum Expect {
    /// Any body, for the canary.
    Scan,
    /// A body on a resource's path, for the canary and the rules that cover it.
    Resource(Vec<(usize, Captures)>),
    /// A finish's credential.
    Finish,
    /// A begin's body, because a rule reads it.
    BeginBody,
    /// A begin's answer.
    Response(Option<Value>),
    /// Its options.
    Options(Option<Value>),
}

impl Observe {
    pub(super) fn start(
        headers: Headers,
        end: bool,
        relying_party: usize,
        place: Place,
        edits: Edits,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        let upgrade = request::is_upgrade(&headers);
        let watch = |endpoint, captures, expect| Self {
            request: Request { headers, relying_party, endpoint, captures, trace: Trace::default() },
            expect,
        };
        match place {
            Place::Endpoint(endpoint, captures) => {
                let mut observe = watch(endpoint, captures, Expect::Finish);
                let Ok(leg) = observe.request.endpoint(context).map(|endpoint| endpoint.leg) else {
                    return go_on(edits);
                };
                if let Err(refusal) = super::start::ceremony(&observe.request, context) {
                    return would(&refusal, edits, outcome);
                }
                if !leg.is_begin() {
                    let plain = request::plain(&observe.request.headers, "application/json");
                    return match plain {
                        Err(refusal) => would(&refusal, edits, outcome),
                        Ok(()) if end => go_on(edits),
                        Ok(()) => (State::Observe(Box::new(observe)), Effect::Collect(edits)),
                    };
                }
                if context.policy.reads_body(relying_party, leg) && !end {
                    observe.expect = Expect::BeginBody;
                    return (State::Observe(Box::new(observe)), Effect::Collect(edits));
                }
                observe.expect = Expect::Response(None);
                (State::Observe(Box::new(observe)), Effect::Pass(Pass { edits, body: None }))
            }
            Place::Resource(covering) => {
                let mut observe = watch(usize::MAX, Captures::default(), Expect::Scan);
                if end {
                    observe.resource(&covering, b"", context, outcome);
                    outcome.observed = true;
                    return go_on(edits);
                }
                observe.expect = Expect::Resource(covering);
                (State::Observe(Box::new(observe)), Effect::Collect(edits))
            }
            Place::Other | Place::Preflight if !end && !upgrade => {
                let observe = watch(usize::MAX, Captures::default(), Expect::Scan);
                (State::Observe(Box::new(observe)), Effect::Collect(edits))
            }
            _ => go_on(edits),
        }
    }

    pub(super) fn on(
        mut self: Box<Self>,
        event: Event<'_>,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        outcome.observed = true;
        let limit = context.policy.limits.body;
        let expect = core::mem::replace(&mut self.expect, Expect::Scan);
        match (expect, event) {
            (expect, Event::RequestBody(body, end)) => {
                if !end && body.len() <= limit {
                    self.expect = expect;
                    return (State::Observe(self), Effect::Hold);
                }
                self.request_body(&expect, body, context, outcome)
            }
            (Expect::Response(body), Event::Response(headers, end)) => {
                if end || !is_success(headers.status()) || is_encoded(&headers) {
                    if is_success(headers.status()) {
                        outcome.refused(&Refusal::new(Code::RelyingPartyUnreadable, "no body, or encoded"));
                    }
                    return pass();
                }
                self.expect = Expect::Options(body);
                let mut edits = Edits::default();
                if !context.policy.headers_can_wait && self.may_carry_prior(context) {
                    edits.remove.push("content-length".to_owned());
                }
                (State::Observe(self), Effect::Collect(edits))
            }
            (Expect::Options(begun), Event::ResponseBody(body, end)) => {
                if !end && body.len() <= limit {
                    self.expect = Expect::Options(begun);
                    return (State::Observe(self), Effect::Hold);
                }
                self.options(begun.as_ref(), body, context, outcome)
            }
            _ => pass(),
        }
    }

    fn request_body(
        mut self: Box<Self>,
        expect: &Expect,
        body: &[u8],
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        let limit = context.policy.limits.body;
        match expect {
            Expect::Scan | Expect::Resource(_)
                if canary::looks_like_credential(body.get(..limit).unwrap_or(body)) =>
            {
                outcome.refused(&Refusal::new(Code::UnlistedCeremony, "credential on an unlisted route"));
                pass()
            }
            Expect::Scan => pass(),
            Expect::Resource(covering) => {
                self.resource(covering, body, context, outcome);
                pass()
            }
            _ if body.len() > limit => {
                outcome.refused(&Refusal::new(Code::BodyTooLarge, "observed"));
                pass()
            }
            Expect::BeginBody => {
                let body = json::parse(body, context.policy.limits.json_depth);
                if body.is_err() {
                    outcome.refused(&Refusal::new(Code::MalformedRequest, "body is not strict JSON"));
                }
                self.expect = Expect::Response(body.ok());
                (State::Observe(self), Effect::Pass(Pass::default()))
            }
            _ => {
                match parse(&self.request, body, context) {
                    Ok(_) => outcome.note("seen"),
                    Err(refusal) => outcome.refused(&refusal),
                }
                pass()
            }
        }
    }

    /// What the rules would have said of a request to a resource. Nobody is asked, and an elevation is not looked for:
    /// in observation there is none.
    fn resource(
        &self,
        covering: &[(usize, Captures)],
        body: &[u8],
        context: Context<'_>,
        outcome: &mut Outcome,
    ) {
        let rules = covering.iter().filter_map(|(position, _)| context.policy.rules.get(*position));
        let reads = rules.into_iter().any(Rule::reads_body);
        let body = json::parse(body, context.policy.limits.json_depth);
        if reads && body.is_err() {
            outcome.refused(&Refusal::new(Code::MalformedRequest, "body is not strict JSON"));
            return;
        }
        let facts = Facts {
            headers: &self.request.headers,
            captures: &self.request.captures,
            body: body.as_ref().ok(),
            user: Some(None),
            elevation_age: None,
            credential: None,
        };
        if let Decision::Require(rule) = context.policy.decide_resource(covering, &facts) {
            outcome.rule(rule.flow(), Some(rule));
            outcome.note("step_up_required");
        }
    }

    fn may_carry_prior(&self, context: Context<'_>) -> bool {
        let party = self.request.party(context);
        party.is_ok_and(|party| party.prior_biometric.is_some())
    }

    /// The options are here: what would have been required?
    fn options(
        &self,
        begun: Option<&Value>,
        body: &[u8],
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        let (Ok(party), Ok(endpoint)) = (self.request.party(context), self.request.endpoint(context)) else {
            return pass();
        };
        let depth = context.policy.limits.json_depth;
        let Ok(mut document) = json::parse(body, depth) else {
            outcome.refused(&Refusal::new(Code::RelyingPartyUnreadable, "answer is not strict JSON"));
            return pass();
        };
        let leg = endpoint.leg.ceremony();
        let recovery = endpoint.leg == Leg::Recovery;
        let prior = if recovery { None } else { take_prior(&mut document, party, leg) };
        let options =
            || endpoint.locator.read(&document, depth).map(|options| Options::read(&options, leg).is_ok());
        if recovery || options() == Some(true) {
            let facts = Facts {
                headers: &self.request.headers,
                captures: &self.request.captures,
                body: begun,
                // Nobody is asked in observation; a rule that looks at the user then applies.
                user: Some(None),
                elevation_age: None,
                credential: None,
            };
            match context.policy.decide(self.request.relying_party, endpoint.leg.occasion(), &facts) {
                Decision::Require(rule) => {
                    outcome.rule(rule.flow(), Some(rule));
                    outcome.note("step_up_required");
                }
                Decision::Routine => {
                    outcome.rule(Flow::Routine, None);
                    outcome.note("offered");
                }
                Decision::Deferred(_) | Decision::NeedUser => outcome.note("undecided"),
            }
        } else {
            outcome.refused(&Refusal::new(Code::RelyingPartyUnreadable, "options cannot be read"));
        }
        if prior.is_none() {
            return pass();
        }
        let body = document.to_vec();
        let mut edits = Edits::default();
        if context.policy.headers_can_wait {
            edits.set.push(("content-length".to_owned(), body.len().to_string().into_bytes()));
        }
        (State::Done, Effect::Pass(Pass { edits, body: Some(body) }))
    }
}

/// What would have been refused on the spot.
fn would(refusal: &Refusal, edits: Edits, outcome: &mut Outcome) -> Step {
    outcome.refused(refusal);
    outcome.observed = true;
    go_on(edits)
}
