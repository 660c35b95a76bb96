//! Whose face is in front of the camera, and the tokens that stand for enrolled faces.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;

use crate::secret::Secret;

/// What happens at the camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Face {
    /// The person walks away; the run is `abandoned`, of which no webhook tells.
    Abandon,
    /// The run ends in `error`.
    Error,
    /// The enrolled person, or at the first registration the person to enrol.
    Mine,
    /// A registration is approved, and its workflow gives no biometric token.
    NoReference,
    /// A human is to look at it: `review`.
    Review,
    /// Another person.
    SomeoneElse,
}

/// A biometric token: 16 random bytes and their keyed digest, so that the simulator knows its own tokens
/// without keeping them. Real ones hold an encrypted template.
///
/// # Errors
/// When the operating system has no randomness to give.
pub(super) fn issue(key: &Secret<String>) -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 48];
    getrandom::fill(&mut bytes[..16])?;
    let (random, digest) = bytes.split_at_mut(16);
    digest.copy_from_slice(&mac(key, random).finalize().into_bytes());
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Whether `input` carries a token that [`issue`] made: a string, or a list of `{type, value}`.
pub(super) fn is_ours(key: &Secret<String>, input: &Value) -> bool {
    let text = match input {
        Value::String(text) => Some(text.as_str()),
        Value::Array(items) => items.first().and_then(|item| item["value"].as_str()),
        _ => None,
    };
    let bytes = text.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).unwrap_or_default();
    bytes.split_at_checked(16).is_some_and(|(random, digest)| mac(key, random).verify_slice(digest).is_ok())
}

fn mac(key: &Secret<String>, random: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose().as_bytes())
        .expect("HMAC takes a key of any length (RFC 2104)");
    mac.update(b"simulated biometric token\n");
    mac.update(random);
    mac
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_tokens_of_this_account_stand_for_a_face() {
        let key = Secret::new("account".to_owned());
        let token = issue(&key).unwrap();
        let foreign = issue(&Secret::new("other".to_owned())).unwrap();
        let rows = [
            ("as a string", json!(token), true),
            ("as the web SDK writes it", json!([{"type": RESERVED, "value": token}]), true),
            ("another account's", json!(foreign), false),
            ("cut off", json!(&token[..20]), false),
            ("empty", json!(""), false),
            ("none", Value::Null, false),
        ];
        for (name, input, wanted) in rows {
            assert_eq!(is_ours(&key, &input), wanted, "{name}");
        }
    }

    const RESERVED: &str = crate::idv::RESERVED_KEY;
}
