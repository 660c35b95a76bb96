//! Many at once, through two processes: what is good once is had once. Completions are in `complete`.

use reqwest::StatusCode;
use serde_json::json;

use crate::support::calls::HandedOff;
use crate::support::race::{assert_one_success, fifty, fifty_with};
use crate::support::recorder::Recorder;
use crate::support::world::{CHALLENGE, World, fresh_key, word};

rows![
    of_fifty_handoffs_one_stays,
    fifty_times_the_same_handoff_is_one,
    one_of_fifty_consumptions_succeeds,
    one_of_fifty_sessions_is_opened_and_one_run_started,
    one_of_fifty_exchanges_succeeds,
    one_of_fifty_uses_of_an_elevation_succeeds,
    a_completion_and_a_replacement_do_not_both_win,
];

async fn of_fifty_handoffs_one_stays(world: World) {
    let twin = world.twin().await;
    world.enrol("alice", "Y3JlZA").await;
    let answers = fifty(&[&world, &twin], "/v1/handoffs", &json!({"external_user_id": "alice"})).await;
    let mut statuses = Vec::new();
    for (status, body) in &answers {
        assert_eq!(*status, StatusCode::CREATED, "{body}");
        let handoff = HandedOff { id: word(body, "id"), token: word(body, "handoff_token") };
        statuses.push(world.handoff_status(&handoff).await);
    }
    statuses.sort_unstable();
    let (cancelled, last) = statuses.split_at(49);
    assert!(cancelled.iter().all(|status| status == "cancelled"), "{statuses:?}");
    assert_eq!(last, ["waiting"]);
}

async fn fifty_times_the_same_handoff_is_one(world: World) {
    let twin = world.twin().await;
    world.enrol("alice", "Y3JlZA").await;
    let (key, body) = (fresh_key(), json!({"external_user_id": "alice"}));
    let answers = fifty_with(&[&world, &twin], "/v1/handoffs", &body, || key.clone()).await;
    for answer in &answers {
        assert_eq!(*answer, answers[0]);
    }
    let (_, body) = &answers[0];
    let handoff = HandedOff { id: word(body, "id"), token: word(body, "handoff_token") };
    assert_eq!(world.handoff_status(&handoff).await, "waiting");
}

async fn one_of_fifty_consumptions_succeeds(world: World) {
    let twin = world.twin().await;
    world.enrol("alice", "Y3JlZA").await;
    let handoff = world.hand_off("alice").await;
    let body = json!({"handoff_token": handoff.token});
    let answers = fifty(&[&world, &twin], "/v1/handoffs/consume", &body).await;
    assert_one_success(&answers, StatusCode::OK, "already_consumed");
    let trail = world.trail(&handoff.id).await;
    assert_eq!(trail.iter().filter(|event| event.ends_with("handoff.consumed")).count(), 1);
}

async fn one_of_fifty_sessions_is_opened_and_one_run_started(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let handoff = world.consumed("alice").await;
    let (recorder, one) = Recorder::before(&world).await;
    let two = one.twin().await;
    let (path, body) =
        (format!("{}/authentication", handoff.path()), json!({"challenge": CHALLENGE, "rp_id": "localhost"}));
    let answers = fifty(&[&one, &two], &path, &body).await;
    assert_one_success(&answers, StatusCode::CREATED, "already_opened");
    assert_eq!(recorder.take().len(), 1, "runs cost money");
}

async fn one_of_fifty_exchanges_succeeds(world: World) {
    let twin = world.twin().await;
    world.enrol("alice", "Y3JlZA").await;
    let recovery = world.recover("alice").await;
    world.capture(&recovery.session, "mine").await;
    let path = format!("/v1/recoveries/{}/exchange", recovery.session.id);
    let body = json!({"continuation": recovery.continuation});
    let answers = fifty(&[&world, &twin], &path, &body).await;
    assert_one_success(&answers, StatusCode::OK, "already_exchanged");
}

async fn one_of_fifty_uses_of_an_elevation_succeeds(world: World) {
    let twin = world.twin().await;
    let answers = fifty(&[&world, &twin], "/v1/elevations/e1/consume", &json!({})).await;
    assert_one_success(&answers, StatusCode::NO_CONTENT, "already_consumed");
}

async fn a_completion_and_a_replacement_do_not_both_win(world: World) {
    let twin = world.twin().await;
    world.enrol("alice", "Y3JlZA").await;
    for _ in 0..10 {
        let (handoff, session) = world.opened("alice").await;
        world.capture(&session, "mine").await;
        let (completed, next) = tokio::join!(world.complete(&session, "Y3JlZA"), twin.hand_off("alice"));
        let wanted = if completed.0 == StatusCode::OK { "completed" } else { "cancelled" };
        assert_eq!(world.handoff_status(&handoff).await, wanted);
        assert_eq!(world.handoff_status(&next).await, "waiting");
    }
}
