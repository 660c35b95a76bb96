//! `cs1.<key id>.<base64url payload>.<base64url tag>`

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::encoding;
use crate::json::{self, Value};
use crate::policy::SealKey;

/// Separates this use of the key from every other.
const CONTEXT: &[u8] = b"countersign evidence 1";

/// Separates commitments to users from seals under the same key.
const COMMITMENT: &[u8] = b"countersign user 1";

/// A token is never longer; a cookie may hold 4096 bytes with its name and attributes.
const LONGEST: usize = 3800;

/// Payload whose seal held, and the key that held it.
#[derive(Debug)]
pub struct Opened<'k> {
    /// The payload.
    pub payload: Value,
    /// The key.
    pub key: &'k SealKey,
}

/// Seals a payload. `None` when the token would not fit a cookie.
pub fn seal(key: &SealKey, payload: &Value) -> Option<String> {
    let mut token = format!("cs1.{}.{}", key.id, encoding::to_base64url(&payload.to_vec()));
    let tag = mac(key, CONTEXT, token.as_bytes())?.finalize().into_bytes();
    token.push('.');
    token.push_str(&encoding::to_base64url(&tag));
    (token.len() <= LONGEST).then_some(token)
}

/// Opens a token with whichever key it names. `None` for anything that is not ours to the last byte.
pub fn open<'k>(keys: &'k [SealKey], token: &str) -> Option<Opened<'k>> {
    if token.len() > LONGEST {
        return None;
    }
    let (sealed, tag) = token.rsplit_once('.')?;
    let (id, payload) = sealed.strip_prefix("cs1.")?.split_once('.')?;
    let key = keys.iter().find(|key| key.id == id)?;
    let tag = encoding::from_base64url(tag).ok()?;
    mac(key, CONTEXT, sealed.as_bytes())?.verify_slice(&tag).ok()?;
    let payload = json::parse(&encoding::from_base64url(payload).ok()?, 8).ok()?;
    Some(Opened { payload, key })
}

/// The payload of a token as it claims to be, seal unchecked: only to see what it is about.
pub(super) fn claimed(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let payload = parts.nth(2)?;
    json::parse(&encoding::from_base64url(payload).ok()?, 8).ok()
}

/// A keyed commitment to a user of a relying party: it lets us compare, and tells the bearer nothing.
pub fn commit(key: &SealKey, relying_party: &str, user: &str) -> Option<[u8; 16]> {
    let mut mac = mac(key, COMMITMENT, relying_party.as_bytes())?;
    mac.update(&[0]);
    mac.update(user.as_bytes());
    mac.finalize().into_bytes().first_chunk().copied()
}

/// The context and its end come first, so that no two uses share an input.
fn mac(key: &SealKey, context: &[u8], text: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.key.expose()).ok()?;
    mac.update(context);
    mac.update(&[0]);
    mac.update(text);
    Some(mac)
}
