//! Observation: decide and count, but change, ask and refuse nothing of the relying party's. The one thing that is
//! still taken away is a secret on its way to the client.

use super::begin::{is_encoded, is_success};
use super::builtin::BuiltIn;
use super::finish::parse;
use super::offer::take_prior;
use super::request::{self, Request};
use super::start::go_on;
use super::{Context, Effect, Event, Outcome, Pass, State, Step, body, pass};
use crate::canary;
use crate::headers::{Edits, Headers};
use crate::json::{self, Value};
use crate::orchestrator::Trace;
use crate::policy::{Body, Content, Decision, Endpoint, Facts, Flow, Leg};
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
    /// A begin's body, because a decision reads it.
    BeginBody,
    /// A begin's answer.
    Response(Option<Body>),
    /// Its options.
    Options(Option<Body>),
}

impl Observe {
    pub(super) fn start(
        headers: Headers,
        end: bool,
        relying_party: usize,
        place: Place,
        mut edits: Edits,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        if let Place::BuiltIn(rest) = &place {
            // No request to the relying party: it is never forwarded, and may hold a token from before.
            return BuiltIn::start(headers, end, relying_party, rest, edits, context, outcome);
        }
        let upgrade = request::is_upgrade(&headers);
        let watch = |endpoint, captures, expect| Self {
            request: Request { headers, relying_party, endpoint, captures, trace: Trace::default() },
            expect,
        };
        match place {
            Place::Endpoint(endpoint, captures) => {
                let mut observe = watch(endpoint, captures, Expect::Finish);
                let Ok(endpoint) = observe.request.endpoint(context) else { return go_on(edits) };
                let judged = super::start::ceremony(&observe.request, context);
                match &judged {
                    Ok(_) => {}
                    // A begin's answer is still awaited: a secret may be in it.
                    Err(refusal) if endpoint.leg.is_begin() && !upgrade => note(refusal, outcome),
                    Err(refusal) => return would(refusal, edits, outcome),
                }
                if !endpoint.leg.is_begin() {
                    return match request::plain(&observe.request.headers, endpoint.content.media_type()) {
                        Err(refusal) => would(&refusal, edits, outcome),
                        Ok(()) if end => {
                            would(&Refusal::new(Code::MalformedCredential, "no body"), edits, outcome)
                        }
                        Ok(()) => (State::Observe(Box::new(observe)), Effect::Collect(edits)),
                    };
                }
                if observe.may_carry_prior(context) {
                    // What is compressed could not be taken out.
                    edits.set.push(("accept-encoding".to_owned(), b"identity".to_vec()));
                }
                if judged.is_ok() && body::is_read(&observe.request, context).is_ok_and(|reads| reads) {
                    if !end {
                        observe.expect = Expect::BeginBody;
                        return (State::Observe(Box::new(observe)), Effect::Collect(edits));
                    }
                    observe.begun(&[], context, outcome);
                } else {
                    observe.expect = Expect::Response(None);
                }
                (State::Observe(Box::new(observe)), Effect::Pass(Pass { edits, body: None }))
            }
            Place::Resource(covering) => {
                let mut observe = watch(usize::MAX, Captures::default(), Expect::Scan);
                // What follows an upgrade is no body, and has no end to wait for.
                if end || upgrade {
                    observe.resource(&covering, b"", context, outcome);
                    outcome.observed = true;
                    return go_on(edits);
                }
                observe.expect = Expect::Resource(covering);
                (State::Observe(Box::new(observe)), Effect::Collect(edits))
            }
            Place::Other | Place::Preflight | Place::BesideResource | Place::Watched(..)
                if !end && !upgrade =>
            {
                let observe = watch(usize::MAX, Captures::default(), Expect::Scan);
                (State::Observe(Box::new(observe)), Effect::Collect(edits))
            }
            _ => go_on(edits),
        }
    }

    #[inline(never)]
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
                    if is_success(headers.status()) && outcome.code.is_none() {
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
            Expect::BeginBody => {
                self.begun(body, context, outcome);
                (State::Observe(self), Effect::Pass(Pass::default()))
            }
            _ if body.len() > limit => {
                outcome.refused(&Refusal::new(Code::BodyTooLarge, "observed"));
                pass()
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
        let reads = rules.into_iter().any(|rule| rule.is_enforced() && rule.reads_body());
        let body = json::parse(body, context.policy.limits.json_depth)
            .map(|value| Body { content: Content::Json, value });
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

    /// A begin's body is here. Its answer is still awaited: a secret may be in it.
    fn begun(&mut self, body: &[u8], context: Context<'_>, outcome: &mut Outcome) {
        let read = if body.len() > context.policy.limits.body {
            Err(Refusal::new(Code::BodyTooLarge, "observed"))
        } else {
            body::of_begin(&self.request, body, context)
        };
        self.expect = Expect::Response(read.unwrap_or_else(|refusal| {
            note(&refusal, outcome);
            None
        }));
    }

    fn may_carry_prior(&self, context: Context<'_>) -> bool {
        let recovers = self.request.endpoint(context).is_ok_and(|endpoint| endpoint.leg == Leg::Recovery);
        let party = self.request.party(context);
        !recovers && party.is_ok_and(|party| party.prior_biometric.is_some())
    }

    /// The options are here: what would have been required? Of a begin that would have been refused, nothing.
    fn options(
        &self,
        begun: Option<&Body>,
        body: &[u8],
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        let (Ok(party), Ok(endpoint)) = (self.request.party(context), self.request.endpoint(context)) else {
            return pass();
        };
        let mut document = json::parse(body, context.policy.limits.json_depth).ok();
        let document_of_options = document.as_mut().filter(|_| endpoint.leg != Leg::Recovery);
        let prior = document_of_options.and_then(|document| take_prior(document, party));
        if outcome.code.is_none() {
            self.decide(begun, document.as_ref(), endpoint, context, outcome);
        }
        let Some(document) = document.filter(|_| prior.is_some()) else { return pass() };
        let body = document.to_vec();
        let mut edits = Edits::default();
        if context.policy.headers_can_wait {
            edits.set.push(("content-length".to_owned(), body.len().to_string().into_bytes()));
        }
        (State::Done, Effect::Pass(Pass { edits, body: Some(body) }))
    }

    fn decide(
        &self,
        begun: Option<&Body>,
        document: Option<&Value>,
        endpoint: &Endpoint,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) {
        let unreadable = |why| Refusal::new(Code::RelyingPartyUnreadable, why);
        let leg = endpoint.leg.ceremony();
        let Some(document) = document else {
            return outcome.refused(&unreadable("answer is not strict JSON"));
        };
        let options = endpoint.locator.read(document, context.policy.limits.json_depth);
        let recovery = endpoint.leg == Leg::Recovery;
        if !recovery && options.is_none_or(|options| Options::read(&options, leg).is_err()) {
            return outcome.refused(&unreadable("options cannot be read"));
        }
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
    }
}

/// What would have been refused on the spot.
fn would(refusal: &Refusal, edits: Edits, outcome: &mut Outcome) -> Step {
    note(refusal, outcome);
    go_on(edits)
}

fn note(refusal: &Refusal, outcome: &mut Outcome) {
    outcome.refused(refusal);
    outcome.observed = true;
}
