//! The configuration of an identity provider: rules and an orchestrator, as a gateway's, and nothing about traffic.

use super::node::{Members, Node, Reading};
use super::rule::{self, Draft as RuleDraft, Place};
use super::{ConfigError, DEPTH, consistency, keys, orchestrator, version};
use crate::json;
use crate::policy::{Enforcement, IdentityProvider, Secret, SignInRules};

impl IdentityProvider {
    /// Reads a configuration. `env` gives environment variables.
    ///
    /// # Errors
    /// All that is wrong with it; at least one.
    pub fn load(text: &[u8], env: &dyn Fn(&str) -> Option<String>) -> Result<Self, Vec<ConfigError>> {
        load(text, env, whole)
    }
}

impl SignInRules {
    /// Reads the rules of a configuration that [`IdentityProvider::load`] has read before: what else is in it, the
    /// orchestrator above all, is not looked at, which takes a tenth of the time.
    ///
    /// # Errors
    /// All that is wrong with the rules; at least one.
    pub fn load(text: &[u8]) -> Result<Self, Vec<ConfigError>> {
        load(text, &|_| None, |root| {
            let members = root.members(&MEMBERS)?;
            version(&members);
            sign_in(&members, rules(&members))
        })
    }
}

const MEMBERS: [&str; 5] = ["version", "enforcement", "rules", "orchestrator", "keys"];

/// `read` gives `None` only after an error was noted.
fn load<T>(
    text: &[u8],
    env: &dyn Fn(&str) -> Option<String>,
    read: impl FnOnce(&Node<'_>) -> Option<T>,
) -> Result<T, Vec<ConfigError>> {
    let reading = Reading::new(env);
    let Ok(value) = json::parse(text, DEPTH) else {
        reading.refuse("", "this is not strict JSON", "write one JSON object, every member once");
        return Err(reading.into_errors());
    };
    let root = Node { value: &value, path: String::new(), reading: &reading };
    let loaded = read(&root);
    drop(root);
    match (loaded, reading.into_errors()) {
        (Some(loaded), errors) if errors.is_empty() => Ok(loaded),
        (_, errors) => Err(errors),
    }
}

fn whole(root: &Node<'_>) -> Option<IdentityProvider> {
    let members = root.members(&MEMBERS)?;
    version(&members);
    let rules = rules(&members);
    let orchestrator = orchestrator::of_identity_provider(&members, &consistency::needs_of_sign_in(&rules));
    let surrogate = surrogate(&members);
    let sign_in = sign_in(&members, rules);
    let (orchestrator, warnings) = orchestrator?;
    Some(IdentityProvider { sign_in: sign_in?, orchestrator, surrogate: surrogate?, warnings })
}

fn rules<'a>(members: &Members<'a>) -> Vec<RuleDraft<'a>> {
    rule::all(members, Place::IdentityProvider, Some(&[]))
}

fn sign_in(members: &Members<'_>, rules: Vec<RuleDraft<'_>>) -> Option<SignInRules> {
    let enforcement = match members.optional("enforcement") {
        None => Some(Enforcement::Enforce),
        Some(node) => node.word(&[("enforce", Enforcement::Enforce), ("observe", Enforcement::Observe)]),
    };
    consistency::check_sign_in(&rules);
    let rules = rules.into_iter().map(|draft| draft.rule).collect::<Option<_>>()?;
    Some(SignInRules { enforcement: enforcement?, rules })
}

#[expect(clippy::option_option, reason = "none and not readable are two things")]
fn surrogate(members: &Members<'_>) -> Option<Option<Secret>> {
    let Some(node) = members.optional("keys") else { return Some(None) };
    let members = node.members(&["surrogate"])?;
    keys::surrogate(&members)
}
