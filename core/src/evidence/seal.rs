//! `cs1.<key id>.<base64url payload>.<base64url tag>`

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::encoding;
use crate::json::{self, Value};
use crate::policy::SealKey;

/// Separates the uses of a key from each other.
#[derive(Clone, Copy, Debug)]
pub(super) enum Context {
    /// A seal.
    Evidence,
    /// A commitment to the number of a hand-off.
    Number,
    /// A commitment to a user.
    User,
}

impl Context {
    fn text(self) -> &'static [u8] {
        match self {
            Self::Evidence => b"countersign evidence 1",
            Self::Number => b"countersign number 1",
            Self::User => b"countersign user 1",
        }
    }
}

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
    let tag = mac(key, Context::Evidence, token.as_bytes())?.finalize().into_bytes();
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
    mac(key, Context::Evidence, sealed.as_bytes())?.verify_slice(&tag).ok()?;
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
    keyed(key, Context::User, &[relying_party, user])
}

/// A keyed digest of several texts, none of which holds a NUL byte.
pub(super) fn keyed(key: &SealKey, context: Context, texts: &[&str]) -> Option<[u8; 16]> {
    let (first, rest) = texts.split_first()?;
    let mut mac = mac(key, context, first.as_bytes())?;
    for text in rest {
        mac.update(&[0]);
        mac.update(text.as_bytes());
    }
    mac.finalize().into_bytes().first_chunk().copied()
}

/// The context and its end come first, so that no two uses share an input.
fn mac(key: &SealKey, context: Context, text: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.key.expose()).ok()?;
    mac.update(context.text());
    mac.update(&[0]);
    mac.update(text);
    Some(mac)
}
