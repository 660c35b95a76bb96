//! An IDV API that writes down what it is asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::{Json, Router};
use countersign_orchestrator::ident::fresh_uuid;
use countersign_orchestrator::serve;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::world::{API_TOKEN, KEY, World, run};

#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Vec<(String, Value)>>>);

impl Recorder {
    /// In place of the simulator; the orchestrator in front of it is a second one on the same database.
    pub(crate) async fn before(world: &World) -> (Self, World) {
        let recorder = Self::default();
        let router = Router::new().fallback(record).with_state(recorder.clone());
        let (listener, address) = serve::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let stop: oneshot::Sender<()> = run(listener, router);
        let idv = format!("http://{address}");
        let mut asking = World::before(&world.database, &idv, world.clock.clone(), KEY, None).await;
        asking.servers.push(stop);
        (recorder, asking)
    }

    pub(crate) fn take(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

async fn record(
    State(recorder): State<Recorder>,
    uri: Uri,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> (StatusCode, Json<Value>) {
    if headers["authorization"] != format!("Token token={API_TOKEN}") {
        return (StatusCode::UNAUTHORIZED, Json(json!({})));
    }
    let mut calls = recorder.0.lock().unwrap();
    calls.push((uri.path().to_owned(), body.clone()));
    let mut answer = body;
    answer["id"] = json!(if uri.path().ends_with("applicants") {
        "applicant".to_owned()
    } else {
        fresh_uuid().unwrap()
    });
    answer["status"] = json!("awaiting_input");
    (StatusCode::CREATED, Json(answer))
}
