//! `evidence`: what a sealed token is about, for whoever helps a person whose ceremony failed.
//!
//! A seal is not a secret's: whoever has the token can read it. But what nobody vouches for is not shown, and what would
//! let its reader act in somebody's place is never shown.

use countersign::encoding::{from_base64url, from_either};
use countersign::evidence::{Asked, Ceremony, Elevation, Handoff, Recovery, Token, open};
use countersign::json::{Object, Value};
use countersign::policy::{SealKey, Secret};
use countersign::time::UnixTime;

use crate::Answer;
use crate::arguments::Evidence;
use crate::failure::Failure;
use crate::input;

/// Members that are never shown: what an orchestrator hands out for later calls, a hand-off's secret, and who it is.
const SECRET: [&str; 4] = ["x", "k", "eu", "uh"];

/// What the members are, in the words of `docs/wire.md`.
const WORDS: [(&str, &str); 20] = [
    ("t", "type"),
    ("rp", "relying party"),
    ("leg", "ceremony"),
    ("flow", "flow"),
    ("rule", "rule"),
    ("acr", "acr"),
    ("s", "orchestrator session"),
    ("h", "hand-off"),
    ("id", "id"),
    ("d", "display"),
    ("from", "started from"),
    ("m", "match seen"),
    ("later", "decided at finish"),
    ("ch", "challenge (SHA-256)"),
    ("sb", "session binding"),
    ("th", "transaction (SHA-256)"),
    ("tp", "transaction's place"),
    ("u", "user (keyed)"),
    ("n", "number (keyed)"),
    ("ac", "allowed credentials"),
];

pub(crate) fn run(arguments: &Evidence) -> Result<Answer, Failure> {
    let token = match arguments.token.as_str() {
        "-" => String::from_utf8_lossy(&input::read("-")?.bytes).trim().to_owned(),
        token => token.to_owned(),
    };
    let Some((id, length)) = head(&token) else {
        let text = "this is no evidence: it does not read cs1.<key id>.<payload>.<tag>\n";
        return Ok(Answer { text: text.to_owned(), found: true });
    };
    let mut keys = Vec::new();
    for name in &arguments.keys {
        keys.push(key(id, name)?);
    }
    let opened = keys.iter().find_map(|key| open(std::slice::from_ref(key), &token));
    let seal = match (&opened, keys.is_empty()) {
        (Some(_), _) => "holds",
        (None, true) => "not looked at: name the variable that holds the key with --key",
        (None, false) => "does not hold: another key, or not the token that was sealed",
    };
    let head = [("form", "cs1"), ("key", id), ("payload", &format!("{length} bytes")), ("seal", seal)];
    let mut text: String = head.into_iter().map(|(name, value)| line(name, value)).collect();
    if let Some(opened) = &opened {
        text.push_str(&contents(&opened.payload));
    }
    Ok(Answer { text, found: opened.is_none() && !keys.is_empty() })
}

/// The key id, and how long the payload is.
fn head(token: &str) -> Option<(&str, usize)> {
    let mut parts = token.strip_prefix("cs1.")?.split('.');
    let (Some(id), Some(payload), Some(tag), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let tag = from_base64url(tag).ok()?;
    (tag.len() == 32 && !id.is_empty()).then_some(())?;
    Some((id, from_base64url(payload).ok()?.len()))
}

fn key(id: &str, name: &str) -> Result<SealKey, Failure> {
    let Ok(text) = std::env::var(name) else {
        return Err(Failure::Usage(format!("`--key {name}`: the environment variable is not set")));
    };
    match from_either(text.trim()) {
        Ok(bytes) => Ok(SealKey { id: id.to_owned(), key: Secret::new(bytes) }),
        Err(_) => Err(Failure::Usage(format!("`--key {name}`: the environment variable holds no key"))),
    }
}

/// The members, as far as they may be seen.
fn contents(payload: &Value) -> String {
    let read = if is_read(payload) { "yes" } else { "no: it is none that this version writes" };
    let of_token = payload.get("t").and_then(Value::as_str) == Some("token");
    let members = payload.as_object().into_iter().flat_map(Object::iter);
    let lines = members.map(|(name, value)| match (name, value) {
        (name, _) if SECRET.contains(&name) => line(name, "(not shown)"),
        // In what a QR code holds, the relying party's id of the user.
        ("u", _) if of_token => line("user", "(not shown)"),
        ("iat" | "exp", value) => {
            let time = value.as_u64().map(|seconds| UnixTime(seconds).to_string());
            line(if name == "iat" { "made" } else { "good until" }, &time.unwrap_or_default())
        }
        (name, value) => line(word(name), &text(name, value)),
    });
    std::iter::once(line("read by the filter", read)).chain(lines).collect()
}

/// Whether it is evidence of a kind that the filter knows.
fn is_read(payload: &Value) -> bool {
    Ceremony::from_payload(payload).is_some()
        || Asked::from_payload(payload).is_some()
        || Elevation::from_payload(payload).is_some()
        || Handoff::from_payload(payload).is_some()
        || Recovery::from_payload(payload).is_some()
        || Token::from_payload(payload).is_some()
}

fn word(name: &str) -> &str {
    WORDS.iter().find(|(known, _)| *known == name).map_or(name, |(_, word)| word)
}

fn text(name: &str, value: &Value) -> String {
    match (name, value) {
        // With the rule's digest behind it.
        ("rule", Value::Array(parts)) => parts.first().and_then(Value::as_str).unwrap_or_default().to_owned(),
        ("ac", Value::Array(ids)) => ids.len().to_string(),
        ("later", _) => "yes".to_owned(),
        (_, Value::String(text)) => text.clone(),
        (_, value) => String::from_utf8_lossy(&value.to_vec()).into_owned(),
    }
}

fn line(name: &str, value: &str) -> String {
    format!("{name:<22}{value}\n")
}
