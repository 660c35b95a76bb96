//! A simulated account over real HTTP.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::routing::post;
use axum::{Json, Router};
use clap::Parser as _;
use countersign_orchestrator::secret::Secret;
use countersign_orchestrator::simulator::{Secrets, Settings, Simulator};
use countersign_orchestrator::{outgoing, serve};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{self, UnboundedReceiver};

use crate::clock::ManualClock;

pub(crate) const API_TOKEN: &str = "api_sandbox.of-the-tests";
pub(crate) const REGISTRATION: &str = "11111111-1111-4111-8111-111111111111";
pub(crate) const STEP_UP: &str = "22222222-2222-4222-8222-222222222222";
pub(crate) const RECOVERY: &str = "33333333-3333-4333-8333-333333333333";

pub(crate) type Answer = (StatusCode, Value);

pub(crate) struct Account {
    pub(crate) clock: ManualClock,
    pub(crate) http: Client,
    pub(crate) url: String,
}

impl Account {
    /// With `flags` beside the workflows, and a client secret for whoever names a client id.
    pub(crate) async fn with(flags: &[&str]) -> Self {
        let workflows = [
            "--registration-workflow",
            REGISTRATION,
            "--step-up-workflow",
            STEP_UP,
            "--recovery-workflow",
            RECOVERY,
        ];
        let line = ["simulator"].iter().chain(&workflows).chain(flags);
        let settings = Settings::try_parse_from(line).expect("settings");
        let secret = |text: &str| Secret::new(text.to_owned());
        let secrets = Secrets {
            api_token: secret(API_TOKEN),
            webhook_token: secret("webhook-token"),
            client_secret: Some(secret("client-secret")),
        };
        let clock = ManualClock::at(1_800_000_000);
        let (listener, address) = serve::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port");
        let url = format!("http://{address}");
        let simulator =
            Simulator::new(&settings, &url, secrets, Box::new(clock.clone())).expect("a simulator");
        serve_for_ever(listener, Arc::new(simulator).router());
        Self { clock, http: outgoing::client(Duration::from_secs(20)).expect("a client"), url }
    }

    pub(crate) async fn call(&self, request: RequestBuilder) -> Answer {
        answer(request.header("authorization", format!("Token token={API_TOKEN}"))).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(self.http.post(format!("{}{path}", self.url)).json(body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(self.http.get(format!("{}{path}", self.url))).await
    }

    pub(crate) async fn start(&self, run: &Value) -> Value {
        let (status, run) = self.post("/v3.6/workflow_runs", run).await;
        assert_eq!(status, StatusCode::CREATED, "{run}");
        run
    }

    pub(crate) async fn capture(&self, run_id: &Value, face: &str) -> Answer {
        let page = format!("{}/capture/{}", self.url, run_id.as_str().expect("an id"));
        answer(self.http.post(page).json(&json!({"face": face}))).await
    }

    pub(crate) async fn page(&self, run_id: &Value) -> String {
        let page = format!("{}/capture/{}", self.url, run_id.as_str().expect("an id"));
        self.http.get(page).send().await.expect("an answer").text().await.expect("a page")
    }
}

/// An address for webhooks, and what comes there.
pub(crate) async fn receiver() -> (String, UnboundedReceiver<Value>) {
    let (events, received) = mpsc::unbounded_channel();
    let take = async move |Json(event): Json<Value>| {
        // nobody waits for it when the test is over
        let _ = events.send(event);
    };
    let (listener, address) = serve::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port");
    serve_for_ever(listener, Router::new().route("/", post(take)));
    (format!("http://{address}/"), received)
}

fn serve_for_ever(listener: TcpListener, router: Router) {
    tokio::spawn(serve::run(listener, router, std::future::pending()));
}

pub(crate) async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    let status = response.status();
    let bytes = response.bytes().await.expect("a whole answer");
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}
