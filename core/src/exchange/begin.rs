//! A begin on its way to the relying party and back.
//!
//! Where the host's headers can wait, the begin goes through and its answer is held. Where they cannot,
//! evidence could not be put into an answer's headers once its body is known, so the gateway sends the begin
//! itself and answers in the relying party's stead (`docs/decisions/0003`).

use super::offer::Offer;
use super::request::{self, Request};
use super::{Context, Effect, Event, Outcome, Pass, State, Step, body, out_of_order, refuse};
use crate::headers::{Edits, Headers};
use crate::orchestrator::{Answer, Call, Exchanged, Operation};
use crate::policy::Body;
use crate::refusal::{Code, Refusal};

/// How long a begin that the gateway sends itself may take; Envoy's own default for a route.
const BEGIN_TIMEOUT_MS: u32 = 15_000;

/// A begin and how far it is.
#[derive(Debug)]
pub(super) struct Begin {
    pub(super) request: Request,
    /// The request's body, where a rule looks at it.
    pub(super) body: Option<Body>,
    expect: Expect,
}

#[derive(Debug)]
enum Expect {
    RequestBody,
    Sent,
    Response,
    ResponseBody(Headers),
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
        let mut begin = Box::new(Self { request, body: None, expect: Expect::RequestBody });
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
            Ok(_) => {
                begin.expect = Expect::Response;
                (State::Begin(begin), Effect::Pass(Pass { edits, body: None }))
            }
        }
    }

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
                Offer::start(*self, answer, context, outcome)
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
        if context.policy.headers_can_wait {
            self.expect = Expect::Response;
            return (State::Begin(self), Effect::Pass(Pass { edits, body: None }));
        }
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
        Ok(Call { operation: Operation::Begin, cluster, headers, body, timeout_ms: BEGIN_TIMEOUT_MS })
    }

    fn answered(self, answers: Vec<Answer>, context: Context<'_>, outcome: &mut Outcome) -> Step {
        let Some(Some(answer)) = answers.into_iter().next() else {
            return refuse(Code::RelyingPartyUnreadable, "begin failed");
        };
        if !is_success(answer.headers.status()) {
            outcome.note("declined");
            return (State::Done, Effect::Reply(super::offer::reply(&answer, &Edits::default(), None)));
        }
        Offer::start(self, answer, context, outcome)
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
        if context.policy.has_rules(self.request.relying_party) {
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
