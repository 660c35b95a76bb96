//! The same request twice is one request.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::world::{World, answer, code, fresh_key, opening};

rows![
    every_post_needs_one_key,
    the_same_request_gets_the_same_answer,
    a_key_serves_no_other_request,
    fifty_times_the_same_opening_is_one_session,
    a_refused_request_may_succeed_later_with_its_key,
    a_refused_request_keeps_its_key,
    a_key_is_forgotten_after_a_day,
];

async fn every_post_needs_one_key(world: World) {
    let long = "k".repeat(256);
    let rows: &[(&str, &[&str])] = &[
        ("none", &[]),
        ("empty", &[""]),
        ("two", &["a", "b"]),
        ("the same twice", &["a", "a"]),
        ("with a space", &["a b"]),
        ("too long", &[&long]),
    ];
    for path in [
        "/v1/sessions",
        "/v1/sessions/x/complete",
        "/v1/sessions/x/cancel",
        "/v1/handoffs",
        "/v1/handoffs/consume",
        "/v1/handoffs/x/authentication",
        "/v1/handoffs/x/cancel",
        "/v1/recoveries",
        "/v1/recoveries/x/exchange",
        "/v1/elevations/x/consume",
    ] {
        for (name, keys) in rows {
            let mut request = world.request(Method::POST, path).json(&json!({}));
            for key in *keys {
                request = request.header("idempotency-key", *key);
            }
            let (status, body) = answer(request).await;
            let wanted = (StatusCode::BAD_REQUEST, "idempotency_key_required");
            assert_eq!((status, code(&body).as_str()), wanted, "{path}: {name}");
        }
    }
}

async fn the_same_request_gets_the_same_answer(world: World) {
    let key = fresh_key();
    let body = opening("registration", "alice");
    let first = world.post_as(&key, "/v1/sessions", &body).await;
    assert_eq!(first.0, StatusCode::CREATED);
    assert_eq!(world.post_as(&key, "/v1/sessions", &body).await, first);
    let other = world.post("/v1/sessions", &body).await;
    assert_ne!(other.1["id"], first.1["id"], "another key is another session");
}

async fn a_key_serves_no_other_request(world: World) {
    let key = fresh_key();
    let (_, opened) = world.post_as(&key, "/v1/sessions", &opening("registration", "alice")).await;
    let cancel = format!("/v1/sessions/{}/cancel", opened["id"].as_str().unwrap());
    let rows: [(&str, &str, Value); 2] = [
        ("another body", "/v1/sessions", opening("registration", "bob")),
        ("another path", &cancel, json!({})),
    ];
    for (name, path, body) in rows {
        let (status, body) = world.post_as(&key, path, &body).await;
        let wanted = (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused");
        assert_eq!((status, code(&body).as_str()), wanted, "{name}");
    }
    let key = fresh_key();
    let other = world.open("registration", "alice").await;
    assert_eq!(world.post_as(&key, &cancel, &json!({})).await.0, StatusCode::OK);
    let (_, body) = world.post_as(&key, &format!("{}/cancel", other.path()), &json!({})).await;
    assert_eq!(code(&body), "idempotency_key_reused", "the same body to another path");
    assert_eq!(world.status(&other).await, "pending");
}

async fn fifty_times_the_same_opening_is_one_session(world: World) {
    let twin = world.twin().await;
    let key = fresh_key();
    let mut racing = JoinSet::new();
    for n in 0..50 {
        let world = if n % 2 == 0 { &world } else { &twin };
        let request = world.request(Method::POST, "/v1/sessions").header("idempotency-key", &key);
        racing.spawn(answer(request.json(&opening("registration", "alice"))));
    }
    let answers = racing.join_all().await;
    for (status, body) in &answers {
        assert_eq!((*status, body), (StatusCode::CREATED, &answers[0].1));
    }
}

async fn a_refused_request_may_succeed_later_with_its_key(world: World) {
    let session = world.open("registration", "alice").await;
    let (key, path) = (fresh_key(), format!("{}/complete", session.path()));
    let body = json!({"credential_id": "Y3JlZA"});
    assert_eq!(code(&world.post_as(&key, &path, &body).await.1), "not_ready");
    world.capture(&session, "mine").await;
    assert_eq!(world.post_as(&key, &path, &body).await.0, StatusCode::OK);

    let key = fresh_key();
    let step_up = opening("step_up", "bob");
    assert_eq!(code(&world.post_as(&key, "/v1/sessions", &step_up).await.1), "not_enrolled");
    world.enrol("bob", "Ym9i").await;
    assert_eq!(world.post_as(&key, "/v1/sessions", &step_up).await.0, StatusCode::CREATED);
}

async fn a_refused_request_keeps_its_key(world: World) {
    let session = world.open("registration", "alice").await;
    let (key, path) = (fresh_key(), format!("{}/complete", session.path()));
    world.post_as(&key, &path, &json!({"credential_id": "Y3JlZA"})).await;
    world.capture(&session, "mine").await;
    let (status, body) = world.post_as(&key, &path, &json!({"credential_id": "b3RoZXI"})).await;
    let wanted = (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused");
    assert_eq!((status, code(&body).as_str()), wanted);
    assert_eq!(world.status(&session).await, "matched");
}

async fn a_key_is_forgotten_after_a_day(world: World) {
    let key = fresh_key();
    let (_, first) = world.post_as(&key, "/v1/sessions", &opening("registration", "alice")).await;
    world.clock.advance(24 * 60 * 60);
    world.service.tidy().await.unwrap();
    let (_, kept) = world.post_as(&key, "/v1/sessions", &opening("registration", "alice")).await;
    assert_eq!(kept, first);
    world.clock.advance(24 * 60 * 60 + 1);
    world.service.tidy().await.unwrap();
    let (status, anew) = world.post_as(&key, "/v1/sessions", &opening("registration", "alice")).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_ne!(anew["id"], first["id"]);
}
