//! The orchestrator and the keys of its verdicts.

use p256::ecdsa::VerifyingKey;

use super::node::{Members, Node, quoted};
use super::quantity::duration;
use super::{header_name, keys, not_built};
use crate::encoding;
use crate::es256::P256Key;
use crate::policy::{Orchestrator, Secret, VerdictKey};

pub(super) fn read(members: &Members<'_>) -> Option<Orchestrator> {
    let node = members.required("orchestrator", "`{ profile: countersign, cluster: orchestrator }`")?;
    let members =
        node.members(&["profile", "cluster", "authority", "timeout", "credentials", "verdict_keys"])?;
    if let Some(profile) = members.required("profile", "`countersign`") {
        not_built::orchestrator_profile(&profile);
    }
    let cluster = members
        .required("cluster", "the name of the orchestrator's cluster in Envoy")
        .and_then(|node| name(&node));
    let authority = match members.optional("authority") {
        None => cluster.clone(),
        Some(node) => name(&node),
    };
    let timeout_ms = match members.optional("timeout") {
        None => Some(2_000),
        Some(node) => duration(&node, 1, 30_000).and_then(|milliseconds| u32::try_from(milliseconds).ok()),
    };
    let credential = match members.optional("credentials") {
        None => Some(None),
        Some(node) => credential(&node).map(Some),
    };
    let verdict_keys = match members.optional("verdict_keys") {
        None => Some(Vec::new()),
        Some(node) => verdict_keys(&node),
    };
    Some(Orchestrator {
        cluster: cluster?,
        authority: authority?,
        timeout_ms: timeout_ms?,
        credential: credential?,
        verdict_keys: verdict_keys?,
    })
}

/// A cluster's name or an authority: something visible.
pub(super) fn name(node: &Node<'_>) -> Option<String> {
    node.parsed("a name without spaces", |text| {
        (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| text.to_owned())
    })
}

fn credential(node: &Node<'_>) -> Option<(String, Secret)> {
    let members = node.members(&["header", "prefix", "env"])?;
    let header = members
        .required("header", "a header's name, such as `authorization`")
        .and_then(|node| header_name(&node));
    let prefix = match members.optional("prefix") {
        None => Some(""),
        Some(node) => node.parsed("what stands before the secret, such as `\"Bearer \"`", |text| {
            visible(text).then_some(text)
        }),
    };
    let secret = members
        .required("env", "the name of an environment variable, such as `COUNTERSIGN_ORCHESTRATOR_TOKEN`");
    let secret = secret.and_then(|node| {
        let (name, value) = keys::variable(&node, "set it to the orchestrator's token")?;
        let value = value.trim().to_owned();
        if !visible(&value) {
            let message = format!("the environment variable {} holds what no header may", quoted(name));
            node.refuse(message, "set it to a token of visible ASCII characters");
            return None;
        }
        Some(value)
    });
    Some((header?, Secret::new(format!("{}{}", prefix?, secret?).into_bytes())))
}

/// Whether it can be part of a header's value.
fn visible(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
}

fn verdict_keys(node: &Node<'_>) -> Option<Vec<VerdictKey>> {
    let mut keys: Vec<VerdictKey> = Vec::new();
    for node in node.items("a list of JWKs, such as `[ { kty: EC, crv: P-256, x: \"…\", y: \"…\" } ]`")? {
        let Some(key) = verdict_key(&node) else { continue };
        if key.id.is_some() && keys.iter().any(|known| known.id == key.id) {
            node.refuse("two keys have the same `kid`", "give each key a `kid` of its own");
        }
        keys.push(key);
    }
    Some(keys)
}

/// A JWK (RFC 7517) that can verify ES256.
fn verdict_key(node: &Node<'_>) -> Option<VerdictKey> {
    let members = node.members(&["kty", "crv", "x", "y", "kid", "alg", "use", "d"])?;
    if let Some(private) = members.optional("d") {
        private.refuse(
            "this is a private key",
            "take `d` out, replace the key: it has been in a configuration, and give the public part",
        );
    }
    members.required("kty", "`EC`")?.word(&[("EC", ())])?;
    members.required("crv", "`P-256`")?.word(&[("P-256", ())])?;
    if let Some(algorithm) = members.optional("alg") {
        algorithm.word(&[("ES256", ())])?;
    }
    if let Some(purpose) = members.optional("use") {
        purpose.word(&[("sig", ())])?;
    }
    let id = match members.optional("kid") {
        None => Some(None),
        Some(node) => node.parsed("the key's id", |text| (!text.is_empty()).then(|| Some(text.to_owned()))),
    };
    let [x, y] = ["x", "y"].map(|name| {
        const WANTED: &str = "a coordinate: 32 bytes in base64url without padding";
        members
            .required(name, WANTED)?
            .parsed(WANTED, |text| encoding::from_base64url(text).ok()?.try_into().ok())
    });
    let key = VerdictKey { id: id?, x: x?, y: y? };
    let point = P256Key { x: key.x, y: key.y }.to_sec1();
    if VerifyingKey::from_sec1_bytes(&point).is_err() {
        node.refuse("`x` and `y` are no point of P-256", "copy both from the public key");
        return None;
    }
    Some(key)
}
