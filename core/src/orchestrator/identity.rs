//! The user as the orchestrator knows them.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::encoding;
use crate::policy::Secret;

/// An `external_user_id`: 1 to 256 characters of `A-Za-z0-9._~-` (contract section 8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalUserId(String);

impl ExternalUserId {
    /// Takes an id that is within the alphabet as it stands.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=256).contains(&text.len()) && text.bytes().all(unreserved);
        // As a path segment these two would be navigation.
        (fits && text != "." && text != "..").then(|| Self(text.to_owned()))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// RFC 3986's unreserved characters.
pub(super) fn unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'~' | b'-')
}

/// The id under which the orchestrator knows a user of a relying party: the user's own where the
/// alphabet allows, else a surrogate, base64url(HMAC-SHA256(surrogate key, rp ‖ user)). `None` when
/// there is no usable user.
pub fn external_user_id(rp_id: &str, user: &str, surrogate: Option<&Secret>) -> Option<ExternalUserId> {
    if user.is_empty() || user.len() > 1024 {
        return None;
    }
    ExternalUserId::parse(user).or_else(|| {
        let mut mac = Hmac::<Sha256>::new_from_slice(surrogate?.expose()).ok()?;
        mac.update(rp_id.as_bytes());
        mac.update(user.as_bytes());
        Some(ExternalUserId(encoding::to_base64url(&mac.finalize().into_bytes())))
    })
}
