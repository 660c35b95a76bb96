//! The coverage canary: a credential on a route that no profile names does not get through.

use super::request;
use super::start::go_on;
use super::{Context, Effect, Event, State, Step, out_of_order, pass, refuse};
use crate::canary;
use crate::headers::{Edits, Headers};
use crate::refusal::Code;

/// Waiting for the first `limits.body` bytes of a body, or all of it.
#[derive(Debug)]
pub(super) struct Scan;

impl Scan {
    pub(super) fn start(headers: &Headers, end: bool, edits: Edits) -> Step {
        // A WebSocket handshake is a GET whose stream is no HTTP body; holding it would hang it.
        let handshake = headers.text(":method") == Some("GET") && request::is_upgrade(headers);
        if end || handshake {
            return go_on(edits);
        }
        (State::Scan(Self), Effect::Collect(edits))
    }

    pub(super) fn on(self, event: &Event<'_>, context: Context<'_>) -> Step {
        let &Event::RequestBody(body, end) = event else { return out_of_order() };
        let limit = context.policy.limits.body;
        if !end && body.len() < limit {
            return (State::Scan(self), Effect::Hold);
        }
        let seen = body.get(..limit).unwrap_or(body);
        if canary::looks_like_credential(seen) {
            return refuse(Code::UnlistedCeremony, "credential on an unlisted route");
        }
        pass()
    }
}
