//! Secrets from the environment.

use super::is_identifier;
use super::node::{Members, Node, quoted};
use crate::encoding;
use crate::es256::SigningKey;
use crate::policy::{AssertionKey, Keys, SealKey, Secret};

/// Bytes that an HMAC-SHA-256 key must have (RFC 2104 section 3: not less than the hash's output).
const SHORTEST: usize = 32;

#[inline(never)]
pub(super) fn read(members: &Members<'_>) -> Option<Keys> {
    let node = members.required("keys", "`{ seal: [ { id: k1, env: COUNTERSIGN_SEAL_KEY } ] }`")?;
    let members = node.members(&["seal", "surrogate", "assertion"])?;
    let seal = seal(&members);
    let surrogate = surrogate(&members);
    let assertion = match members.optional("assertion") {
        None => Some(Vec::new()),
        Some(node) => assertion(&node),
    };
    let mut seal = seal?.into_iter();
    Some(Keys::new(seal.next()?, seal.collect(), surrogate?).with_assertion(assertion?))
}

#[expect(clippy::option_option, reason = "none and not readable are two things")]
pub(super) fn surrogate(members: &Members<'_>) -> Option<Option<Secret>> {
    match members.optional("surrogate") {
        None => Some(None),
        Some(node) => node.members(&["env"]).and_then(|members| key(&members)).map(Some),
    }
}

/// Keys that sign: the first does, the others are published so that what they signed still checks out.
fn assertion(node: &Node<'_>) -> Option<Vec<AssertionKey>> {
    const MAKE: &str = "set it to the output of `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
                        -outform DER | base64 -w0`";
    let mut keys: Vec<AssertionKey> = Vec::new();
    for node in node.some_items("a list of keys, such as `[ { id: a1, env: COUNTERSIGN_ASSERTION_KEY } ]`")? {
        let members = node.members(&["id", "env"])?;
        let id = members.required("id", "a short name for the key, such as `a1`").and_then(|node| {
            node.parsed("1 to 16 of `A-Z a-z 0-9 _ -`, such as `a1`", |text| {
                (is_identifier(text, 16) && keys.iter().all(|key| key.id != text)).then(|| text.to_owned())
            })
        });
        let env = members.required("env", "the name of an environment variable")?;
        let (name, text) = variable(&env, MAKE)?;
        let key = encoding::from_either(text.trim()).ok().and_then(|der| SigningKey::from_pkcs8_der(&der));
        if key.is_none() {
            env.refuse(format!("the environment variable {} holds no P-256 key", quoted(name)), MAKE);
        }
        keys.push(AssertionKey { id: id?, key: key? });
    }
    Some(keys)
}

fn seal(members: &Members<'_>) -> Option<Vec<SealKey>> {
    const WANTED: &str = "a list with the key that seals and then those that still open: \
                          `[ { id: k1, env: COUNTERSIGN_SEAL_KEY } ]`";
    let mut keys: Vec<SealKey> = Vec::new();
    let mut ids: Vec<String> = Vec::new();
    for node in members.required("seal", WANTED)?.some_items(WANTED)? {
        let Some(members) = node.members(&["id", "env"]) else { continue };
        let id = members.required("id", "a short name for the key, such as `k1`").and_then(|node| {
            let id = node.parsed("1 to 16 of `A-Z a-z 0-9 _ -`, such as `k1`", |text| {
                is_identifier(text, 16).then(|| text.to_owned())
            })?;
            if ids.contains(&id) {
                node.refuse(
                    format!("two keys have the id {}", quoted(&id)),
                    "give each key an id of its own, never used before",
                );
            }
            ids.push(id.clone());
            Some(id)
        });
        if let (Some(id), Some(key)) = (id, key(&members)) {
            keys.push(SealKey { id, key });
        }
    }
    Some(keys)
}

/// The key that `env` names: base64 of at least 32 bytes.
fn key(members: &Members<'_>) -> Option<Secret> {
    const MAKE: &str = "set it to the output of `openssl rand -base64 32`";
    let node =
        members.required("env", "the name of an environment variable, such as `COUNTERSIGN_SEAL_KEY`")?;
    let (name, text) = variable(&node, MAKE)?;
    let Ok(bytes) = encoding::from_either(text.trim()) else {
        node.refuse(format!("the environment variable {} is not base64", quoted(name)), MAKE);
        return None;
    };
    if bytes.len() < SHORTEST {
        let message = format!(
            "the environment variable {} holds {} bytes, less than {SHORTEST}",
            quoted(name),
            bytes.len()
        );
        node.refuse(message, MAKE);
        return None;
    }
    Some(Secret::new(bytes))
}

/// The name of an environment variable and what it holds. `fix` says what it should be set to.
pub(super) fn variable<'a>(node: &Node<'a>, fix: &str) -> Option<(&'a str, String)> {
    let name = node.parsed("the name of an environment variable: letters, digits and `_`", |text| {
        let named = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        (named && !text.is_empty()).then_some(text)
    })?;
    match node.reading.env(name) {
        Some(value) if !value.trim().is_empty() => Some((name, value)),
        found => {
            let state = if found.is_some() { "empty" } else { "not set" };
            node.refuse(
                format!("the environment variable {} is {state}", quoted(name)),
                format!("{fix}, and name it under `vm_config.environment_variables.host_env_keys` in Envoy's configuration"),
            );
            None
        }
    }
}
