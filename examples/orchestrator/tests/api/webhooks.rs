//! Webhooks: who signed, what was signed, and whether the IDV API bears it out.

use countersign_orchestrator::idv::sign;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::world::{PREVIOUS_WEBHOOK_TOKEN, WEBHOOK_TOKEN, World, answer, code};

rows![
    an_unsigned_or_wrongly_signed_webhook_is_refused,
    the_key_before_still_signs,
    a_replay_is_recognised,
    what_the_api_does_not_bear_out_is_not_believed,
    events_about_other_things_are_taken_and_ignored,
    a_webhook_is_refused_while_the_api_is_silent_and_taken_later,
    every_step_of_a_session_is_on_the_audit_trail,
];

async fn an_unsigned_or_wrongly_signed_webhook_is_refused(world: World) {
    let session = world.open("registration", "alice").await;
    world.capture_with(&session, &json!({"face": "mine", "webhook": false})).await;
    let body = session.event("approved").to_string();
    let good = sign(WEBHOOK_TOKEN, body.as_bytes());
    let forged = sign("another token", body.as_bytes());
    let flipped = format!("{}{}", &good[..63], if good.ends_with('0') { '1' } else { '0' });
    let rows: &[(&str, String, Option<String>)] = &[
        ("none", body.clone(), None),
        ("empty", body.clone(), Some(String::new())),
        ("another key", body.clone(), Some(forged)),
        ("one digit changed", body.clone(), Some(flipped)),
        ("upper case", body.clone(), Some(good.to_uppercase())),
        ("cut off", body.clone(), Some(good[..62].to_owned())),
        ("too long", body.clone(), Some(format!("{good}00"))),
        ("with a prefix", body.clone(), Some(format!("sha256={good}"))),
        ("body cut off", body[..body.len() - 1].to_owned(), Some(good.clone())),
        ("body written anew", body.replace(":{", ": {"), Some(good.clone())),
        ("body changed", body.replace("approved", "declined"), Some(good.clone())),
        ("of an empty body", String::new(), Some(good.clone())),
    ];
    for (name, body, signature) in rows {
        let (status, body) = world.send_webhook(body.as_bytes(), signature.as_deref()).await;
        let wanted = (StatusCode::UNAUTHORIZED, "webhook_rejected");
        assert_eq!((status, code(&body).as_str()), wanted, "{name}");
        assert_eq!(world.status(&session).await, "pending", "{name}");
    }
    let request = world.http.post(format!("{}/v1/webhooks/idv", world.base));
    let twice = request.header("x-sha2-signature", &good).header("x-sha2-signature", &good);
    assert_eq!(answer(twice.body(body.clone())).await.0, StatusCode::UNAUTHORIZED, "two signatures");

    let (status, told) = world.send_webhook(body.as_bytes(), Some(&good)).await;
    assert_eq!((status, told), (StatusCode::OK, json!({"status": "applied"})));
    assert_eq!(world.status(&session).await, "matched");
}

async fn the_key_before_still_signs(world: World) {
    let session = world.open("registration", "alice").await;
    world.capture_with(&session, &json!({"face": "mine", "webhook": false})).await;
    let body = session.event("approved").to_string();
    let signature = sign(PREVIOUS_WEBHOOK_TOKEN, body.as_bytes());
    assert_eq!(world.send_webhook(body.as_bytes(), Some(&signature)).await.0, StatusCode::OK);
    assert_eq!(world.status(&session).await, "matched");
}

async fn a_replay_is_recognised(world: World) {
    let session = world.open("registration", "alice").await;
    world.capture_with(&session, &json!({"face": "mine", "webhook": false})).await;
    let event = session.event("approved");
    assert_eq!(world.send_signed(&event).await.1["status"], "applied");
    assert_eq!(world.send_signed(&event).await.1["status"], "duplicate");
    // the same event in other words
    let mut reworded = event.clone();
    reworded["payload"]["object"]["completed_at_iso8601"] = json!("2030-01-01T00:00:00Z");
    assert_eq!(world.send_signed(&reworded).await.1["status"], "duplicate");
    world.complete(&session, "Y3JlZA").await;
    world.send_signed(&event).await;
    assert_eq!(world.status(&session).await, "completed");
    let trail = world.service.store.audit_trail(&session.id).await.unwrap();
    assert_eq!(trail.iter().filter(|(_, action)| action == "session.matched").count(), 1);
}

async fn what_the_api_does_not_bear_out_is_not_believed(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let session = world.open("step_up", "alice").await;
    let claim = session.event("approved");
    assert_eq!(world.send_signed(&claim).await.1["status"], "ignored", "the run still waits");
    assert_eq!(world.status(&session).await, "pending");
    world.capture_with(&session, &json!({"face": "someone_else", "webhook": false})).await;
    assert_eq!(world.send_signed(&claim).await.1["status"], "applied", "the run was declined");
    assert_eq!(world.status(&session).await, "not_matched");

    // an early claim does not use up the true event
    let session = world.open("step_up", "alice").await;
    let claim = session.event("approved");
    assert_eq!(world.send_signed(&claim).await.1["status"], "ignored");
    world.capture_with(&session, &json!({"face": "mine", "webhook": false})).await;
    assert_eq!(world.send_signed(&claim).await.1["status"], "applied");
    assert_eq!(world.status(&session).await, "matched");
}

async fn events_about_other_things_are_taken_and_ignored(world: World) {
    let session = world.open("registration", "alice").await;
    let event = |kind: &str, action: &str, id: &str| json!({"payload": {"resource_type": kind, "action": action, "object": {"id": id, "status": "approved"}}});
    let run = session.run_id();
    for (name, event) in [
        ("a task", event("workflow_task", "workflow_task.completed", "face_1")),
        ("a check", event("check", "check.completed", run)),
        ("an action to come", event("workflow_run", "workflow_run.paused", run)),
        ("another account's run", event("workflow_run", "workflow_run.completed", "none")),
        ("no payload", json!({"hello": 1})),
        ("not an object", json!("hello")),
    ] {
        let (status, body) = world.send_signed(&event).await;
        assert_eq!((status, body), (StatusCode::OK, json!({"status": "ignored"})), "{name}");
    }
    assert_eq!(world.status(&session).await, "pending");
}

async fn a_webhook_is_refused_while_the_api_is_silent_and_taken_later(world: World) {
    let session = world.open("registration", "alice").await;
    world.capture_with(&session, &json!({"face": "mine", "webhook": false})).await;
    let blind = World::before(
        &world.database,
        "http://127.0.0.1:1",
        world.clock.clone(),
        crate::support::world::KEY,
        None,
    )
    .await;
    let (status, body) = blind.send_signed(&session.event("approved")).await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::SERVICE_UNAVAILABLE, "idv_unavailable"));
    assert_eq!(world.status(&session).await, "pending");
    assert_eq!(world.send_signed(&session.event("approved")).await.1["status"], "applied");
}

async fn every_step_of_a_session_is_on_the_audit_trail(world: World) {
    let session = world.open("registration", "alice").await;
    world.capture(&session, "mine").await;
    world.complete(&session, "Y3JlZA").await;
    let trail = world.service.store.audit_trail(&session.id).await.unwrap();
    let trail: Vec<(&str, &str)> = trail.iter().map(|(who, what)| (who.as_str(), what.as_str())).collect();
    assert_eq!(
        trail,
        [
            ("gateway", "credential.stored"),
            ("gateway", "reference.stored"),
            ("gateway", "session.completed"),
            ("idv", "session.matched"),
            ("gateway", "session.opened"),
        ]
    );
}
