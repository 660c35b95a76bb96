//! The configuration of an identity provider: rules and an orchestrator, as a gateway's, and nothing about traffic.

use super::node::{Members, Node, Reading};
use super::rule::{self, Place};
use super::{ConfigError, DEPTH, consistency, keys, orchestrator, version};
use crate::json;
use crate::policy::{Enforcement, IdentityProvider, Secret};

impl IdentityProvider {
    /// Reads a configuration. `env` gives environment variables.
    ///
    /// # Errors
    /// All that is wrong with it; at least one.
    pub fn load(text: &[u8], env: &dyn Fn(&str) -> Option<String>) -> Result<Self, Vec<ConfigError>> {
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
}

/// `None` only after an error was noted.
fn read(root: &Node<'_>) -> Option<IdentityProvider> {
    let members = root.members(&["version", "enforcement", "rules", "orchestrator", "keys"])?;
    version(&members);
    let enforcement = match members.optional("enforcement") {
        None => Some(Enforcement::Enforce),
        Some(node) => node.word(&[("enforce", Enforcement::Enforce), ("observe", Enforcement::Observe)]),
    };
    let rules = rule::all(&members, Place::IdentityProvider, Some(&[]));
    let orchestrator = orchestrator::of_identity_provider(&members, &consistency::needs_of_sign_in(&rules));
    let surrogate = surrogate(&members);
    consistency::check_sign_in(&rules);
    let (orchestrator, warnings) = orchestrator?;
    Some(IdentityProvider {
        enforcement: enforcement?,
        rules: rules.into_iter().map(|draft| draft.rule).collect::<Option<_>>()?,
        orchestrator,
        surrogate: surrogate?,
        warnings,
    })
}

#[expect(clippy::option_option, reason = "none and not readable are two things")]
fn surrogate(members: &Members<'_>) -> Option<Option<Secret>> {
    let Some(node) = members.optional("keys") else { return Some(None) };
    let members = node.members(&["surrogate"])?;
    keys::surrogate(&members)
}
