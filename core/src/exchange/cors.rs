//! What a page of another origin may read of our answers (Fetch standard section 3.3): only pages of the relying
//! party's own origins, and only what they need. Preflights are the relying party's to answer.

use super::{Effect, Pass, Reply};
use crate::headers::{Edits, Headers, Single};
use crate::policy::RelyingParty;

/// Headers of ours that a client has to read.
const OURS: &str = "countersign-evidence, retry-after, www-authenticate";

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
