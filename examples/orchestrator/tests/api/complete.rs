//! A match is used once.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::race::{assert_one_success, fifty, fifty_with};
use crate::support::world::{World, code, fresh_key};

rows![
    a_session_is_not_completed_before_its_match,
    a_second_completion_is_refused,
    one_of_fifty_completions_succeeds,
    one_of_fifty_completions_succeeds_across_two_processes,
    fifty_times_the_same_request_is_one_completion,
    a_credential_of_another_user_is_refused,
    a_step_up_with_another_users_credential_is_refused,
    a_completion_of_nothing_is_not_found,
];

async fn a_session_is_not_completed_before_its_match(world: World) {
    let session = world.open("registration", "alice").await;
    let (status, body) = world.complete(&session, "Y3JlZA").await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::CONFLICT, "not_ready"));
    world.capture(&session, "mine").await;
    assert_eq!(world.complete(&session, "Y3JlZA").await.0, StatusCode::OK);
}

async fn a_second_completion_is_refused(world: World) {
    let session = world.open("registration", "alice").await;
    world.capture(&session, "mine").await;
    assert_eq!(world.complete(&session, "Y3JlZA").await.0, StatusCode::OK);
    let (status, body) = world.complete(&session, "Y3JlZA").await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::CONFLICT, "already_completed"));
}

async fn one_of_fifty_completions_succeeds(world: World) {
    let session = world.open("registration", "alice").await;
    world.capture(&session, "mine").await;
    let answers = fifty(&[&world], &format!("{}/complete", session.path()), &completion()).await;
    assert_one_success(&answers, StatusCode::OK, "already_completed");
}

async fn one_of_fifty_completions_succeeds_across_two_processes(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let twin = world.twin().await;
    let session = world.open("step_up", "alice").await;
    world.capture(&session, "mine").await;
    let answers = fifty(&[&world, &twin], &format!("{}/complete", session.path()), &completion()).await;
    assert_one_success(&answers, StatusCode::OK, "already_completed");
}

async fn fifty_times_the_same_request_is_one_completion(world: World) {
    let twin = world.twin().await;
    let session = world.open("registration", "alice").await;
    world.capture(&session, "mine").await;
    let key = fresh_key();
    let path = format!("{}/complete", session.path());
    let answers = fifty_with(&[&world, &twin], &path, &completion(), || key.clone()).await;
    for answer in answers {
        assert_eq!(answer, (StatusCode::OK, json!({"status": "completed"})));
    }
    let trail = world.service.store.audit_trail(&session.id).await.unwrap();
    let completions = trail.iter().filter(|(_, action)| action == "session.completed");
    assert_eq!(completions.count(), 1);
}

async fn a_credential_of_another_user_is_refused(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let session = world.open("registration", "mallory").await;
    world.capture(&session, "mine").await;
    let (status, body) = world.complete(&session, "Y3JlZA").await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::CONFLICT, "credential_taken"));
    // nothing of it was done
    assert_eq!(world.get("/v1/credentials/Y3JlZA").await.1["external_user_id"], "alice");
    assert_eq!(world.status(&session).await, "matched");
    assert_eq!(world.complete(&session, "bWFsbG9yeQ").await.0, StatusCode::OK);
}

async fn a_step_up_with_another_users_credential_is_refused(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    world.enrol("mallory", "bWFsbG9yeQ").await;
    let session = world.open("step_up", "mallory").await;
    world.capture(&session, "mine").await;
    let (status, body) = world.complete(&session, "Y3JlZA").await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::CONFLICT, "credential_taken"));
    // one that the relying party had before us is nobody's here
    assert_eq!(world.complete(&session, "b2xk").await.0, StatusCode::OK);
}

async fn a_completion_of_nothing_is_not_found(world: World) {
    let (status, body) =
        world.post("/v1/sessions/ses_none/complete", &json!({"credential_id": "Y3JlZA"})).await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::NOT_FOUND, "not_found"));
}

fn completion() -> Value {
    json!({"credential_id": "Y3JlZA"})
}
