//! The one place where policy is decided: the first rule that applies.

use super::residue::{Candidate, Residue};
use super::truth::Truth;
use super::{Facts, Flow, Occasion, Policy, Rule};
use crate::route::Captures;

/// What the rules say of a ceremony.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision<'p> {
    /// No rule applies, or one that exempts.
    Routine,
    /// This rule applies.
    Require(&'p Rule),
    /// A rule asks who the user is. Find out, or find that nobody knows, and decide again.
    NeedUser,
    /// A rule looks at the credential: the rest is decided at finish.
    Deferred(Residue<'p>),
}

impl Policy {
    /// Decides an occasion at the relying party at this position.
    ///
    /// What cannot be known makes a rule apply, unless it is an exemption: nobody is let off for being unreadable.
    /// The caller has refused a request that repeats one of
    /// [`Policy::headers_read`], and one whose body is no JSON where [`Policy::reads_body`].
    pub fn decide<'p>(&'p self, relying_party: usize, occasion: Occasion, facts: &Facts<'_>) -> Decision<'p> {
        let rules = self.rules_for(relying_party, occasion).filter(|rule| rule.is_enforced());
        Self::decide_among(rules.map(|rule| (rule, *facts)))
    }

    /// Decides a request to a resource: the rules that cover it, each with what its own path template captured.
    pub fn decide_resource<'p>(&'p self, covering: &[(usize, Captures)], facts: &Facts<'_>) -> Decision<'p> {
        Self::decide_among(self.covering(covering, facts).filter(|(rule, _)| rule.is_enforced()))
    }

    /// The rule that would have decided an occasion, were it enforced; `None`: one that is, or none.
    pub fn watched<'p>(
        &'p self,
        relying_party: usize,
        occasion: Occasion,
        facts: &Facts<'_>,
    ) -> Option<&'p Rule> {
        let list = self.relying_parties.get(relying_party)?.rules(occasion);
        list.watches.then_some(())?;
        let rules = self.rules_for(relying_party, occasion).map(|rule| (rule, *facts));
        Self::decide_among(rules).watched()
    }

    /// As [`Policy::watched`], for a resource.
    pub fn watched_resource<'p>(
        &'p self,
        covering: &[(usize, Captures)],
        facts: &Facts<'_>,
    ) -> Option<&'p Rule> {
        Self::decide_among(self.covering(covering, facts)).watched()
    }

    fn covering<'p, 'f>(
        &'p self,
        covering: &'f [(usize, Captures)],
        facts: &Facts<'f>,
    ) -> impl Iterator<Item = (&'p Rule, Facts<'f>)> {
        let facts = *facts;
        covering.iter().filter_map(move |(position, captures)| {
            Some((self.rules.get(*position)?, Facts { captures, ..facts }))
        })
    }

    pub(super) fn decide_among<'p, 'f>(rules: impl Iterator<Item = (&'p Rule, Facts<'f>)>) -> Decision<'p> {
        let mut candidates = Vec::new();
        for (rule, facts) in rules {
            let mut leaves = Vec::new();
            let truth = rule.when.as_ref().map_or(Truth::True, |condition| {
                condition.evaluate(&mut |source, test| {
                    let truth = source.holds(&facts.fact(source), test);
                    leaves.push(truth);
                    truth
                })
            });
            match truth {
                Truth::False => {}
                Truth::AwaitsUser => return Decision::NeedUser,
                Truth::AwaitsCredential => candidates.push(Candidate { rule, leaves }),
                Truth::Unknown if !rule.applies_unknown() => {}
                Truth::True | Truth::Unknown => return Decision::after(candidates, Some(rule)),
            }
        }
        Decision::after(candidates, None)
    }

    pub(super) fn rules_for(&self, relying_party: usize, occasion: Occasion) -> impl Iterator<Item = &Rule> {
        let list = self.relying_parties.get(relying_party).map(|party| party.rules(occasion));
        list.into_iter().flat_map(|list| &list.rules).filter_map(|&position| self.rules.get(position))
    }
}

impl<'p> Decision<'p> {
    fn after(candidates: Vec<Candidate<'p>>, last: Option<&'p Rule>) -> Self {
        if candidates.is_empty() { Self::of(last) } else { Self::Deferred(Residue { candidates, last }) }
    }

    /// The rule that decides, where it is not enforced.
    fn watched(&self) -> Option<&'p Rule> {
        match self {
            Self::Require(rule) if !rule.is_enforced() => Some(rule),
            _ => None,
        }
    }

    /// What the rule that applies, if one does, makes of it.
    pub(super) fn of(rule: Option<&'p Rule>) -> Self {
        match rule {
            Some(rule) if rule.flow() != Flow::Routine => Self::Require(rule),
            _ => Self::Routine,
        }
    }
}
