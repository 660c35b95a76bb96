//! A relying party in the test's hands: `SimpleWebAuthn`'s routes and shapes, and a record of everything
//! that reached it. It knows nothing of Countersign and verifies nothing: what it would have accepted
//! is exactly what the gateway must have stopped.

mod record;
mod shapes;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::{Request, Response, body::Incoming};
use serde_json::Value;

pub use self::record::Seen;
use crate::encoding::{base64url, random};
use crate::journal::Journal;
use crate::serving::{Payload, Server, Severed};

/// The name of its session cookie.
pub const SESSION_COOKIE: &str = "connect.sid";

/// What it answers instead of its ordinary answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// Headers, `content-type` included.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Cut the connection after the body, before the answer is complete.
    pub cut: bool,
    /// Say nothing more after the body, and keep the connection open.
    pub stalls: bool,
}

impl Reply {
    /// A JSON answer.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json; charset=utf-8", body.to_string())
    }

    /// Any answer.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status, headers, body: body.into(), cut: false, stalls: false }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

type Edit = Arc<dyn Fn(&mut Value) + Send + Sync>;

/// What the test has told it.
#[derive(Default)]
struct State {
    /// Session cookie value → user.
    sessions: BTreeMap<String, Option<String>>,
    /// User → base64url credential ids that go into `allowCredentials`.
    credentials: BTreeMap<String, Vec<String>>,
    /// `METHOD /path` → what to answer instead.
    replies: BTreeMap<String, Reply>,
    /// `METHOD /path` → what to change in the ordinary JSON answer.
    edits: BTreeMap<String, Edit>,
    seen: Vec<Arc<Mutex<Seen>>>,
}

/// The stand-in, listening on a port of its own.
pub struct RelyingParty {
    server: Server,
    state: Arc<Mutex<State>>,
    rp_id: String,
}

impl RelyingParty {
    /// Starts one for this RP ID.
    pub async fn start(rp_id: &str, journal: Journal) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let serving = Arc::clone(&state);
        let served_rp_id = rp_id.to_owned();
        let server = Server::start(move |_, request| {
            let (state, rp_id, journal) = (Arc::clone(&serving), served_rp_id.clone(), journal.clone());
            Box::pin(async move { serve(request, &state, &rp_id, &journal).await })
        })
        .await;
        Self { server, state, rp_id: rp_id.to_owned() }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Its RP ID.
    pub fn rp_id(&self) -> &str {
        &self.rp_id
    }

    /// The server, to close and reopen its port.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Forgets users, replies and what it has seen; opens the port.
    pub fn reset(&self) {
        *self.state() = State::default();
        self.server.reopen();
    }

    /// Forgets what it has seen, and nothing else.
    pub fn forgets_requests(&self) {
        self.state().seen.clear();
    }

    /// Opens a session, signed in or not; the answer is the cookie's value.
    pub fn session(&self, user: Option<&str>) -> String {
        let handle = base64url(random::<16>());
        self.state().sessions.insert(handle.clone(), user.map(str::to_owned));
        handle
    }

    /// Signs another user in, or nobody, without a new session.
    pub fn signs_in(&self, session: &str, user: Option<&str>) {
        self.state().sessions.insert(session.to_owned(), user.map(str::to_owned));
    }

    /// Puts a credential into this user's `allowCredentials`.
    pub fn knows(&self, user: &str, credential_id: &str) {
        self.state().credentials.entry(user.to_owned()).or_default().push(credential_id.to_owned());
    }

    /// Answers this route (`"POST /verify-authentication"`) so from now on.
    pub fn answers(&self, route: &str, reply: Reply) {
        self.state().replies.insert(route.to_owned(), reply);
    }

    /// Changes the ordinary answer of this route from now on.
    pub fn edits(&self, route: &str, edit: impl Fn(&mut Value) + Send + Sync + 'static) {
        self.state().edits.insert(route.to_owned(), Arc::new(edit));
    }

    /// Every request since the reset, introspection included, complete or not.
    pub fn seen(&self) -> Vec<Seen> {
        let state = self.state();
        state.seen.iter().map(|seen| seen.lock().unwrap_or_else(PoisonError::into_inner).clone()).collect()
    }

    /// The requests to one path.
    pub fn seen_at(&self, path: &str) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| seen.path_without_query() == path).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn serve(
    request: Request<Incoming>,
    state: &Mutex<State>,
    rp_id: &str,
    journal: &Journal,
) -> Result<Response<Payload>, Severed> {
    let lock = || state.lock().unwrap_or_else(PoisonError::into_inner);
    let seen = Seen::arriving(&request);
    lock().seen.push(Arc::clone(&seen));
    record::read_body(request.into_body(), &seen).await?;
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let route = format!("{} {}", seen.method, seen.path_without_query());
    journal.note(format!("relying party {route}"));

    let mut state = lock();
    let mut reply = match state.replies.get(&route) {
        Some(reply) => reply.clone(),
        None => shapes::ordinary(&mut state, rp_id, &route, &seen),
    };
    if let (Some(edit), Ok(mut json)) = (state.edits.get(&route), serde_json::from_slice(&reply.body)) {
        edit(&mut json);
        reply.body = json.to_string().into_bytes();
    }
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    let payload = match (reply.cut, reply.stalls) {
        (true, _) => Payload::cut_after(reply.body),
        (false, true) => Payload::stalled_after(reply.body),
        (false, false) => Payload::whole(reply.body),
    };
    Ok(response.body(payload).expect("a well-formed answer"))
}
