//! The relying party's answer to a guarded finish: held until the orchestrator has completed the session.

use sha2::{Digest, Sha256};

use super::begin::is_encoded;
use super::finish::Guarded;
use super::request::Request;
use super::{Context, Effect, Event, Outcome, Pass, State, Step, ask, out_of_order, refuse, step_up};
use crate::encoding;
use crate::evidence::{self, Carried, Match};
use crate::headers::{Edits, Headers};
use crate::json;
use crate::orchestrator::{self, Answer, Call, Failure, Operation, Trace, Values};
use crate::policy::Accepted;
use crate::policy::Ceremony as Leg;
use crate::refusal::{Code, Refusal};
use crate::webauthn::PublicKey;

/// An answer to a finish is held as long as it is no larger than this; Envoy's own buffer ends at 1 MiB.
const LONGEST: usize = 900 * 1024;

/// A guarded finish that is with the relying party.
#[derive(Debug)]
pub(super) struct Release {
    relying_party: usize,
    endpoint: usize,
    challenge: [u8; 32],
    taken: [u8; 32],
    /// What `complete` will say; `None`: it was said before the request left, or the orchestrator knows no such step.
    complete: Option<Call>,
    expect: Expect,
}

#[derive(Debug)]
enum Expect {
    Response,
    Body,
    Completed,
}

impl Release {
    pub(super) fn new(
        request: &Request,
        guarded: &Guarded,
        complete_after: bool,
        context: Context<'_>,
    ) -> Result<Self, Refusal> {
        let ceremony = guarded.fits.ceremony();
        let required = ceremony.required().ok_or(Refusal::new(Code::CeremonyUnknown, "no session"))?;
        let complete =
            if complete_after { complete(&request.trace, required, guarded, context)? } else { None };
        Ok(Self {
            relying_party: request.relying_party,
            endpoint: request.endpoint,
            challenge: ceremony.challenge,
            taken: taken(&required.session.id),
            complete,
            expect: Expect::Response,
        })
    }

    /// The host gave up the exchange: what was taken may be tried again.
    pub(super) fn abandon(&self, context: Context<'_>) {
        if self.complete.is_some() {
            context.gateway.give_back(&self.taken);
        }
    }

    pub(super) fn on(self: Box<Self>, event: Event<'_>, context: Context<'_>, outcome: &mut Outcome) -> Step {
        let party = context.policy.relying_parties.get(self.relying_party);
        let endpoint = party.and_then(|party| party.endpoints.get(self.endpoint));
        let Some(accepted): Option<&Accepted> = endpoint.map(|endpoint| &endpoint.accepted) else {
            return out_of_order();
        };
        match (&self.expect, event) {
            (Expect::Response, Event::Response(headers, end)) => {
                if !accepted.status_fits(headers.status()) {
                    return self.declined(context, outcome);
                }
                match (&self.complete, &accepted.body) {
                    (None, _) => self.released(outcome),
                    (Some(_), None) => self.accepted(),
                    (Some(_), Some(_)) => self.hold(&headers, end, context),
                }
            }
            (Expect::Body, Event::ResponseBody(body, end)) => {
                if body.len() > LONGEST {
                    return self.withhold("answer too large", context);
                }
                if !end {
                    return (State::Release(self), Effect::Hold);
                }
                let Ok(document) = json::parse(body, context.policy.limits.json_depth) else {
                    return self.withhold("answer is not strict JSON", context);
                };
                if accepted.body_fits(Some(&document)) {
                    self.accepted()
                } else {
                    self.declined(context, outcome)
                }
            }
            (Expect::Completed, Event::Answers(answers)) => {
                let answer = answers.into_iter().next().flatten();
                match completed(&answer, context) {
                    Ok(()) => self.released(outcome),
                    Err(Failure::Ended(_)) => self.withhold("the orchestrator refused to complete", context),
                    Err(Failure::Fault(why)) => self.withhold(why, context),
                }
            }
            _ => {
                self.abandon(context);
                out_of_order()
            }
        }
    }

    fn hold(mut self: Box<Self>, headers: &Headers, end: bool, context: Context<'_>) -> Step {
        if end || is_encoded(headers) {
            return self.withhold("success cannot be read", context);
        }
        self.expect = Expect::Body;
        (State::Release(self), Effect::Collect(Edits::default()))
    }

    /// The relying party accepted: now the orchestrator.
    fn accepted(mut self: Box<Self>) -> Step {
        let Some(call) = self.complete.clone() else { return out_of_order() };
        self.expect = Expect::Completed;
        (State::Release(self), Effect::Ask(vec![call]))
    }

    /// The relying party did not accept: its answer is the client's, and the ceremony may be tried again.
    fn declined(&self, context: Context<'_>, outcome: &mut Outcome) -> Step {
        self.abandon(context);
        outcome.note("declined");
        super::pass()
    }

    fn withhold(&self, why: &'static str, context: Context<'_>) -> Step {
        self.abandon(context);
        refuse(Code::CompletionFailed, why)
    }

    fn released(&self, outcome: &mut Outcome) -> Step {
        outcome.note("completed");
        let edits =
            Edits { add: vec![evidence::forget(Carried::Ceremony(&self.challenge))], ..Edits::default() };
        (State::Done, Effect::Pass(Pass { edits, body: None }))
    }
}

/// What a session is known by among those in use. Not its challenge: a relying party may offer one challenge
/// again (Kratos and authentik do), and each offer is a ceremony of its own.
pub(super) fn taken(session: &str) -> [u8; 32] {
    Sha256::digest(session.as_bytes()).into()
}

/// `complete`, with what a registration teaches the orchestrator; `None` where it knows no such step.
pub(super) fn complete(
    trace: &Trace,
    required: &Match,
    guarded: &Guarded,
    context: Context<'_>,
) -> Result<Option<Call>, Refusal> {
    if context.policy.orchestrator.does_without(Operation::Complete) {
        return Ok(None);
    }
    let ceremony = guarded.fits.ceremony();
    let credential = &guarded.parsed.credential;
    let handle = ceremony.handle.as_deref().filter(|_| ceremony.leg == Leg::Registration);
    let key = credential.public_key().map(PublicKey::cose).map(encoding::to_base64url);
    let values = ask::about(&required.session, required.flow, &ceremony.challenge)
        .with("credential_id", encoding::to_base64url(&credential.id))
        .with_some("public_key", key)
        .with_some("user_handle", handle);
    ask::operation(Operation::Complete, values, trace, context).map(Some)
}

/// Reads the answer to `complete`.
pub(super) fn completed(answer: &Answer, context: Context<'_>) -> Result<(), Failure> {
    orchestrator::done(&context.policy.orchestrator, Operation::Complete, &Values::default(), answer)
}

/// The `countersign` header that tells the relying party what was proven (RFC 9651 dictionary).
pub(super) fn header(fits: &super::checks::Fits, context: Context<'_>) -> Option<(String, String)> {
    let Match { rule, flow, session, .. } = fits.ceremony().required()?;
    let id = rule.as_ref().map(|rule| rule.id.as_str()).unwrap_or_default();
    let acr = rule
        .as_ref()
        .and_then(|rule| step_up::rule_of(rule, context))
        .map(|rule| rule.acr.as_str())
        .unwrap_or_default();
    let value = format!(
        "flow={}, rule={}, verdict=matched, acr={}, session={}, at={}",
        flow.name(),
        sf_string(id),
        sf_string(acr),
        sf_string(&session.id),
        context.now.0
    );
    Some(("countersign".to_owned(), value))
}

/// RFC 9651 section 4.1.6. Characters that a string cannot hold are left out.
fn sf_string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars().filter(|character| matches!(character, ' '..='~')) {
        if matches!(character, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted.push('"');
    quoted
}
