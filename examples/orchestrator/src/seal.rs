//! Encryption at rest: XChaCha20-Poly1305, bound to whose value it is.
//!
//! A sealed value is `v1.<key id>.<base64url nonce>.<base64url ciphertext>`. The additional data are the
//! purpose and the owner, so that a row copied to another user does not open. Two keys make rotation
//! possible: the first seals, both open.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};

use crate::ident::hex;
use crate::secret::Secret;

/// What a sealed value is; values of one purpose do not open as another.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    /// An answer kept for its `Idempotency-Key`; the owner is the key.
    Answer,
    /// A biometric reference; the owner is the user.
    Reference,
}

/// Seals with the first key, opens with any.
#[derive(Debug)]
pub struct Sealer {
    current: Key,
    previous: Option<Key>,
}

#[derive(Debug)]
struct Key {
    id: String,
    secret: Secret<[u8; 32]>,
}

/// Why a value could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The ciphertext was changed, or belongs to somebody else.
    #[error("a sealed value does not open for its owner")]
    Broken,
    /// The text is not `v1.<key id>.<nonce>.<ciphertext>`.
    #[error("a sealed value is not in the form this version writes")]
    Form,
    /// The operating system gave no randomness.
    #[error("no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
    /// Sealed with a key that is not configured any more.
    #[error(
        "a value was sealed with key `{0}`, which is not configured; set COUNTERSIGN_REFERENCE_KEY_PREVIOUS"
    )]
    UnknownKey(String),
}

/// A key that is not base64 of 32 bytes.
#[derive(Debug, thiserror::Error)]
#[error("must be base64 of exactly 32 random bytes, for example from `openssl rand -base64 32`")]
pub struct BadKey;

impl Sealer {
    /// Keys as base64 (standard alphabet) of 32 bytes.
    ///
    /// # Errors
    /// When a key is anything else.
    pub fn new(current: &str, previous: Option<&str>) -> Result<Self, BadKey> {
        Ok(Self { current: Key::parse(current)?, previous: previous.map(Key::parse).transpose()? })
    }

    /// Seals `plain` for `owner`.
    ///
    /// # Errors
    /// Without randomness.
    pub fn seal(&self, purpose: Purpose, owner: &str, plain: &[u8]) -> Result<String, SealError> {
        let mut nonce = [0_u8; 24];
        getrandom::fill(&mut nonce)?;
        let aad = purpose.additional_data(owner);
        let sealed = XChaCha20Poly1305::new(&(*self.current.secret.expose()).into())
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &aad })
            .map_err(|_| SealError::Broken)?;
        let (nonce, sealed) = (URL_SAFE_NO_PAD.encode(nonce), URL_SAFE_NO_PAD.encode(sealed));
        Ok(format!("v1.{}.{nonce}.{sealed}", self.current.id))
    }

    /// Opens what [`Sealer::seal`] made for the same purpose and owner.
    ///
    /// # Errors
    /// For anything that is not exactly that.
    pub fn open(&self, purpose: Purpose, owner: &str, text: &str) -> Result<Secret<Vec<u8>>, SealError> {
        let mut parts = text.split('.');
        let (Some("v1"), Some(id), Some(nonce), Some(sealed), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(SealError::Form);
        };
        let nonce: [u8; 24] = decode(nonce)?.try_into().map_err(|_| SealError::Form)?;
        let key = [Some(&self.current), self.previous.as_ref()]
            .into_iter()
            .flatten()
            .find(|key| key.id == id)
            .ok_or_else(|| SealError::UnknownKey(id.to_owned()))?;
        let aad = purpose.additional_data(owner);
        XChaCha20Poly1305::new(&(*key.secret.expose()).into())
            .decrypt(&XNonce::from(nonce), Payload { msg: &decode(sealed)?, aad: &aad })
            .map(Secret::new)
            .map_err(|_| SealError::Broken)
    }

    /// Whether `text` was sealed with another key than the current one.
    pub fn is_stale(&self, text: &str) -> bool {
        text.split('.').nth(1) != Some(&self.current.id)
    }

    /// Whether a previous key is configured, so that values may need sealing again.
    pub const fn is_rotating(&self) -> bool {
        self.previous.is_some()
    }
}

impl Purpose {
    fn additional_data(self, owner: &str) -> Vec<u8> {
        let purpose = match self {
            Self::Answer => "answer",
            Self::Reference => "reference",
        };
        // neither a purpose nor an owner can hold a line feed
        format!("countersign-orchestrator\n{purpose}\n{owner}").into_bytes()
    }
}

impl Key {
    fn parse(text: &str) -> Result<Self, BadKey> {
        let bytes: [u8; 32] =
            STANDARD.decode(text.trim()).map_err(|_| BadKey)?.try_into().map_err(|_| BadKey)?;
        let mut hash = Sha256::new();
        hash.update(b"countersign-orchestrator key id\n");
        hash.update(bytes);
        let id = hex(&hash.finalize()[..4]);
        Ok(Self { id, secret: Secret::new(bytes) })
    }
}

fn decode(text: &str) -> Result<Vec<u8>, SealError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| SealError::Form)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> String {
        STANDARD.encode([byte; 32])
    }

    #[test]
    fn a_sealed_value_opens_for_its_owner_and_purpose_only() {
        let keys = Sealer::new(&key(1), None).unwrap();
        let sealed = keys.seal(Purpose::Reference, "alice", b"face").unwrap();
        assert!(!sealed.contains("face"));
        let opened = keys.open(Purpose::Reference, "alice", &sealed).unwrap();
        assert_eq!(opened.expose(), b"face");

        let mut flipped = sealed.clone();
        let last = if flipped.pop() == Some('A') { 'E' } else { 'A' };
        flipped.push(last);
        let rows = [
            ("another user", keys.open(Purpose::Reference, "bob", &sealed)),
            ("another purpose", keys.open(Purpose::Answer, "alice", &sealed)),
            ("changed", keys.open(Purpose::Reference, "alice", &flipped)),
            ("cut off", keys.open(Purpose::Reference, "alice", &sealed[..sealed.len() - 8])),
            ("not sealed", keys.open(Purpose::Reference, "alice", "face")),
            ("one part more", keys.open(Purpose::Reference, "alice", &format!("{sealed}.x"))),
            ("another key", Sealer::new(&key(2), None).unwrap().open(Purpose::Reference, "alice", &sealed)),
        ];
        for (name, result) in rows {
            assert!(result.is_err(), "{name}");
        }
    }

    #[test]
    fn a_previous_key_still_opens_and_no_longer_seals() {
        let old = Sealer::new(&key(1), None).unwrap();
        let sealed = old.seal(Purpose::Reference, "alice", b"face").unwrap();
        let rotated = Sealer::new(&key(2), Some(&key(1))).unwrap();
        assert_eq!(rotated.open(Purpose::Reference, "alice", &sealed).unwrap().expose(), b"face");
        assert!(rotated.is_stale(&sealed));
        let again = rotated.seal(Purpose::Reference, "alice", b"face").unwrap();
        assert!(!rotated.is_stale(&again));
        assert!(old.open(Purpose::Reference, "alice", &again).is_err());
    }

    #[test]
    fn the_same_value_never_seals_to_the_same_text() {
        let keys = Sealer::new(&key(1), None).unwrap();
        let one = keys.seal(Purpose::Reference, "alice", b"face").unwrap();
        assert_ne!(one, keys.seal(Purpose::Reference, "alice", b"face").unwrap());
    }

    #[test]
    fn keys_are_base64_of_32_bytes() {
        for (name, text) in [
            ("empty", String::new()),
            ("short", STANDARD.encode([1; 31])),
            ("long", STANDARD.encode([1; 33])),
            ("hex", "01".repeat(32)),
        ] {
            assert!(Sealer::new(&text, None).is_err(), "{name}");
        }
    }
}
