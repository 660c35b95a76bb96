//! Webhooks of the IDV API: who sent the bytes, and what they are about.

use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;

use crate::secret::Secret;

/// Carries the lower-case hex of HMAC-SHA256 over the raw body.
pub const SIGNATURE_HEADER: &str = "x-sha2-signature";

/// The webhook tokens that may sign: the current one and, while rotating, the one before.
#[derive(Debug)]
pub struct SignatureKeys(Vec<Secret<String>>);

/// What happened, as far as we read it: the run is fetched before anything is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// `workflow_run` for those that matter here.
    pub resource_type: String,
    /// `workflow_run.completed` for those that matter here.
    pub action: String,
    /// The run's id.
    pub object_id: String,
    /// The status that the sender saw.
    pub status: String,
}

impl SignatureKeys {
    /// Any of `tokens` may sign.
    pub fn new(tokens: impl IntoIterator<Item = Secret<String>>) -> Self {
        Self(tokens.into_iter().collect())
    }

    /// Whether `signature` is exactly the lower-case hex of HMAC-SHA256(token, `body`) for one token.
    pub fn accept(&self, body: &[u8], signature: &[u8]) -> bool {
        let Some(signature) = decode(signature) else { return false };
        // every key is tried, and each comparison takes the same time wherever the bytes differ
        self.0.iter().fold(false, |accepted, token| {
            accepted | hmac(token.expose(), body).verify_slice(&signature).is_ok()
        })
    }
}

/// The signature that [`SignatureKeys::accept`] accepts; the simulator signs with it.
pub fn sign(token: &str, body: &[u8]) -> String {
    crate::ident::hex(&hmac(token, body).finalize().into_bytes())
}

impl Event {
    /// Reads the envelope leniently: unknown members are ignored, missing ones make it no event of ours.
    pub fn parse(body: &[u8]) -> Option<Self> {
        let Envelope { payload } = serde_json::from_slice(body).ok()?;
        let event = Self {
            resource_type: payload.resource_type,
            action: payload.action,
            object_id: payload.object.id,
            status: payload.object.status.unwrap_or_default(),
        };
        let words = [&event.resource_type, &event.action, &event.object_id, &event.status];
        words.iter().all(|word| is_word(word)).then_some(event)
    }

    /// Whether it says that a workflow run has ended.
    pub fn is_run_completed(&self) -> bool {
        self.resource_type == "workflow_run" && self.action == "workflow_run.completed"
    }
}

#[derive(Deserialize)]
struct Envelope {
    payload: Payload,
}

#[derive(Deserialize)]
struct Payload {
    resource_type: String,
    action: String,
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    id: String,
    #[serde(default)]
    status: Option<String>,
}

/// What the API writes in these members; anything else, and a database might not take it.
fn is_word(text: &str) -> bool {
    text.len() <= 128 && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn hmac(token: &str, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(token.as_bytes())
        .expect("HMAC takes a key of any length (RFC 2104)");
    mac.update(body);
    mac
}

/// Exactly 64 lower-case hex digits.
fn decode(hex: &[u8]) -> Option<[u8; 32]> {
    let (pairs, []) = hex.as_chunks::<2>() else { return None };
    let pairs: &[[u8; 2]; 32] = pairs.try_into().ok()?;
    let mut bytes = [0; 32];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

const fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
