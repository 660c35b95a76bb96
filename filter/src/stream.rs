//! One HTTP stream: Envoy's callbacks to events, effects to Envoy's actions.

use core::mem;
use std::rc::Rc;

use countersign::exchange::{
    Context as Look, Effect, Event, Exchange, Gateway, Outcome, Pass, Reply, Watched,
};
use countersign::headers::Edits;
use countersign::metrics::CallResult;
use countersign::orchestrator::{Answer, Call, Exchanged, Operation};
use countersign::refusal::{Code, Refusal};

use crate::audit;
use crate::callbacks::Action;
use crate::gateway::{Envoy, KeptToken};
use crate::host::{self, Buffer, Direction, Level, Map, Refused};
use crate::root::Plugin;

/// An answer to a callout is read up to this size; a longer one is none.
const LONGEST_ANSWER: usize = 1 << 20;

/// A call that is out, and its answer once it is here.
#[derive(Debug)]
struct Asked {
    /// `None`: it could not be sent.
    token: Option<u32>,
    operation: Operation,
    /// When, by the host's clock.
    since: u64,
    /// `None`: still out.
    answer: Option<Answer>,
}

/// How a host call was made from: inside a callback of its own direction, or later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    Headers,
    Body,
    Callout,
}

#[derive(Debug)]
pub(crate) struct Stream {
    plugin: Option<Rc<Plugin>>,
    exchange: Exchange,
    asked: Vec<Asked>,
    direction: Direction,
    /// The direction whose body is being kept until it is complete.
    collecting: Option<Direction>,
    /// What a refused client was told.
    instance: Option<String>,
    /// A reply of ours is on its way: what the response callbacks see is that reply.
    replied: bool,
}

impl Stream {
    pub(crate) fn new(plugin: Option<Rc<Plugin>>) -> Self {
        Self {
            plugin,
            exchange: Exchange::default(),
            asked: Vec::new(),
            direction: Direction::Request,
            collecting: None,
            instance: None,
            replied: false,
        }
    }

    /// Whether nothing may move because an answer is out. Every callback asks this first: with Envoy's flag on,
    /// a body callback that answered `Continue` meanwhile would let the request go before the decision.
    fn is_waiting(&self) -> bool {
        self.asked.iter().any(|asked| asked.answer.is_none())
    }

    /// The tokens of the calls whose answers are out.
    pub(crate) fn awaited(&self) -> impl Iterator<Item = u32> {
        self.asked.iter().filter(|asked| asked.answer.is_none()).filter_map(|asked| asked.token)
    }

    fn feed(&mut self, event: Event<'_>, from: From) -> Action {
        let Some(plugin) = self.plugin.clone() else { return self.fail("no configuration") };
        let gateway = Envoy::now(&plugin.token);
        let look = Look { policy: &plugin.policy, now: gateway.now, gateway: &gateway };
        let before = self.exchange.outcome().clone();
        let (exchange, mut effect) = mem::take(&mut self.exchange).on(event, look);
        self.exchange = exchange;
        // A question that cannot even be sent is answered at once, and may bring the next question.
        loop {
            if *self.exchange.outcome() != before {
                publish(self.exchange.outcome());
            }
            match effect {
                Effect::Ask(calls) => {
                    self.ask(calls, &plugin);
                    if self.is_waiting() {
                        return Action::Pause;
                    }
                    let (exchange, next) =
                        mem::take(&mut self.exchange).on(Event::Answers(self.answers()), look);
                    self.exchange = exchange;
                    effect = next;
                }
                other => return self.perform(other, from, &plugin),
            }
        }
    }

    fn perform(&mut self, effect: Effect, from: From, plugin: &Plugin) -> Action {
        let waits = plugin.policy.headers_can_wait;
        if matches!(effect, Effect::Hold) {
            return Action::Pause;
        }
        if self.collecting == Some(self.direction) {
            self.collecting = None;
        }
        let done = match effect {
            Effect::Ask(_) | Effect::Hold => return Action::Pause,
            Effect::Collect(edits) => {
                let edited = self.edit(&edits);
                self.collecting = Some(self.direction);
                if waits && edited.is_ok() {
                    return Action::Pause;
                }
                // Without Envoy's flag a pause here would keep the body from us for ever: the head goes on.
                edited
            }
            Effect::Pass(Pass { edits, body }) => {
                // What goes on while an answer is out does not depend on it any more.
                self.asked.clear();
                self.edit(&edits).and_then(|()| self.body(body.as_deref()))
            }
            Effect::Forward(_cleared, forward) => {
                self.collecting = forward.head_first.then_some(self.direction);
                self.edit(&forward.edits).and_then(|()| self.body(forward.body.as_deref()))
            }
            Effect::Refuse(refusal) => return self.refuse(&refusal),
            Effect::Reply(reply) => return self.reply(&reply, "countersign_reply"),
        };
        match done {
            Err(_) => self.fail("the host refused a change"),
            Ok(()) if from == From::Callout => {
                let _resumed = host::resume(self.direction);
                Action::Continue
            }
            Ok(()) => Action::Continue,
        }
    }

    fn edit(&self, edits: &Edits) -> Result<(), Refused> {
        let map = match self.direction {
            Direction::Request => Map::RequestHeaders,
            Direction::Response => Map::ResponseHeaders,
        };
        edits.remove.iter().try_for_each(|name| host::remove_header(map, name))?;
        edits.set.iter().try_for_each(|(name, value)| host::set_header(map, name, value))?;
        edits.add.iter().try_for_each(|(name, value)| host::add_header(map, name, value.as_bytes()))
    }

    fn body(&self, body: Option<&[u8]>) -> Result<(), Refused> {
        let buffer = match self.direction {
            Direction::Request => Buffer::RequestBody,
            Direction::Response => Buffer::ResponseBody,
        };
        body.map_or(Ok(()), |body| host::replace_buffer(buffer, body))
    }

    fn ask(&mut self, calls: Vec<Call>, plugin: &Plugin) {
        self.asked = calls
            .into_iter()
            .map(|call| {
                let sent =
                    host::dispatch(&call.cluster, &call.headers, call.body.as_deref(), call.timeout_ms);
                if sent.is_err() {
                    plugin.metrics.called(call.operation, CallResult::NotSent, None);
                }
                let token = sent.ok();
                let answer = token.is_none().then_some(None);
                Asked { token, operation: call.operation, since: host::now(), answer }
            })
            .collect();
    }

    fn answers(&mut self) -> Vec<Answer> {
        mem::take(&mut self.asked).into_iter().map(|asked| asked.answer.flatten()).collect()
    }

    fn refuse(&mut self, refusal: &Refusal) -> Action {
        let token = KeptToken::default();
        let instance = Envoy::now(&token).uuid();
        let code = refusal.code.name();
        if host::logs(Level::Info) {
            let Outcome { flow, rule, .. } = self.exchange.outcome();
            let flow = flow.map_or("none", countersign::policy::Flow::name);
            let rule = rule.as_deref().unwrap_or("none");
            let why = refusal.why;
            host::log(
                Level::Info,
                &format!(
                    "countersign: refused code={code} flow={flow} rule={rule} instance={instance} why=\"{why}\""
                ),
            );
        }
        let headers =
            refusal.headers().into_iter().map(|(name, value)| (name.into_bytes(), value.into_bytes()));
        let reply = Reply {
            status: refusal.code.status(),
            headers: headers.collect(),
            body: refusal.problem(&instance),
        };
        self.instance = Some(instance);
        self.reply(&reply, &format!("countersign_{code}"))
    }

    fn reply(&mut self, reply: &Reply, details: &str) -> Action {
        self.replied = true;
        if host::reply(reply.status, details, &reply.headers, &reply.body).is_err() {
            host::log(Level::Error, "countersign: the host did not take a reply");
        }
        Action::Pause
    }

    /// What should not happen refuses.
    fn fail(&mut self, why: &'static str) -> Action {
        self.refuse(&Refusal::new(Code::MalformedRequest, why))
    }

    /// A body as far as it has come, or its end in trailers.
    pub(crate) fn arrived(&mut self, direction: Direction, size: Option<usize>, end: bool) -> Action {
        if self.is_waiting() {
            return Action::Pause;
        }
        if self.replied || self.exchange.is_done() || self.collecting != Some(direction) {
            return Action::Continue;
        }
        let limit = self.plugin.as_ref().map_or(0, |plugin| plugin.policy.limits.body);
        if !end && size.is_some_and(|size| size <= limit) {
            return Action::Pause;
        }
        let buffer = match direction {
            Direction::Request => Buffer::RequestBody,
            Direction::Response => Buffer::ResponseBody,
        };
        let body = host::buffer(buffer, size.unwrap_or(1 << 30));
        let event = match direction {
            Direction::Request => Event::RequestBody(&body, end),
            Direction::Response => Event::ResponseBody(&body, end),
        };
        self.feed(event, From::Body)
    }
}

/// What Envoy calls.
impl Stream {
    pub(crate) fn request_headers(&mut self, end: bool) -> Action {
        match host::headers(Map::RequestHeaders) {
            Ok(headers) => self.feed(Event::Request(headers, end), From::Headers),
            Err(_) => self.fail("request headers unreadable"),
        }
    }

    /// With trailers no body callback ever says that it is the last.
    pub(crate) fn request_trailers(&mut self) -> Action {
        if let Ok(trailers) = host::headers(Map::RequestTrailers) {
            for (name, _) in trailers.iter().filter(|(name, _)| name.starts_with(b"countersign")) {
                let _gone = host::remove_header(Map::RequestTrailers, &String::from_utf8_lossy(name));
            }
        }
        self.arrived(Direction::Request, None, true)
    }

    pub(crate) fn response_headers(&mut self, end: bool) -> Action {
        let early = self.direction == Direction::Request
            && (self.is_waiting() || self.collecting == Some(Direction::Request));
        self.direction = Direction::Response;
        // Local replies come through here too.
        let outcome = self.exchange.outcome();
        if let Some(reason) = outcome.reason.as_ref().filter(|_| outcome.tells_reason) {
            let _untold = host::set_header(Map::ResponseHeaders, "countersign-explain", reason.as_bytes());
        }
        if early && host::property(&["response", "code_details"]).is_some_and(|by| by != b"via_upstream") {
            // Envoy itself gives the request up: nobody came, or nothing more.
            self.replied = true;
            self.asked.clear();
        }
        if self.replied || self.exchange.is_done() {
            return Action::Continue;
        }
        match host::headers(Map::ResponseHeaders) {
            Ok(headers) => self.feed(Event::Response(headers, end), From::Headers),
            Err(_) => self.fail("response headers unreadable"),
        }
    }

    /// The answer to a call.
    pub(crate) fn answered(&mut self, token: u32, headers: usize, body_size: usize) -> Action {
        let Some(plugin) = self.plugin.clone() else { return Action::Pause };
        let asked = self.asked.iter_mut().find(|asked| asked.token == Some(token));
        let Some(asked) = asked else { return Action::Pause };
        // A reset in the middle of the body comes without headers; a late answer after a reply is nobody's.
        let readable = headers > 0 && body_size <= LONGEST_ANSWER;
        let answer = readable.then(|| host::headers(Map::CallResponseHeaders).ok()).flatten();
        let answer = answer
            .map(|headers| Exchanged { headers, body: host::buffer(Buffer::CallResponseBody, body_size) });
        let result = match answer.as_ref().map(|answer| answer.headers.status()) {
            None => CallResult::Lost,
            Some(200..=299) => CallResult::Succeeded,
            Some(_) => CallResult::Failed,
        };
        let took = host::now().saturating_sub(asked.since);
        plugin.metrics.called(asked.operation, result, Some(took));
        asked.answer = Some(answer);
        if self.is_waiting() || self.replied {
            return Action::Pause;
        }
        let answers = self.answers();
        self.feed(Event::Answers(answers), From::Callout)
    }

    /// Envoy is done with the stream, whatever came of it.
    pub(crate) fn ended(&self) {
        let Some(plugin) = &self.plugin else { return };
        let gateway = Envoy::now(&plugin.token);
        self.exchange.abandon(Look { policy: &plugin.policy, now: gateway.now, gateway: &gateway });
        let outcome = self.exchange.outcome();
        if let Some(reason) = outcome.reason.as_ref().filter(|_| host::logs(Level::Debug)) {
            host::log(Level::Debug, &format!("countersign: decided: {reason}"));
        }
        if let Some(Watched { rule, code, why }) = &outcome.watched {
            host::log(
                Level::Info,
                &format!("countersign: would refuse code={code} rule={rule} why=\"{why}\""),
            );
        }
        plugin.metrics.decided(outcome);
        audit::tell(plugin, outcome, self.instance.as_deref(), &gateway);
    }
}

/// The decision for the access log: `%FILTER_STATE(wasm.countersign.decision:PLAIN)%`, and its parts under names of
/// their own.
fn publish(outcome: &Outcome) {
    let Some(code) = outcome.code else { return };
    let flow = outcome.flow.map_or("none", countersign::policy::Flow::name);
    let rule = outcome.rule.as_deref().unwrap_or("none");
    let would = if outcome.observed { "would_" } else { "" };
    let code = format!("{would}{code}");
    let decision = format!("{flow}/{rule}/{code}");
    let parts = [("decision", decision.as_str()), ("flow", flow), ("rule", rule), ("code", &code)];
    for (name, part) in
        parts.into_iter().chain(outcome.session.as_deref().map(|session| ("session", session)))
    {
        let _unpublished = host::set_property(&format!("countersign.{name}"), part);
    }
}
