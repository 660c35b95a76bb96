//! What the stand-ins with faults have in common: a server, a state that the test looks at and changes, and a gate that
//! calls can be stalled at.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http_body_util::BodyExt as _;
use hyper::Request;
use hyper::body::Incoming;
use hyper::http::request::Parts;
use serde_json::Value;
use tokio::sync::watch;

use crate::serving::{Handling, Port, Server, Severed};

/// One of them, listening on a port of its own.
pub(crate) struct StandIn<S> {
    server: Server,
    state: Shared<S>,
    /// Opened to let stalled calls go.
    gate: watch::Sender<bool>,
}

/// The state, as what answers a request has it.
pub(crate) struct Shared<S>(Arc<Mutex<S>>);

impl<S> Clone for Shared<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S> Shared<S> {
    pub(crate) fn lock(&self) -> MutexGuard<'_, S> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Default + Send + 'static> StandIn<S> {
    /// Starts one that answers so; the receiver is of the gate.
    pub(crate) async fn start(
        serve: impl Fn(Port, Request<Incoming>, Shared<S>, watch::Receiver<bool>) -> Handling
        + Send
        + Sync
        + 'static,
    ) -> Self {
        let state = Shared(Arc::new(Mutex::new(S::default())));
        let (gate, open) = watch::channel(false);
        let serving = state.clone();
        let server =
            Server::start(move |port, request| serve(port, request, serving.clone(), open.clone())).await;
        Self { server, state, gate }
    }

    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, S> {
        self.state.lock()
    }

    /// Forgets everything, lets stalled calls go, opens the port.
    pub(crate) fn reset(&self) {
        self.gate.send_replace(true);
        *self.state() = S::default();
        self.gate.send_replace(false);
        self.server.reopen();
    }
}

/// A request's head, and its body; `Null` when that is no JSON.
pub(crate) async fn read(request: Request<Incoming>) -> Result<(Parts, Value), Severed> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Severed)?.to_bytes();
    Ok((head, serde_json::from_slice(&body).unwrap_or(Value::Null)))
}
