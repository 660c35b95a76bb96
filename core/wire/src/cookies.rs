//! Cookies of requests and answers (RFC 6265 sections 4.2 and 5.2), read as bytes.

use crate::headers::{Headers, Single};

/// What every cookie of ours starts with. The `__Host-` prefix makes browsers insist on `Secure`,
/// `Path=/` and no `Domain` (RFC 6265bis section 4.1.3.2).
pub const OURS: &[u8] = b"__Host-cs-";

/// The name/value pairs of all `cookie` headers, in order.
pub fn pairs(headers: &Headers) -> impl Iterator<Item = (&[u8], &[u8])> {
    headers.all("cookie").flat_map(|header| header.split(|byte| *byte == b';')).filter_map(pair)
}

fn pair(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.trim_ascii();
    if text.is_empty() {
        return None;
    }
    Some(match text.iter().position(|byte| *byte == b'=').and_then(|at| text.split_at_checked(at)) {
        Some((name, value)) => {
            (name.trim_ascii_end(), value.strip_prefix(b"=").unwrap_or_default().trim_ascii_start())
        }
        // A browser sends a nameless cookie as its value alone.
        None => (b"", text),
    })
}

/// The one cookie of this name.
pub fn single<'a>(headers: &'a Headers, name: &str) -> Single<'a> {
    let mut found = pairs(headers).filter(|(candidate, _)| *candidate == name.as_bytes());
    match (found.next(), found.next()) {
        (None, _) => Single::Absent,
        (Some((_, value)), None) => Single::One(value),
        (Some(_), Some(_)) => Single::Repeated,
    }
}

/// Whether a cookie name is one of ours. Case is ignored because a relying party may ignore it.
pub fn is_ours(name: &[u8]) -> bool {
    name.get(..OURS.len()).is_some_and(|start| start.eq_ignore_ascii_case(OURS))
}

/// The `cookie` header without ours, or `None` when none of ours stands in it.
pub fn without_ours(headers: &Headers) -> Option<Vec<u8>> {
    if !pairs(headers).any(|(name, _)| is_ours(name)) {
        return None;
    }
    let mut rest = Vec::new();
    for (name, value) in pairs(headers).filter(|(name, _)| !is_ours(name)) {
        append(&mut rest, name, value);
    }
    Some(rest)
}

/// All cookies but ours, with `replacement` in place of the cookie of its name, or added.
pub fn with(headers: &Headers, replacement: Option<(&str, &[u8])>) -> Vec<u8> {
    let mut all = Vec::new();
    let replaced = replacement.map_or(&b""[..], |(name, _)| name.as_bytes());
    for (name, value) in pairs(headers) {
        if !is_ours(name) && (replacement.is_none() || name != replaced) {
            append(&mut all, name, value);
        }
    }
    if let Some((name, value)) = replacement.filter(|(_, value)| !value.is_empty()) {
        append(&mut all, name.as_bytes(), value);
    }
    all
}

fn append(all: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    if !all.is_empty() {
        all.extend_from_slice(b"; ");
    }
    if !name.is_empty() {
        all.extend_from_slice(name);
        all.push(b'=');
    }
    all.extend_from_slice(value);
}

/// What an answer's `set-cookie` headers do to one cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// The answer does not touch it.
    Kept,
    /// It holds this value from now on.
    Set(&'a [u8]),
    /// It is gone.
    Deleted,
}

/// What the answer does to the cookie `name`; the last `set-cookie` wins, as it does in a browser.
pub fn change<'a>(answer: &'a Headers, name: &str) -> Change<'a> {
    answer.all("set-cookie").filter_map(|header| set(header, name)).last().unwrap_or(Change::Kept)
}

fn set<'a>(header: &'a [u8], name: &str) -> Option<Change<'a>> {
    let mut parts = header.split(|byte| *byte == b';');
    let (found, value) = pair(parts.next()?)?;
    if found != name.as_bytes() {
        return None;
    }
    let deleted = value.is_empty() || parts.any(deletes);
    Some(if deleted { Change::Deleted } else { Change::Set(value) })
}

/// `Max-Age` of zero or less, or the epoch that frameworks write into `Expires` to delete, in either of its
/// spellings. Any other past date is taken as a value: the binding then fits nothing, which refuses.
fn deletes(attribute: &[u8]) -> bool {
    pair(attribute).is_some_and(|(name, value)| {
        (name.eq_ignore_ascii_case(b"max-age") && (value.starts_with(b"-") || value == b"0"))
            || (name.eq_ignore_ascii_case(b"expires")
                && value.windows(6).any(|window| matches!(window, b" 1970 " | b"-1970 ")))
    })
}

#[cfg(test)]
mod tests;
