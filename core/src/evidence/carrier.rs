//! How evidence travels: a cookie named after its ceremony, and the `countersign-evidence` header.

use core::str;

use super::ceremony::{Ceremony, Sealed};
use super::seal::{self, Opened};
use crate::cookies;
use crate::encoding;
use crate::headers::Headers;
use crate::json::Value;
use crate::policy::SealKey;
use crate::refusal::{Code, Refusal};
use crate::time::UnixTime;

/// Ceremonies of one client that may run side by side.
const SIDE_BY_SIDE: usize = 8;

/// Tokens that one request may carry in headers.
const MOST_CARRIED: usize = 32;

const HEADER: &str = "countersign-evidence";

/// The cookie of the ceremony with this challenge hash: 96 bits of it, so that two never share one.
pub fn cookie_name(challenge: &[u8; 32]) -> String {
    let hash = encoding::to_base64url(challenge);
    format!("__Host-cs-c-{}", hash.get(..16).unwrap_or_default())
}

/// The headers that give the client this evidence.
pub fn deliver(sealed: &Sealed) -> Vec<(String, String)> {
    let Sealed { token, ceremony } = sealed;
    let name = cookie_name(&ceremony.challenge);
    let age = ceremony.expires.since(ceremony.issued);
    vec![("set-cookie".to_owned(), cookie(&name, token, age)), (HEADER.to_owned(), token.clone())]
}

/// The header that takes this ceremony's cookie from the client.
pub fn forget(challenge: &[u8; 32]) -> (String, String) {
    ("set-cookie".to_owned(), cookie(&cookie_name(challenge), "", 0))
}

/// The headers that make room for one more ceremony: the oldest of eight or more goes.
pub fn expire(keys: &[SealKey], request: &Headers, next: &[u8; 32]) -> Vec<(String, String)> {
    let next = cookie_name(next);
    let mut carried: Vec<(UnixTime, &str)> = cookies::pairs(request)
        .filter_map(|(name, value)| Some((str::from_utf8(name).ok()?, str::from_utf8(value).ok()?)))
        .filter(|(name, _)| is_ceremony_cookie(name) && *name != next)
        // What we cannot open is older than anything we can.
        .map(|(name, token)| (issued(keys, token).unwrap_or(UnixTime(0)), name))
        .collect();
    carried.sort_unstable();
    carried.dedup_by_key(|(_, name)| *name);
    let too_many = carried.len().saturating_sub(SIDE_BY_SIDE.saturating_sub(1));
    carried
        .into_iter()
        .take(too_many)
        .map(|(_, name)| ("set-cookie".to_owned(), cookie(name, "", 0)))
        .collect()
}

fn is_ceremony_cookie(name: &str) -> bool {
    let rest = name.strip_prefix("__Host-cs-c-").unwrap_or_default();
    rest.len() == 16 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn issued(keys: &[SealKey], token: &str) -> Option<UnixTime> {
    Some(Ceremony::from_payload(&seal::open(keys, token)?.payload)?.issued)
}

fn cookie(name: &str, value: &str, age: u64) -> String {
    format!("{name}={value}; Path=/; Max-Age={age}; Secure; HttpOnly; SameSite=Lax")
}

/// The evidence that a request offers for one challenge. Every carrier that speaks of the ceremony must
/// hold the same token: one that disagrees refuses, as does one whose seal does not hold.
pub fn offered<'k>(
    keys: &'k [SealKey],
    request: &Headers,
    challenge: &[u8; 32],
) -> Result<(Ceremony, &'k SealKey), Refusal> {
    const UNKNOWN: Code = Code::CeremonyUnknown;
    let name = cookie_name(challenge);
    let mut found: Option<&[u8]> = None;
    let mut agree = |candidate| match found.replace(candidate) {
        Some(first) if first != candidate => Err(Refusal::new(UNKNOWN, "carriers disagree")),
        _ => Ok(()),
    };
    for (_, value) in cookies::pairs(request).filter(|(candidate, _)| *candidate == name.as_bytes()) {
        agree(value)?;
    }
    for (carried, token) in header_tokens(request).enumerate() {
        if carried >= MOST_CARRIED {
            return Err(Refusal::new(UNKNOWN, "too many tokens"));
        }
        if !is_about_another(token, challenge) {
            agree(token)?;
        }
    }
    let token = found.and_then(|token| str::from_utf8(token).ok());
    let token = token.ok_or(Refusal::new(UNKNOWN, "no evidence"))?;
    let Opened { payload, key } = seal::open(keys, token).ok_or(Refusal::new(UNKNOWN, "broken seal"))?;
    let ceremony = Ceremony::from_payload(&payload).ok_or(Refusal::new(UNKNOWN, "not a ceremony"))?;
    if ceremony.challenge != *challenge {
        return Err(Refusal::new(UNKNOWN, "evidence of another challenge"));
    }
    Ok((ceremony, key))
}

/// The evidence of an orchestrator's session that a request carries.
pub fn of_session(keys: &[SealKey], request: &Headers, session: &str) -> Option<Ceremony> {
    let cookies = cookies::pairs(request).filter(|(name, _)| cookies::is_ours(name)).map(|(_, value)| value);
    cookies
        .chain(header_tokens(request))
        .take(MOST_CARRIED)
        .filter_map(|token| seal::open(keys, str::from_utf8(token).ok()?))
        .filter_map(|opened| Ceremony::from_payload(&opened.payload))
        .find(|ceremony| ceremony.session() == Some(session))
}

fn header_tokens(request: &Headers) -> impl Iterator<Item = &[u8]> {
    request.all(HEADER).flat_map(|value| value.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii)
}

/// Whether a token says itself that it is of another ceremony. What cannot be read is taken to be of this
/// one, so that a damaged token refuses rather than disappears.
fn is_about_another(token: &[u8], challenge: &[u8; 32]) -> bool {
    if token.is_empty() {
        return true;
    }
    let Some(payload) = str::from_utf8(token).ok().and_then(seal::claimed) else { return false };
    let claimed = payload.get("ch").and_then(Value::as_str);
    payload.get("t").and_then(Value::as_str).is_some() && claimed != Some(&encoding::to_base64url(challenge))
}
