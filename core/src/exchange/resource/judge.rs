//! The decision about a request to a resource.

use super::Resource;
use crate::exchange::clearance::Elevated;
use crate::exchange::elevate::{self, Fit, Shown, Wanted};
use crate::exchange::identify::{self, Introspection, SessionUser};
use crate::exchange::{Context, Outcome};
use crate::headers::Single;
use crate::policy::{Decision, Facts, Flow, Rule, Transaction};
use crate::refusal::{Code, Refusal};

/// What becomes of it.
pub(super) enum Judged {
    /// Who it is has to be found out first.
    Ask,
    /// No rule requires anything.
    Free,
    Elevated(Elevated, Box<Fit>),
    /// It fits, and has to be spent, or else one of the others.
    Spend(Box<Fit>, Vec<Fit>),
}

impl Resource {
    /// What the rules say of the request, and what the elevations that it shows are worth.
    pub(super) fn judge(
        &self,
        introspection: Option<&Introspection>,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Result<Judged, Refusal> {
        let party = self.request.party(context)?;
        let user = identify::session_user(&self.request, introspection, party, context);
        let facts = self.facts(&user, introspection, context)?;
        self.watch(&facts, &user, introspection, context, outcome)?;
        let rule = match context.policy.decide_resource(&self.covering, &facts) {
            Decision::Routine => {
                outcome.explain(context, || "no rule applies".to_owned());
                return Ok(Judged::Free);
            }
            Decision::Require(rule) => {
                outcome.explain(context, || self.explained(rule, &facts, context));
                rule
            }
            Decision::NeedUser if introspection.is_none() => return Ok(Judged::Ask),
            Decision::NeedUser | Decision::Deferred(_) => {
                return Err(Refusal::new(Code::UserUnknown, "a rule that cannot be decided"));
            }
        };
        outcome.rule(Flow::StepUp, Some(rule));
        let (wanted, shown) = self.shown(rule, &user, introspection, context)?;
        let Wanted { transaction, binding, .. } = wanted;
        if matches!(shown, Shown::Fits(..)) && transaction.is_some() && user == SessionUser::Unasked {
            // Whose money it is must be who has agreed; what is good for a while is tied to the session alone.
            return Ok(Judged::Ask);
        }
        outcome.explain_more(shown.in_words());
        match shown {
            Shown::Fits(fit, others) => Ok(match Elevated::lasting(&fit) {
                Some(elevated) => Judged::Elevated(elevated, fit),
                None => Judged::Spend(fit, others),
            }),
            Shown::Mismatch => {
                Err(self.refusal(Code::ElevationMismatch, rule, transaction, binding, context)?)
            }
            Shown::Nothing => Err(self.refusal(Code::StepUpRequired, rule, transaction, binding, context)?),
        }
    }

    /// What is known of the request.
    pub(super) fn facts<'a>(
        &'a self,
        user: &'a SessionUser,
        introspection: Option<&Introspection>,
        context: Context<'_>,
    ) -> Result<Facts<'a>, Refusal> {
        // Only where a rule looks at it: elevations are opened for it.
        let mut rules = self.covering.iter().filter_map(|(position, _)| context.policy.rules.get(*position));
        let elevation_age = if rules.any(Rule::reads_elevation_age) {
            elevate::age(&self.request, introspection, user.name(), context)?
        } else {
            None
        };
        Ok(Facts {
            headers: &self.request.headers,
            // Each rule has its own: see `explained`.
            captures: &self.request.captures,
            body: self.body.as_ref(),
            user: user.as_fact(),
            elevation_age,
            credential: None,
        })
    }

    /// Why a rule applies, with what its own path template captured.
    pub(super) fn explained(&self, rule: &Rule, facts: &Facts<'_>, context: Context<'_>) -> String {
        let own =
            |position: usize| context.policy.rules.get(position).is_some_and(|known| known.id == rule.id);
        let captures =
            self.covering.iter().find(|(position, _)| own(*position)).map(|(_, captures)| captures);
        rule.explain(&Facts { captures: captures.unwrap_or(facts.captures), ..*facts })
    }

    /// What would fulfil a rule, and what the request shows of it.
    pub(super) fn shown<'a>(
        &self,
        rule: &'a Rule,
        user: &'a SessionUser,
        introspection: Option<&Introspection>,
        context: Context<'_>,
    ) -> Result<(Wanted<'a>, Shown), Refusal> {
        let transaction = self.transaction(rule);
        let binding = identify::binding(&self.request, None, introspection, context)?;
        let wanted = Wanted { rule, transaction, binding, user };
        let shown = elevate::find(&self.request, &wanted, context)?;
        Ok((wanted, shown))
    }

    /// What the rule binds of this request.
    pub(super) fn transaction(&self, rule: &Rule) -> Option<Transaction> {
        let (template, body) = (rule.transaction.as_ref()?, &self.body.as_ref()?.value);
        let one = |name| match self.request.headers.single(name) {
            Single::One(value) => value,
            Single::Absent | Single::Repeated => b"",
        };
        Some(template.bind(body, one(":method"), one(":path")))
    }
}
