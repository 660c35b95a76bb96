//! The answer of a relying party's recovery route: it has found out, by its own means, who lost their passkey.
//! A live match is opened for that person before anything replaces it.

use super::ask::{self, Opening};
use super::begin::Begin;
use super::identify::{self, Introspection};
use super::offer::{give, reply, rewritten};
use super::step_up::{self, Told};
use super::{Context, Effect, Event, Outcome, Pass, State, Step, out_of_order, refuse};
use crate::evidence::{self, Carried, Recovery, RuleReference};
use crate::headers::Edits;
use crate::json::{self, Value};
use crate::orchestrator::{self, Answer, Exchanged, ExternalUserId, Operation};
use crate::policy::{Decision, Facts, Flow, Occasion};
use crate::refusal::{Code, Refusal};

/// An answer on its way to the client.
#[derive(Debug)]
pub(super) struct Recover {
    begin: Begin,
    answer: Exchanged,
    document: Value,
    expect: Expect,
}

#[derive(Debug)]
enum Expect {
    Introspection,
    Opened(Opened),
}

#[derive(Debug)]
struct Opened {
    rule: RuleReference,
    user: ExternalUserId,
    binding: Option<[u8; 32]>,
}

impl Recover {
    /// The relying party's whole answer is here.
    pub(super) fn start(
        begin: Begin,
        answer: Exchanged,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        let encoded = super::begin::is_encoded(&answer.headers);
        let document = json::parse(&answer.body, context.policy.limits.json_depth).ok().filter(|_| !encoded);
        let Some(document) = document.filter(|document| document.as_object().is_some()) else {
            return refuse(Code::RelyingPartyUnreadable, "recovery's answer is no strict JSON object");
        };
        let recover = Box::new(Self { begin, answer, document, expect: Expect::Introspection });
        let introspects = recover.begin.request.party(context).map(identify::session_needs_introspection);
        match introspects {
            Err(refusal) => refusal.into(),
            Ok(false) => recover.decide(None, context, outcome),
            Ok(true) => {
                match identify::introspect(&recover.begin.request, Some(&recover.answer.headers), context) {
                    Ok(call) => (State::Recover(recover), Effect::Ask(vec![call])),
                    Err(refusal) => refusal.into(),
                }
            }
        }
    }

    #[inline(never)]
    pub(super) fn on(self: Box<Self>, event: Event<'_>, context: Context<'_>, outcome: &mut Outcome) -> Step {
        let Event::Answers(answers) = event else { return out_of_order() };
        let answer = answers.into_iter().next().flatten();
        match &self.expect {
            Expect::Introspection => {
                let party = self.begin.request.party(context);
                match party.and_then(|party| identify::introspected(&answer, party, context)) {
                    Ok(introspection) => self.decide(Some(&introspection), context, outcome),
                    Err(refusal) => refusal.into(),
                }
            }
            Expect::Opened(opened) => match self.leave(opened, &answer, context, outcome) {
                Ok(effect) => {
                    outcome.note("offered");
                    (State::Done, effect)
                }
                Err(refusal) => refusal.into(),
            },
        }
    }

    fn decide(
        mut self: Box<Self>,
        introspection: Option<&Introspection>,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        let request = &self.begin.request;
        let user = self.named(context);
        let facts = Facts {
            headers: &request.headers,
            captures: &request.captures,
            body: self.begin.body.as_ref(),
            user: Some(user.as_deref()),
            elevation_age: None,
            credential: None,
        };
        let rule = match context.policy.decide(request.relying_party, Occasion::Recovery, &facts) {
            Decision::Require(rule) => rule,
            Decision::Routine => {
                outcome.rule(Flow::Routine, None);
                return self.release(Edits::default(), None, context);
            }
            // Nothing of a recovery is left to find out: the configuration refuses a rule that would ask.
            Decision::Deferred(_) | Decision::NeedUser => {
                return refuse(Code::UserUnknown, "a recovery rule that cannot be decided");
            }
        };
        outcome.rule(Flow::Recovery, Some(rule));
        let opened = || -> Result<_, Refusal> {
            let party = request.party(context)?;
            let unknown = Refusal::new(Code::UserUnknown, "the recovery names no usable user");
            let user =
                user.as_deref().and_then(|user| identify::external(user, party, context)).ok_or(unknown)?;
            let binding = identify::binding(request, Some(&self.answer.headers), introspection, context)?;
            let opening = Opening { custom_data: rule.custom_data.clone(), ..Opening::default() };
            let call =
                ask::open(Flow::Recovery, &user, &party.rp_id, None, opening, &request.trace, context)?;
            let rule = RuleReference { id: rule.id.clone(), digest: rule.digest };
            Ok((call, Opened { rule, user, binding }))
        };
        match opened() {
            Ok((call, opened)) => {
                self.expect = Expect::Opened(opened);
                (State::Recover(self), Effect::Ask(vec![call]))
            }
            Err(refusal) => refusal.into(),
        }
    }

    /// Who it is, by the answer or by the request.
    fn named(&self, context: Context<'_>) -> Option<String> {
        let pointer = self.begin.request.endpoint(context).ok()?.user.as_ref()?;
        let said = self.document.at(pointer).or_else(|| self.begin.body.as_ref()?.value.at(pointer))?;
        identify::identifier(said)
    }

    fn leave(
        &self,
        opened: &Opened,
        answer: &Answer,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Result<Effect, Refusal> {
        let party = self.begin.request.party(context)?;
        let session = orchestrator::opened(&context.policy.orchestrator, Operation::OpenRecovery, answer)
            .map_err(ask::unopened)?;
        outcome.session(&session.session.id);
        let required = step_up::required(
            Some(opened.rule.clone()),
            Flow::Recovery,
            session.session,
            &opened.user,
            party,
            context,
        )?;
        let expires = context.now.plus(context.policy.limits.ceremony);
        let recovery = Recovery {
            relying_party: party.name.clone(),
            session: required.session.clone(),
            binding: opened.binding,
            user: required.user,
            rule: opened.rule.clone(),
            issued: context.now,
            expires,
        };
        let token = recovery.seal(context.policy.keys.sealing());
        let unsealed = Refusal::new(Code::OrchestratorUnavailable, "evidence would not fit a cookie");
        let token = token.ok_or(unsealed)?;
        let mut edits = Edits::default();
        give(&mut edits, evidence::deliver(Carried::Recovery, &token, context.policy.limits.ceremony));
        edits.set.push(("cache-control".to_owned(), b"no-store".to_vec()));
        let told = Told { client: session.client, ..Told::default() };
        let member = step_up::member(&required, &token, expires, told, context);
        let mut document = self.document.clone();
        if let Some(object) = document.as_object_mut() {
            object.insert("stepUp", member);
        }
        let body = rewritten(&document, &self.answer.headers, &mut edits);
        let (_, effect) = self.release(edits, Some(body), context);
        Ok(effect)
    }

    fn release(&self, edits: Edits, body: Option<Vec<u8>>, context: Context<'_>) -> Step {
        if context.policy.headers_can_wait {
            (State::Done, Effect::Pass(Pass { edits, body }))
        } else {
            (State::Done, Effect::Reply(reply(&self.answer, &edits, body)))
        }
    }
}
