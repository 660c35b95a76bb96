//! A request to a resource that rules cover: let through with an elevation that fits, refused with instructions
//! without one.

use super::clearance::{Cleared, Elevated};
use super::elevate::{self, Fit, Shown};
use super::identify::{self, Introspection};
use super::request::{self, Request};
use super::{Context, Effect, Event, Forward, Outcome, State, Step, ask, out_of_order, refuse, release};
use crate::assertion::{self, Proven};
use crate::canary;
use crate::evidence::{self, Asked, Carried, RuleReference};
use crate::headers::{Edits, Single};
use crate::json::{self, Object, Value};
use crate::orchestrator::{self, Answer, Ended, Failure, Operation, Values};
use crate::policy::{Body, Content, Decision, Facts, Flow, Leg, RelyingParty, Rule, Transaction, UserSource};
use crate::refusal::{Challenge, Code, Refusal};
use crate::route::{self, Captures, without_query};

/// A request and how far it is.
#[derive(Debug)]
pub(super) struct Resource {
    request: Request,
    /// The rules that cover it, in order.
    covering: Vec<(usize, Captures)>,
    edits: Edits,
    /// The body, where a rule looks at it.
    body: Option<Body>,
    /// SHA-256 of the body as it leaves, where the relying party is told.
    digest: [u8; 32],
    expect: Expect,
}

#[derive(Debug)]
enum Expect {
    /// `reads`: a rule looks into it; `whole`: it is needed to its end.
    Body {
        reads: bool,
        whole: bool,
    },
    Introspection,
    Consumed(Box<Fit>),
}

impl Resource {
    pub(super) fn start(
        request: Request,
        covering: Vec<(usize, Captures)>,
        end: bool,
        edits: Edits,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        if let Err(refusal) = plausible(&request, &covering, context) {
            return refusal.into();
        }
        let rules = || covering.iter().filter_map(|(position, _)| context.policy.rules.get(*position));
        let reads = rules().any(Rule::reads_body);
        let whole = reads || !context.policy.keys.assertion.is_empty();
        let mut edits = edits;
        if reads && !context.policy.headers_can_wait {
            // What is read leaves serialised anew, and a length that is gone cannot lie about it.
            edits.remove.push("content-length".to_owned());
        }
        let too_long = request::announced_length(&request.headers)
            .is_some_and(|length| whole && length > context.policy.limits.body);
        if too_long {
            return refuse(Code::BodyTooLarge, "announced");
        }
        let resource = Box::new(Self {
            request,
            covering,
            edits: Edits::default(),
            body: None,
            digest: assertion::digest(b""),
            expect: Expect::Body { reads, whole },
        });
        if end {
            return Box::new(Self { edits, ..*resource }).whole(&[], reads, context, outcome);
        }
        (State::Resource(resource), Effect::Collect(edits))
    }

    pub(super) fn on(self: Box<Self>, event: Event<'_>, context: Context<'_>, outcome: &mut Outcome) -> Step {
        let limit = context.policy.limits.body;
        match (&self.expect, event) {
            (Expect::Body { whole: true, .. }, Event::RequestBody(body, _)) if body.len() > limit => {
                refuse(Code::BodyTooLarge, "it is needed whole")
            }
            (Expect::Body { reads, whole }, Event::RequestBody(body, end)) => {
                if !end && (*whole || body.len() < limit) {
                    return (State::Resource(self), Effect::Hold);
                }
                if canary::looks_like_credential(body.get(..limit).unwrap_or(body)) {
                    return refuse(Code::UnlistedCeremony, "credential on an unlisted route");
                }
                let reads = *reads;
                self.whole(body, reads, context, outcome)
            }
            (Expect::Introspection, Event::Answers(answers)) => {
                let answer = answers.into_iter().next().flatten();
                let party = self.request.party(context);
                match party.and_then(|party| identify::introspected(&answer, party, context)) {
                    Ok(introspection) => self.decide(Some(&introspection), context, outcome),
                    Err(refusal) => refusal.into(),
                }
            }
            (Expect::Consumed(_), Event::Answers(answers)) => {
                self.consumed(&answers.into_iter().next().flatten(), context, outcome)
            }
            _ => out_of_order(),
        }
    }

    /// The body is here as far as it is needed.
    fn whole(
        mut self: Box<Self>,
        body: &[u8],
        reads: bool,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        if !context.policy.keys.assertion.is_empty() {
            self.digest = assertion::digest(body);
        }
        if reads {
            let malformed = |why| refuse(Code::MalformedRequest, why);
            if request::plain(&self.request.headers, "application/json").is_err() {
                return malformed("a rule reads JSON");
            }
            match json::parse(body, context.policy.limits.json_depth) {
                Ok(value) => self.body = Some(Body { content: Content::Json, value }),
                Err(_) => return malformed("body is not strict JSON"),
            }
        }
        match self.request.party(context).map(identify::session_needs_introspection) {
            Ok(true) => self.introspect(context),
            Ok(false) => self.decide(None, context, outcome),
            Err(refusal) => refusal.into(),
        }
    }

    fn introspect(mut self: Box<Self>, context: Context<'_>) -> Step {
        match identify::introspect(&self.request, None, context) {
            Ok(call) => {
                self.expect = Expect::Introspection;
                (State::Resource(self), Effect::Ask(vec![call]))
            }
            Err(refusal) => refusal.into(),
        }
    }

    fn decide(
        self: Box<Self>,
        introspection: Option<&Introspection>,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        match self.judge(introspection, context, outcome) {
            Ok(Judged::Ask) => self.introspect(context),
            Ok(Judged::Free) => {
                outcome.note("passed");
                let Pass { edits, body } = self.leave(context);
                (State::Done, Effect::Pass(super::Pass { edits, body }))
            }
            Ok(Judged::Elevated(elevated, fit)) => self.forward(&elevated, &fit, context, outcome),
            Ok(Judged::Spend(fit)) => self.spend(fit, context),
            Err(refusal) => refusal.into(),
        }
    }

    fn judge(
        &self,
        introspection: Option<&Introspection>,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Result<Judged, Refusal> {
        let party = self.request.party(context)?;
        let none = Captures::default();
        let user = identify::of_session(&self.request, introspection, party, context);
        let introspects = party.user.iter().any(|source| matches!(source, UserSource::Introspect { .. }));
        let known = introspection.is_some() || !introspects || user.is_some();
        let facts = Facts {
            headers: &self.request.headers,
            captures: &none,
            body: self.body.as_ref(),
            user: known.then_some(user.as_deref()),
            elevation_age: elevate::age(&self.request, introspection, context)?,
            credential: None,
        };
        if let Some(rule) = context.policy.watched_resource(&self.covering, &facts) {
            let binding = identify::binding(&self.request, None, introspection, context)?;
            let shown =
                elevate::find(&self.request, rule, self.transaction(rule).as_ref(), binding, context)?;
            if !matches!(shown, Shown::Fits(_)) {
                outcome.watched(rule);
            }
        }
        let rule = match context.policy.decide_resource(&self.covering, &facts) {
            Decision::Routine => {
                outcome.explain(context, || "no rule applies".to_owned());
                return Ok(Judged::Free);
            }
            Decision::Require(rule) => {
                outcome.explain(context, || rule.explain(&facts));
                rule
            }
            Decision::NeedUser if introspection.is_none() => return Ok(Judged::Ask),
            Decision::NeedUser | Decision::Deferred(_) => {
                return Err(Refusal::new(Code::UserUnknown, "a rule that cannot be decided"));
            }
        };
        outcome.rule(Flow::StepUp, Some(rule));
        let transaction = self.transaction(rule);
        let binding = identify::binding(&self.request, None, introspection, context)?;
        let shown = elevate::find(&self.request, rule, transaction.as_ref(), binding, context)?;
        outcome.explain_more(match &shown {
            Shown::Fits(_) => "elevation fits",
            Shown::Mismatch => "elevation for other values, another place or another session",
            Shown::Nothing => "no elevation",
        });
        match shown {
            Shown::Fits(fit) => Ok(match Elevated::lasting(&fit) {
                Some(elevated) => Judged::Elevated(elevated, fit),
                None => Judged::Spend(fit),
            }),
            Shown::Mismatch => {
                Err(self.refusal(Code::ElevationMismatch, rule, transaction, binding, context)?)
            }
            Shown::Nothing => Err(self.refusal(Code::StepUpRequired, rule, transaction, binding, context)?),
        }
    }

    fn transaction(&self, rule: &Rule) -> Option<Transaction> {
        let (template, body) = (rule.transaction.as_ref()?, &self.body.as_ref()?.value);
        let one = |name| match self.request.headers.single(name) {
            Single::One(value) => value,
            Single::Absent | Single::Repeated => b"",
        };
        Some(template.bind(body, one(":method"), without_query(one(":path"))))
    }

    /// How to get what is missing.
    fn refusal(
        &self,
        code: Code,
        rule: &Rule,
        transaction: Option<Transaction>,
        binding: Option<[u8; 32]>,
        context: Context<'_>,
    ) -> Result<Refusal, Refusal> {
        let party = self.request.party(context)?;
        let template = rule.transaction.as_ref();
        let display =
            template.zip(self.body.as_ref()).map(|(template, body)| template.display.show(&body.value));
        let expires = context.now.plus(context.policy.limits.ceremony);
        let asked = Asked {
            relying_party: party.name.clone(),
            rule: RuleReference { id: rule.id.clone(), digest: rule.digest },
            transaction,
            display: display.clone(),
            binding,
            issued: context.now,
            expires,
        };
        let unsealed = Refusal::new(Code::OrchestratorUnavailable, "evidence would not fit a cookie");
        let token = asked.seal(context.policy.keys.sealing()).ok_or(unsealed)?;
        let seconds = context.policy.limits.ceremony;
        let mut step_up = Object::default();
        step_up.insert("flow", Flow::StepUp.name().into());
        step_up.insert("rule", rule.id.as_str().into());
        if let Some(display) = display {
            step_up.insert("display", display.into());
        }
        step_up.insert("acr", rule.gives().into());
        step_up.insert("expiresAt", expires.to_string().into());
        step_up.insert("evidence", token.as_str().into());
        if let Some(begin) = where_to_begin(party) {
            step_up.insert("begin", begin);
        }
        if context.policy.handoff.is_some() {
            step_up.insert("handoffs", format!("{}/handoffs", context.policy.prefix).into());
        }
        Ok(Refusal {
            challenge: Some(Box::new(Challenge {
                step_up: Value::Object(step_up),
                acr: rule.acr.join(" "),
                max_age: Some(rule.lasts()),
                evidence: evidence::deliver(Carried::Asked, &token, seconds),
            })),
            ..Refusal::new(code, "no elevation that fits")
        })
    }

    /// An elevation for a transaction is good once: whoever the orchestrator counts first has it.
    fn spend(mut self: Box<Self>, fit: Box<Fit>, context: Context<'_>) -> Step {
        let values = Values::default().with("elevation", fit.elevation().id.as_str());
        match ask::operation(Operation::ConsumeElevation, values, &self.request.trace, context) {
            Ok(call) => {
                self.expect = Expect::Consumed(fit);
                (State::Resource(self), Effect::Ask(vec![call]))
            }
            Err(refusal) => refusal.into(),
        }
    }

    fn consumed(mut self: Box<Self>, answer: &Answer, context: Context<'_>, outcome: &mut Outcome) -> Step {
        let Expect::Consumed(fit) = core::mem::replace(&mut self.expect, Expect::Introspection) else {
            return out_of_order();
        };
        let elevation = fit.elevation();
        let values = Values::default().with("elevation", elevation.id.as_str());
        let orchestrator = &context.policy.orchestrator;
        let done = orchestrator::done(orchestrator, Operation::ConsumeElevation, &values, answer);
        match (Elevated::spent(&fit, &done), done) {
            (Some(elevated), _) => self.forward(&elevated, &fit, context, outcome),
            (None, Err(Failure::Ended(Ended::Replayed))) => {
                let rule = context.policy.rules.iter().find(|rule| rule.id == elevation.rule.id);
                let refusal = rule.ok_or(Refusal::new(Code::StepUpRequired, "spent")).and_then(|rule| {
                    let transaction = self.transaction(rule);
                    self.refusal(Code::StepUpRequired, rule, transaction, elevation.binding, context)
                });
                refusal.unwrap_or_else(|refusal| refusal).into()
            }
            (None, Err(failure)) => ask::unavailable(failure).into(),
            (None, Ok(())) => out_of_order(),
        }
    }

    fn forward(&self, elevated: &Elevated, fit: &Fit, context: Context<'_>, outcome: &mut Outcome) -> Step {
        let Pass { mut edits, body } = self.leave(context);
        let elevation = fit.elevation();
        let told = release::told(
            Flow::StepUp,
            &elevation.rule.id,
            &elevation.acr,
            &elevation.session,
            elevation.issued,
        );
        edits.set.push(("countersign".to_owned(), told.into_bytes()));
        let digest = body.as_deref().map_or(self.digest, assertion::digest);
        let proven = Proven {
            flow: Flow::StepUp.name(),
            rule: &elevation.rule.id,
            acr: &elevation.acr,
            session: &elevation.session,
            at: elevation.issued,
        };
        match release::assertion(&self.request, &digest, &proven, context) {
            Ok(header) => edits.set.extend(header),
            Err(refusal) => return refusal.into(),
        }
        outcome.note("forwarded");
        (State::Done, Effect::Forward(Cleared::elevated(elevated), Forward { edits, body }))
    }

    /// The request as it leaves: where a rule has read the body, what was read.
    fn leave(&self, _context: Context<'_>) -> Pass {
        let mut edits = self.edits.clone();
        let body = self.body.as_ref().map(|body| body.value.to_vec());
        if let Some(body) = &body {
            edits.set.push(("content-length".to_owned(), body.len().to_string().into_bytes()));
        }
        Pass { edits, body }
    }
}

/// What leaves.
struct Pass {
    edits: Edits,
    body: Option<Vec<u8>>,
}

enum Judged {
    /// Who it is has to be found out first.
    Ask,
    /// No rule requires anything.
    Free,
    Elevated(Elevated, Box<Fit>),
    /// It fits, and has to be spent.
    Spend(Box<Fit>),
}

/// What holds on every guarded path.
fn plausible(request: &Request, covering: &[(usize, Captures)], context: Context<'_>) -> Result<(), Refusal> {
    let malformed = |why| Err(Refusal::new(Code::MalformedRequest, why));
    let headers = &request.headers;
    if request::is_upgrade(headers) {
        return malformed("upgrade on a guarded path");
    }
    if route::overrides_method(headers) {
        return malformed("method override");
    }
    request::one_session(headers, request.party(context)?)?;
    let rules = covering.iter().filter_map(|(position, _)| context.policy.rules.get(*position));
    for rule in rules {
        if rule.headers_read().any(|name| headers.single(name) == Single::Repeated) {
            return malformed("header of a rule repeated");
        }
    }
    Ok(())
}

/// The begin of the ceremony that the refusal asks for.
fn where_to_begin(party: &RelyingParty) -> Option<Value> {
    let endpoint = party.endpoints.iter().find(|endpoint| endpoint.leg == Leg::AuthenticationBegin)?;
    let mut begin = Object::default();
    begin.insert("method", endpoint.method.as_str().into());
    begin.insert("path", endpoint.path.as_str().into());
    Some(Value::Object(begin))
}
