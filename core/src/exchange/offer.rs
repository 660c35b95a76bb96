//! Options that came back from the relying party: decide, open what the decision needs, let them leave with
//! evidence.

mod leave;
mod who;

pub(super) use leave::reply;
pub(super) use who::asks_owner;

use super::begin::Begin;
use super::identify::{self, Introspection};
use super::step_up;
use super::{Context, Effect, Event, Outcome, State, Step, out_of_order, refuse};
use crate::evidence::{Requirement, RuleReference};
use crate::headers::Edits;
use crate::json::{self, Value};
use crate::orchestrator::{self, Answer, Call, Exchanged, ExternalUserId, Owner};
use crate::policy::Ceremony as Leg;
use crate::policy::{Decision, Facts, Flow, RelyingParty, Residue, Rule, UserHandle};
use crate::refusal::{Code, Refusal};
use crate::webauthn::{self, Options};
use who::{Source, User};

/// Options on their way to the client.
#[derive(Debug)]
pub(super) struct Offer {
    begin: Begin,
    answer: Exchanged,
    document: Value,
    options: Options,
    prior: Option<Value>,
    introspection: Option<Introspection>,
    /// `None`: not asked.
    owner: Option<Asked>,
    expect: Expect,
}

#[derive(Debug)]
enum Expect {
    Introspection,
    Owner,
    Opened { rule: RuleReference, flow: Flow, user: ExternalUserId, owner: bool },
}

impl Offer {
    /// The relying party's whole answer is here.
    pub(super) fn start(
        begin: Begin,
        answer: Exchanged,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        match Self::read(&begin, &answer, context) {
            Ok((document, options, prior)) => {
                let offer = Self {
                    begin,
                    answer,
                    document,
                    options,
                    prior,
                    introspection: None,
                    owner: None,
                    expect: Expect::Introspection,
                };
                Box::new(offer).advance(context, outcome)
            }
            Err(why) if context.policy.has_rules(begin.request.relying_party) => {
                refuse(Code::RelyingPartyUnreadable, why)
            }
            Err(_) if context.policy.headers_can_wait => super::pass(),
            Err(_) => (State::Done, Effect::Reply(reply(&answer, &Edits::default(), None))),
        }
    }

    fn read(
        begin: &Begin,
        answer: &Exchanged,
        context: Context<'_>,
    ) -> Result<(Value, Options, Option<Value>), &'static str> {
        let party = begin.request.party(context).map_err(|_| "no relying party")?;
        let endpoint = begin.request.endpoint(context).map_err(|_| "no endpoint")?;
        if super::begin::is_encoded(&answer.headers) {
            return Err("encoded");
        }
        let mut document = json::parse(&answer.body, context.policy.limits.json_depth)
            .map_err(|_| "answer is not strict JSON")?;
        let prior = take_prior(&mut document, party, endpoint.leg.ceremony());
        let options = endpoint.locator.read(&document, context.policy.limits.json_depth);
        let options = options.ok_or("no options")?;
        let options =
            Options::read(&options, endpoint.leg.ceremony()).map_err(|_| "options are not WebAuthn's")?;
        Ok((document, options, prior))
    }

    pub(super) fn on(
        mut self: Box<Self>,
        event: Event<'_>,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        let Event::Answers(answers) = event else { return out_of_order() };
        match self.take(answers, context, outcome) {
            Ok(Some(requirement)) => self.leave(requirement, context, outcome),
            Ok(None) => self.advance(context, outcome),
            Err(refusal) => refusal.into(),
        }
    }

    /// Takes the answers of the last question. A requirement: that was the last question.
    fn take(
        &mut self,
        answers: Vec<Answer>,
        context: Context<'_>,
        _outcome: &mut Outcome,
    ) -> Result<Option<(Requirement, Option<Value>)>, Refusal> {
        let party = self.begin.request.party(context)?;
        let mut answers = answers.into_iter();
        let first = answers.next().flatten();
        match &self.expect {
            Expect::Introspection => {
                self.introspection = Some(identify::introspected(&first, party, context)?);
                Ok(None)
            }
            Expect::Owner => {
                self.owner = Some(orchestrator::owner(&first).map_err(step_up::unavailable)?.into());
                Ok(None)
            }
            Expect::Opened { rule, flow, user, owner } => {
                let opened = orchestrator::opened(&first).map_err(step_up::unavailable)?;
                if *owner {
                    let second = answers.next().flatten();
                    self.owner = Some(orchestrator::owner(&second).map_err(step_up::unavailable)?.into());
                }
                let requirement =
                    step_up::required(rule.clone(), *flow, opened.id.clone(), user, party, context)?;
                Ok(Some((requirement, opened.client)))
            }
        }
    }

    /// Goes as far as what is known allows.
    fn advance(mut self: Box<Self>, context: Context<'_>, outcome: &mut Outcome) -> Step {
        match self.next(context, outcome) {
            Ok(Next::Ask(expect, calls)) => {
                self.expect = expect;
                (State::Offer(self), Effect::Ask(calls))
            }
            Ok(Next::Leave(requirement)) => self.leave((requirement, None), context, outcome),
            Err(refusal) => refusal.into(),
        }
    }

    fn next(&mut self, context: Context<'_>, outcome: &mut Outcome) -> Result<Next, Refusal> {
        let party = self.begin.request.party(context)?;
        if self.introspection.is_none() && identify::session_needs_introspection(party) {
            return self.ask_introspection(context);
        }
        let endpoint = self.begin.request.endpoint(context)?;
        let user = self.user(party, context);
        let facts = Facts {
            headers: &self.begin.request.headers,
            captures: &self.begin.request.captures,
            body: self.begin.body.as_ref(),
            user: user.as_option(),
            credential: None,
        };
        match context.policy.decide(self.begin.request.relying_party, endpoint.leg.ceremony(), &facts) {
            Decision::Routine => {
                outcome.rule(Flow::Routine, None);
                Ok(Next::Leave(Requirement::Routine))
            }
            Decision::NeedUser => match user {
                User::Ask(source) => self.ask(source, context),
                // Asked everybody: the decision then has to do without.
                User::Known(_) | User::Nobody => {
                    Err(Refusal::new(Code::UserUnknown, "a rule asks for the user"))
                }
            },
            Decision::Deferred(residue) => self.deferred(&residue, user, context),
            Decision::Require(rule) => {
                outcome.rule(rule.flow(), Some(rule));
                self.required(rule, user, context)
            }
        }
    }

    fn deferred(&self, residue: &Residue, user: User, context: Context<'_>) -> Result<Next, Refusal> {
        let user = match user {
            User::Ask(Source::Introspection) => return self.ask_introspection(context),
            User::Known(user) => {
                let party = self.begin.request.party(context)?;
                identify::external(&user, party, context).map(|user| user.as_str().to_owned())
            }
            User::Ask(Source::Owner) | User::Nobody => None,
        };
        Ok(Next::Leave(Requirement::Undecided { residue: residue.to_value(), user }))
    }

    fn required(&self, rule: &Rule, user: User, context: Context<'_>) -> Result<Next, Refusal> {
        let party = self.begin.request.party(context)?;
        let (reference, flow) = (RuleReference { id: rule.id.clone(), digest: rule.digest }, rule.flow());
        let user = match user {
            User::Ask(source) => return self.ask(source, context),
            User::Known(user) => user,
            // A discoverable credential names its owner at finish.
            User::Nobody if flow == Flow::StepUp && asks_owner(party) => {
                return Ok(Next::Leave(Requirement::Unopened { rule: reference, flow }));
            }
            User::Nobody => return Err(Refusal::new(Code::UserUnknown, "no source names a user")),
        };
        let user = identify::external(&user, party, context)
            .ok_or(Refusal::new(Code::UserUnknown, "user id outside the alphabet"))?;
        let mut calls = vec![orchestrator::open(
            &context.policy.orchestrator,
            &self.begin.request.trace,
            &context.gateway.uuid(),
            flow,
            &user,
            &party.rp_id,
            &webauthn::challenge_hash(&self.options.challenge),
            self.prior.clone(),
        )];
        // Learned now, so that the finish need not ask: whose it is, its key, its user handle.
        let owner = self.owner.is_none()
            && (asks_owner(party) || party.user_handle == UserHandle::Learned)
            && self.first_allowed().is_some();
        if let Some(id) = self.first_allowed().filter(|_| owner) {
            calls.push(orchestrator::credential_owner(
                &context.policy.orchestrator,
                &self.begin.request.trace,
                id,
            ));
        }
        Ok(Next::Ask(Expect::Opened { rule: reference, flow, user, owner }, calls))
    }

    fn first_allowed(&self) -> Option<&[u8]> {
        self.options.allow_credentials.first().map(Vec::as_slice)
    }

    fn ask(&self, source: Source, context: Context<'_>) -> Result<Next, Refusal> {
        match source {
            Source::Introspection => self.ask_introspection(context),
            Source::Owner => {
                let id = self.first_allowed().unwrap_or_default();
                let call = orchestrator::credential_owner(
                    &context.policy.orchestrator,
                    &self.begin.request.trace,
                    id,
                );
                Ok(Next::Ask(Expect::Owner, vec![call]))
            }
        }
    }

    fn ask_introspection(&self, context: Context<'_>) -> Result<Next, Refusal> {
        let call = identify::introspect(&self.begin.request, Some(&self.answer.headers), context)?;
        Ok(Next::Ask(Expect::Introspection, vec![call]))
    }
}

/// What the orchestrator said of the first allowed credential.
#[derive(Debug)]
enum Asked {
    Known(Owner),
    Unknown,
}

impl From<Option<Owner>> for Asked {
    fn from(owner: Option<Owner>) -> Self {
        owner.map_or(Self::Unknown, Self::Known)
    }
}

/// What is to be done next.
enum Next {
    Ask(Expect, Vec<Call>),
    Leave(Requirement),
}

/// Takes a prior biometric out of a registration's answer: it is a secret between relying party and
/// orchestrator.
pub(super) fn take_prior(document: &mut Value, party: &RelyingParty, leg: Leg) -> Option<Value> {
    let pointer = party.prior_biometric.as_ref().filter(|_| leg == Leg::Registration)?;
    match document.remove_at(pointer)? {
        Value::Null => None,
        Value::String(token) => {
            let mut prior = json::Object::default();
            prior.insert("encrypted_biometric_token", Value::String(token));
            Some(Value::Object(prior))
        }
        other => Some(other),
    }
}
