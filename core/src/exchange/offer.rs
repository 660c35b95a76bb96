//! Options that came back from the relying party: decide, open what the decision needs, let them leave with
//! evidence.

mod leave;
mod who;

pub(super) use leave::{give, reply, rewritten};
pub(super) use who::asks_owner;

use super::ask::{self, Opening, ShownTransaction};
use super::begin::{Begin, Cause, HandedOff, Recovered};
use super::elevate;
use super::identify::{self, Introspection};
use super::step_up;
use super::{Context, Effect, Event, Outcome, State, Step, out_of_order, refuse};
use crate::evidence::{Requirement, RuleReference, commit};
use crate::headers::Edits;
use crate::json::{self, Value};
use crate::orchestrator::{self, Answer, Call, Exchanged, ExternalUserId, Operation, Owner};
use crate::policy::{Decision, Facts, Flow, Leg, RelyingParty, Residue, Rule, UserHandle};
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
    /// What the person is asked for, once it is known.
    shown: Option<ShownTransaction>,
    expect: Expect,
}

#[derive(Debug)]
enum Expect {
    Introspection,
    Owner,
    Opened { rule: Option<RuleReference>, flow: Flow, user: ExternalUserId, owner: bool },
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
                    shown: None,
                    expect: Expect::Introspection,
                };
                Box::new(offer).advance(context, outcome)
            }
            Err(why) if context.policy.must_read_begins(begin.request.relying_party) => {
                refuse(Code::RelyingPartyUnreadable, why)
            }
            Err(_) if begin.is_held(context) => super::pass(),
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
        let prior = take_prior(&mut document, party);
        let options = endpoint.locator.read(&document, context.policy.limits.json_depth);
        let options = options.ok_or("no options")?;
        let options =
            Options::read(&options, endpoint.leg.ceremony()).map_err(|_| "options are not WebAuthn's")?;
        Ok((document, options, prior))
    }

    #[inline(never)]
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
        outcome: &mut Outcome,
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
                self.owner = Some(Asked::read(&first, context)?);
                Ok(None)
            }
            Expect::Opened { rule, flow, user, owner } => {
                let operation = flow.open().unwrap_or(Operation::OpenStepUp);
                let opened = orchestrator::opened(&context.policy.orchestrator, operation, &first);
                let opened = opened.map_err(|failure| match flow {
                    Flow::CrossPlatform => ask::handoff_refused(failure),
                    _ => ask::unopened(failure),
                })?;
                outcome.session(&opened.session.id);
                if *owner {
                    self.owner = Some(Asked::read(&answers.next().flatten(), context)?);
                }
                let mut required =
                    step_up::required(rule.clone(), *flow, opened.session, user, party, context)?;
                if let Cause::Handoff(handoff) = &self.begin.cause {
                    required.handoff = Some(handoff.id.clone());
                }
                required.transaction = self.shown.as_ref().map(|shown| shown.transaction);
                Ok(Some((Requirement::Match(required), opened.client)))
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
        match &self.begin.cause {
            Cause::Own => {}
            Cause::Handoff(handoff) => return self.handed_off(handoff, party, context),
            Cause::Recovery(recovery) => {
                outcome.session(&recovery.session.id);
                return self.recovered(recovery, party, context);
            }
        }
        let endpoint = self.begin.request.endpoint(context)?;
        if endpoint.leg == Leg::AuthenticationBegin
            && let Some((asked, rule)) =
                elevate::asked(&self.begin.request, self.introspection.as_ref(), context)?
        {
            self.shown = asked
                .transaction
                .zip(asked.display)
                .map(|(transaction, display)| ShownTransaction { transaction, display });
            outcome.rule(Flow::StepUp, Some(rule));
            return self.required(rule, self.user(party, context), context);
        }
        let user = self.user(party, context);
        let facts = Facts {
            headers: &self.begin.request.headers,
            captures: &self.begin.request.captures,
            body: self.begin.body.as_ref(),
            user: user.as_option(),
            elevation_age: elevate::age(
                &self.begin.request,
                self.introspection.as_ref(),
                user.as_option().flatten(),
                context,
            )?,
            credential: None,
        };
        let (party_at, occasion) = (self.begin.request.relying_party, endpoint.leg.occasion());
        if let Some(rule) = context.policy.watched(party_at, occasion, &facts) {
            outcome.watched(rule, Code::StepUpRequired, "it applies");
        }
        match context.policy.decide(party_at, occasion, &facts) {
            Decision::Routine => {
                outcome.explain(context, || "no rule applies".to_owned());
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
                outcome.explain(context, || rule.explain(&facts));
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
            User::Nobody if flow == Flow::StepUp && asks_owner(party) && rule.resource.is_none() => {
                return Ok(Next::Leave(Requirement::Unopened { rule: reference, flow }));
            }
            User::Nobody => return Err(Refusal::new(Code::UserUnknown, "no source names a user")),
        };
        let user = identify::external(&user, party, context)
            .ok_or(Refusal::new(Code::UserUnknown, "user id outside the alphabet"))?;
        let opening = Opening {
            // What else carries one is for nobody.
            prior: self.prior.clone().filter(|_| flow == Flow::Registration),
            custom_data: rule.custom_data.clone(),
            handoff: None,
            shown: self.shown.clone(),
        };
        self.open(Some(reference), flow, user, opening, party, context)
    }

    /// The phone's part of a hand-off: for whom is known, and that a match is wanted too.
    fn handed_off(
        &self,
        handoff: &HandedOff,
        party: &RelyingParty,
        context: Context<'_>,
    ) -> Result<Next, Refusal> {
        let rule = handoff.rule.as_ref().and_then(|rule| step_up::rule_of(rule, context));
        let custom_data = rule.and_then(|rule| rule.custom_data.clone());
        let opening = Opening { handoff: Some(handoff.id.clone()), custom_data, ..Opening::default() };
        self.open(handoff.rule.clone(), Flow::CrossPlatform, handoff.user.clone(), opening, party, context)
    }

    /// A replacement registration: its session is open, and it must be for whom the recovery was opened.
    fn recovered(
        &self,
        recovery: &Recovered,
        party: &RelyingParty,
        context: Context<'_>,
    ) -> Result<Next, Refusal> {
        let user = match self.user(party, context) {
            User::Ask(source) => return self.ask(source, context),
            User::Known(user) => identify::external(&user, party, context),
            User::Nobody => None,
        };
        let user = user.ok_or(Refusal::new(Code::UserUnknown, "no source names a usable user"))?;
        let key = context
            .policy
            .keys
            .by_id(&recovery.key)
            .ok_or(Refusal::new(Code::CeremonyUnknown, "key gone"))?;
        if commit(key, &party.name, user.as_str()) != Some(recovery.user) {
            return Err(Refusal::new(Code::CeremonyUnknown, "a recovery of another user's account"));
        }
        let session = recovery.session.clone();
        let required =
            step_up::required(Some(recovery.rule.clone()), Flow::Recovery, session, &user, party, context)?;
        Ok(Next::Leave(Requirement::Match(required)))
    }

    fn open(
        &self,
        rule: Option<RuleReference>,
        flow: Flow,
        user: ExternalUserId,
        opening: Opening,
        party: &RelyingParty,
        context: Context<'_>,
    ) -> Result<Next, Refusal> {
        let trace = &self.begin.request.trace;
        let challenge = webauthn::challenge_hash(&self.options.challenge);
        let mut calls =
            vec![ask::open(flow, &user, &party.rp_id, Some(&challenge), opening, trace, context)?];
        // Learned now, so that the finish need not ask: whose it is, its key, its user handle.
        let wanted = asks_owner(party) || party.user_handle == UserHandle::Learned;
        let asked =
            self.first_allowed().filter(|_| wanted && self.owner.is_none() && ask::knows_owners(context));
        if let Some(id) = asked {
            calls.push(ask::owner(id, trace, context)?);
        }
        let owner = asked.is_some();
        Ok(Next::Ask(Expect::Opened { rule, flow, user, owner }, calls))
    }

    fn first_allowed(&self) -> Option<&[u8]> {
        self.options.allow_credentials.first().map(Vec::as_slice)
    }

    fn ask(&self, source: Source, context: Context<'_>) -> Result<Next, Refusal> {
        match source {
            Source::Introspection => self.ask_introspection(context),
            Source::Owner => {
                let id = self.first_allowed().unwrap_or_default();
                Ok(Next::Ask(Expect::Owner, vec![ask::owner(id, &self.begin.request.trace, context)?]))
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

impl Asked {
    fn read(answer: &Answer, context: Context<'_>) -> Result<Self, Refusal> {
        let owner = orchestrator::owner(&context.policy.orchestrator, answer).map_err(ask::unavailable)?;
        Ok(owner.map_or(Self::Unknown, Self::Known))
    }
}

/// What is to be done next.
enum Next {
    Ask(Expect, Vec<Call>),
    Leave(Requirement),
}

/// Takes a prior biometric out of a begin's answer: it is a secret between relying party and orchestrator.
pub(super) fn take_prior(document: &mut Value, party: &RelyingParty) -> Option<Value> {
    match document.remove_at(party.prior_biometric.as_ref()?)? {
        Value::Null => None,
        Value::String(token) => {
            let mut prior = json::Object::default();
            prior.insert("encrypted_biometric_token", Value::String(token));
            Some(Value::Object(prior))
        }
        other => Some(other),
    }
}
