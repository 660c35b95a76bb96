//! A push service in the test's hands: every message that reached it, and faults. And a lab whose gateway tells it
//! of each hand-off.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use hyper::{Request, Response};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::envoy::Setup;
use crate::journal::Journal;
use crate::lab::{Lab, Plan};
use crate::orchestrator::Fault;
use crate::serving::{Payload, Server, Severed};
use crate::suite::Shared;

/// What the gateway identifies itself with there.
pub const TOKEN: &str = "push-token-88e1-do-not-log";
/// What a message is in the [`Journal`].
pub const STEP: &str = "push service";
/// What it is asked.
pub const PATH: &str = "/v2/apps/bank/notifications";

/// One message.
#[derive(Clone, Debug)]
pub struct Message {
    /// Method and path.
    pub line: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; `Null` when it is no JSON.
    pub body: Value,
}

#[derive(Default)]
struct State {
    messages: Vec<Message>,
    fault: Option<Fault>,
}

/// The stand-in, listening on a port of its own.
pub struct PushService {
    server: Server,
    state: Arc<Mutex<State>>,
    /// Opened to let stalled calls go.
    gate: watch::Sender<bool>,
}

impl PushService {
    /// Starts one.
    pub async fn start(journal: Journal) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let (gate, open) = watch::channel(false);
        let serving = Arc::clone(&state);
        let server = Server::start(move |_, request| {
            let (state, journal, open) = (Arc::clone(&serving), journal.clone(), open.clone());
            Box::pin(async move { serve(request, &state, &journal, open).await })
        })
        .await;
        Self { server, state, gate }
    }

    /// As an entry of Envoy's `clusters`.
    pub fn cluster(&self) -> Value {
        Setup::cluster("push", self.server.address())
    }

    /// The server, to close and reopen its port.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Forgets everything, and works again.
    pub fn reset(&self) {
        self.gate.send_replace(true);
        *self.state() = State::default();
        self.gate.send_replace(false);
        self.server.reopen();
    }

    /// From now on every message goes wrong so.
    pub fn breaks(&self, fault: Fault) {
        self.state().fault = Some(fault);
    }

    /// Every message since the reset.
    pub fn messages(&self) -> Vec<Message> {
        self.state().messages.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn serve(
    request: Request<Incoming>,
    state: &Mutex<State>,
    journal: &Journal,
    mut open: watch::Receiver<bool>,
) -> Result<Response<Payload>, Severed> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Severed)?.to_bytes();
    journal.note(STEP);
    let fault = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.messages.push(Message {
            line: format!("{} {}", head.method, head.uri),
            headers: head.headers,
            body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        });
        state.fault.clone()
    };
    let taken = Fault::answer(202, json!({ "message": "msg_1" }).to_string());
    fault.unwrap_or(taken).answer_with(202, json!({ "message": "msg_1" }), &mut open).await
}

/// A lab with a push service.
pub struct Pushing {
    /// The gateway, and what is around it in every lab.
    pub lab: Lab,
    /// Who is told.
    pub push: PushService,
}

impl Pushing {
    /// Starts the push service, then the lab of this plan.
    pub async fn start(mut plan: Plan) -> Self {
        let journal = Journal::default();
        let push = PushService::start(journal.clone()).await;
        plan.clusters.push(push.cluster());
        if let Some(plugin) = &mut plan.plugin {
            plugin["handoff"]["push"] = member();
        }
        Self { lab: Lab::noting(plan, journal).await, push }
    }

    /// One that is started when the first row needs it.
    pub fn shared(plan: Plan) -> Arc<Shared<Self>> {
        Shared::new(move || Self::start(plan.clone()))
    }

    /// As new, for the next row.
    pub fn reset(&self) {
        self.lab.reset();
        self.push.reset();
    }
}

/// `handoff.push`
pub fn member() -> Value {
    json!({
        "cluster": "push",
        "authority": "push.example",
        "timeout": "500ms",
        "credentials": { "header": "authorization", "prefix": "Bearer ", "env": "COUNTERSIGN_PUSH_TOKEN" },
        "method": "POST",
        "path": PATH,
        "headers": { "x-collapse-key": "{handoff}" },
        "json": {
            "to": { "user": "{external_user_id}" },
            "title": "Is this you?",
            "text": "{display}",
            "link": "{deep_link}",
            "token": "{token}",
        },
    })
}
