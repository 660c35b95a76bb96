//! An orchestrator in the test's hands: the `countersign` profile of section 8 in memory, a log of every
//! call, verdicts that the test gives, and faults for every operation.

mod answer;
mod fault;
mod handoff;
mod operation;
mod recovery;
mod session;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::MutexGuard;

use hyper::body::Incoming;
use hyper::header::HeaderMap;
use hyper::{Request, Response};
use serde_json::Value;
use tokio::sync::watch;

pub(crate) use self::answer::json;
pub use self::fault::{Edit, Fault};
pub use self::handoff::Handoff;
pub use self::operation::Operation;
pub use self::session::Session;
pub use self::verdict::{Signer, Token};
use crate::journal::Journal;
use crate::serving::{Handling, Payload, Port, Server, Severed};
use crate::stand_in::{self, Shared, StandIn};

/// The bearer token it demands.
pub const TOKEN: &str = "orchestrator-token-3f1c-do-not-log";

/// One call that reached it.
#[derive(Clone, Debug)]
pub struct Call {
    /// Which operation it is.
    pub operation: Operation,
    /// Method and path.
    pub line: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON; `Null` without one.
    pub body: Value,
}

impl Call {
    /// A header's first value; empty when it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// The id in the path; empty when it has none.
    pub fn id(&self) -> String {
        let path = self.line.split(['?', ' ']).nth(1).unwrap_or("");
        path.split('/').nth(3).unwrap_or("").to_owned()
    }
}

#[derive(Default)]
struct State {
    sessions: BTreeMap<String, Session>,
    handoffs: BTreeMap<String, Handoff>,
    /// The elevations that were consumed.
    elevations: BTreeSet<String>,
    /// Credential id → what `GET /credentials/{id}` answers.
    credentials: BTreeMap<String, Value>,
    /// Idempotency key → the answer it was given.
    answered: BTreeMap<String, (u16, Value)>,
    /// The batches of the audit stream that it took.
    told: Vec<Value>,
    faults: BTreeMap<Operation, Fault>,
    signer: Option<Signer>,
    /// The status new sessions start with, when not `pending`.
    verdict_at_once: Option<String>,
    calls: Vec<Call>,
}

/// The stand-in, listening on a port of its own.
pub struct Orchestrator(StandIn<State>);

impl Orchestrator {
    /// Starts one.
    pub async fn start(journal: Journal) -> Self {
        let serve = move |port, request, state, open| -> Handling {
            let journal = journal.clone();
            Box::pin(async move { serve(request, &port, &state, &journal, open).await })
        };
        Self(StandIn::start(serve).await)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server().address()
    }

    /// The server, to close and reopen its port.
    pub fn server(&self) -> &Server {
        self.0.server()
    }

    /// Forgets everything, heals every fault, opens the port.
    pub fn reset(&self) {
        self.0.reset();
    }

    /// Gives the verdict on a session: one of section 8's status words, or any other.
    pub fn decide(&self, session: &str, status: &str) {
        self.change(session, |session| status.clone_into(&mut session.status));
    }

    /// Changes a session.
    pub fn change(&self, session: &str, change: impl FnOnce(&mut Session)) {
        let mut state = self.state();
        let session = state.sessions.get_mut(session).unwrap_or_else(|| panic!("no session {session}"));
        change(session);
    }

    /// Every session opened from now on has this status from the start.
    pub fn decides_at_once(&self, status: &str) {
        self.state().verdict_at_once = Some(status.to_owned());
    }

    /// From now on this operation goes wrong.
    pub fn breaks(&self, operation: Operation, fault: Fault) {
        self.state().faults.insert(operation, fault);
    }

    /// No operation goes wrong any more.
    pub fn heals(&self) {
        self.state().faults.clear();
        self.server().reopen();
    }

    /// From now on verdicts are signed.
    pub fn signs(&self, signer: Signer) {
        self.state().signer = Some(signer);
    }

    /// Teaches it whose credential this is. `answer` is what `GET /credentials/{id}` gives.
    pub fn owns(&self, credential_id: &str, answer: Value) {
        self.state().credentials.insert(credential_id.to_owned(), answer);
    }

    /// What it has learned about a credential at `complete`.
    pub fn credential(&self, credential_id: &str) -> Option<Value> {
        self.state().credentials.get(credential_id).cloned()
    }

    /// Every call since the reset.
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// The calls of one operation.
    pub fn calls_of(&self, operation: Operation) -> Vec<Call> {
        self.calls().into_iter().filter(|call| call.operation == operation).collect()
    }

    /// The batches of the audit stream that it took, in their order.
    pub fn told(&self) -> Vec<Value> {
        self.state().told.clone()
    }

    /// All sessions.
    pub fn sessions(&self) -> Vec<Session> {
        self.state().sessions.values().cloned().collect()
    }

    /// One session.
    pub fn session(&self, id: &str) -> Session {
        self.state().sessions.get(id).cloned().unwrap_or_else(|| panic!("no session {id}"))
    }

    /// The only hand-off.
    pub fn handoff(&self) -> Handoff {
        let handoffs = &self.state().handoffs;
        assert_eq!(handoffs.len(), 1, "{handoffs:?}");
        handoffs.values().next().cloned().expect("one")
    }

    /// A hand-off comes to this stage by itself: `cancelled`, `expired`.
    pub fn ends_handoff(&self, id: &str, stage: &str) {
        let mut state = self.state();
        let handoff = state.handoffs.get_mut(id).unwrap_or_else(|| panic!("no hand-off {id}"));
        stage.clone_into(&mut handoff.stage);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state()
    }
}

async fn serve(
    request: Request<Incoming>,
    port: &Port,
    state: &Shared<State>,
    journal: &Journal,
    mut open: watch::Receiver<bool>,
) -> Result<Response<Payload>, Severed> {
    let (head, body) = stand_in::read(request).await?;
    let call = Call {
        operation: Operation::of(&head.method, head.uri.path()),
        line: format!("{} {}", head.method, head.uri),
        headers: head.headers,
        body,
    };
    journal.note(format!("orchestrator {}", call.operation.word()));
    let (fault, (status, json)) = {
        let mut state = state.lock();
        state.calls.push(call.clone());
        let fault = state.faults.get(&call.operation).cloned();
        let answer = match &fault {
            // What never gets an answer has not been done either.
            Some(fault) if !fault.happens_after_the_act() => (200, Value::Null),
            _ => answer::answer(&mut state, &call),
        };
        (fault, answer)
    };
    match fault {
        None => Ok(answer::json(status, &json)),
        Some(fault) => {
            if matches!(fault, Fault::LastAnswer) {
                port.stop_accepting();
            }
            fault.answer_with(status, json, &mut open).await
        }
    }
}
