//! The state machine of one HTTP exchange: start reading here.
//!
//! A host feeds it what it sees ([`Event`]) and does what it is told ([`Effect`]): one effect an event, the
//! state consumed and replaced. Events that do not fit the state refuse. Forwarding what a rule guards
//! needs a [`Cleared`], which only the checks in `clearance` can make.
//!
//! The `on` of a state is `#[inline(never)]`: one large function would cost Envoy memory (docs/decisions/0017).

mod ask;
mod begin;
mod body;
mod builtin;
mod checks;
mod clearance;
pub(crate) mod cors;
mod elevate;
mod finish;
mod guard;
mod identify;
mod late;
mod observe;
mod offer;
mod outcome;
mod pending;
mod recover;
mod release;
mod request;
mod resource;
mod scan;
mod start;
mod step_up;

pub use clearance::Cleared;
pub use outcome::{Outcome, Watched};

use crate::assertion::Signer;
use crate::es256::Es256;
use crate::headers::{Edits, Headers};
use crate::orchestrator::{Answer, Call};
use crate::policy::Policy;
use crate::refusal::{Code, Refusal};
use crate::time::UnixTime;
use pending::{Next, Pending};

/// What the host sees.
#[derive(Debug)]
pub enum Event<'a> {
    /// The request's headers; `end`: there is no body.
    Request(Headers, bool),
    /// The request's body as far as it has come, from its first byte; `end`: this is all of it. A host may keep
    /// a body that is neither complete nor longer than `limits.body` to itself.
    RequestBody(&'a [u8], bool),
    /// The answers to the calls of the last [`Effect::Ask`], in their order.
    Answers(Vec<Answer>),
    /// The relying party's answer: its headers; `end`: there is no body.
    Response(Headers, bool),
    /// The answer's body as far as it has come; as with the request's.
    ResponseBody(&'a [u8], bool),
}

/// What the host has to do.
#[derive(Debug)]
pub enum Effect {
    /// Make the calls; hold everything until all are answered.
    Ask(Vec<Call>),
    /// Apply the edits now and keep the body (and the headers, where the host can) until it is complete.
    Collect(Edits),
    /// Send a guarded request on.
    Forward(Cleared, Forward),
    /// Nothing to do yet; keep holding.
    Hold,
    /// Let it go on, in either direction.
    Pass(Pass),
    /// Answer the request with a refusal.
    Refuse(Refusal),
    /// Answer the request with this.
    Reply(Reply),
}

/// What goes on, and how it is changed first.
#[derive(Debug, Default)]
pub struct Pass {
    /// Changes of the headers.
    pub edits: Edits,
    /// Replaces the body.
    pub body: Option<Vec<u8>>,
}

/// A guarded request as it leaves for the relying party.
#[derive(Debug)]
pub struct Forward {
    /// Changes of the headers; none where they have gone on before.
    pub edits: Edits,
    /// What was checked, serialised anew; `None`: the body, if there is one, was not looked at and goes on as it is.
    pub body: Option<Vec<u8>>,
    /// Only the head goes on yet: the body is kept until it is complete.
    pub head_first: bool,
}

/// An answer of our own that is no refusal.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Headers as bytes, because a relying party's may be among them.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What the host can say at once, without a callout.
pub trait Gateway: Es256 + Signer + core::fmt::Debug {
    /// The upstream that the request is routed to.
    fn route_cluster(&self) -> Option<String>;
    /// A claim of a token that the gateway itself has verified: the namespace's member.
    fn verified_claim(&self, metadata: &str, claim: &str) -> Option<String>;
    /// 128 random bits as a UUID (RFC 9562 version 4).
    fn uuid(&self) -> String;
    /// Takes a ceremony, by the digest of its orchestrator session, until `until`; false when it is taken. Local to the
    /// process and bounded: it makes the common replay cheap to refuse and is never the only guard.
    fn take(&self, session: &[u8; 32], until: UnixTime) -> bool;
    /// Gives a taken ceremony back: it may be tried again.
    fn give_back(&self, session: &[u8; 32]);
    /// Whether somebody reads decisions in words: the log's level is debug.
    fn explains(&self) -> bool;
    /// 128 random bits; `None` when the host has none.
    fn random(&self) -> Option<[u8; 16]>;
    /// The client's address, without its port, as the gateway sees it.
    fn client_address(&self) -> Option<String>;
    /// The orchestrator's access token, while it lasts.
    fn kept_token(&self, now: UnixTime) -> Option<String>;
    /// Keeps an access token until a time; an empty one is none.
    fn keep_token(&self, token: &str, until: UnixTime);
}

/// What a step looks at.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The configuration.
    pub policy: &'a Policy,
    /// The time.
    pub now: UnixTime,
    /// The host.
    pub gateway: &'a dyn Gateway,
}

/// One exchange. Made before its first event.
#[derive(Debug)]
pub struct Exchange {
    state: State,
    /// The state's questions, while they are out.
    pending: Option<Pending>,
    /// Where the request's page is from, if that is an origin of the relying party's.
    origin: Option<String>,
    outcome: Outcome,
}

/// What must come next, with what is known by then.
#[derive(Debug)]
enum State {
    ExpectRequest,
    Begin(Box<begin::Begin>),
    Offer(Box<offer::Offer>),
    Finish(Box<finish::Finish>),
    Recover(Box<recover::Recover>),
    Release(Box<release::Release>),
    Resource(Box<resource::Resource>),
    Scan(scan::Scan),
    BuiltIn(Box<builtin::BuiltIn>),
    Guard(Box<guard::Guard>),
    Observe(Box<observe::Observe>),
    /// The relying party has refused the head alone, which could not wait: the rest of the request is for nobody.
    Refused,
    /// Everything is decided: whatever else comes passes, because a local reply comes back through the
    /// response callbacks too.
    Done,
}

impl State {
    /// Whether the client gets an answer of ours in any case, though the head has gone on: what the relying party says
    /// to that alone is for nobody.
    fn answers_itself(&self, context: Context<'_>) -> bool {
        let ours = matches!(self, Self::Begin(_) | Self::Offer(_) | Self::Recover(_) | Self::BuiltIn(_));
        ours && !context.policy.headers_can_wait
    }
}

/// A state's answer to an event.
type Step = (State, Effect);

impl Default for Exchange {
    fn default() -> Self {
        Self { state: State::ExpectRequest, pending: None, origin: None, outcome: Outcome::default() }
    }
}

impl Exchange {
    /// Takes one event to the next state and the one thing to do.
    #[must_use]
    pub fn on(self, event: Event<'_>, context: Context<'_>) -> (Self, Effect) {
        let Self { state, pending, mut origin, mut outcome } = self;
        if matches!(event, Event::Response(..)) && pending.is_some() && state.answers_itself(context) {
            return (Self { state, pending, origin, outcome }, Effect::Hold);
        }
        let event = match (pending, event) {
            (Some(pending), Event::Answers(answers)) => match pending.answered(answers, context) {
                Next::Ask(pending, calls) => {
                    return (Self { state, pending: Some(pending), origin, outcome }, Effect::Ask(calls));
                }
                Next::Answered(answers) => Event::Answers(answers),
            },
            // Whatever else comes while answers are out is out of order for every state that waits for them.
            (_, event) => event,
        };
        let (state, mut effect) = match state {
            State::ExpectRequest => start::on(event, context, &mut outcome, &mut origin),
            State::Begin(begin) => begin.on(event, context, &mut outcome),
            State::Offer(offer) => offer.on(event, context, &mut outcome),
            State::Finish(finish) => finish.on(event, context, &mut outcome),
            State::Recover(recover) => recover.on(event, context, &mut outcome),
            State::Release(release) => release.on(event, context, &mut outcome),
            State::Resource(resource) => resource.on(event, context, &mut outcome),
            State::Scan(scan) => scan.on(&event, context),
            State::BuiltIn(builtin) => builtin.on(event, context, &mut outcome),
            State::Guard(guard) => guard.on(&event, context, &mut outcome),
            State::Observe(observe) => observe.on(event, context, &mut outcome),
            State::Refused => (State::Refused, Effect::Hold),
            State::Done => (State::Done, Effect::Pass(Pass::default())),
        };
        if let Effect::Refuse(refusal) = &effect {
            outcome.refused(refusal);
        }
        if let Some(origin) = &origin {
            cors::expose(&mut effect, origin);
        }
        let mut pending = None;
        if let Effect::Ask(calls) = effect {
            let (out, ask) = pending::ask(calls, context);
            pending = Some(out);
            effect = ask;
        }
        (Self { state, pending, origin, outcome }, effect)
    }

    /// Whether nothing that may still come can change anything.
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// The host gives the exchange up, whatever state it is in; harmless when it ran to its end.
    pub fn abandon(&self, context: Context<'_>) {
        if let State::Release(release) = &self.state {
            release.abandon(context);
        }
    }

    /// What was decided so far.
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }
}

/// Ends the exchange with a refusal.
fn refuse(code: Code, why: &'static str) -> Step {
    (State::Done, Effect::Refuse(Refusal::new(code, why)))
}

/// Ends the exchange; the request or answer goes on as it is.
fn pass() -> Step {
    (State::Done, Effect::Pass(Pass::default()))
}

/// What else can come for a request whose head could not wait: a relying party refuses that alone, unread.
fn early(event: &Event<'_>) -> Step {
    match event {
        Event::Response(headers, _) if headers.status() >= 400 => {
            (State::Refused, Effect::Pass(Pass::default()))
        }
        _ => out_of_order(),
    }
}

/// An event that the state cannot have: the host and we disagree about what happens.
fn out_of_order() -> Step {
    refuse(Code::MalformedRequest, "an event out of order")
}

impl From<Refusal> for Step {
    fn from(refusal: Refusal) -> Self {
        (State::Done, Effect::Refuse(refusal))
    }
}
