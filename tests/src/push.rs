//! A push service in the test's hands: every message that reached it, and faults. And a lab whose gateway tells it
//! of each hand-off.

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::header::HeaderMap;
use hyper::{Request, Response};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::envoy::Setup;
use crate::journal::Journal;
use crate::lab::{Lab, Plan};
use crate::orchestrator::{self, Fault};
use crate::serving::{Handling, Payload, Server, Severed};
use crate::stand_in::{self, StandIn};
use crate::suite;

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
pub struct PushService(StandIn<State>);

impl PushService {
    /// Starts one.
    pub async fn start(journal: Journal) -> Self {
        let serve = move |_, request, state, open| -> Handling {
            let journal = journal.clone();
            Box::pin(async move { serve(request, &state, &journal, open).await })
        };
        Self(StandIn::start(serve).await)
    }

    /// As an entry of Envoy's `clusters`.
    pub fn cluster(&self) -> Value {
        Setup::cluster("push", self.server().address())
    }

    /// The server, to close and reopen its port.
    pub fn server(&self) -> &Server {
        self.0.server()
    }

    /// Forgets everything, and works again.
    pub fn reset(&self) {
        self.0.reset();
    }

    /// From now on every message goes wrong so.
    pub fn breaks(&self, fault: Fault) {
        self.0.state().fault = Some(fault);
    }

    /// Every message since the reset.
    pub fn messages(&self) -> Vec<Message> {
        self.0.state().messages.clone()
    }
}

async fn serve(
    request: Request<Incoming>,
    state: &stand_in::Shared<State>,
    journal: &Journal,
    mut open: watch::Receiver<bool>,
) -> Result<Response<Payload>, Severed> {
    let (head, body) = stand_in::read(request).await?;
    journal.note(STEP);
    let fault = {
        let mut state = state.lock();
        state.messages.push(Message {
            line: format!("{} {}", head.method, head.uri),
            headers: head.headers,
            body,
        });
        state.fault.clone()
    };
    let taken = json!({ "message": "msg_1" });
    match fault {
        None => Ok(orchestrator::json(202, &taken)),
        Some(fault) => fault.answer_with(202, taken, &mut open).await,
    }
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
    pub fn shared(plan: Plan) -> Arc<suite::Shared<Self>> {
        suite::Shared::new(move || Self::start(plan.clone()))
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
