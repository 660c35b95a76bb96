//! Who sent a webhook: the IDV API signs the bytes of the body.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::headers::{Headers, Single};
use crate::policy::Secret;

const HEADER: &str = "x-sha2-signature";

/// An HMAC-SHA256 that a webhook came with.
#[derive(Debug)]
pub struct Signature([u8; 32]);

impl Signature {
    /// Reads the one signature: exactly 64 lower-case hexadecimal digits. Receivers differ in what else they take.
    pub fn of(headers: &Headers) -> Option<Self> {
        let Single::One(text) = headers.single(HEADER) else { return None };
        let (pairs, []) = text.as_chunks::<2>() else { return None };
        let pairs: &[[u8; 2]; 32] = pairs.try_into().ok()?;
        let mut bytes = [0; 32];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = (digit(*high)? << 4) | digit(*low)?;
        }
        Some(Self(bytes))
    }

    /// Whether one of the secrets makes it of these bytes. All are tried, and each comparison takes the same time
    /// wherever the two differ.
    pub fn fits(&self, secrets: &[Secret], body: &[u8]) -> bool {
        secrets.iter().fold(false, |fits, secret| fits | self.is_by(secret, body))
    }

    fn is_by(&self, secret: &Secret, body: &[u8]) -> bool {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose()) else { return false };
        mac.update(body);
        mac.verify_slice(&self.0).is_ok()
    }
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => character.checked_sub(b'0'),
        b'a'..=b'f' => character.checked_sub(b'a').and_then(|digit| digit.checked_add(10)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A public vector of the API's own clients (onfido/onfido-node, MIT, `test/studio-webhook-event-verifier.test.ts`).
    const TOKEN: &str = "YKOC6mkBxi6yK2zlUIrLMvsJMFEZObP5";
    const SIGNATURE: &str = "c95a5b785484f6fa1bc25f381b5595d66bf85cb442eefb06aa007802ee6a4dfa";
    const BODY: &str = include_str!("webhook/vector.json");

    fn fits(values: &[&str], tokens: &[&str], body: &str) -> bool {
        let mut headers = Headers::default();
        for value in values {
            headers.push(b"X-SHA2-Signature", value.as_bytes());
        }
        let secrets: Vec<Secret> =
            tokens.iter().map(|token| Secret::new(token.as_bytes().to_vec())).collect();
        Signature::of(&headers).is_some_and(|signature| signature.fits(&secrets, body.as_bytes()))
    }

    #[test]
    fn exactly_the_lower_case_hex_over_the_bytes_as_they_came() {
        let body = BODY.trim_end();
        let other = "another-token-of-some-length";
        let (upper, mixed) = (SIGNATURE.to_uppercase(), SIGNATURE.replacen('c', "C", 1));
        let flipped = SIGNATURE.replace("4dfa", "4dfb");
        let (longer, doubled) = (format!("{SIGNATURE}00"), format!("{SIGNATURE},{SIGNATURE}"));
        let prefixed = format!("sha256={SIGNATURE}");
        let (bytes_31, odd) = (SIGNATURE.strip_suffix("fa").unwrap(), SIGNATURE.strip_suffix('a').unwrap());
        let cut = body.strip_suffix('}').unwrap();
        for (name, values, tokens, body, expected) in [
            ("the vendor's vector", vec![SIGNATURE], vec![TOKEN], body, true),
            ("by the first of two", vec![SIGNATURE], vec![TOKEN, other], body, true),
            ("by the second of two", vec![SIGNATURE], vec![other, TOKEN], body, true),
            ("by neither", vec![SIGNATURE], vec![other, other], body, false),
            ("no secret", vec![SIGNATURE], vec![], body, false),
            ("no header", vec![], vec![TOKEN], body, false),
            ("two headers", vec![SIGNATURE, SIGNATURE], vec![TOKEN], body, false),
            ("two in one", vec![&doubled], vec![TOKEN], body, false),
            ("empty", vec![""], vec![TOKEN], body, false),
            ("upper case", vec![&upper], vec![TOKEN], body, false),
            ("one digit in upper case", vec![&mixed], vec![TOKEN], body, false),
            ("another last digit", vec![&flipped], vec![TOKEN], body, false),
            ("62 digits", vec![bytes_31], vec![TOKEN], body, false),
            ("63 digits", vec![odd], vec![TOKEN], body, false),
            ("66 digits", vec![&longer], vec![TOKEN], body, false),
            ("with a prefix", vec![&prefixed], vec![TOKEN], body, false),
            ("a body that was cut", vec![SIGNATURE], vec![TOKEN], cut, false),
            ("a line feed more", vec![SIGNATURE], vec![TOKEN], BODY, false),
            ("no body", vec![SIGNATURE], vec![TOKEN], "", false),
        ] {
            assert_eq!(fits(&values, &tokens, body), expected, "{name}");
        }
    }
}
