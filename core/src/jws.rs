//! Signed verdicts: a compact JWS (RFC 7515) with the claims of the contract's section 8.

use crate::encoding::from_base64url;
use crate::es256::{Es256, P256Key, der_signature};
use crate::json::{self, Object, Value};
use crate::policy::VerdictKey;
use crate::time::UnixTime;

/// `typ` of a verdict: no other JWT of the same issuer can pass for one (RFC 8725 section 3.11).
const TYPE: &str = "countersign-verdict+jwt";

/// Longest verdict, in bytes; ours has some 600.
const LONGEST: usize = 16 * 1024;

/// How deep header and claims may nest.
const DEPTH: usize = 8;

/// How long after `iat` a verdict may expire, in seconds.
const LONGEST_LIFE: u64 = 120;

/// How far ahead of ours the issuer's clock may be, in seconds. Nothing is added to `exp`.
const LEEWAY: u64 = 5;

/// What a verdict must be about.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The RP ID.
    pub audience: &'a str,
    /// The external user id.
    pub subject: &'a str,
    /// The session's id.
    pub session: &'a str,
    /// The flow's name.
    pub flow: &'a str,
    /// The challenge's hash; `None`, in recovery: the claim must be absent.
    pub challenge: Option<&'a [u8; 32]>,
    /// The time.
    pub now: UnixTime,
}

/// Why a verdict does not check out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JwsError {
    /// It is not three parts in base64url, the first two strict JSON objects, the third 64 bytes; or too long.
    Shape,
    /// `alg` is not `ES256`.
    Algorithm,
    /// `typ` is not a verdict's.
    Type,
    /// There is a `crit`: something must be understood that is not.
    Critical,
    /// `kid` is absent or no text, or there is no such key.
    KeyId,
    /// No key of this `kid` made the signature.
    Signature,
    /// A claim is absent, of another type, or about something else.
    Claim(&'static str),
    /// `exp` has come.
    Expired,
    /// `iat` or `nbf` is ahead of our clock.
    Early,
    /// `exp` is too long after `iat`.
    LongLived,
}

/// Checks header, signature and claims. Of the header only `alg`, `typ`, `kid` and `crit` are looked at: a key
/// that comes along (`jwk`, `jku`, `x5u`) is nobody's. A configured key without a `kid` is tried for every `kid`.
pub fn verify(
    jws: &str,
    keys: &[VerdictKey],
    expected: &Expected<'_>,
    es256: &(impl Es256 + ?Sized),
) -> Result<(), JwsError> {
    if jws.len() > LONGEST {
        return Err(JwsError::Shape);
    }
    let (message, signature) = jws.rsplit_once('.').ok_or(JwsError::Shape)?;
    let (header, claims) = message.split_once('.').ok_or(JwsError::Shape)?;
    let (header, claims) = (object(header)?, object(claims)?);
    let signature: [u8; 64] =
        from_base64url(signature).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(JwsError::Shape)?;
    let kid = key_id(&header)?;
    let mut keys = keys.iter().filter(|key| key.id.as_deref().is_none_or(|id| id == kid)).peekable();
    if keys.peek().is_none() {
        return Err(JwsError::KeyId);
    }
    let signature = der_signature(&signature).ok_or(JwsError::Signature)?;
    let signed = keys.any(|key| {
        let key = P256Key { x: key.x, y: key.y };
        es256.verify_es256(&key, message.as_bytes(), &signature)
    });
    if signed { judge(&claims, expected) } else { Err(JwsError::Signature) }
}

fn object(part: &str) -> Result<Object, JwsError> {
    let bytes = from_base64url(part).map_err(|_| JwsError::Shape)?;
    match json::parse(&bytes, DEPTH) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(JwsError::Shape),
    }
}

fn key_id(header: &Object) -> Result<&str, JwsError> {
    let text = |member| header.get(member).and_then(Value::as_str);
    if header.get("crit").is_some() {
        return Err(JwsError::Critical);
    }
    if text("alg") != Some("ES256") {
        return Err(JwsError::Algorithm);
    }
    if text("typ") != Some(TYPE) {
        return Err(JwsError::Type);
    }
    text("kid").ok_or(JwsError::KeyId)
}

fn judge(claims: &Object, expected: &Expected<'_>) -> Result<(), JwsError> {
    for (claim, value) in
        [("sub", expected.subject), ("sid", expected.session), ("flow", expected.flow), ("status", "matched")]
    {
        if claims.get(claim).and_then(Value::as_str) != Some(value) {
            return Err(JwsError::Claim(claim));
        }
    }
    if !is_for(claims.get("aud"), expected.audience) {
        return Err(JwsError::Claim("aud"));
    }
    if !is_about(claims.get("challenge"), expected.challenge) {
        return Err(JwsError::Claim("challenge"));
    }
    let time = |claim| claims.get(claim).and_then(Value::as_u64).map(UnixTime).ok_or(JwsError::Claim(claim));
    let (issued, expires) = (time("iat")?, time("exp")?);
    let starts = if claims.get("nbf").is_some() { time("nbf")? } else { issued };
    if expires <= expected.now {
        return Err(JwsError::Expired);
    }
    if issued.max(starts) > expected.now.plus(LEEWAY) {
        return Err(JwsError::Early);
    }
    if expires.since(issued) > LONGEST_LIFE { Err(JwsError::LongLived) } else { Ok(()) }
}

/// A text or a list of texts (RFC 7519 section 4.1.3).
fn is_for(claim: Option<&Value>, audience: &str) -> bool {
    match claim {
        Some(Value::String(text)) => text == audience,
        Some(Value::Array(list)) => {
            list.iter().all(|entry| entry.as_str().is_some())
                && list.iter().any(|entry| entry.as_str() == Some(audience))
        }
        _ => false,
    }
}

fn is_about(claim: Option<&Value>, challenge: Option<&[u8; 32]>) -> bool {
    match (claim, challenge) {
        (None, None) => true,
        (Some(Value::String(text)), Some(challenge)) => {
            from_base64url(text).is_ok_and(|hash| hash == challenge)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
