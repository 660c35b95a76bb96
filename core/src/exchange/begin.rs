//! A begin on its way to the relying party and back.
//!
//! Where the host's headers can wait, the begin goes through and its answer is held. Where they cannot,
//! evidence could not be put into an answer's headers once its body is known, so the gateway sends the begin
//! itself and answers in the relying party's stead (`docs/decisions/0006`).

mod replacement;

use super::offer::Offer;
use super::recover::Recover;
use super::request::{self, Request};
use super::{Context, Effect, Event, Outcome, Pass, State, Step, body, out_of_order, refuse};
use crate::evidence::RuleReference;
use crate::headers::{Edits, Headers};
use crate::orchestrator::{Answer, Call, Exchanged, ExternalUserId, Operation, SessionId};
use crate::policy::{Body, Flow, Leg};
use crate::refusal::{Code, Refusal};
use crate::time::UnixTime;

/// How long a begin that the gateway sends itself may take; Envoy's own default for a route.
const BEGIN_TIMEOUT_MS: u32 = 15_000;

/// A begin and how far it is.
#[derive(Debug)]
pub(super) struct Begin {
    pub(super) request: Request,
    /// The request's body, where a rule looks at it.
    pub(super) body: Option<Body>,
    pub(super) cause: Cause,
    expect: Expect,
}

/// Why there is a begin.
#[derive(Debug)]
pub(super) enum Cause {
    /// The client's own.
    Own,
    /// A phone has consumed a hand-off.
    Handoff(HandedOff),
    /// A lost passkey is replaced: the face was recognised, the continuation is spent.
    Recovery(Recovered),
}

/// A hand-off that this phone has consumed.
#[derive(Debug)]
pub(super) struct HandedOff {
    pub(super) id: String,
    pub(super) user: ExternalUserId,
    pub(super) display: Option<String>,
    pub(super) started: UnixTime,
    pub(super) from: Option<String>,
    pub(super) rule: Option<RuleReference>,
}

/// A recovery whose continuation was exchanged.
#[derive(Debug)]
pub(super) struct Recovered {
    pub(super) session: SessionId,
    /// [`evidence::commit`] of its user, by the key of this id.
    pub(super) user: [u8; 16],
    pub(super) key: String,
    pub(super) rule: RuleReference,
}

#[derive(Debug)]
enum Expect {
    RequestBody,
    /// Whose session it is, where only introspection tells.
    Session(Held),
    /// Whether the continuation is good.
    Exchanged(Held, Recovered),
    Sent,
    Response,
    ResponseBody(Headers),
}

/// What goes on once the continuation is exchanged.
#[derive(Debug)]
struct Held {
    edits: Edits,
    body: Vec<u8>,
    continuation: String,
}

impl Begin {
    pub(super) fn start(
        request: Request,
        end: bool,
        mut edits: Edits,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        request::readable_answer(&mut edits, &request.headers);
        let begin = Box::new(Self { request, body: None, cause: Cause::Own, expect: Expect::RequestBody });
        match body::is_read(&begin.request, context) {
            Err(refusal) => refusal.into(),
            Ok(_) if end => begin.proceed(&[], edits, context, outcome),
            Ok(reads) if reads || !context.policy.headers_can_wait => {
                if request::announced_length(&begin.request.headers)
                    .is_some_and(|length| length > context.policy.limits.body)
                {
                    return refuse(Code::BodyTooLarge, "announced");
                }
                (State::Begin(begin), Effect::Collect(edits))
            }
            // The body goes on by itself once the head may.
            Ok(_) => begin.proceed(&[], edits, context, outcome),
        }
    }

    /// The begin that a phone's hand-off asks for, sent by the gateway itself.
    pub(super) fn handed_off(
        request: Request,
        body: &[u8],
        handoff: HandedOff,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        outcome.rule(Flow::CrossPlatform, None);
        let begin = Self { request, body: None, cause: Cause::Handoff(handoff), expect: Expect::Sent };
        Box::new(begin).send_on(body, context, outcome)
    }

    /// Whether the relying party's answer passes through the host, which holds it. If not, the gateway has asked for
    /// it itself and answers in the relying party's stead.
    pub(super) fn is_held(&self, context: Context<'_>) -> bool {
        context.policy.headers_can_wait && !matches!(self.cause, Cause::Handoff(_))
    }

    #[inline(never)]
    pub(super) fn on(
        mut self: Box<Self>,
        event: Event<'_>,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        match (&mut self.expect, event) {
            (Expect::RequestBody, Event::RequestBody(body, end)) => {
                if body.len() > context.policy.limits.body {
                    refuse(Code::BodyTooLarge, "begin")
                } else if end {
                    self.proceed(body, Edits::default(), context, outcome)
                } else {
                    (State::Begin(self), Effect::Hold)
                }
            }
            (Expect::Session(_) | Expect::Exchanged(..), Event::Answers(answers)) => {
                let answer = answers.into_iter().next().flatten();
                match core::mem::replace(&mut self.expect, Expect::RequestBody) {
                    Expect::Session(held) => self.session(&answer, held, context),
                    Expect::Exchanged(held, recovered) => {
                        self.exchanged(&answer, held, recovered, context, outcome)
                    }
                    _ => out_of_order(),
                }
            }
            (Expect::Sent, Event::Answers(answers)) => self.answered(answers, context, outcome),
            (Expect::Response, Event::Response(headers, end)) => {
                self.response(headers, end, context, outcome)
            }
            (Expect::ResponseBody(headers), Event::ResponseBody(body, end)) => {
                if body.len() > context.policy.limits.body {
                    return self.unreadable("options too large", context);
                }
                if !end {
                    return (State::Begin(self), Effect::Hold);
                }
                let answer = Exchanged { headers: core::mem::take(headers), body: body.to_vec() };
                self.begun(answer, context, outcome)
            }
            _ => out_of_order(),
        }
    }

    /// The request is here as far as it is needed.
    fn proceed(
        mut self: Box<Self>,
        body: &[u8],
        edits: Edits,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        match body::of_begin(&self.request, body, context) {
            Ok(read) => self.body = read,
            Err(refusal) => return refusal.into(),
        }
        match self.continuation(context) {
            Ok(None) => self.go_on(body, edits, context, outcome),
            Ok(Some(continuation)) => {
                outcome.flow = Some(Flow::Recovery);
                self.exchange(Held { edits, body: body.to_vec(), continuation }, context)
            }
            Err(refusal) => refusal.into(),
        }
    }

    /// To the relying party.
    fn go_on(
        mut self: Box<Self>,
        body: &[u8],
        edits: Edits,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        if context.policy.headers_can_wait {
            self.expect = Expect::Response;
            return (State::Begin(self), Effect::Pass(Pass { edits, body: None }));
        }
        self.send_on(body, context, outcome)
    }

    fn send_on(mut self: Box<Self>, body: &[u8], context: Context<'_>, outcome: &mut Outcome) -> Step {
        match self.send(body, context) {
            Ok(call) => {
                self.expect = Expect::Sent;
                outcome.note("begun");
                (State::Begin(self), Effect::Ask(vec![call]))
            }
            Err(refusal) => refusal.into(),
        }
    }

    /// The begin as the gateway sends it: the client's, without what belongs to one connection.
    fn send(&self, body: &[u8], context: Context<'_>) -> Result<Call, Refusal> {
        const OF_ONE_HOP: [&str; 9] = [
            "connection",
            "content-length",
            "expect",
            "keep-alive",
            "te",
            "trailer",
            "transfer-encoding",
            "accept-encoding",
            "cookie",
        ];
        let unreadable = |why| Refusal::new(Code::MalformedRequest, why);
        let party = self.request.party(context)?;
        let cluster = party.cluster.clone();
        let cluster = cluster.ok_or(Refusal::new(Code::RelyingPartyUnreadable, "no cluster to begin at"))?;
        let mut edits = request::hygiene(&self.request.headers);
        request::readable_answer(&mut edits, &self.request.headers);
        let mut headers = Vec::new();
        for (name, value) in self.request.headers.iter() {
            let name = core::str::from_utf8(name).map_err(|_| unreadable("header name"))?;
            if OF_ONE_HOP.contains(&name) || edits.remove.iter().any(|removed| removed == name) {
                continue;
            }
            let value = core::str::from_utf8(value).map_err(|_| unreadable("header is not UTF-8"))?;
            headers.push((name.to_owned(), value.to_owned()));
        }
        headers.push(("accept-encoding".to_owned(), "identity".to_owned()));
        let cookie = crate::cookies::with(&self.request.headers, None);
        if !cookie.is_empty() {
            let cookie = String::from_utf8(cookie).map_err(|_| unreadable("cookies are not UTF-8"))?;
            headers.push(("cookie".to_owned(), cookie));
        }
        let body = (!body.is_empty()).then(|| body.to_vec());
        Ok(Call {
            operation: Operation::Begin,
            cluster,
            headers,
            body,
            timeout_ms: BEGIN_TIMEOUT_MS,
            rest: None,
            needs_token: false,
        })
    }

    fn answered(self, answers: Vec<Answer>, context: Context<'_>, outcome: &mut Outcome) -> Step {
        let Some(Some(answer)) = answers.into_iter().next() else {
            return refuse(Code::RelyingPartyUnreadable, "begin failed");
        };
        if !is_success(answer.headers.status()) {
            outcome.note("declined");
            return (State::Done, Effect::Reply(super::offer::reply(&answer, &Edits::default(), None)));
        }
        self.begun(answer, context, outcome)
    }

    /// The relying party's whole answer is here.
    fn begun(self, answer: Exchanged, context: Context<'_>, outcome: &mut Outcome) -> Step {
        match self.request.endpoint(context).map(|endpoint| endpoint.leg) {
            Ok(Leg::Recovery) => Recover::start(self, answer, context, outcome),
            Ok(_) => Offer::start(self, answer, context, outcome),
            Err(refusal) => refusal.into(),
        }
    }

    fn response(
        mut self: Box<Self>,
        headers: Headers,
        end: bool,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        if !is_success(headers.status()) {
            outcome.note("declined");
            return super::pass();
        }
        if end || is_encoded(&headers) {
            return self.unreadable("no body, or an encoded one", context);
        }
        self.expect = Expect::ResponseBody(headers);
        (State::Begin(self), Effect::Collect(Edits::default()))
    }

    /// Options that cannot be read refuse wherever a rule might have wanted to.
    fn unreadable(&self, why: &'static str, context: Context<'_>) -> Step {
        if context.policy.must_read_begins(self.request.relying_party) {
            refuse(Code::RelyingPartyUnreadable, why)
        } else {
            super::pass()
        }
    }
}

/// Whether a begin was answered with options.
pub(super) fn is_success(status: u16) -> bool {
    (200..=299).contains(&status)
}

/// Whether a body needs decoding before it can be read.
pub(super) fn is_encoded(headers: &Headers) -> bool {
    headers.all("content-encoding").any(|coding| !coding.trim_ascii().eq_ignore_ascii_case(b"identity"))
}
