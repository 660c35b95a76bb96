//! Bodies that are looked through for what must not be in them.
//!
//! A credential on a route that no profile names does not get through: the coverage canary. On a resource's path
//! neither does a body that asks for another method than its request's, for rules are about methods.

use super::request;
use super::start::go_on;
use super::{Context, Effect, Event, Pass, State, Step, out_of_order, pass};
use crate::canary::{self, Sign};
use crate::headers::{Edits, Headers};
use crate::refusal::{Code, Refusal};

/// Waiting for the first `limits.body` bytes of a body, or all of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan {
    /// Whether a body that is longer is refused.
    whole: bool,
    /// Whether it may ask for another method.
    methods: bool,
}

impl Scan {
    /// Of a request to nothing that is guarded.
    pub(super) const ELSEWHERE: Self = Self { whole: false, methods: false };

    /// Of a request to nothing that is guarded.
    pub(super) fn start(headers: &Headers, end: bool, edits: Edits) -> Step {
        Self::ELSEWHERE.begin(headers, end, edits)
    }

    /// Of a request to the path of a resource that is none of its rules'.
    pub(super) fn beside_resource(headers: &Headers, end: bool, edits: Edits, context: Context<'_>) -> Step {
        let scan = Self::of_resource(headers, false);
        match scan.announced(headers, context) {
            Ok(()) => scan.begin(headers, end, edits),
            Err(refusal) => refusal.into(),
        }
    }

    /// Of a request to a resource. `whole`: its body is needed to its end in any case.
    pub(super) fn of_resource(headers: &Headers, whole: bool) -> Self {
        let methods = request::may_name_method(headers);
        Self { whole: whole || methods, methods }
    }

    /// A WebSocket handshake is a GET whose stream is no HTTP body; holding it would hang it.
    pub(super) fn passes(headers: &Headers) -> bool {
        headers.text(":method") == Some("GET") && request::is_upgrade(headers)
    }

    fn begin(self, headers: &Headers, end: bool, edits: Edits) -> Step {
        if end || Self::passes(headers) {
            return go_on(edits);
        }
        (State::Scan(self), Effect::Collect(edits))
    }

    /// Refuses a body that says itself that it is too long.
    pub(super) fn announced(self, headers: &Headers, context: Context<'_>) -> Result<(), Refusal> {
        let length = request::announced_length(headers).filter(|_| self.whole);
        if length.is_some_and(|length| length > context.policy.limits.body) {
            return Err(Refusal::new(Code::BodyTooLarge, "announced"));
        }
        Ok(())
    }

    /// Whether the body is here as far as it is looked at.
    pub(super) fn look(self, body: &[u8], end: bool, context: Context<'_>) -> Result<bool, Refusal> {
        let limit = context.policy.limits.body;
        if self.whole && body.len() > limit {
            return Err(Refusal::new(Code::BodyTooLarge, "it is needed whole"));
        }
        if !end && (self.whole || body.len() < limit) {
            return Ok(false);
        }
        match canary::sign(body.get(..limit).unwrap_or(body)) {
            Some(Sign::Credential) => {
                Err(Refusal::new(Code::UnlistedCeremony, "credential on an unlisted route"))
            }
            Some(Sign::Method) if self.methods => {
                Err(Refusal::new(Code::MalformedRequest, "method override"))
            }
            Some(Sign::Method) | None => Ok(true),
        }
    }

    pub(super) fn on(self, event: &Event<'_>, context: Context<'_>) -> Step {
        let &Event::RequestBody(body, end) = event else { return self.answered(event) };
        match self.look(body, end, context) {
            Ok(true) => pass(),
            Ok(false) => (State::Scan(self), Effect::Hold),
            Err(refusal) => refusal.into(),
        }
    }

    /// A relying party may answer the head, where that could not wait: its answer goes on, the body does not.
    fn answered(self, event: &Event<'_>) -> Step {
        match event {
            Event::Response(..) => (State::Scan(self), Effect::Pass(Pass::default())),
            _ => out_of_order(),
        }
    }
}
