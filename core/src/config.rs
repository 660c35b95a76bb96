//! From the plugin's configuration (JSON, or a `Struct` in Envoy's YAML, which arrives as JSON) to a [`Policy`].
//!
//! Nothing is ignored: an unknown member is an error. All errors come at once, each with its path and what to write
//! instead.

mod audit;
mod ceremonies;
mod condition;
mod consistency;
mod digest;
mod form;
mod guards;
mod handoff;
mod identity_provider;
mod keys;
mod node;
mod orchestrator;
mod origin;
mod quantity;
mod relying_party;
mod rule;
mod structure;
mod suggest;

use std::fmt;

use crate::json;
use crate::policy::{Enforcement, Limits, Policy};
use crate::route::HostTable;

use node::{Members, Node, Reading};

/// Something in a configuration that will not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// Where: a JSON pointer, `/rules/2/when/all/0`; empty for the whole.
    pub path: String,
    /// What is wrong, on one line.
    pub message: String,
    /// What to write instead, on one line.
    pub help: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "/" } else { &self.path };
        write!(f, "{path}: {}: {}", self.message, self.help)
    }
}

impl std::error::Error for ConfigError {}

/// Levels of arrays and objects in a configuration: more than conditions need, few enough to recurse into.
pub const DEPTH: usize = 32;

impl Policy {
    /// Reads a configuration. `env` gives environment variables.
    ///
    /// # Errors
    /// All that is wrong with it; at least one.
    pub fn load(text: &[u8], env: &dyn Fn(&str) -> Option<String>) -> Result<Self, Vec<ConfigError>> {
        let reading = Reading::new(env);
        let Some(value) = json::parse(text, DEPTH).ok().or_else(|| structure::parse(text, DEPTH)) else {
            reading.refuse(
                "",
                "this is not strict JSON",
                "write one JSON object, every member once; in Envoy's YAML give the plugin's `configuration` the type \
                 `type.googleapis.com/google.protobuf.Struct` and the object as its `value`",
            );
            return Err(reading.into_errors());
        };
        let root = Node { value: &value, path: String::new(), reading: &reading };
        let policy = read(&root);
        drop(root);
        match (policy, reading.into_errors()) {
            (Some(policy), errors) if errors.is_empty() => Ok(policy),
            (_, errors) => Err(errors),
        }
    }
}

/// `None` only after an error was noted; a policy may be half of one then.
fn read(root: &Node<'_>) -> Option<Policy> {
    let members = root.members(&[
        "version",
        "enforcement",
        "headers_can_wait",
        "trusted_headers",
        "relying_parties",
        "rules",
        "orchestrator",
        "keys",
        "handoff",
        "limits",
        "guards",
        "explain",
        "audit",
    ])?;
    version(&members);
    let enforcement = match members.optional("enforcement") {
        None => Some(Enforcement::Enforce),
        Some(node) => node.word(&[("enforce", Enforcement::Enforce), ("observe", Enforcement::Observe)]),
    };
    // Without the flag everything works, if not everything as well; with it wrongly set, answers would leave unheld.
    let headers_can_wait = match members.optional("headers_can_wait") {
        None => Some(false),
        Some(node) => node.flag(),
    };
    let trusted_headers = trusted_headers(&members);
    let (prefix, handoff) = handoff::read(&members);
    let surroundings =
        relying_party::Surroundings { prefix: &prefix, trusted_headers: trusted_headers.as_deref() };
    let parties = relying_party::all(&members, surroundings);
    let rules = rule::all(&members, rule::Place::Gateway(&parties), trusted_headers.as_deref());
    let orchestrator = orchestrator::read(&members, &consistency::needs(&members, &parties, &rules));
    let audit = audit::read(&members, orchestrator.as_ref());
    let explain = explain(&members, trusted_headers.as_deref());
    let guards = guards::read(&members, &parties);
    let keys = keys::read(&members);
    let limits = limits(&members);
    let warnings = consistency::check(&parties, &rules, headers_can_wait);
    let policy = Policy {
        enforcement: enforcement?,
        headers_can_wait: headers_can_wait?,
        trusted_headers: trusted_headers?,
        relying_parties: parties.into_iter().map(|draft| draft.party).collect::<Option<_>>()?,
        rules: rules.into_iter().map(|draft| draft.rule).collect::<Option<_>>()?,
        orchestrator: orchestrator?,
        guards: guards?,
        keys: keys?,
        limits: limits?,
        prefix,
        handoff: handoff?,
        explain: explain?,
        audit: audit?,
        warnings,
        hosts: HostTable::default(),
    };
    Some(policy.compiled())
}

fn version(members: &Members<'_>) -> Option<()> {
    let node = members.required("version", "`1`")?;
    if node.number("`1`")?.as_u64() != Some(1) {
        node.refuse("this version is not known", "write `1`");
    }
    Some(())
}

fn trusted_headers(members: &Members<'_>) -> Option<Vec<String>> {
    let Some(list) = members.optional("trusted_headers") else { return Some(Vec::new()) };
    let mut headers = Vec::new();
    for node in list.items("a list of header names, such as `[x-risk]`")? {
        let Some(name) = header_name(&node) else { continue };
        if name.starts_with("countersign") {
            node.refuse(
                "the gateway removes every header of this name",
                "name the header that your own filter sets",
            );
        } else if headers.contains(&name) {
            node.refuse("this header is listed twice", "take one of the two away");
        } else {
            headers.push(name);
        }
    }
    Some(headers)
}

/// Who may have a decision in words: whoever an earlier filter lets send this header.
#[expect(clippy::option_option, reason = "nobody and not readable are two things")]
fn explain(members: &Members<'_>, trusted: Option<&[String]>) -> Option<Option<String>> {
    let Some(node) = members.optional("explain") else { return Some(None) };
    let node = node.members(&["header"])?.required("header", "a trusted header, such as `x-explain`")?;
    let header = header_name(&node)?;
    if !trusted?.contains(&header) {
        node.refuse(
            "only a trusted header may ask for this",
            "list it under `trusted_headers`, and have an earlier filter take it from everybody but operators",
        );
        return None;
    }
    Some(Some(header))
}

fn limits(members: &Members<'_>) -> Option<Limits> {
    let mut limits = Limits::default();
    let Some(node) = members.optional("limits") else { return Some(limits) };
    let members = node.members(&["body", "json_depth", "ceremony"])?;
    if let Some(node) = members.optional("body") {
        // Envoy buffers 1 MiB unless it is told otherwise; ours must be the limit that is met first.
        limits.body = usize::try_from(quantity::size(&node, 1 << 10, 900 << 10).unwrap_or_default()).ok()?;
    }
    if let Some(node) = members.optional("json_depth") {
        limits.json_depth = usize::try_from(quantity::count(&node, 1, 64).unwrap_or_default()).ok()?;
    }
    if let Some(node) = members.optional("ceremony") {
        let milliseconds = quantity::duration(&node, 1_000, 600_000).unwrap_or_default();
        limits.ceremony = milliseconds.checked_div(1_000)?;
    }
    Some(limits)
}

/// A header's name, in lower case.
fn header_name(node: &Node<'_>) -> Option<String> {
    node.parsed("a header's name, such as `x-risk`", |text| is_token(text).then(|| text.to_ascii_lowercase()))
}

/// A token (RFC 9110 section 5.6.2).
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Within `[A-Za-z0-9_-]`, one character up to `longest`.
fn is_identifier(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

#[cfg(test)]
mod tests;
