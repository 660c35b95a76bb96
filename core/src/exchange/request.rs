//! The request as an exchange keeps it, and what every request loses before it goes on.

use core::str;

use super::Context;
use crate::cookies;
use crate::headers::{Edits, Headers, Single};
use crate::orchestrator::Trace;
use crate::policy::{Endpoint, RelyingParty, SessionSource, UserSource};
use crate::refusal::{Code, Refusal};
use crate::route::Captures;

/// A request on a guarded path.
#[derive(Clone, Debug)]
pub(super) struct Request {
    /// All headers as they came.
    pub(super) headers: Headers,
    /// Which relying party, by its place in the policy.
    pub(super) relying_party: usize,
    /// Which endpoint, by its place in the relying party.
    pub(super) endpoint: usize,
    /// What the path template captured.
    pub(super) captures: Captures,
    /// Trace context for callouts.
    pub(super) trace: Trace,
}

impl Request {
    /// The relying party. `None` cannot happen while one policy serves the exchange; it refuses.
    pub(super) fn party<'p>(&self, context: Context<'p>) -> Result<&'p RelyingParty, Refusal> {
        context.policy.relying_parties.get(self.relying_party).ok_or(Refusal::new(GONE, "no relying party"))
    }

    /// The endpoint; as [`Request::party`].
    pub(super) fn endpoint<'p>(&self, context: Context<'p>) -> Result<&'p Endpoint, Refusal> {
        let party = self.party(context)?;
        party.endpoints.get(self.endpoint).ok_or(Refusal::new(GONE, "no endpoint"))
    }
}

const GONE: Code = Code::MalformedRequest;

/// Takes off what only we may write: our cookies and every `countersign*` header (contract section 4).
pub(super) fn hygiene(headers: &Headers) -> Edits {
    let mut edits = Edits::default();
    for (name, _) in headers.iter().filter(|(name, _)| name.starts_with(b"countersign")) {
        let name = String::from_utf8_lossy(name).into_owned();
        if !edits.remove.contains(&name) {
            edits.remove.push(name);
        }
    }
    if let Some(rest) = cookies::without_ours(headers) {
        if rest.is_empty() {
            edits.remove.push("cookie".to_owned());
        } else {
            edits.set.push(("cookie".to_owned(), rest));
        }
    }
    edits
}

/// What makes an answer unreadable to us is asked not to be sent (gzip, 304, ranges).
pub(super) fn readable_answer(edits: &mut Edits, headers: &Headers) {
    for name in ["if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range", "range"]
    {
        if headers.has(name) {
            edits.remove.push(name.to_owned());
        }
    }
    edits.set.push(("accept-encoding".to_owned(), b"identity".to_vec()));
}

/// Refuses a request whose session or user would depend on who reads it: two cookies of its name, or a repeated
/// header that holds it.
pub(super) fn one_session(headers: &Headers, party: &RelyingParty) -> Result<(), Refusal> {
    let repeated = match &party.session {
        SessionSource::Cookie(name) => cookies::single(headers, name) == Single::Repeated,
        SessionSource::Header(name) => headers.single(name) == Single::Repeated,
        SessionSource::Introspect(_) => headers.single("authorization") == Single::Repeated,
        SessionSource::Claim { .. } => false,
    };
    let vouched = party.user.iter().any(|source| match source {
        UserSource::Header(name) => headers.single(name) == Single::Repeated,
        _ => false,
    });
    if repeated || vouched { Err(Refusal::new(Code::MalformedRequest, "session repeated")) } else { Ok(()) }
}

/// Whether the request asks to become something else than HTTP.
pub(super) fn is_upgrade(headers: &Headers) -> bool {
    headers.has("upgrade") || headers.text(":method") == Some("CONNECT")
}

/// A media type without its parameters, lower case.
pub(super) fn media_type(value: &[u8]) -> Option<String> {
    let essence = str::from_utf8(value).ok()?.split(';').next()?;
    Some(essence.trim_ascii().to_ascii_lowercase())
}

/// Refuses a body that is not exactly of this media type in plain UTF-8.
pub(super) fn plain(headers: &Headers, expected: &str) -> Result<(), Refusal> {
    let unsupported = |why| Err(Refusal::new(Code::UnsupportedMediaType, why));
    if headers.has("content-encoding") {
        return unsupported("content encoding");
    }
    let Single::One(value) = headers.single("content-type") else {
        return unsupported("not one content type");
    };
    let Ok(value) = str::from_utf8(value) else { return unsupported("content type is not UTF-8") };
    let mut parts = value.split(';').map(str::trim_ascii);
    if !parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case(expected)) {
        return unsupported("another content type");
    }
    let mut charset = false;
    for parameter in parts {
        let Some((name, value)) = parameter.split_once('=') else {
            return unsupported("content type parameter");
        };
        let utf8 =
            name.eq_ignore_ascii_case("charset") && value.trim_matches('"').eq_ignore_ascii_case("utf-8");
        if !utf8 || charset {
            return unsupported("content type parameter");
        }
        charset = true;
    }
    Ok(())
}

/// Whether a framework may look into the body for another method than `POST`: in a form, its parts, or JSON.
pub(super) fn may_name_method(headers: &Headers) -> bool {
    let looked_into = |media: &str| {
        media == "application/x-www-form-urlencoded"
            || media == "multipart/form-data"
            || media == "application/json"
            || media.ends_with("+json")
    };
    let posts = headers.text(":method").is_some_and(|method| method.eq_ignore_ascii_case("POST"));
    let unreadable = |value: &[u8]| media_type(value).is_none_or(|media| looked_into(&media));
    posts && headers.all("content-type").any(unreadable)
}

/// `content-length`, where it can be read.
pub(super) fn announced_length(headers: &Headers) -> Option<usize> {
    headers.text("content-length")?.trim_ascii().parse().ok()
}
