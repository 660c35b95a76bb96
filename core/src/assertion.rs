//! Proof for a relying party that wants more than a header: an ES256 JWS (RFC 7515) about this very request.
//!
//! It names method, authority, path and the SHA-256 of the body that is forwarded, so that it cannot be moved to
//! another request, and the orchestrator's session that the verdict is of.

use sha2::{Digest, Sha256};

use crate::encoding::to_base64url;
use crate::es256::SigningKey;
use crate::headers::{Headers, Single};
use crate::json::{Object, Value};
use crate::policy::AssertionKey;
use crate::time::UnixTime;

/// The header that carries it.
pub const HEADER: &str = "countersign-assertion";

/// `typ`: no other JWT can pass for one (RFC 8725 section 3.11).
const TYPE: &str = "countersign-assertion+jwt";

/// How long it is good for, in seconds.
const LIFE: u64 = 60;

/// What was proven.
#[derive(Clone, Copy, Debug)]
pub struct Proven<'a> {
    /// The flow's name.
    pub flow: &'a str,
    /// The rule's id.
    pub rule: &'a str,
    /// The authentication context class.
    pub acr: &'a str,
    /// The orchestrator's session.
    pub session: &'a str,
    /// When the person was seen.
    pub at: UnixTime,
}

/// Who can sign.
pub trait Signer {
    /// r and s side by side (RFC 7518 section 3.4); `None`: this key cannot sign.
    fn sign_es256(&self, key: &SigningKey, message: &[u8]) -> Option<[u8; 64]>;
}

/// The JWS about a request that is about to leave with this body.
pub fn assertion(
    key: &AssertionKey,
    audience: &str,
    request: &Headers,
    body: &[u8; 32],
    proven: &Proven<'_>,
    (now, unique): (UnixTime, &str),
    signer: &(impl Signer + ?Sized),
) -> Option<String> {
    let mut header = Object::default();
    header.insert("alg", "ES256".into());
    header.insert("typ", TYPE.into());
    header.insert("kid", key.id.as_str().into());
    let mut claims = Object::default();
    for (name, value) in [
        ("iss", "countersign"),
        ("aud", audience),
        ("jti", unique),
        ("flow", proven.flow),
        ("rule", proven.rule),
        ("acr", proven.acr),
        ("sid", proven.session),
        ("status", "matched"),
        ("method", one(request, ":method")?),
        ("authority", one(request, ":authority")?),
        ("path", one(request, ":path")?),
    ] {
        claims.insert(name, value.into());
    }
    claims.insert("body", to_base64url(body).into());
    claims.insert("auth_time", proven.at.0.into());
    claims.insert("iat", now.0.into());
    claims.insert("exp", now.plus(LIFE).0.into());
    let part = |object| to_base64url(&Value::Object(object).to_vec());
    let message = format!("{}.{}", part(header), part(claims));
    let signature = signer.sign_es256(&key.key, message.as_bytes())?;
    Some(format!("{message}.{}", to_base64url(&signature)))
}

fn one<'h>(request: &'h Headers, name: &str) -> Option<&'h str> {
    match request.single(name) {
        Single::One(value) => core::str::from_utf8(value).ok(),
        Single::Absent | Single::Repeated => None,
    }
}

/// SHA-256 of a body as it leaves.
pub fn digest(body: &[u8]) -> [u8; 32] {
    Sha256::digest(body).into()
}

/// The keys that check it, as a JWK set (RFC 7517 section 5).
pub fn key_set(keys: &[AssertionKey]) -> Object {
    let jwk = |key: &AssertionKey| {
        let public = key.key.public();
        let mut jwk = Object::default();
        for (name, value) in
            [("kty", "EC"), ("crv", "P-256"), ("alg", "ES256"), ("use", "sig"), ("kid", &key.id)]
        {
            jwk.insert(name, value.into());
        }
        jwk.insert("x", to_base64url(&public.x).into());
        jwk.insert("y", to_base64url(&public.y).into());
        Value::Object(jwk)
    };
    let mut set = Object::default();
    set.insert("keys", Value::Array(keys.iter().map(jwk).collect()));
    set
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::es256::{Es256 as _, SoftwareEs256, der_signature};
    use crate::{encoding, json};

    #[test]
    fn is_about_this_request_and_checks_out() {
        let key = AssertionKey { id: "a1".to_owned(), key: SigningKey::from_scalar(&[7; 32]).unwrap() };
        let mut request = Headers::default();
        for (name, value) in
            [(":method", "POST"), (":authority", "bank.example"), (":path", "/api/payments?x=1")]
        {
            request.push(name.as_bytes(), value.as_bytes());
        }
        let proven =
            Proven { flow: "step_up", rule: "payment", acr: "urn:a", session: "ses_1", at: UnixTime(90) };
        let now = (UnixTime(100), "jti-1");
        let jws =
            assertion(&key, "bank.example", &request, &digest(b"{}"), &proven, now, &SoftwareEs256).unwrap();
        let (message, signature) = jws.rsplit_once('.').unwrap();
        let signature: [u8; 64] = encoding::from_base64url(signature).unwrap().try_into().unwrap();
        let signature = der_signature(&signature).unwrap();
        assert!(SoftwareEs256.verify_es256(&key.key.public(), message.as_bytes(), &signature));
        let claims = encoding::from_base64url(message.split_once('.').unwrap().1).unwrap();
        let claims = json::parse(&claims, 4).unwrap();
        let claim = |name| claims.get(name).and_then(Value::as_str).unwrap_or_default();
        assert_eq!(
            (claim("aud"), claim("path"), claim("sid")),
            ("bank.example", "/api/payments?x=1", "ses_1")
        );
        // printf '{}' | sha256sum | xxd -r -p | base64url
        assert_eq!(claim("body"), "RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o");
        assert_eq!(claims.get("exp").and_then(Value::as_u64), Some(160));
        let set = Value::Object(key_set(std::slice::from_ref(&key)));
        assert_eq!(set.at(&json::Pointer::parse("/keys/0/kid").unwrap()).and_then(Value::as_str), Some("a1"));
        let twice = {
            let mut twice = request.clone();
            twice.push(b":authority", b"other.example");
            assertion(&key, "bank.example", &twice, &digest(b""), &proven, now, &SoftwareEs256)
        };
        assert_eq!(twice, None, "a request that has two authorities is none to speak of");
    }
}
