//! What time ends, and what is looked up when nobody tells.

use reqwest::StatusCode;
use serde_json::json;

use crate::support::world::{REFRESH_SECONDS, SESSION_SECONDS, World, code};

rows![
    a_pending_session_expires,
    a_match_that_nobody_used_expires,
    a_verdict_after_the_end_is_ignored,
    an_abandoned_run_is_found_by_looking,
    a_lost_webhook_is_made_good_by_looking,
    a_session_just_looked_up_is_not_looked_up_again,
    housekeeping_ends_sessions_and_says_so,
];

async fn a_pending_session_expires(world: World) {
    let session = world.open("registration", "alice").await;
    world.clock.advance(SESSION_SECONDS - 1);
    assert_eq!(world.status(&session).await, "pending");
    world.clock.advance(1);
    assert_eq!(world.status(&session).await, "expired");
    let (status, body) = world.complete(&session, "Y3JlZA").await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::CONFLICT, "not_matched"));
}

async fn a_match_that_nobody_used_expires(world: World) {
    let session = world.open("registration", "alice").await;
    world.capture(&session, "mine").await;
    world.clock.advance(SESSION_SECONDS);
    assert_eq!(world.status(&session).await, "expired");
    assert!(world.get(&session.path()).await.1.get("verdict").is_none());
    let (status, body) = world.complete(&session, "Y3JlZA").await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::CONFLICT, "not_matched"));
}

async fn a_verdict_after_the_end_is_ignored(world: World) {
    let session = world.open("registration", "alice").await;
    world.clock.advance(SESSION_SECONDS);
    world.capture(&session, "mine").await;
    assert_eq!(world.status(&session).await, "expired");
    assert!(world.service.store.audit_trail(&session.id).await.unwrap().len() == 1);
}

async fn an_abandoned_run_is_found_by_looking(world: World) {
    let session = world.open("registration", "alice").await;
    world.capture(&session, "abandon").await;
    assert_eq!(world.status(&session).await, "pending", "no webhook tells of it");
    world.clock.advance(REFRESH_SECONDS);
    assert_eq!(world.status(&session).await, "failed");
}

async fn a_lost_webhook_is_made_good_by_looking(world: World) {
    let session = world.open("registration", "alice").await;
    world.capture_with(&session, &json!({"face": "mine", "webhook": false})).await;
    assert_eq!(world.status(&session).await, "pending");
    world.clock.advance(REFRESH_SECONDS);
    assert_eq!(world.status(&session).await, "matched");
    assert_eq!(world.complete(&session, "Y3JlZA").await.0, StatusCode::OK);
    world.open("step_up", "alice").await;
}

async fn a_session_just_looked_up_is_not_looked_up_again(world: World) {
    let session = world.open("registration", "alice").await;
    world.clock.advance(REFRESH_SECONDS);
    assert_eq!(world.status(&session).await, "pending");
    // the look-up was at this second; whatever happened since waits for the next one
    world.capture_with(&session, &json!({"face": "mine", "webhook": false})).await;
    world.clock.advance(REFRESH_SECONDS - 1);
    assert_eq!(world.status(&session).await, "pending");
    world.clock.advance(1);
    assert_eq!(world.status(&session).await, "matched");
}

async fn housekeeping_ends_sessions_and_says_so(world: World) {
    let open = world.open("registration", "alice").await;
    let used = world.open("registration", "bob").await;
    world.capture(&used, "mine").await;
    world.complete(&used, "Ym9i").await;
    world.clock.advance(SESSION_SECONDS);
    world.service.tidy().await.unwrap();
    world.service.tidy().await.unwrap();
    let trail = world.service.store.audit_trail(&open.id).await.unwrap();
    let expired = ("orchestrator".to_owned(), "session.expired".to_owned());
    assert_eq!(trail.iter().filter(|event| **event == expired).count(), 1, "{trail:?}");
    assert_eq!(world.status(&open).await, "expired");
    assert_eq!(world.status(&used).await, "completed");
}
