//! An IDV API that misbehaves: the caller gets an answer in time, and nothing is lost.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::StatusCode as Status;
use axum::response::IntoResponse as _;
use countersign_orchestrator::serve;
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::support::world::{
    KEY, REFRESH_SECONDS, REGISTRATION, World, answer, code, fresh_key, opening, run,
};

rows![
    every_fault_at_the_opening_is_answered_in_time,
    the_same_request_succeeds_once_the_api_is_back,
    a_pending_session_stays_pending_while_the_api_is_silent,
    another_sessions_run_is_not_believed,
    of_many_readers_one_asks,
];

/// Right but for its id.
const PATH_FOR_AN_ID: &str = r#"{"id":"../applicants","applicant_id":"applicant-0","workflow_id":"11111111-1111-4111-8111-111111111111","status":"awaiting_input"}"#;

#[derive(Debug, Clone, Copy)]
enum Fault {
    Answers(u16, &'static str),
    Redirects,
    Silent,
    TooLong,
}

async fn every_fault_at_the_opening_is_answered_in_time(world: World) {
    let unavailable = (StatusCode::SERVICE_UNAVAILABLE, "idv_unavailable");
    let refused = (StatusCode::BAD_GATEWAY, "idv_refused");
    let rows = [
        ("slow", Fault::Silent, unavailable),
        ("500", Fault::Answers(500, "{}"), unavailable),
        ("503", Fault::Answers(503, ""), unavailable),
        ("429", Fault::Answers(429, "{}"), unavailable),
        ("401", Fault::Answers(401, "{}"), refused),
        ("422", Fault::Answers(422, "{}"), refused),
        ("garbage", Fault::Answers(201, "<html>"), unavailable),
        ("no id", Fault::Answers(201, "{}"), unavailable),
        (
            "another run",
            Fault::Answers(201, r#"{"id":"x","applicant_id":"y","workflow_id":"z","status":"approved"}"#),
            unavailable,
        ),
        ("an id that leads elsewhere", Fault::Answers(201, PATH_FOR_AN_ID), unavailable),
        ("too long", Fault::TooLong, unavailable),
        ("a redirect", Fault::Redirects, refused),
    ];
    for (name, fault, (status, wanted)) in rows {
        let (idv, _stop) = broken(fault).await;
        let orchestrator = World::before(&world.database, &idv, world.clock.clone(), KEY, None).await;
        let start = Instant::now();
        let (got, body) = orchestrator.post("/v1/sessions", &opening("registration", "alice")).await;
        assert_eq!((got, code(&body).as_str()), (status, wanted), "{name}");
        assert!(start.elapsed() < Duration::from_secs(5), "{name}: {:?}", start.elapsed());
    }
    let nobody = World::before(&world.database, "http://127.0.0.1:1", world.clock.clone(), KEY, None).await;
    let (status, _) = nobody.post("/v1/sessions", &opening("registration", "alice")).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "nobody there");
}

async fn the_same_request_succeeds_once_the_api_is_back(world: World) {
    let (idv, _stop) = broken(Fault::Answers(500, "")).await;
    let before = World::before(&world.database, &idv, world.clock.clone(), KEY, None).await;
    let key = fresh_key();
    let body = opening("registration", "alice");
    assert_eq!(before.post_as(&key, "/v1/sessions", &body).await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(world.post_as(&key, "/v1/sessions", &body).await.0, StatusCode::CREATED);
}

async fn a_pending_session_stays_pending_while_the_api_is_silent(world: World) {
    let session = world.open("registration", "alice").await;
    world.capture_with(&session, &json!({"face": "mine", "webhook": false})).await;
    world.clock.advance(REFRESH_SECONDS);
    let (idv, _stop) = broken(Fault::Silent).await;
    let deaf = World::before(&world.database, &idv, world.clock.clone(), KEY, None).await;
    assert_eq!(deaf.status(&session).await, "pending");
    world.clock.advance(REFRESH_SECONDS);
    assert_eq!(world.status(&session).await, "matched");
}

async fn another_sessions_run_is_not_believed(world: World) {
    let session = world.open("registration", "alice").await;
    let run = session.run_id();
    let stranger = format!(
        r#"{{"id":"{run}","applicant_id":"stranger","workflow_id":"w","status":"approved","output":{{"encrypted_biometric_token":"t"}}}}"#
    );
    let (idv, _stop) = broken(Fault::Answers(200, stranger.leak())).await;
    let fooled = World::before(&world.database, &idv, world.clock.clone(), KEY, None).await;
    world.clock.advance(REFRESH_SECONDS);
    assert_eq!(fooled.status(&session).await, "pending");
    let (status, _) = fooled.send_signed(&session.event("approved")).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(world.status(&session).await, "pending");
}

async fn of_many_readers_one_asks(world: World) {
    let session = world.open("registration", "alice").await;
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let router = Router::new().fallback(async move || {
        counter.fetch_add(1, Ordering::SeqCst);
        Status::INTERNAL_SERVER_ERROR
    });
    let (listener, address) = serve::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let _stop = run(listener, router);
    let idv = format!("http://{address}");
    let counted = World::before(&world.database, &idv, world.clock.clone(), KEY, None).await;
    world.clock.advance(REFRESH_SECONDS);
    let mut readers = JoinSet::new();
    for _ in 0..20 {
        readers.spawn(answer(counted.request(Method::GET, &session.path())));
    }
    for (_, body) in readers.join_all().await {
        assert_eq!(body["status"], "pending");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

/// What the API would answer to the opening of these rows.
fn good_run() -> String {
    json!({"id": "r", "applicant_id": "applicant-0", "workflow_id": REGISTRATION, "status": "awaiting_input"})
        .to_string()
}

/// An IDV API that creates applicants and then misbehaves.
async fn broken(fault: Fault) -> (String, oneshot::Sender<()>) {
    let applicants = Arc::new(AtomicUsize::new(0));
    let router = Router::new()
        .route(
            "/v3.6/applicants",
            axum::routing::post(async move || {
                let id = format!("applicant-{}", applicants.fetch_add(1, Ordering::Relaxed));
                (Status::CREATED, axum::Json(json!({"id": id})))
            }),
        )
        .fallback(async move || match fault {
            Fault::Answers(status, body) => {
                (Status::from_u16(status).unwrap(), [("content-type", "application/json")], body)
                    .into_response()
            }
            // a good answer, but for its length
            Fault::TooLong => (Status::CREATED, " ".repeat(3 << 20) + &good_run()).into_response(),
            Fault::Redirects => axum::response::Redirect::temporary("http://127.0.0.1:1/").into_response(),
            Fault::Silent => std::future::pending().await,
        });
    let (listener, address) = serve::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    (format!("http://{address}"), run(listener, router))
}
