//! A live match lets a user without a passkey register another.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::world::{REFRESH_SECONDS, SESSION_SECONDS, World, code, fresh_key, opening};

rows![
    a_recovery_ends_with_another_credential_and_the_same_face,
    a_recovery_needs_an_enrolled_user,
    a_recovery_is_not_completed_before_its_exchange,
    a_continuation_is_exchanged_once,
    a_continuation_that_is_not_exchanged_says_why,
    another_continuation_is_told_nothing,
    a_lost_webhook_is_made_good_at_the_exchange,
    a_recovery_takes_no_credential_of_another_user,
    a_verdict_is_for_every_relying_party,
];

async fn a_recovery_ends_with_another_credential_and_the_same_face(world: World) {
    world.enrol("alice", "bG9zdA").await;
    let (status, body) = world.post("/v1/recoveries", &json!({"external_user_id": "alice"})).await;
    assert_eq!(status, StatusCode::CREATED);
    let mut members: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["client", "expires_at", "id", "status"]);
    let mut client: Vec<&str> = body["client"].as_object().unwrap().keys().map(String::as_str).collect();
    client.sort_unstable();
    assert_eq!(client, ["captureUrl", "continuation", "sdkToken"]);

    let recovery = world.recover("alice").await;
    let session = &recovery.session;
    let (_, report) = world.get(&session.path()).await;
    let wanted =
        json!({"id": session.id, "flow": "recovery", "external_user_id": "alice", "status": "pending"});
    assert_eq!(report, wanted, "no challenge");
    world.capture(session, "mine").await;
    assert_eq!(world.status(session).await, "matched");
    assert_eq!(world.exchange(&recovery).await, (StatusCode::OK, json!({"status": "exchanged"})));
    assert_eq!(world.status(session).await, "matched", "until it is completed");
    let completion = json!({"credential_id": "bmV3", "public_key": "a2V5", "user_handle": "aGFuZGxl"});
    let (status, completed) = world.post(&format!("{}/complete", session.path()), &completion).await;
    assert_eq!((status, completed), (StatusCode::OK, json!({"status": "completed"})));
    let (_, owner) = world.get("/v1/credentials/bmV3").await;
    let known = json!({"external_user_id": "alice", "public_key": "a2V5", "user_handle": "aGFuZGxl"});
    assert_eq!(owner, known);
    assert_eq!(
        world.trail(&session.id).await,
        [
            "gateway continuation.exchanged",
            "gateway credential.stored",
            "gateway session.completed",
            "idv session.matched",
            "gateway session.opened",
        ],
        "and no reference was stored"
    );
    let step_up = world.open("step_up", "alice").await;
    world.capture(&step_up, "mine").await;
    assert_eq!(world.status(&step_up).await, "matched");
}

async fn a_recovery_needs_an_enrolled_user(world: World) {
    let body = json!({"external_user_id": "alice"});
    let (key, path) = (fresh_key(), "/v1/recoveries");
    let (status, answer) = world.post_as(&key, path, &body).await;
    assert_eq!((status, code(&answer).as_str()), (StatusCode::CONFLICT, "not_enrolled"));
    world.enrol("alice", "Y3JlZA").await;
    let first = world.post_as(&key, path, &body).await;
    assert_eq!(first.0, StatusCode::CREATED);
    assert_eq!(world.post_as(&key, path, &body).await, first, "with the same continuation");
}

async fn a_recovery_is_not_completed_before_its_exchange(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let recovery = world.recover("alice").await;
    let refused = async |when: &str, wanted: &str| {
        let (status, body) = world.complete(&recovery.session, "bmV3").await;
        assert_eq!((status, code(&body).as_str()), (StatusCode::CONFLICT, wanted), "{when}");
    };
    refused("pending", "not_ready").await;
    world.capture(&recovery.session, "mine").await;
    refused("matched", "not_ready").await;
    assert_eq!(world.get("/v1/credentials/bmV3").await.0, StatusCode::NOT_FOUND);
    world.exchange(&recovery).await;
    assert_eq!(world.complete(&recovery.session, "bmV3").await.0, StatusCode::OK);
    refused("completed", "already_completed").await;
}

async fn a_continuation_is_exchanged_once(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let recovery = world.recover("alice").await;
    world.capture(&recovery.session, "mine").await;
    let key = fresh_key();
    let path = format!("/v1/recoveries/{}/exchange", recovery.session.id);
    let body = json!({"continuation": recovery.continuation});
    let first = world.post_as(&key, &path, &body).await;
    assert_eq!(first.0, StatusCode::OK);
    assert_eq!(world.post_as(&key, &path, &body).await, first, "the same request");
    let (status, answer) = world.exchange(&recovery).await;
    assert_eq!((status, code(&answer).as_str()), (StatusCode::CONFLICT, "already_exchanged"), "another key");
    world.complete(&recovery.session, "bmV3").await;
    assert_eq!(code(&world.exchange(&recovery).await.1), "already_exchanged", "completed");
    world.clock.advance(SESSION_SECONDS);
    assert_eq!(code(&world.exchange(&recovery).await.1), "already_exchanged", "later");
}

async fn a_continuation_that_is_not_exchanged_says_why(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let conflict = StatusCode::CONFLICT;
    for (name, face, status, wanted) in [
        ("pending", None, conflict, "not_ready"),
        ("another face", Some("someone_else"), StatusCode::FORBIDDEN, "recovery_match_failed"),
        ("an error", Some("error"), conflict, "failed"),
        ("manual review", Some("review"), conflict, "failed"),
    ] {
        let recovery = world.recover("alice").await;
        if let Some(face) = face {
            world.capture(&recovery.session, face).await;
        }
        let (got, body) = world.exchange(&recovery).await;
        assert_eq!((got, code(&body).as_str()), (status, wanted), "{name}");
        assert!(world.complete(&recovery.session, "bmV3").await.0.is_client_error(), "{name}");
    }
    let cancelled = world.recover("alice").await;
    world.capture(&cancelled.session, "mine").await;
    world.cancel(&cancelled.session.path()).await;
    let late = world.recover("alice").await;
    world.capture(&late.session, "mine").await;
    world.clock.advance(SESSION_SECONDS);
    for (recovery, wanted) in [(&cancelled, "cancelled"), (&late, "expired")] {
        let (status, body) = world.exchange(recovery).await;
        assert_eq!((status, code(&body).as_str()), (conflict, wanted));
    }
}

async fn another_continuation_is_told_nothing(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let (ours, other) = (world.recover("alice").await, world.recover("alice").await);
    for when in ["pending", "matched", "exchanged"] {
        match when {
            "matched" => world.capture(&ours.session, "mine").await,
            "exchanged" => assert_eq!(world.exchange(&ours).await.0, StatusCode::OK),
            _ => {}
        }
        for continuation in [other.continuation.as_str(), "cnt_none", &ours.continuation[1..]] {
            let (status, body) = world.exchange_with(&ours.session, continuation).await;
            let wanted = (StatusCode::FORBIDDEN, "continuation_invalid");
            assert_eq!((status, code(&body).as_str()), wanted, "{when}");
        }
    }
    let step_up = world.open("step_up", "alice").await;
    for (name, id) in [("nobody's", "ses_none"), ("a step-up", step_up.id.as_str())] {
        let path = format!("/v1/recoveries/{id}/exchange");
        let (status, body) = world.post(&path, &json!({"continuation": other.continuation})).await;
        assert_eq!((status, code(&body).as_str()), (StatusCode::NOT_FOUND, "not_found"), "{name}");
    }
}

async fn a_lost_webhook_is_made_good_at_the_exchange(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let recovery = world.recover("alice").await;
    world.capture_with(&recovery.session, &json!({"face": "mine", "webhook": false})).await;
    assert_eq!(code(&world.exchange(&recovery).await.1), "not_ready");
    world.clock.advance(REFRESH_SECONDS);
    assert_eq!(world.exchange(&recovery).await.0, StatusCode::OK);
}

async fn a_recovery_takes_no_credential_of_another_user(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    world.enrol("mallory", "bWFsbG9yeQ").await;
    let recovery = world.recover("mallory").await;
    world.capture(&recovery.session, "mine").await;
    world.exchange(&recovery).await;
    let (status, body) = world.complete(&recovery.session, "Y3JlZA").await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::CONFLICT, "credential_taken"));
    assert_eq!(world.get("/v1/credentials/Y3JlZA").await.1["external_user_id"], "alice");
    assert_eq!(world.status(&recovery.session).await, "matched");
    // a passkey that she had before may be registered again
    assert_eq!(world.complete(&recovery.session, "bWFsbG9yeQ").await.0, StatusCode::OK);
}

async fn a_verdict_is_for_every_relying_party(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let recovery = world.recover("alice").await;
    assert!(world.get(&recovery.session.path()).await.1.get("verdict").is_none(), "pending");
    world.capture(&recovery.session, "mine").await;
    let (_, matched) = world.get(&recovery.session.path()).await;
    let claims = claims(matched["verdict"].as_str().unwrap());
    assert_eq!(claims["aud"], json!(["localhost", "bank.example"]));
    assert_eq!((&claims["flow"], claims.get("challenge")), (&json!("recovery"), None));

    let (_, step_up) = world.post("/v1/sessions", &opening("step_up", "alice")).await;
    let step_up = crate::support::world::Opened::from(&step_up);
    world.capture(&step_up, "mine").await;
    let (_, matched) = world.get(&step_up.path()).await;
    assert_eq!(self::claims(matched["verdict"].as_str().unwrap())["aud"], "localhost");
}

fn claims(jws: &str) -> Value {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let payload = jws.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
