//! What is left of a decision when options leave: rules that look at the credential.
//!
//! Everything else was looked at when the options left, and evidence keeps what it said, so that a finish
//! cannot show other headers, another body or another user than its begin.

use sha2::{Digest, Sha256};

use crate::encoding;
use crate::json::{Object, Value};

use super::condition::Source;
use super::truth::Truth;
use super::{CredentialFacts, Decision, Occasion, Policy, Rule};

/// The rules that may still decide, in order, and the one that decides if none of them does.
#[derive(Clone, Debug, PartialEq)]
pub struct Residue<'p> {
    pub(super) candidates: Vec<Candidate<'p>>,
    pub(super) last: Option<&'p Rule>,
}

/// A rule, and the truth of each of its tests from left to right.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Candidate<'p> {
    pub(super) rule: &'p Rule,
    pub(super) leaves: Vec<Truth>,
}

/// Why a residue is no use any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResidueError {
    /// It is not one of ours.
    Malformed,
    /// A rule in it has changed or gone since.
    RulesChanged,
}

impl<'p> Residue<'p> {
    /// As evidence keeps it: `{"r": [["rule", "tfuc"], …], "l": "rule", "d": "digest"}`.
    pub fn to_value(&self) -> Value {
        let text = |text: &str| Value::String(text.to_owned());
        let rules = self.candidates.iter().map(|candidate| {
            let leaves: String = candidate.leaves.iter().map(|&truth| letter(truth)).collect();
            Value::Array(vec![text(&candidate.rule.id), Value::String(leaves)])
        });
        let mut object = Object::default();
        object.insert("r", Value::Array(rules.collect()));
        if let Some(last) = self.last {
            object.insert("l", text(&last.id));
        }
        object.insert("d", Value::String(self.digest()));
        Value::Object(object)
    }

    /// Decides with the credential at hand: [`Decision::Routine`] or [`Decision::Require`].
    pub fn decide(&self, credential: CredentialFacts<'_>) -> Decision<'p> {
        let applies = |candidate: &&Candidate<'p>| match candidate.truth(credential) {
            Truth::True => true,
            Truth::False => false,
            _ => candidate.rule.applies_unknown(),
        };
        let first = self.candidates.iter().find(applies).map(|candidate| candidate.rule);
        Decision::of(first.or(self.last))
    }

    /// Over the digests of all its rules.
    fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for rule in self.candidates.iter().map(|candidate| candidate.rule).chain(self.last) {
            hash.update(rule.digest);
        }
        let digest: [u8; 32] = hash.finalize().into();
        encoding::to_base64url(digest.first_chunk::<16>().unwrap_or(&[0; 16]))
    }
}

impl Candidate<'_> {
    fn truth(&self, credential: CredentialFacts<'_>) -> Truth {
        let Some(condition) = &self.rule.when else { return Truth::True };
        let mut leaves = self.leaves.iter();
        condition.evaluate(&mut |source, test| match (leaves.next(), source) {
            (Some(Truth::AwaitsCredential), Source::Credential(wanted)) => {
                source.holds(&credential.fact(*wanted), test)
            }
            (Some(Truth::True), _) => Truth::True,
            (Some(Truth::False), _) => Truth::False,
            _ => Truth::Unknown,
        })
    }
}

impl Policy {
    /// Reads back what [`Residue::to_value`] wrote for an occasion at this relying party.
    ///
    /// # Errors
    /// [`ResidueError::RulesChanged`] when its rules are not what they were.
    pub fn resume(
        &self,
        relying_party: usize,
        occasion: Occasion,
        residue: &Value,
    ) -> Result<Residue<'_>, ResidueError> {
        let Value::Object(object) = residue else { return Err(ResidueError::Malformed) };
        let Some(Value::Array(rules)) = object.get("r") else { return Err(ResidueError::Malformed) };
        let find = |id: &str| {
            self.rules_for(relying_party, occasion)
                .find(|rule| rule.id == id)
                .ok_or(ResidueError::RulesChanged)
        };
        let mut candidates = Vec::with_capacity(rules.len());
        for rule in rules {
            let Value::Array(pair) = rule else { return Err(ResidueError::Malformed) };
            let [Value::String(id), Value::String(letters)] = pair.as_slice() else {
                return Err(ResidueError::Malformed);
            };
            let leaves = letters.chars().map(truth).collect::<Option<_>>().ok_or(ResidueError::Malformed)?;
            candidates.push(Candidate { rule: find(id)?, leaves });
        }
        let last = match object.get("l") {
            None => None,
            Some(Value::String(id)) => Some(find(id)?),
            Some(_) => return Err(ResidueError::Malformed),
        };
        let residue = Residue { candidates, last };
        let unchanged = matches!(object.get("d"), Some(Value::String(digest)) if *digest == residue.digest());
        if unchanged { Ok(residue) } else { Err(ResidueError::RulesChanged) }
    }
}

/// A test that awaits the user cannot matter here, or the decision would have asked for them.
fn letter(truth: Truth) -> char {
    match truth {
        Truth::True => 't',
        Truth::False => 'f',
        Truth::Unknown | Truth::AwaitsUser => 'u',
        Truth::AwaitsCredential => 'c',
    }
}

fn truth(letter: char) -> Option<Truth> {
    match letter {
        't' => Some(Truth::True),
        'f' => Some(Truth::False),
        'u' => Some(Truth::Unknown),
        'c' => Some(Truth::AwaitsCredential),
        _ => None,
    }
}
