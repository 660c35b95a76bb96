//! A request to a resource that rules cover: let through with an elevation that fits, refused with instructions
//! without one.

mod instructions;
mod judge;
mod watch;

use self::judge::Judged;
use super::clearance::{Cleared, Elevated};
use super::elevate::Fit;
use super::identify::{self, Introspection};
use super::request::{self, Request};
use super::scan::Scan;
use super::{Context, Effect, Event, Forward, Outcome, Pass, State, Step, ask, early, out_of_order, release};
use crate::assertion::{self, Proven};
use crate::headers::{Edits, Single};
use crate::json;
use crate::orchestrator::{self, Answer, Ended, Failure, Operation, Values};
use crate::policy::{Body, Content, Flow, Rule};
use crate::refusal::{Code, Refusal};
use crate::route::{self, Captures};

/// A request and how far it is.
#[derive(Debug)]
pub(super) struct Resource {
    request: Request,
    /// The rules that cover it, in order.
    covering: Vec<(usize, Captures)>,
    /// Changes of the head, where it has not gone on yet.
    edits: Edits,
    /// The body, where a rule looks at it.
    body: Option<Body>,
    /// Whether it leaves as it was read: not where only a rule that is watched looks at it.
    rewrites: bool,
    /// What is still to be looked for in a body that comes after the decision.
    rest: Option<Scan>,
    /// SHA-256 of the body as it leaves, where the relying party is told.
    digest: [u8; 32],
    expect: Expect,
}

#[derive(Debug)]
enum Expect {
    /// `reads`: a rule looks into it.
    Body {
        reads: bool,
        scan: Scan,
    },
    Introspection,
    /// This one, and what else would fit.
    Consumed(Box<Fit>, Vec<Fit>),
    /// The body, and whatever it says, it goes on.
    Watched(Scan),
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
        let enforced = || rules(&covering, context).filter(|rule| rule.is_enforced());
        if let Err(refusal) = plausible(&request, &mut enforced(), context) {
            return refusal.into();
        }
        let waits = context.policy.headers_can_wait;
        let reads = enforced().any(Rule::reads_body);
        let signs = waits && !context.policy.keys.assertion.is_empty();
        let scan = Scan::of_resource(&request.headers, reads || signs);
        if let Err(refusal) = scan.announced(&request.headers, context) {
            return refusal.into();
        }
        // A head that cannot wait for its body goes on with the decision, and not before.
        let head_first = !end && !waits && !reads;
        let mut resource = Box::new(Self {
            request,
            covering,
            edits,
            body: None,
            rewrites: reads,
            rest: head_first.then_some(scan),
            digest: assertion::digest(b""),
            expect: Expect::Body { reads, scan },
        });
        if end || head_first {
            return resource.whole(&[], reads, context, outcome);
        }
        let mut edits = core::mem::take(&mut resource.edits);
        if !waits {
            // What is read leaves serialised anew, and a length that is gone cannot lie about it.
            edits.remove.push("content-length".to_owned());
        }
        (State::Resource(resource), Effect::Collect(edits))
    }

    #[inline(never)]
    pub(super) fn on(self: Box<Self>, event: Event<'_>, context: Context<'_>, outcome: &mut Outcome) -> Step {
        match (&self.expect, event) {
            (Expect::Body { reads, scan }, Event::RequestBody(body, end)) => {
                match scan.look(body, end, context) {
                    Ok(true) => {
                        let reads = *reads;
                        self.whole(body, reads, context, outcome)
                    }
                    Ok(false) => (State::Resource(self), Effect::Hold),
                    Err(refusal) => refusal.into(),
                }
            }
            (Expect::Watched(scan), Event::RequestBody(body, end)) => match scan.look(body, end, context) {
                Ok(true) => self.look_on(body, end, context, outcome),
                Ok(false) => (State::Resource(self), Effect::Hold),
                Err(refusal) => refusal.into(),
            },
            (Expect::Introspection, Event::Answers(answers)) => {
                let answer = answers.into_iter().next().flatten();
                let party = self.request.party(context);
                match party.and_then(|party| identify::introspected(&answer, party, context)) {
                    Ok(introspection) => self.decide(Some(&introspection), context, outcome),
                    Err(refusal) => refusal.into(),
                }
            }
            (Expect::Consumed(..), Event::Answers(answers)) => {
                self.consumed(&answers.into_iter().next().flatten(), context, outcome)
            }
            (_, event) => early(&event),
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
        if rules(&self.covering, context).any(Rule::reads_body) {
            match self.read(body, context) {
                Ok(body) => self.body = Some(body),
                Err(refusal) if reads => return refusal.into(),
                // Only a rule that is watched looks at it.
                Err(_) => {}
            }
        }
        match self.request.party(context).map(identify::session_needs_introspection) {
            Ok(true) => self.introspect(context),
            Ok(false) => self.decide(None, context, outcome),
            Err(refusal) => refusal.into(),
        }
    }

    /// The body as a rule reads it.
    fn read(&self, body: &[u8], context: Context<'_>) -> Result<Body, Refusal> {
        let malformed = |why| Refusal::new(Code::MalformedRequest, why);
        request::plain(&self.request.headers, "application/json")
            .map_err(|_| malformed("a rule reads JSON"))?;
        match json::parse(body, context.policy.limits.json_depth) {
            Ok(value) => Ok(Body { content: Content::Json, value }),
            Err(_) => Err(malformed("body is not strict JSON")),
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
                match self.rest {
                    Some(scan) => (State::Scan(scan), Effect::Collect(edits)),
                    None => (State::Done, Effect::Pass(Pass { edits, body })),
                }
            }
            Ok(Judged::Elevated(elevated, fit)) => self.forward(&elevated, &fit, context, outcome),
            Ok(Judged::Spend(fit, others)) => self.spend(fit, others, context),
            Err(refusal) => refusal.into(),
        }
    }

    /// An elevation for a transaction is good once: whoever the orchestrator counts first has it.
    fn spend(mut self: Box<Self>, fit: Box<Fit>, others: Vec<Fit>, context: Context<'_>) -> Step {
        let values = Values::default().with("elevation", fit.elevation().id.as_str());
        match ask::operation(Operation::ConsumeElevation, values, &self.request.trace, context) {
            Ok(call) => {
                self.expect = Expect::Consumed(fit, others);
                (State::Resource(self), Effect::Ask(vec![call]))
            }
            Err(refusal) => refusal.into(),
        }
    }

    fn consumed(mut self: Box<Self>, answer: &Answer, context: Context<'_>, outcome: &mut Outcome) -> Step {
        let Expect::Consumed(fit, others) = core::mem::replace(&mut self.expect, Expect::Introspection)
        else {
            return out_of_order();
        };
        let values = Values::default().with("elevation", fit.elevation().id.as_str());
        let orchestrator = &context.policy.orchestrator;
        let done = orchestrator::done(orchestrator, Operation::ConsumeElevation, &values, answer);
        match (Elevated::spent(&fit, &done), done) {
            (Some(elevated), _) => self.forward(&elevated, &fit, context, outcome),
            (None, Err(Failure::Ended(Ended::Replayed))) => {
                let mut others = others.into_iter();
                if let Some(next) = others.next() {
                    return self.spend(Box::new(next), others.collect(), context);
                }
                outcome.explain_more("it was used before");
                self.spent(&fit, context).into()
            }
            (None, Err(failure)) => ask::unavailable(failure).into(),
            (None, Ok(())) => out_of_order(),
        }
    }

    /// It was used before: another one is wanted.
    fn spent(&self, fit: &Fit, context: Context<'_>) -> Refusal {
        let elevation = fit.elevation();
        let rule = context.policy.rules.iter().find(|rule| rule.id == elevation.rule.id);
        let refusal = rule.ok_or(Refusal::new(Code::StepUpRequired, "spent")).and_then(|rule| {
            let transaction = self.transaction(rule);
            self.refusal(Code::StepUpRequired, rule, transaction, elevation.binding, context)
        });
        refusal.unwrap_or_else(|refusal| refusal)
    }

    fn forward(&self, elevated: &Elevated, fit: &Fit, context: Context<'_>, outcome: &mut Outcome) -> Step {
        let Pass { mut edits, body } = self.leave(context);
        if context.policy.headers_can_wait {
            match self.told(fit, body.as_deref(), context) {
                Ok(told) => edits.set.extend(told),
                Err(refusal) => return refusal.into(),
            }
        }
        outcome.note("forwarded");
        outcome.session(&fit.elevation().session);
        let state = self.rest.map_or(State::Done, State::Scan);
        let forward = Forward { edits, body, head_first: self.rest.is_some() };
        (state, Effect::Forward(Cleared::elevated(elevated), forward))
    }

    /// What the relying party is told of it.
    fn told(
        &self,
        fit: &Fit,
        body: Option<&[u8]>,
        context: Context<'_>,
    ) -> Result<Vec<(String, Vec<u8>)>, Refusal> {
        let elevation = fit.elevation();
        let (rule, acr, session) = (&elevation.rule.id, &elevation.acr, &elevation.session);
        let told = release::told(Flow::StepUp, rule, acr, session, elevation.issued);
        let digest = body.map_or(self.digest, assertion::digest);
        let proven = Proven { flow: Flow::StepUp.name(), rule, acr, session, at: elevation.issued };
        let signed = release::assertion(&self.request, &digest, &proven, context)?;
        Ok([("countersign".to_owned(), told.into_bytes())].into_iter().chain(signed).collect())
    }

    /// The request as it leaves: where a rule has read the body, what was read.
    fn leave(&self, context: Context<'_>) -> Pass {
        let mut edits = self.edits.clone();
        let body = self.body.as_ref().filter(|_| self.rewrites).map(|body| body.value.to_vec());
        if let Some(body) = body.as_ref().filter(|_| context.policy.headers_can_wait) {
            edits.set.push(("content-length".to_owned(), body.len().to_string().into_bytes()));
        }
        Pass { edits, body }
    }
}

/// The rules that cover a request.
fn rules<'p>(covering: &[(usize, Captures)], context: Context<'p>) -> impl Iterator<Item = &'p Rule> {
    covering.iter().filter_map(move |(position, _)| context.policy.rules.get(*position))
}

/// What holds on every path that these rules guard.
fn plausible(
    request: &Request,
    rules: &mut dyn Iterator<Item = &Rule>,
    context: Context<'_>,
) -> Result<(), Refusal> {
    let malformed = |why| Err(Refusal::new(Code::MalformedRequest, why));
    let headers = &request.headers;
    if request::is_upgrade(headers) {
        return malformed("upgrade on a guarded path");
    }
    if route::overrides_method(headers) {
        return malformed("method override");
    }
    request::one_session(headers, request.party(context)?)?;
    for rule in rules {
        if rule.headers_read().any(|name| headers.single(name) == Single::Repeated) {
            return malformed("header of a rule repeated");
        }
    }
    Ok(())
}
