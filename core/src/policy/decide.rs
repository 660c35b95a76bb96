//! The one place where policy is decided: the first rule that applies.

use super::residue::{Candidate, Residue};
use super::truth::Truth;
use super::{Facts, Flow, Occasion, Policy, Rule};

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
        let mut candidates = Vec::new();
        for rule in self.rules_for(relying_party, occasion) {
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

    /// What the rule that applies, if one does, makes of it.
    pub(super) fn of(rule: Option<&'p Rule>) -> Self {
        match rule {
            Some(rule) if rule.flow() != Flow::Routine => Self::Require(rule),
            _ => Self::Routine,
        }
    }
}
