//! A tap on the wire between the gateway and a vendor. It passes everything on and remembers it. A test may also
//! have it answer in the vendor's place, change an answer, or take access tokens back.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use hyper::{Request, Response};
use serde_json::{Value, json};

use crate::client::{Answer, Ask, Carrier, Client};
use crate::journal::Journal;
use crate::serving::{Payload, Server, Severed};

/// One call of the gateway's.
#[derive(Clone, Debug)]
pub struct Heard {
    /// Method and path, with `{id}` for an identifier: `GET /v3.6/workflow_runs/{id}`.
    pub step: String,
    /// The path as it was.
    pub path: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// Status and body of what the vendor said; `None` where the tap answered in its place.
    pub said: Option<(u16, Value)>,
}

impl Heard {
    /// A header's value; empty when it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// The body as JSON; `Null` when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

type Edit = Arc<dyn Fn(&mut Value) + Send + Sync>;

#[derive(Default)]
struct State {
    heard: Vec<Heard>,
    /// Step → what to answer in the vendor's place.
    replies: BTreeMap<String, (u16, Value)>,
    /// Step → what to change in the vendor's answer.
    edits: BTreeMap<String, Edit>,
    /// Access tokens that the vendor gave, and those of them that count no more.
    given: BTreeSet<String>,
    taken_back: BTreeSet<String>,
    /// Transactions of `IDaaS` of which a match was told.
    told: BTreeSet<String>,
}

/// The tap, listening on a port of its own.
pub struct Tap {
    server: Server,
    state: Arc<Mutex<State>>,
}

impl Tap {
    /// Starts one in front of a vendor.
    pub(super) async fn start(vendor: SocketAddr, journal: Journal) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let serving = Arc::clone(&state);
        let server = Server::start(move |_, request| {
            let (state, journal) = (Arc::clone(&serving), journal.clone());
            Box::pin(async move { serve(request, vendor, &state, &journal).await })
        })
        .await;
        Self { server, state }
    }

    /// Where the gateway finds the vendor.
    pub(super) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Forgets what was said and what it was told to do. A token that was taken back stays so.
    pub(super) fn reset(&self) {
        let mut state = self.state();
        state.replies.clear();
        state.edits.clear();
        state.heard.clear();
    }

    /// Forgets what was said.
    pub(super) fn begin_anew(&self) {
        self.state().heard.clear();
    }

    /// Everything that was said.
    pub fn heard(&self) -> Vec<Heard> {
        self.state().heard.clone()
    }

    /// What was said in this step.
    pub fn heard_at(&self, step: &str) -> Vec<Heard> {
        self.heard().into_iter().filter(|heard| heard.step == step).collect()
    }

    /// Answers this step so from now on, in the vendor's place.
    pub fn answers(&self, step: &str, status: u16, body: Value) {
        self.state().replies.insert(step.to_owned(), (status, body));
    }

    /// Passes this step on again.
    pub fn passes_on(&self, step: &str) {
        self.state().replies.remove(step);
    }

    /// Changes what the vendor answers to this step from now on.
    pub fn edits(&self, step: &str, edit: impl Fn(&mut Value) + Send + Sync + 'static) {
        self.state().edits.insert(step.to_owned(), Arc::new(edit));
    }

    /// From now on the vendor does not know the access tokens that it gave.
    pub fn takes_tokens_back(&self) {
        let mut state = self.state();
        let given = std::mem::take(&mut state.given);
        state.taken_back.extend(given);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn serve(
    request: Request<Incoming>,
    vendor: SocketAddr,
    state: &Mutex<State>,
    journal: &Journal,
) -> Result<Response<Payload>, Severed> {
    let lock = || state.lock().unwrap_or_else(PoisonError::into_inner);
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Severed)?.to_bytes();
    let path = head.uri.path().to_owned();
    let step = step(head.method.as_str(), &path);
    journal.note(format!("vendor {step}"));
    let mut heard = Heard { step: step.clone(), path, headers: head.headers, body, said: None };
    let (reply, edit) = {
        let state = lock();
        let over = state.told.contains(heard.header("authorization")).then(over);
        (state.replies.get(&step).cloned().or(over), state.edits.get(&step).cloned())
    };
    let (status, mut body) = if let Some(reply) = reply {
        reply
    } else {
        let known = !lock().taken_back.contains(heard.header("authorization"));
        let answer = pass_on(&heard, head.method, known, vendor).await?;
        let said = (answer.status, answer.json());
        lock().learn(&heard, &said.1);
        heard.said = Some(said.clone());
        said
    };
    lock().heard.push(heard);
    if let Some(edit) = edit {
        edit(&mut body);
    }
    let response = Response::builder().status(status).header("content-type", "application/json");
    Ok(response.body(Payload::whole(body.to_string())).expect("a well-formed answer"))
}

async fn pass_on(
    heard: &Heard,
    method: hyper::Method,
    is_known: bool,
    vendor: SocketAddr,
) -> Result<Answer, Severed> {
    let mut ask = Ask::new(method, &heard.path);
    let of_one_hop = ["host", "connection", "content-length", "transfer-encoding"];
    let kept = heard.headers.iter().filter(|(name, _)| !of_one_hop.contains(&name.as_str()));
    ask.headers = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
    if !is_known {
        ask = ask.without("authorization");
        ask.headers.push((AUTHORIZATION, HeaderValue::from_static("Bearer forgotten")));
    }
    ask.body = (!heard.body.is_empty()).then(|| heard.body.clone());
    let mut client = Client { carrier: Carrier::Nothing, ..Client::new(vendor, heard.header("host")) };
    client.send(ask).await.map_err(|_| Severed)
}

impl State {
    fn learn(&mut self, heard: &Heard, body: &Value) {
        if let Some(token) = body["access_token"].as_str() {
            self.given.insert(format!("Bearer {token}"));
        }
        // The public document leaves open whether a finished transaction says so again: no gateway may need it to.
        if body["status"] == "CONFIRM" {
            self.told.insert(heard.header("authorization").to_owned());
        }
    }
}

/// The answer about a transaction of `IDaaS` that is over.
fn over() -> (u16, Value) {
    (401, json!({ "errorCode": "access_denied", "errorMessage": "over", "parameters": [] }))
}

fn step(method: &str, path: &str) -> String {
    let is_id = |segment: &str| segment.len() == 36 && segment.matches('-').count() == 4;
    let segments: Vec<&str> =
        path.split('/').map(|segment| if is_id(segment) { "{id}" } else { segment }).collect();
    format!("{method} {}", segments.join("/"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn identifiers_have_no_name_of_their_own() {
        for (path, expected) in [
            ("/v3.6/workflow_runs", "GET /v3.6/workflow_runs"),
            ("/v3.6/workflow_runs/5a6f4ad4-6bb1-4a8e-9a0f-0d2bb1d3c001", "GET /v3.6/workflow_runs/{id}"),
            ("/v3.6/workflow_runs/other", "GET /v3.6/workflow_runs/other"),
        ] {
            assert_eq!(super::step("GET", path), expected, "{path}");
        }
    }
}
