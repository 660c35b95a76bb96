//! A secret that its holder only hands back: the token of a hand-off, the continuation of a recovery.

use serde::{Deserialize, Deserializer};
use sha2::{Digest, Sha256};

use crate::ident::{fresh, hex};
use crate::secret::Secret;

/// Kept as a digest. A fast one is enough, for there are 128 random bits to guess.
#[derive(Debug, Clone)]
pub struct Opaque(Secret<String>);

impl Opaque {
    /// A fresh one; `prefix` tells people and scanners what it is.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn fresh(prefix: &str) -> Result<Self, getrandom::Error> {
        fresh(prefix).map(|text| Self(Secret::new(text)))
    }

    /// For the one answer that hands it out.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// What is kept of it, and looked for: SHA-256 in hexadecimal.
    pub fn digest(&self) -> String {
        hex(&Sha256::digest(self.expose()))
    }
}

/// Any text of 1 to 256 characters: one that is not ours is unknown, not malformed.
impl<'de> Deserialize<'de> for Opaque {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if (1..=256).contains(&text.len()) {
            Ok(Self(Secret::new(text)))
        } else {
            Err(serde::de::Error::custom("an opaque value must be 1 to 256 characters"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_one_is_never_the_same_and_does_not_print() {
        let one = Opaque::fresh("hft_").unwrap();
        assert_eq!(one.expose().len(), 4 + 22, "128 bits in base64url");
        assert_ne!(one.expose(), Opaque::fresh("hft_").unwrap().expose());
        assert_eq!(format!("{one:?}"), "Opaque([secret])");
        assert!(!one.digest().contains(one.expose()));
    }

    #[test]
    fn the_digest_is_sha_256() {
        // FIPS 180-2, appendix B.1
        let abc: Opaque = serde_json::from_str(r#""abc""#).unwrap();
        assert_eq!(abc.digest(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn a_text_of_no_length_or_of_too_much_is_none() {
        for (name, text) in [("empty", String::new()), ("long", "a".repeat(257))] {
            assert!(serde_json::from_value::<Opaque>(text.into()).is_err(), "{name}");
        }
    }
}
