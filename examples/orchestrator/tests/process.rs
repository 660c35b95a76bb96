//! The two programs as an operator runs them.

#[path = "process/program.rs"]
mod program;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use countersign_orchestrator::{outgoing, serve};
use program::{Program, orchestrator, simulator};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::Notify;

#[test]
fn help_names_every_setting() {
    let of_both = [
        "--listen",
        "--log-format",
        "COUNTERSIGN_IDV_API_TOKEN",
        "COUNTERSIGN_WEBHOOK_TOKEN",
        "BIOMETRIC_PASSKEY_IDV_REGISTRATION_WORKFLOW_ID",
        "BIOMETRIC_PASSKEY_IDV_STEP_UP_WORKFLOW_ID",
        "BIOMETRIC_PASSKEY_IDV_RECOVERY_VERIFY_WORKFLOW_ID",
    ];
    let of_the_orchestrator = [
        "--database-url",
        "--idv-region",
        "--idv-base-url",
        "--session-seconds",
        "--handoff-seconds",
        "--elevation-seconds",
        "COUNTERSIGN_RP_IDS",
        "COUNTERSIGN_ORCHESTRATOR_TOKEN",
        "COUNTERSIGN_REFERENCE_KEY",
        "COUNTERSIGN_VERDICT_KEY",
    ];
    let of_the_simulator = [
        "--public-url",
        "--webhook-url",
        "--client-id",
        "--idaas-application",
        "COUNTERSIGN_IDV_CLIENT_ID",
        "COUNTERSIGN_IDV_CLIENT_SECRET",
        "COUNTERSIGN_IDAAS_APPLICATION_ID",
    ];
    for (mut program, its_own) in
        [(orchestrator(), &of_the_orchestrator[..]), (simulator(), &of_the_simulator[..])]
    {
        let help = String::from_utf8(program.arg("--help").output().unwrap().stdout).unwrap();
        for name in of_both.iter().chain(its_own) {
            assert!(help.contains(name), "{name}: {help}");
        }
    }
}

#[test]
fn a_start_without_settings_says_what_to_set() {
    let started = orchestrator().env_clear().output().unwrap();
    assert!(!started.status.success());
    let said = String::from_utf8(started.stderr).unwrap();
    for name in [
        "COUNTERSIGN_ORCHESTRATOR_TOKEN is not set; choose",
        "COUNTERSIGN_REFERENCE_KEY is not set; make one with `openssl rand -base64 32`",
        "COUNTERSIGN_IDV_API_TOKEN is not set",
        "COUNTERSIGN_WEBHOOK_TOKEN is not set",
        "BIOMETRIC_PASSKEY_IDV_REGISTRATION_WORKFLOW_ID is not set",
        "BIOMETRIC_PASSKEY_IDV_STEP_UP_WORKFLOW_ID is not set",
    ] {
        assert!(said.contains(name), "{name}: {said}");
    }
}

#[test]
fn a_database_that_cannot_be_opened_is_named_without_its_password() {
    for url in [
        "sqlite:/nowhere/at/all.sqlite3",
        "mysql://u:hunter2@localhost/x",
        "postgres://u:hunter2@127.0.0.1:1/x",
    ] {
        let started = orchestrator().env("COUNTERSIGN_DATABASE_URL", url).output().unwrap();
        let said = String::from_utf8(started.stderr).unwrap();
        assert!(!started.status.success() && said.contains("--database-url"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn the_public_key_is_printed() {
    let printed = orchestrator().arg("jwk").output().unwrap();
    let jwk: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!((&jwk["crv"], jwk.get("d")), (&json!("P-256"), None));
    let without = orchestrator().arg("jwk").env_remove("COUNTERSIGN_VERDICT_KEY").output().unwrap();
    assert!(!without.status.success());
    assert!(String::from_utf8(without.stderr).unwrap().contains("COUNTERSIGN_VERDICT_KEY is not set"));
}

#[tokio::test]
async fn the_two_programs_take_a_user_through_both_flows_and_a_restart() {
    let directory = TempDir::new().unwrap();
    let database = format!("sqlite:{}", directory.path().join("o.sqlite3").display());
    let simulator = Program::start(simulator());
    let command = || {
        let mut command = orchestrator();
        command.env("COUNTERSIGN_DATABASE_URL", &database);
        command.env("COUNTERSIGN_IDV_BASE_URL", format!("{}/v3.6", simulator.url));
        // no webhook is set up here: what a person did is looked up whenever it is asked for
        command.env("COUNTERSIGN_REFRESH_SECONDS", "0");
        command
    };
    let first = Program::start(command());
    let (session, capture) = open(&first, "k1", "registration").await;
    capture_as(&capture, "mine").await;
    assert_eq!(status(&first, &session).await, "matched");
    let (answered, log) = first.stop("-TERM");
    assert!(answered.success(), "{log}");

    let second = Program::start(command());
    assert_eq!(status(&second, &session).await, "matched");
    let complete = format!("{}/v1/sessions/{session}/complete", second.url);
    let completed = authorized(client().post(complete), "k2").json(&json!({"credential_id": "Y3JlZA"}));
    assert_eq!(completed.send().await.unwrap().status(), StatusCode::OK);
    let (session, capture) = open(&second, "k3", "step_up").await;
    capture_as(&capture, "someone_else").await;
    assert_eq!(status(&second, &session).await, "not_matched");

    hand_off_and_recover(&second).await;

    let (answered, second_log) = second.stop("-INT");
    assert!(answered.success(), "{second_log}");
    let (answered, simulator_log) = simulator.stop("-TERM");
    assert!(answered.success(), "{simulator_log}");
    let log = log + &second_log + &simulator_log;
    assert!(log.contains("/v1/sessions/{id}/complete"), "requests are logged: {log}");
    for (what, secret) in [
        ("the user", "alice-in-no-log"),
        ("the credential", "Y3JlZA"),
        ("the bearer token", program::BEARER),
        ("the API token", program::API_TOKEN),
        ("the webhook token", program::WEBHOOK_TOKEN),
        ("an SDK token", "sdk_"),
        ("a hand-off's token", "hft_"),
        ("a continuation", "cnt_"),
        ("an elevation", "elevation-in-no-log"),
    ] {
        assert!(!log.contains(secret), "{what} is in the log: {log}");
    }
}

/// The calls that carry something which no log may hold.
async fn hand_off_and_recover(program: &Program) {
    let call = async |key: &str, path: &str, body: Value| {
        let request = authorized(client().post(format!("{}/v1/{path}", program.url)), key).json(&body);
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json::<Value>().await.unwrap_or(Value::Null)
    };
    let user = json!({"external_user_id": "alice-in-no-log"});
    let handoff = call("k4", "handoffs", user.clone()).await;
    call("k5", "handoffs/consume", json!({"handoff_token": handoff["handoff_token"]})).await;
    let recovery = call("k6", "recoveries", user).await;
    capture_as(recovery["client"]["captureUrl"].as_str().unwrap(), "mine").await;
    let exchange = format!("recoveries/{}/exchange", recovery["id"].as_str().unwrap());
    call("k7", &exchange, json!({"continuation": recovery["client"]["continuation"]})).await;
    call("k8", "elevations/elevation-in-no-log/consume", json!({})).await;
}

#[tokio::test]
async fn a_request_under_way_is_answered_before_the_process_ends() {
    // an IDV API that answers when the test says so
    let (asked, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (heard, answer) = (Arc::clone(&asked), Arc::clone(&go));
    let router = Router::new().route(
        "/v3.6/applicants",
        post(async move || {
            heard.notify_one();
            answer.notified().await;
            StatusCode::INTERNAL_SERVER_ERROR
        }),
    );
    let (listener, address) = serve::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    tokio::spawn(serve::run(listener, router, std::future::pending()));

    let directory = TempDir::new().unwrap();
    let mut command = orchestrator();
    command.env("COUNTERSIGN_DATABASE_URL", format!("sqlite:{}", directory.path().join("o").display()));
    command.env("COUNTERSIGN_IDV_BASE_URL", format!("http://{address}/v3.6"));
    let program = Program::start(command);
    let sessions = format!("{}/v1/sessions", program.url);
    let request = authorized(client().post(&sessions), "k").json(&opening("registration"));
    let under_way = tokio::spawn(request.send());
    asked.notified().await;

    program.signal("-TERM");
    program.wait_for_log("SIGTERM: stopping");
    assert!(client().get(&sessions).send().await.is_err(), "nobody listens any more");
    go.notify_one();
    let answer = under_way.await.unwrap().expect("the request under way is answered");
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let (ended, log) = program.wait();
    assert!(ended.success(), "{log}");
}

fn client() -> Client {
    outgoing::client(Duration::from_secs(20)).unwrap()
}

fn opening(flow: &str) -> Value {
    json!({"flow": flow, "external_user_id": "alice-in-no-log", "rp_id": "localhost",
           "challenge": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"})
}

fn authorized(request: RequestBuilder, key: &str) -> RequestBuilder {
    request.bearer_auth(program::BEARER).header("idempotency-key", key)
}

async fn open(program: &Program, key: &str, flow: &str) -> (String, String) {
    let request = authorized(client().post(format!("{}/v1/sessions", program.url)), key);
    let answer = request.json(&opening(flow)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    let body: Value = answer.json().await.unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&body["id"]), text(&body["client"]["captureUrl"]))
}

async fn capture_as(page: &str, face: &str) {
    let answer = client().post(page).json(&json!({"face": face})).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

async fn status(program: &Program, session: &str) -> String {
    let request = client().get(format!("{}/v1/sessions/{session}", program.url));
    let body: Value = authorized(request, "unused").send().await.unwrap().json().await.unwrap();
    body["status"].as_str().unwrap().to_owned()
}
