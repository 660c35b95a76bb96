//! The keys of signed verdicts: JWKs.

use p256::ecdsa::VerifyingKey;

use crate::config::node::Node;
use crate::encoding;
use crate::es256::P256Key;
use crate::policy::VerdictKey;

#[inline(never)]
pub(super) fn read(node: &Node<'_>) -> Option<Vec<VerdictKey>> {
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
