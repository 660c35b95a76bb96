//! A step-up that is known to be needed only at finish: nobody could say earlier for whom, or a rule looks
//! at the credential. The session is opened for this challenge and this credential, the request refused
//! with instructions; the relying party has not seen it, so the same request passes after the match.

use super::ask::{self, Opening};
use super::checks::{self, Fits, Ownership, UserVerified};
use super::request::Request;
use super::step_up::Told;
use super::{Context, Outcome, step_up};
use crate::evidence::{Carried, Ceremony, Requirement, RuleReference, commit, deliver, digest16};
use crate::orchestrator::{self, Answer, Call, ExternalUserId, Operation, Owner};
use crate::policy::{Flow, SealKey};
use crate::refusal::{Challenge, Code, Refusal};
use crate::webauthn::Credential;

/// A finish that has to wait for a step-up.
#[derive(Debug)]
pub(super) struct Late {
    credential: Credential,
    fits: Fits,
    _verified: UserVerified,
    rule: RuleReference,
    flow: Flow,
    /// The external user id that begin learned from a source other than the credential.
    user: Option<String>,
    key: String,
    expect: Expect,
}

#[derive(Debug)]
enum Expect {
    Owner,
    Opened { user: ExternalUserId, owner: Option<Owner> },
}

/// What is to be done next: this never forwards.
pub(super) enum Next {
    Ask(Box<Late>, Vec<Call>),
    Refuse(Refusal),
}

impl Late {
    pub(super) fn new(
        credential: Credential,
        fits: Fits,
        verified: UserVerified,
        rule: RuleReference,
        flow: Flow,
        user: Option<String>,
        key: String,
    ) -> Self {
        Self { credential, fits, _verified: verified, rule, flow, user, key, expect: Expect::Owner }
    }

    /// Asks whose credential it is, or opens at once where that is no question.
    pub(super) fn start(self, request: &Request, context: Context<'_>) -> Result<Next, Refusal> {
        if self.credential.assertion().is_none() || !ask::knows_owners(context) {
            return self.open(None, request, context);
        }
        let call = ask::owner(&self.credential.id, &request.trace, context)?;
        Ok(Next::Ask(Box::new(self), vec![call]))
    }

    #[inline(never)]
    pub(super) fn on(
        mut self: Box<Self>,
        request: &Request,
        answers: Vec<Answer>,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Result<Next, Refusal> {
        let answer = answers.into_iter().next().flatten();
        match core::mem::replace(&mut self.expect, Expect::Owner) {
            Expect::Owner => {
                let owner =
                    orchestrator::owner(&context.policy.orchestrator, &answer).map_err(ask::unavailable)?;
                self.open(owner, request, context)
            }
            Expect::Opened { user, owner } => {
                let operation = self.flow.open().unwrap_or(Operation::OpenStepUp);
                let opened = orchestrator::opened(&context.policy.orchestrator, operation, &answer);
                let opened = opened.map_err(ask::unopened)?;
                outcome.session(&opened.session.id);
                self.refuse(opened, &user, owner.as_ref(), request, context).map(Next::Refuse)
            }
        }
    }

    fn open(
        mut self,
        owner: Option<Owner>,
        request: &Request,
        context: Context<'_>,
    ) -> Result<Next, Refusal> {
        let party = request.party(context)?;
        let key = self.key(context)?;
        let named = self.user.as_deref().and_then(ExternalUserId::parse);
        let user = named.or_else(|| owner.as_ref().map(|owner| owner.user.clone()));
        let user = user.ok_or(Refusal::new(Code::UserUnknown, "no source names a user"))?;
        let id = digest16(&self.credential.id);
        let committed = commit(key, &party.name, user.as_str());
        let committed = committed.ok_or(Refusal::new(Code::UserUnknown, "no commitment"))?;
        let known = owner.as_ref().and_then(|owner| step_up::known(owner, id, key, party));
        let allowed = &self.fits.ceremony().allowed;
        let by = Ownership { user: &committed, key, allowed, known: known.as_ref() };
        checks::owned(&self.credential, &by, party, context)?;
        let rule = step_up::rule_of(&self.rule, context);
        let custom_data = rule.and_then(|rule| rule.custom_data.clone());
        let challenge = self.fits.ceremony().challenge;
        let opening = Opening { custom_data, ..Opening::default() };
        let call =
            ask::open(self.flow, &user, &party.rp_id, Some(&challenge), opening, &request.trace, context)?;
        self.expect = Expect::Opened { user, owner };
        Ok(Next::Ask(Box::new(self), vec![call]))
    }

    fn refuse(
        &self,
        opened: orchestrator::Opened,
        user: &ExternalUserId,
        owner: Option<&Owner>,
        request: &Request,
        context: Context<'_>,
    ) -> Result<Refusal, Refusal> {
        let party = request.party(context)?;
        let key = context.policy.keys.sealing();
        let begun = self.fits.ceremony();
        let id = digest16(&self.credential.id);
        let rule = Some(self.rule.clone());
        let required = step_up::required(rule, self.flow, opened.session, user, party, context)?;
        let ceremony = Ceremony {
            requirement: Requirement::Match(required.clone()),
            // Of all that was allowed only the one that was shown: the session is this credential's.
            allowed: begun.allowed.iter().copied().filter(|allowed| *allowed == id).collect(),
            known: owner.and_then(|owner| step_up::known(owner, id, key, party)),
            issued: context.now,
            expires: context.now.plus(begun.expires.since(begun.issued)),
            ..begun.clone()
        };
        let unsealed = Refusal::new(Code::OrchestratorUnavailable, "evidence would not fit a cookie");
        let sealed = ceremony.seal(key).ok_or(unsealed)?;
        let rule = step_up::rule_of(&self.rule, context);
        let rule = rule.ok_or(Refusal::new(Code::CeremonyExpired, "the rule has changed"))?;
        let told = Told { client: opened.client, ..Told::default() };
        let step_up = step_up::member(&required, &sealed.token, sealed.ceremony.expires, told, context);
        let lives = sealed.ceremony.expires.since(sealed.ceremony.issued);
        let carried = Carried::Ceremony(&sealed.ceremony.challenge);
        Ok(Refusal {
            challenge: Some(Box::new(Challenge {
                step_up,
                acr: rule.acr.join(" "),
                max_age: rule.max_age,
                evidence: deliver(carried, &sealed.token, lives),
            })),
            ..Refusal::new(Code::StepUpRequired, "step-up begins at finish")
        })
    }

    fn key<'p>(&self, context: Context<'p>) -> Result<&'p SealKey, Refusal> {
        let gone = Refusal::new(Code::CeremonyUnknown, "key gone");
        context.policy.keys.by_id(&self.key).ok_or(gone)
    }
}
