//! A request to the orchestrator itself, held until its body has been looked at.
//!
//! What passes goes on byte for byte: the receiver checks a webhook's signature once more, over these bytes.

use super::start::go_on;
use super::{Context, Effect, Event, Outcome, State, Step, out_of_order, request};
use crate::guard::{self, Signature};
use crate::headers::{Edits, Headers};
use crate::policy::Enforcement;
use crate::refusal::{Code, Refusal};
use crate::route::{self, Entrance};

/// A request whose headers were in order.
#[derive(Debug)]
pub(super) struct Guard(Awaits);

/// What its body has to be.
#[derive(Debug)]
enum Awaits {
    /// What this signature was made of, by a secret of the guard at this position.
    Signed(usize, Signature),
    /// Nothing, or, where the headers say so, harmless JSON.
    Json(Result<(), Refusal>),
}

impl Guard {
    pub(super) fn start(
        headers: &Headers,
        end: bool,
        entrance: Entrance,
        edits: Edits,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        let announced = request::announced_length(headers).filter(|_| !end);
        let awaits = match entrance {
            _ if request::is_upgrade(headers) => {
                Err(Refusal::new(Code::MalformedRequest, "upgrade on a guarded path"))
            }
            _ if announced.is_some_and(|length| length > context.policy.limits.body) => {
                Err(Refusal::new(Code::BodyTooLarge, "announced"))
            }
            Entrance::Webhook(position) => signed(headers, position),
            _ => json(headers, announced),
        };
        match awaits {
            Err(refusal) => decided(Err(refusal), edits, context, outcome),
            Ok(awaits) if end => decided(awaits.judge(&[], context), edits, context, outcome),
            Ok(awaits) => (State::Guard(Box::new(Self(awaits))), Effect::Collect(edits)),
        }
    }

    #[inline(never)]
    pub(super) fn on(
        self: Box<Self>,
        event: &Event<'_>,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        let &Event::RequestBody(body, end) = event else { return out_of_order() };
        if body.len() > context.policy.limits.body {
            let refusal = Refusal::new(Code::BodyTooLarge, "on a guarded path");
            return decided(Err(refusal), Edits::default(), context, outcome);
        }
        if !end {
            return (State::Guard(self), Effect::Hold);
        }
        decided(self.0.judge(body, context), Edits::default(), context, outcome)
    }
}

impl Awaits {
    fn judge(self, body: &[u8], context: Context<'_>) -> Result<(), Refusal> {
        match self {
            Self::Signed(position, signature) => {
                let fits = signature.fits(context.policy.guards.secrets(position), body);
                if fits { Ok(()) } else { Err(Refusal::new(Code::WebhookRejected, "another signature")) }
            }
            Self::Json(_) if body.is_empty() => Ok(()),
            Self::Json(media) => media.and_then(|()| guard::check(body, context.policy.limits.json_depth)),
        }
    }
}

fn signed(headers: &Headers, position: usize) -> Result<Awaits, Refusal> {
    if route::overrides_method(headers) {
        return Err(Refusal::new(Code::MalformedRequest, "method override"));
    }
    if headers.has("content-encoding") {
        return Err(Refusal::new(Code::UnsupportedMediaType, "content encoding"));
    }
    match Signature::of(headers) {
        Some(signature) => Ok(Awaits::Signed(position, signature)),
        None => Err(Refusal::new(Code::WebhookRejected, "not one signature")),
    }
}

/// A body that is announced is judged by its type at once. Else there may be none, and then the type does not matter.
fn json(headers: &Headers, announced: Option<usize>) -> Result<Awaits, Refusal> {
    let media = request::plain(headers, "application/json");
    match announced {
        Some(1..) => media.map(|()| Awaits::Json(Ok(()))),
        _ => Ok(Awaits::Json(media)),
    }
}

/// Lets go or refuses; in observation it only says which.
fn decided(judged: Result<(), Refusal>, edits: Edits, context: Context<'_>, outcome: &mut Outcome) -> Step {
    outcome.observed = context.policy.enforcement == Enforcement::Observe;
    match judged {
        Err(refusal) if !outcome.observed => return refusal.into(),
        Err(refusal) => outcome.refused(&refusal),
        Ok(()) => outcome.note("forwarded"),
    }
    go_on(edits)
}
