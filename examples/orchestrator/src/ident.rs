//! Identifiers as they cross the wire: checked once, when a request is read.

use std::fmt::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $check:expr, $why:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The text as it came.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = &'static str;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                let check: fn(&str) -> bool = $check;
                if check(&text) { Ok(Self(text)) } else { Err($why) }
            }
        }
    };
}

identifier! {
    /// A stable user id: 1 to 256 characters of `A-Za-z0-9._~-`.
    ExternalUserId,
    |text| (1..=256).contains(&text.len()) && text.bytes().all(is_unreserved),
    "external_user_id must be 1 to 256 characters of A-Z a-z 0-9 . _ ~ -"
}

identifier! {
    /// A relying party id: a host name, 1 to 253 characters.
    RpId,
    |text| (1..=253).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')),
    "rp_id must be a host name without a port"
}

identifier! {
    /// base64url, without padding, of a SHA-256 digest.
    Digest,
    |text| decoded_length(text) == Some(32),
    "must be base64url without padding of exactly 32 bytes"
}

identifier! {
    /// A `WebAuthn` credential id: base64url, without padding, of 1 to 1023 bytes.
    CredentialId,
    |text| decoded_length(text).is_some_and(|n| (1..=1023).contains(&n)),
    "credential_id must be base64url without padding of 1 to 1023 bytes"
}

identifier! {
    /// A public key: base64url, without padding, of 1 to 4096 bytes (`COSE_Key`, SPKI or SEC1; not interpreted here).
    PublicKey,
    |text| decoded_length(text).is_some_and(|n| (1..=4096).contains(&n)),
    "public_key must be base64url without padding of 1 to 4096 bytes"
}

identifier! {
    /// A `WebAuthn` user handle: base64url, without padding, of 1 to 64 bytes.
    UserHandle,
    |text| decoded_length(text).is_some_and(|n| (1..=64).contains(&n)),
    "user_handle must be base64url without padding of 1 to 64 bytes"
}

identifier! {
    /// The id of an elevation, as the gateway made it: 1 to 128 characters of `A-Za-z0-9._~-`.
    ElevationId,
    |text| (1..=128).contains(&text.len()) && text.bytes().all(is_unreserved),
    "an elevation's id must be 1 to 128 characters of A-Z a-z 0-9 . _ ~ -"
}

identifier! {
    /// A worker of a gateway: a UUID as RFC 9562 writes it.
    SourceId,
    is_uuid,
    "source must be a UUID"
}

identifier! {
    /// The `instance` of a refusal, without `urn:uuid:`.
    Instance,
    is_uuid,
    "instance must be a UUID"
}

identifier! {
    /// A name in a gateway's configuration: 1 to 64 characters of `A-Za-z0-9_-`.
    Name,
    |text| (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')),
    "a name must be 1 to 64 characters of A-Z a-z 0-9 _ -"
}

identifier! {
    /// What came of a request: 1 to 64 characters of `a-z_`.
    Code,
    |text| (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
    "a code must be 1 to 64 characters of a-z _"
}

identifier! {
    /// What a session goes by in an audit stream.
    Pseudonym,
    |text| text.len() == 22 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')),
    "session must be 22 characters of base64url"
}

identifier! {
    /// A trace's id (W3C Trace Context, section 3.2.2.3).
    TraceId,
    |text| text.len() == 32 && text.bytes().all(is_lower_hex) && text.bytes().any(|b| b != b'0'),
    "trace_id must be 32 lower-case hexadecimal digits, not all of them 0"
}

identifier! {
    /// An `Idempotency-Key`: 1 to 255 visible ASCII characters.
    IdempotencyKey,
    |text| (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()),
    "Idempotency-Key must be 1 to 255 visible ASCII characters"
}

/// RFC 3986 unreserved characters, the alphabet that the Core API documents for `external_user_id`.
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'~' | b'-')
}

const fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(is_lower_hex))
}

/// The engine refuses padding and non-zero trailing bits, so one value has one spelling.
fn decoded_length(text: &str) -> Option<usize> {
    URL_SAFE_NO_PAD.decode(text).ok().map(|bytes| bytes.len())
}

/// A fresh identifier: `prefix` and 128 random bits in base64url.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn fresh(prefix: &str) -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// A fresh random UUID (RFC 9562, version 4), as the IDV API uses for its ids.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn fresh_uuid() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)?;
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = hex(&bytes);
    Ok([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"))
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}

impl fmt::Display for ExternalUserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_accept_their_alphabet_and_nothing_else() {
        let a32 = URL_SAFE_NO_PAD.encode([0xa5_u8; 32]);
        let padded = format!("{a32}=");
        let long = "a".repeat(257);
        let rows: &[(&str, bool, bool)] = &[
            ("user: plain", ExternalUserId::try_from("alice-1._~".to_owned()).is_ok(), true),
            ("user: empty", ExternalUserId::try_from(String::new()).is_ok(), false),
            ("user: space", ExternalUserId::try_from("a b".to_owned()).is_ok(), false),
            ("user: slash", ExternalUserId::try_from("a/b".to_owned()).is_ok(), false),
            ("user: at sign", ExternalUserId::try_from("a@b".to_owned()).is_ok(), false),
            ("user: not ASCII", ExternalUserId::try_from("é".to_owned()).is_ok(), false),
            ("user: too long", ExternalUserId::try_from(long).is_ok(), false),
            ("digest: 32 bytes", Digest::try_from(a32.clone()).is_ok(), true),
            ("digest: padding", Digest::try_from(padded).is_ok(), false),
            ("digest: 31 bytes", Digest::try_from(URL_SAFE_NO_PAD.encode([0; 31])).is_ok(), false),
            ("digest: 33 bytes", Digest::try_from(URL_SAFE_NO_PAD.encode([0; 33])).is_ok(), false),
            ("digest: standard alphabet", Digest::try_from(a32.replace('p', "+")).is_ok(), false),
            ("digest: trailing bits", Digest::try_from(format!("{}B", "A".repeat(42))).is_ok(), false),
            ("credential: empty", CredentialId::try_from(String::new()).is_ok(), false),
            ("credential: one byte", CredentialId::try_from("AA".to_owned()).is_ok(), true),
            ("handle: 65 bytes", UserHandle::try_from(URL_SAFE_NO_PAD.encode([0; 65])).is_ok(), false),
            ("key: space", IdempotencyKey::try_from("a b".to_owned()).is_ok(), false),
            ("key: plain", IdempotencyKey::try_from("k-1".to_owned()).is_ok(), true),
            ("rp: host", RpId::try_from("bank.example".to_owned()).is_ok(), true),
            ("rp: port", RpId::try_from("localhost:1".to_owned()).is_ok(), false),
        ];
        for (name, got, wanted) in rows {
            assert_eq!(got, wanted, "{name}");
        }
    }

    #[test]
    fn fresh_uuids_say_that_they_are_random() {
        let id = fresh_uuid().unwrap();
        assert_eq!((id.len(), &id[14..15]), (36, "4"));
        assert_ne!(id, fresh_uuid().unwrap());
    }
}
