//! How evidence travels: a cookie named after its ceremony, and the `countersign-evidence` header.

use core::str;

use sha2::{Digest, Sha256};

use super::ceremony::Ceremony;
use super::seal::{self, Opened};
use crate::cookies;
use crate::encoding;
use crate::headers::Headers;
use crate::json::Value;
use crate::order::sorted;
use crate::policy::{SealKey, Transaction};
use crate::refusal::{Code, Refusal};
use crate::time::UnixTime;

/// Ceremonies of one client that may run side by side.
const SIDE_BY_SIDE: usize = 8;

/// Tokens that one request may carry, in cookies and in headers each.
const MOST_CARRIED: usize = 32;

const HEADER: &str = "countersign-evidence";

/// What a piece of evidence belongs to: its cookie is named after that.
#[derive(Clone, Copy, Debug)]
pub enum Carried<'a> {
    /// The ceremony with this challenge hash.
    Ceremony(&'a [u8; 32]),
    /// The hand-off of this id, on the web side.
    Handoff(&'a str),
    /// A client recovers one account at a time.
    Recovery,
    /// What was refused last.
    Asked,
    /// The elevation by this rule, for this transaction.
    Elevation(&'a str, Option<&'a Transaction>),
}

/// The cookie's name. It holds 96 bits of what it belongs to, so that two never share one.
pub fn cookie_name(carried: Carried<'_>) -> String {
    let short = |digest: &[u8; 32]| encoding::to_base64url(digest).get(..16).unwrap_or_default().to_owned();
    match carried {
        Carried::Ceremony(challenge) => format!("__Host-cs-c-{}", short(challenge)),
        Carried::Handoff(id) => format!("__Host-cs-h-{}", short(&Sha256::digest(id).into())),
        Carried::Recovery => "__Host-cs-r".to_owned(),
        Carried::Asked => "__Host-cs-q".to_owned(),
        Carried::Elevation(rule, transaction) => {
            let mut digest = Sha256::new();
            digest.update(rule);
            if let Some(Transaction { hash, place }) = transaction {
                digest.update([0]);
                digest.update(hash);
                digest.update(place);
            }
            format!("__Host-cs-e-{}", short(&digest.finalize().into()))
        }
    }
}

/// The headers that give the client this evidence, for so many seconds.
pub fn deliver(carried: Carried<'_>, token: &str, seconds: u64) -> Vec<(String, String)> {
    vec![
        ("set-cookie".to_owned(), cookie(&cookie_name(carried), token, seconds)),
        (HEADER.to_owned(), token.to_owned()),
    ]
}

/// The header that takes a cookie from the client.
pub fn forget(carried: Carried<'_>) -> (String, String) {
    ("set-cookie".to_owned(), cookie(&cookie_name(carried), "", 0))
}

/// The headers that make room for one more of its kind: the oldest of eight or more goes.
pub fn expire(keys: &[SealKey], request: &Headers, next: Carried<'_>) -> Vec<(String, String)> {
    let kind = match next {
        Carried::Ceremony(_) => "__Host-cs-c-",
        Carried::Elevation(..) => "__Host-cs-e-",
        Carried::Handoff(_) => "__Host-cs-h-",
        Carried::Asked | Carried::Recovery => return Vec::new(),
    };
    let next = cookie_name(next);
    let carried: Vec<(UnixTime, &str)> = cookies::pairs(request)
        .filter_map(|(name, value)| Some((str::from_utf8(name).ok()?, str::from_utf8(value).ok()?)))
        .filter(|(name, _)| is_cookie_of(kind, name) && *name != next)
        // What we cannot open is older than anything we can.
        .map(|(name, token)| (issued(keys, token).unwrap_or(UnixTime(0)), name))
        .collect();
    let mut carried = sorted(carried);
    carried.dedup_by_key(|(_, name)| *name);
    let too_many = carried.len().saturating_sub(SIDE_BY_SIDE.saturating_sub(1));
    carried
        .into_iter()
        .take(too_many)
        .map(|(_, name)| ("set-cookie".to_owned(), cookie(name, "", 0)))
        .collect()
}

/// The headers that take the cookies of other hand-offs away: a user has one at a time.
pub fn supersede(request: &Headers, next: &str) -> Vec<(String, String)> {
    let next = cookie_name(Carried::Handoff(next));
    let names: Vec<&str> = cookies::pairs(request)
        .filter_map(|(name, _)| str::from_utf8(name).ok())
        .filter(|name| is_cookie_of("__Host-cs-h-", name) && *name != next)
        .collect();
    let mut names = sorted(names);
    names.dedup();
    names.into_iter().map(|name| ("set-cookie".to_owned(), cookie(name, "", 0))).collect()
}

fn is_cookie_of(prefix: &str, name: &str) -> bool {
    let rest = name.strip_prefix(prefix).unwrap_or_default();
    rest.len() == 16 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn issued(keys: &[SealKey], token: &str) -> Option<UnixTime> {
    seal::open(keys, token)?.payload.get("iat")?.as_u64().map(UnixTime)
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
    let name = cookie_name(Carried::Ceremony(challenge));
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

/// The piece of evidence, among all that a request carries, that `read` takes; two that differ refuse.
pub fn find<'k, T>(
    keys: &'k [SealKey],
    request: &Headers,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<Option<(T, &'k SealKey)>, Refusal> {
    let mut found: Option<(T, &SealKey, &[u8])> = None;
    for Carrying { token, opened, .. } in carried(keys, request) {
        let Some(evidence) = read(&opened.payload) else { continue };
        match &found {
            Some((_, _, first)) if *first != token => {
                return Err(Refusal::new(Code::CeremonyUnknown, "carriers disagree"));
            }
            _ => found = Some((evidence, opened.key, token)),
        }
    }
    Ok(found.map(|(evidence, key, _)| (evidence, key)))
}

/// Every piece of evidence that `read` takes, each with its key and whether it came in a header.
pub fn find_all<'k, T>(
    keys: &'k [SealKey],
    request: &Headers,
    read: impl Fn(&Value) -> Option<T>,
) -> Vec<(T, &'k SealKey, bool)> {
    let carried = carried(keys, request).into_iter();
    carried
        .filter_map(|carrying| {
            Some((read(&carrying.opened.payload)?, carrying.opened.key, carrying.in_header))
        })
        .collect()
}

/// A token whose seal holds, as a request carries it.
struct Carrying<'k, 'r> {
    token: &'r [u8],
    opened: Opened<'k>,
    in_header: bool,
}

/// All of them, of whatever kind.
fn carried<'k, 'r>(keys: &'k [SealKey], request: &'r Headers) -> Vec<Carrying<'k, 'r>> {
    let cookies = cookies::pairs(request).filter(|(name, _)| cookies::is_ours(name)).map(|(_, value)| value);
    let cookies = cookies.take(MOST_CARRIED).map(|token| (token, false));
    let headers = header_tokens(request).take(MOST_CARRIED).map(|token| (token, true));
    cookies
        .chain(headers)
        .filter_map(|(token, in_header)| {
            let opened = seal::open(keys, str::from_utf8(token).ok()?)?;
            Some(Carrying { token, opened, in_header })
        })
        .collect()
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
