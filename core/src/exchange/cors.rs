//! What a page of another origin may read of our answers (Fetch standard section 3.3): only pages of the relying
//! party's own origins, and only what they need. Preflights of its paths are the relying party's to answer,
//! those of our own endpoints are ours.

use super::{Effect, Pass, Reply};
use crate::headers::{Edits, Headers, Single};
use crate::policy::{RelyingParty, SessionSource};

/// Headers of ours that a client has to read.
const OURS: &str = "countersign-evidence, retry-after, www-authenticate";

/// Headers that a page may send to our endpoints, beside the one that holds its session.
const SENT: &str = "authorization, content-type, countersign-evidence";

/// Whether a browser asks beforehand what a page may send (Fetch standard section 3.3.2).
pub(super) fn is_preflight(headers: &Headers) -> bool {
    headers.text(":method") == Some("OPTIONS")
        && headers.has("origin")
        && headers.has("access-control-request-method")
}

/// The answer to that about an endpoint of ours. To a page of nobody's it allows nothing.
pub(super) fn preflight(headers: &Headers, party: Option<&RelyingParty>) -> Reply {
    let mut sent = SENT.to_owned();
    if let Some(SessionSource::Header(name)) = party.map(|party| &party.session) {
        sent.push_str(", ");
        sent.push_str(name);
    }
    let mut reply = Reply { status: 204, headers: Vec::new(), body: Vec::new() };
    let mut add = |name: &str, value: &str| reply.headers.push((name.into(), value.into()));
    if party.is_some_and(|party| origin(headers, party).is_some()) {
        add("access-control-allow-methods", "GET, POST, DELETE");
        add("access-control-allow-headers", &sent);
    } else {
        add("vary", "origin");
    }
    reply
}

/// The request's origin, where it is one of the relying party's.
pub(super) fn origin(headers: &Headers, party: &RelyingParty) -> Option<String> {
    match headers.single("origin") {
        Single::One(origin) => party.origins.iter().find(|own| own.as_bytes() == origin).cloned(),
        Single::Absent | Single::Repeated => None,
    }
}

/// Lets a page of this origin read what is about to leave.
pub(super) fn expose(effect: &mut Effect, origin: &str) {
    match effect {
        Effect::Refuse(refusal) => refusal.cors = Some(origin.to_owned()),
        Effect::Reply(reply) => reply_to(reply, origin),
        Effect::Pass(Pass { edits, .. }) if gives_evidence(edits) => {
            // Whether the page may read the answer at all is the relying party's word.
            edits.add.push(("access-control-expose-headers".to_owned(), "countersign-evidence".to_owned()));
        }
        _ => {}
    }
}

fn gives_evidence(edits: &Edits) -> bool {
    edits.set.iter().any(|(name, _)| name == "countersign-evidence")
}

fn reply_to(reply: &mut Reply, origin: &str) {
    let is_there = |name: &[u8]| reply.headers.iter().any(|(known, _)| known == name);
    // The relying party's own begin comes with its own word.
    let ours = !is_there(b"access-control-allow-origin");
    let evidence = is_there(b"countersign-evidence") || is_there(b"retry-after");
    if ours {
        reply
            .headers
            .extend(headers(origin).into_iter().map(|(name, value)| (name.into_bytes(), value.into_bytes())));
    } else if evidence {
        reply.headers.push((b"access-control-expose-headers".to_vec(), OURS.as_bytes().to_vec()));
    }
}

/// The headers of an answer that is wholly ours.
pub(crate) fn headers(origin: &str) -> Vec<(String, String)> {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    vec![
        header("access-control-allow-origin", origin),
        header("access-control-allow-credentials", "true"),
        header("access-control-expose-headers", OURS),
        header("vary", "origin"),
    ]
}
