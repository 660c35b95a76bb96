//! The session of a hand-off, and the hand-off that follows it.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode as Status;
use axum::routing::post;
use countersign_orchestrator::serve;
use reqwest::StatusCode;
use serde_json::json;
use tokio::sync::Notify;

use crate::support::world::{
    CHALLENGE, HANDOFF_SECONDS, KEY, Opened, REFRESH_SECONDS, SESSION_SECONDS, World, code, fresh_key, run,
    word,
};

rows![
    a_check_on_another_device_completes_the_handoff,
    a_handoff_follows_its_session,
    a_lost_webhook_is_made_good_by_following,
    a_session_has_its_own_time,
    the_transaction_is_shown_on_the_other_device,
    a_session_is_opened_for_a_consumed_handoff_only,
    the_same_request_opens_the_same_session,
    an_opening_that_failed_may_be_tried_again,
    an_opening_whose_process_died_may_be_tried_again,
    a_handoff_cancelled_meanwhile_gets_no_session,
    a_session_cancelled_by_itself_ends_its_handoff,
];

async fn a_check_on_another_device_completes_the_handoff(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let handoff = world.consumed("alice").await;
    let (status, body) = world.authenticate(&handoff).await;
    assert_eq!(status, StatusCode::CREATED);
    let mut members: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["client", "expires_at", "id", "status"]);
    assert_eq!((&body["status"], &body["expires_at"]), (&json!("pending"), &json!("2027-01-15T08:10:00Z")));
    assert!(body["client"]["sdkToken"].is_string() && body["client"]["captureUrl"].is_string(), "{body}");
    assert!(body["client"].get("continuation").is_none(), "{body}");
    let session = Opened::from(&body);

    let (_, report) = world.get(&session.path()).await;
    let wanted = json!({"id": session.id, "flow": "cross_platform", "external_user_id": "alice",
                        "challenge": CHALLENGE, "status": "pending"});
    assert_eq!(report, wanted);
    assert_eq!(world.handoff_status(&handoff).await, "consumed");
    world.capture(&session, "mine").await;
    let (_, report) = world.get(&session.path()).await;
    assert_eq!(report["verdict"].as_str().unwrap().split('.').count(), 3);
    let (_, report) = world.get(&handoff.path()).await;
    assert_eq!(report, json!({"id": handoff.id, "status": "matched"}));

    world.clock.advance(30);
    assert_eq!(world.complete(&session, "Y3JlZA").await, (StatusCode::OK, json!({"status": "completed"})));
    let (_, report) = world.get(&handoff.path()).await;
    let completed_at = "2027-01-15T08:00:30Z";
    let wanted = json!({"id": handoff.id, "status": "completed", "completed_at": completed_at});
    assert_eq!(report, wanted);
    world.clock.advance(SESSION_SECONDS);
    assert_eq!(world.get(&handoff.path()).await.1, wanted, "for good");
    let trail = world.trail(&handoff.id).await;
    let steps = [
        "gateway handoff.consumed",
        "gateway handoff.created",
        "idv session.matched",
        "gateway session.opened",
    ];
    assert_eq!(trail, [&steps[..], &["gateway session.completed"]].concat());
}

async fn a_handoff_follows_its_session(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    for (face, wanted) in [
        ("mine", "matched"),
        ("someone_else", "not_matched"),
        ("error", "cancelled"),
        ("review", "cancelled"),
        ("abandon", "cancelled"),
    ] {
        let (handoff, session) = world.opened("alice").await;
        world.capture(&session, face).await;
        // no webhook tells of an abandoned run
        world.clock.advance(REFRESH_SECONDS);
        assert_eq!(world.handoff_status(&handoff).await, wanted, "{face}");
    }
}

async fn a_lost_webhook_is_made_good_by_following(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let (handoff, session) = world.opened("alice").await;
    world.capture_with(&session, &json!({"face": "mine", "webhook": false})).await;
    assert_eq!(world.handoff_status(&handoff).await, "consumed");
    world.clock.advance(REFRESH_SECONDS);
    assert_eq!(world.handoff_status(&handoff).await, "matched");
}

async fn a_session_has_its_own_time(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let handoff = world.consumed("alice").await;
    world.clock.advance(HANDOFF_SECONDS - 1);
    assert_eq!(world.authenticate(&handoff).await.0, StatusCode::CREATED);
    world.clock.advance(SESSION_SECONDS - 1);
    assert_eq!(world.handoff_status(&handoff).await, "consumed");
    world.clock.advance(1);
    assert_eq!(world.handoff_status(&handoff).await, "expired");
}

async fn the_transaction_is_shown_on_the_other_device(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let transaction = json!({"hash": CHALLENGE, "display": "Pay 1500 EUR"});
    let body = json!({"external_user_id": "alice", "transaction": transaction});
    let (_, created) = world.post("/v1/handoffs", &body).await;
    world.post("/v1/handoffs/consume", &json!({"handoff_token": created["handoff_token"]})).await;
    let path = format!("/v1/handoffs/{}/authentication", word(&created, "id"));
    let (_, opened) = world.post(&path, &json!({"challenge": CHALLENGE, "rp_id": "localhost"})).await;
    let page = world.http.get(word(&opened["client"], "captureUrl")).send().await.unwrap();
    let page = page.text().await.unwrap();
    assert!(page.contains("Pay 1500 EUR"), "{page}");
}

async fn a_session_is_opened_for_a_consumed_handoff_only(world: World) {
    for (user, credential) in [("alice", "Y3JlZA"), ("bob", "Ym9i")] {
        world.enrol(user, credential).await;
    }
    let cancelled = world.consumed("alice").await;
    world.cancel(&cancelled.path()).await;
    let replaced = world.consumed("alice").await;
    let (opened, _) = world.opened("alice").await;
    let (completed, session) = world.opened("bob").await;
    world.capture(&session, "mine").await;
    world.complete(&session, "Ym9i").await;
    let waiting = world.hand_off("bob").await;
    for (name, handoff, wanted) in [
        ("waiting", &waiting, "not_consumed"),
        ("cancelled", &cancelled, "cancelled"),
        ("replaced", &replaced, "cancelled"),
        ("opened", &opened, "already_opened"),
        ("completed", &completed, "already_opened"),
    ] {
        let (status, body) = world.authenticate(handoff).await;
        assert_eq!((status, code(&body).as_str()), (StatusCode::CONFLICT, wanted), "{name}");
    }
    let ceremony = json!({"challenge": CHALLENGE, "rp_id": "localhost"});
    for (name, id) in [("nobody's", "hof_none"), ("a session's", session.id.as_str())] {
        let (status, body) = world.post(&format!("/v1/handoffs/{id}/authentication"), &ceremony).await;
        assert_eq!((status, code(&body).as_str()), (StatusCode::NOT_FOUND, "not_found"), "{name}");
    }
}

async fn the_same_request_opens_the_same_session(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let handoff = world.consumed("alice").await;
    let (key, path) = (fresh_key(), format!("{}/authentication", handoff.path()));
    let body = json!({"challenge": CHALLENGE, "rp_id": "localhost"});
    let first = world.post_as(&key, &path, &body).await;
    assert_eq!(first.0, StatusCode::CREATED);
    assert_eq!(world.post_as(&key, &path, &body).await, first);
}

async fn an_opening_that_failed_may_be_tried_again(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let handoff = world.consumed("alice").await;
    let blind = World::before(&world.database, "http://127.0.0.1:1", world.clock.clone(), KEY, None).await;
    let (status, body) = blind.authenticate(&handoff).await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::SERVICE_UNAVAILABLE, "idv_unavailable"));
    assert_eq!(world.handoff_status(&handoff).await, "consumed");
    assert_eq!(world.authenticate(&handoff).await.0, StatusCode::CREATED);
}

async fn an_opening_whose_process_died_may_be_tried_again(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let handoff = world.consumed("alice").await;
    // what a process that died while it opened leaves behind
    let now = 1_800_000_000;
    assert!(world.service.store.take_opening(&handoff.id, "ses_dead", now, now + 30).await.unwrap());
    world.clock.advance(29);
    assert_eq!(code(&world.authenticate(&handoff).await.1), "already_opened");
    assert_eq!(world.handoff_status(&handoff).await, "consumed");
    world.clock.advance(1);
    assert_eq!(world.authenticate(&handoff).await.0, StatusCode::CREATED);
}

async fn a_handoff_cancelled_meanwhile_gets_no_session(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let handoff = world.consumed("alice").await;
    // an IDV API that says when it is asked, and answers when the test says so
    let (asked, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (heard, answer) = (Arc::clone(&asked), Arc::clone(&go));
    let started = post(async move |axum::Json(mut run): axum::Json<serde_json::Value>| {
        heard.notify_one();
        answer.notified().await;
        run["id"] = json!("11111111-0000-4000-8000-000000000000");
        run["status"] = json!("awaiting_input");
        (Status::CREATED, axum::Json(run))
    });
    let router = Router::new().route("/v3.6/workflow_runs", started);
    let (listener, address) = serve::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let _stop = run(listener, router);
    let idv = format!("http://{address}");
    let slow = World::before(&world.database, &idv, world.clock.clone(), KEY, None).await;

    let (opened, ()) = tokio::join!(slow.authenticate(&handoff), async {
        asked.notified().await;
        assert_eq!(world.cancel(&handoff.path()).await.0, StatusCode::OK);
        go.notify_one();
    });
    let (status, body) = opened;
    assert_eq!((status, code(&body).as_str()), (StatusCode::CONFLICT, "cancelled"));
    assert_eq!(world.handoff_status(&handoff).await, "cancelled");
    assert!(!world.trail(&handoff.id).await.iter().any(|event| event.ends_with("session.opened")));
}

async fn a_session_cancelled_by_itself_ends_its_handoff(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let (handoff, session) = world.opened("alice").await;
    world.cancel(&session.path()).await;
    assert_eq!(world.handoff_status(&handoff).await, "cancelled");
}
