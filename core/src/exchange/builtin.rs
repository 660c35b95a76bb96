//! The endpoints under the prefix that the gateway answers itself: how far a session is, and giving it up.

use super::checks::ended;
use super::identify;
use super::request::{self, Request};
use super::{Context, Effect, Event, Outcome, Reply, State, Step, out_of_order, refuse, step_up};
use crate::evidence::{self, Ceremony, Requirement};
use crate::headers::{Edits, Headers, Single};
use crate::json::{Object, Value};
use crate::orchestrator::{self, Answer, Call, Trace, Verdict};
use crate::policy::{Flow, RelyingParty};
use crate::refusal::{Code, Refusal};
use crate::route::Captures;

/// A request to one of our endpoints.
#[derive(Debug)]
pub(super) struct BuiltIn {
    request: Request,
    session: String,
    method: Method,
    expect: Expect,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Delete,
    Show,
}

#[derive(Debug)]
enum Expect {
    Body,
    Introspection,
    Answer { flow: Flow, challenge: [u8; 32] },
}

impl BuiltIn {
    pub(super) fn start(
        headers: Headers,
        end: bool,
        relying_party: usize,
        rest: &str,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        let trace = Trace::of(&headers);
        let request =
            Request { headers, relying_party, endpoint: usize::MAX, captures: Captures::default(), trace };
        match Self::read(request, rest, context) {
            Ok(built_in) if end => Box::new(built_in).ask(context, outcome),
            Ok(built_in) => (State::BuiltIn(Box::new(built_in)), Effect::Collect(Edits::default())),
            Err(refusal) => refusal.into(),
        }
    }

    fn read(request: Request, rest: &str, context: Context<'_>) -> Result<Self, Refusal> {
        let malformed = |why| Refusal::new(Code::MalformedRequest, why);
        let party = request.party(context)?;
        request::one_session(&request.headers, party)?;
        let session = rest.strip_prefix("/sessions/").filter(|id| !id.is_empty() && !id.contains('/'));
        let session = session.ok_or(malformed("no such endpoint"))?.to_owned();
        let method = match request.headers.text(":method") {
            Some("GET") => Method::Show,
            Some("DELETE") => Method::Delete,
            _ => return Err(malformed("method not of this endpoint")),
        };
        if method == Method::Delete {
            own_origin(&request.headers, party)?;
        }
        Ok(Self { request, session, method, expect: Expect::Body })
    }

    pub(super) fn on(
        mut self: Box<Self>,
        event: Event<'_>,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        match (&self.expect, event) {
            (Expect::Body, Event::RequestBody(body, end)) => {
                if body.len() > context.policy.limits.body {
                    refuse(Code::BodyTooLarge, "built-in endpoint")
                } else if !end {
                    (State::BuiltIn(self), Effect::Hold)
                } else if !body.is_empty()
                    && request::plain(&self.request.headers, "application/json").is_err()
                {
                    refuse(Code::UnsupportedMediaType, "built-in endpoint takes JSON")
                } else {
                    self.ask(context, outcome)
                }
            }
            (Expect::Introspection, Event::Answers(answers)) => {
                let answer = answers.into_iter().next().flatten();
                let step = self.request.party(context).and_then(|party| {
                    let introspection = identify::introspected(&answer, party, context)?;
                    self.question(Some(&introspection), context)
                });
                self.asked(step)
            }
            (Expect::Answer { flow, challenge }, Event::Answers(answers)) => {
                let answer = answers.into_iter().next().flatten();
                match self.answer(&answer, *flow, challenge) {
                    Ok(reply) => {
                        outcome.note("answered");
                        (State::Done, Effect::Reply(reply))
                    }
                    Err(refusal) => refusal.into(),
                }
            }
            _ => {
                self.expect = Expect::Body;
                out_of_order()
            }
        }
    }

    fn ask(mut self: Box<Self>, context: Context<'_>, _outcome: &mut Outcome) -> Step {
        let introspection = match self.request.party(context) {
            Ok(party) => identify::session_needs_introspection(party),
            Err(refusal) => return refusal.into(),
        };
        if introspection {
            return match identify::introspect(&self.request, None, context) {
                Ok(call) => {
                    self.expect = Expect::Introspection;
                    (State::BuiltIn(self), Effect::Ask(vec![call]))
                }
                Err(refusal) => refusal.into(),
            };
        }
        let step = self.question(None, context);
        self.asked(step)
    }

    fn asked(mut self: Box<Self>, question: Result<(Call, Flow, [u8; 32]), Refusal>) -> Step {
        match question {
            Ok((call, flow, challenge)) => {
                self.expect = Expect::Answer { flow, challenge };
                (State::BuiltIn(self), Effect::Ask(vec![call]))
            }
            Err(refusal) => refusal.into(),
        }
    }

    /// Only the holder of the ceremony's evidence, in its session, may ask.
    fn question(
        &self,
        introspection: Option<&identify::Introspection>,
        context: Context<'_>,
    ) -> Result<(Call, Flow, [u8; 32]), Refusal> {
        let unknown = |why| Refusal::new(Code::CeremonyUnknown, why);
        let party = self.request.party(context)?;
        let ceremony: Ceremony =
            evidence::of_session(&context.policy.keys.seal, &self.request.headers, &self.session)
                .ok_or(unknown("no evidence of this session"))?;
        let binding = identify::binding(&self.request, None, introspection, context)?;
        if ceremony.relying_party != party.name || ceremony.binding != binding {
            return Err(unknown("another session's evidence"));
        }
        if ceremony.expires <= context.now {
            return Err(Refusal::new(Code::CeremonyExpired, "too old"));
        }
        let Requirement::Match { flow, .. } = ceremony.requirement else { return Err(unknown("no session")) };
        let (orchestrator, trace) = (&context.policy.orchestrator, &self.request.trace);
        let call = match self.method {
            Method::Show => orchestrator::show(orchestrator, trace, &self.session),
            Method::Delete => {
                orchestrator::cancel(orchestrator, trace, &context.gateway.uuid(), &self.session)
            }
        };
        Ok((call, flow, ceremony.challenge))
    }

    fn answer(&self, answer: &Answer, flow: Flow, challenge: &[u8; 32]) -> Result<Reply, Refusal> {
        let no_store = || (b"cache-control".to_vec(), b"no-store".to_vec());
        if self.method == Method::Delete {
            orchestrator::cancelled(answer).map_err(step_up::unavailable)?;
            return Ok(Reply { status: 204, headers: vec![no_store()], body: Vec::new() });
        }
        let status = orchestrator::status(answer, &self.session, flow, challenge);
        let verdict = status.map_err(step_up::unavailable)?.verdict;
        let mut body = Object::default();
        body.insert("id", Value::String(self.session.clone()));
        body.insert("status", Value::String(verdict.name().to_owned()));
        let mut headers = vec![(b"content-type".to_vec(), b"application/json".to_vec()), no_store()];
        if let Some(seconds) = ended(verdict, flow).code.retry_after().filter(|_| verdict == Verdict::Pending)
        {
            headers.push((b"retry-after".to_vec(), seconds.as_bytes().to_vec()));
        }
        Ok(Reply { status: 200, headers, body: Value::Object(body).to_vec() })
    }
}

/// A browser says where a request that changes something comes from: only from the relying party itself.
fn own_origin(headers: &Headers, party: &RelyingParty) -> Result<(), Refusal> {
    match headers.single("origin") {
        Single::Absent => Ok(()),
        Single::One(origin) if party.origins.iter().any(|own| own.as_bytes() == origin) => Ok(()),
        _ => Err(Refusal::new(Code::MalformedRequest, "foreign origin")),
    }
}
