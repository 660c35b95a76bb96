//! The relying party's answer to a guarded finish: held until the orchestrator has completed the session.

use sha2::{Digest, Sha256};

use super::begin::is_encoded;
use super::elevate::Completed;
use super::finish::Guarded;
use super::identify;
use super::offer::give;
use super::request::Request;
use super::{Context, Effect, Event, Outcome, Pass, State, Step, ask, out_of_order, refuse, step_up};
use crate::assertion::{self, Proven};
use crate::encoding;
use crate::evidence::{self, Carried, Match};
use crate::headers::{Edits, Headers};
use crate::json;
use crate::orchestrator::{self, Answer, Call, Failure, Operation, Trace, Values};
use crate::policy::Ceremony as Leg;
use crate::policy::{Accepted, Flow, Rule};
use crate::refusal::{Code, Refusal};
use crate::time::UnixTime;
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
    /// Whom the step-up elevates, if it was for a resource.
    elevates: Option<Box<Elevates>>,
    complete: Complete,
    expect: Expect,
}

/// How the orchestrator learns that the relying party accepted.
#[derive(Debug)]
enum Complete {
    By(Call),
    /// It knows no such step: what is left of single use is the relying party's challenge and what is taken here.
    Never,
    /// It was told before the request left. That cannot be taken back.
    Told,
}

/// A step-up whose completion is worth an elevation.
#[derive(Debug)]
struct Elevates {
    request: Request,
    required: Match,
    /// The id of the key that the match's commitments are by.
    key: String,
    /// The session as the client will hold it once the answer is here.
    session: Session,
}

#[derive(Debug)]
enum Session {
    /// The answer is not here yet.
    Unknown,
    Known(Option<[u8; 32]>),
    /// Only introspection tells.
    Ask(Call),
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
        let complete = if complete_after || context.policy.orchestrator.does_without(Operation::Complete) {
            complete(&request.trace, required, guarded, context)?.map_or(Complete::Never, Complete::By)
        } else {
            Complete::Told
        };
        Ok(Self {
            relying_party: request.relying_party,
            endpoint: request.endpoint,
            challenge: ceremony.challenge,
            taken: taken(&required.session.id),
            elevates: Elevates::of(request, required, guarded, context),
            complete,
            expect: Expect::Response,
        })
    }

    /// The host gave up the exchange: what was taken may be tried again.
    pub(super) fn abandon(&self, context: Context<'_>) {
        if !matches!(self.complete, Complete::Told) {
            context.gateway.give_back(&self.taken);
        }
    }

    #[inline(never)]
    pub(super) fn on(
        mut self: Box<Self>,
        event: Event<'_>,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
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
                if let Some(elevates) = &mut self.elevates {
                    elevates.answered(&headers, context);
                }
                // Also where nobody has to be told: what a step-up is worth depends on the relying party's yes.
                if accepted.body.is_some() && context.policy.headers_can_wait {
                    self.hold(&headers, end, context)
                } else {
                    self.accepted(context, outcome)
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
                    self.accepted(context, outcome)
                } else {
                    self.declined(context, outcome)
                }
            }
            (Expect::Completed, Event::Answers(answers)) => {
                let mut answers = answers.into_iter();
                let done = match self.complete {
                    Complete::By(_) => completed(&answers.next().flatten(), context),
                    Complete::Never | Complete::Told => Ok(()),
                };
                if let Some(elevates) = &mut self.elevates {
                    elevates.introspected(&answers.next().flatten(), context);
                }
                match done {
                    Ok(()) => self.released(context, outcome),
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

    /// The relying party accepted: now the orchestrator, and where an elevation needs it, whose session it is.
    fn accepted(mut self: Box<Self>, context: Context<'_>, outcome: &mut Outcome) -> Step {
        let session = self.elevates.as_ref().and_then(|elevates| elevates.call());
        let complete = match &self.complete {
            Complete::By(call) => Some(call.clone()),
            Complete::Never | Complete::Told => None,
        };
        let calls: Vec<Call> = complete.into_iter().chain(session).collect();
        if calls.is_empty() {
            return self.released(context, outcome);
        }
        self.expect = Expect::Completed;
        (State::Release(self), Effect::Ask(calls))
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

    fn released(&self, context: Context<'_>, outcome: &mut Outcome) -> Step {
        outcome.note("completed");
        let mut edits =
            Edits { add: vec![evidence::forget(Carried::Ceremony(&self.challenge))], ..Edits::default() };
        if let Some(elevates) = &self.elevates {
            give(&mut edits, elevates.headers(context));
        }
        (State::Done, Effect::Pass(Pass { edits, body: None }))
    }
}

impl Elevates {
    fn of(request: &Request, required: &Match, guarded: &Guarded, context: Context<'_>) -> Option<Box<Self>> {
        let rule = required.rule.as_ref().and_then(|rule| step_up::rule_of(rule, context))?;
        // A hand-off's result goes to the session that opened it, and to no other.
        let wanted = rule.resource.is_some() && required.handoff.is_none();
        wanted.then(|| {
            Box::new(Self {
                request: request.clone(),
                required: required.clone(),
                key: guarded.key.clone(),
                session: Session::Unknown,
            })
        })
    }

    /// The relying party's answer is here: in which session will the client be?
    fn answered(&mut self, answer: &Headers, context: Context<'_>) {
        let introspects = self.request.party(context).is_ok_and(identify::session_needs_introspection);
        self.session = if introspects {
            identify::introspect(&self.request, Some(answer), context).map_or(Session::Unknown, Session::Ask)
        } else {
            identify::binding(&self.request, Some(answer), None, context)
                .map_or(Session::Unknown, Session::Known)
        };
    }

    fn call(&self) -> Option<Call> {
        match &self.session {
            Session::Ask(call) => Some(call.clone()),
            Session::Unknown | Session::Known(_) => None,
        }
    }

    fn introspected(&mut self, answer: &Answer, context: Context<'_>) {
        if let Session::Ask(_) = self.session {
            let binding = self.request.party(context).and_then(|party| {
                let introspection = identify::introspected(answer, party, context)?;
                identify::binding(&self.request, None, Some(&introspection), context)
            });
            self.session = binding.map_or(Session::Unknown, Session::Known);
        }
    }

    /// The elevation; none where nobody can say in which session the client is.
    fn headers(&self, context: Context<'_>) -> Vec<(String, String)> {
        let (Session::Known(binding), Ok(party)) = (&self.session, self.request.party(context)) else {
            return Vec::new();
        };
        let completed = Completed {
            required: &self.required,
            key: &self.key,
            relying_party: &party.name,
            binding: *binding,
            at: context.now,
            id: context.gateway.uuid(),
        };
        completed.headers(&self.request.headers, context)
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
    let values = required
        .session
        .about(required.flow, &ceremony.challenge)
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
    let acr =
        rule.as_ref().and_then(|rule| step_up::rule_of(rule, context)).map(Rule::gives).unwrap_or_default();
    Some(("countersign".to_owned(), told(*flow, id, acr, &session.id, context.now)))
}

/// The signed form of it, where there is a key: about this request with this body.
pub(super) fn assertion(
    request: &Request,
    body: &[u8; 32],
    proven: &Proven<'_>,
    context: Context<'_>,
) -> Result<Option<(String, Vec<u8>)>, Refusal> {
    let Some(key) = context.policy.keys.assertion.first() else { return Ok(None) };
    let party = request.party(context)?;
    let unique = context.gateway.uuid();
    let now = (context.now, unique.as_str());
    let signed =
        assertion::assertion(key, &party.rp_id, &request.headers, body, proven, now, context.gateway);
    let unsigned =
        Refusal::new(Code::OrchestratorUnavailable, "the assertion to the relying party is not signed");
    Ok(Some((assertion::HEADER.to_owned(), signed.ok_or(unsigned)?.into_bytes())))
}

/// What was proven, for the signed form.
pub(super) fn proven<'a>(fits: &'a super::checks::Fits, context: Context<'a>) -> Option<Proven<'a>> {
    let Match { rule, flow, session, .. } = fits.ceremony().required()?;
    let known = rule.as_ref().and_then(|rule| step_up::rule_of(rule, context));
    Some(Proven {
        flow: flow.name(),
        rule: rule.as_ref().map(|rule| rule.id.as_str()).unwrap_or_default(),
        acr: known.map(Rule::gives).unwrap_or_default(),
        session: &session.id,
        at: context.now,
    })
}

/// The header's value (RFC 9651 dictionary).
pub(super) fn told(flow: Flow, rule: &str, acr: &str, session: &str, at: UnixTime) -> String {
    let (rule, acr, session) = (sf_string(rule), sf_string(acr), sf_string(session));
    format!("flow={}, rule={rule}, verdict=matched, acr={acr}, session={session}, at={}", flow.name(), at.0)
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
