//! A hand-off and its token: created, consumed once, cancelled, replaced, too late.

use reqwest::StatusCode;
use serde_json::json;

use crate::support::world::{HANDOFF_SECONDS, World, code, fresh_key};

rows![
    a_handoff_waits_with_a_token,
    a_handoff_needs_an_enrolled_user,
    a_token_is_consumed_once,
    the_answer_to_a_consumption_can_be_had_again_with_its_key_only,
    a_token_that_is_not_good_says_why,
    a_new_handoff_ends_the_users_older_ones,
    a_cancelled_handoff_takes_its_session_along,
    what_has_ended_is_not_cancelled_any_more,
    a_handoff_that_nobody_used_expires,
    housekeeping_ends_handoffs_and_says_so,
];

async fn a_handoff_waits_with_a_token(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let (status, body) = world.post("/v1/handoffs", &json!({"external_user_id": "alice"})).await;
    assert_eq!(status, StatusCode::CREATED);
    let mut members: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["expires_at", "handoff_token", "id"]);
    let id = body["id"].as_str().unwrap();
    assert!(id.starts_with("hof_"), "{id}");
    // the clock stands at 1 800 000 000, and a hand-off lasts five minutes
    assert_eq!(body["expires_at"], "2027-01-15T08:05:00Z");
    let (status, report) = world.get(&format!("/v1/handoffs/{id}")).await;
    assert_eq!((status, report), (StatusCode::OK, json!({"id": id, "status": "waiting"})));
}

async fn a_handoff_needs_an_enrolled_user(world: World) {
    let body = json!({"external_user_id": "alice"});
    let refused = async |when: &str| {
        let (status, answer) = world.post("/v1/handoffs", &body).await;
        assert_eq!((status, code(&answer).as_str()), (StatusCode::CONFLICT, "not_enrolled"), "{when}");
    };
    refused("nobody knows the user").await;
    let registration = world.open("registration", "alice").await;
    world.capture(&registration, "mine").await;
    refused("the registration is not completed").await;
    world.complete(&registration, "Y3JlZA").await;
    assert_eq!(world.post("/v1/handoffs", &body).await.0, StatusCode::CREATED);
}

async fn a_token_is_consumed_once(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let handoff = world.hand_off("alice").await;
    let wanted = json!({"id": handoff.id, "external_user_id": "alice"});
    assert_eq!(world.consume(&handoff).await, (StatusCode::OK, wanted));
    assert_eq!(world.handoff_status(&handoff).await, "consumed");
    let (status, body) = world.consume(&handoff).await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::CONFLICT, "already_consumed"));
    assert_eq!(world.trail(&handoff.id).await, ["gateway handoff.consumed", "gateway handoff.created"]);
}

async fn the_answer_to_a_consumption_can_be_had_again_with_its_key_only(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let handoff = world.hand_off("alice").await;
    let (key, body) = (fresh_key(), json!({"handoff_token": handoff.token}));
    let first = world.post_as(&key, "/v1/handoffs/consume", &body).await;
    assert_eq!(first.0, StatusCode::OK);
    assert_eq!(world.post_as(&key, "/v1/handoffs/consume", &body).await, first);
    let (status, _) = world.post_as(&fresh_key(), "/v1/handoffs/consume", &body).await;
    assert_eq!(status, StatusCode::CONFLICT, "another key");
    let other = json!({"handoff_token": "hft_other"});
    let (status, answer) = world.post_as(&key, "/v1/handoffs/consume", &other).await;
    let wanted = (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused");
    assert_eq!((status, code(&answer).as_str()), wanted, "another token");
}

async fn a_token_that_is_not_good_says_why(world: World) {
    for (user, credential) in [("cancelled", "Yw"), ("replaced", "cg"), ("used", "dQ"), ("late", "bA")] {
        world.enrol(user, credential).await;
    }
    let cancelled = world.hand_off("cancelled").await;
    world.cancel(&cancelled.path()).await;
    let replaced = world.hand_off("replaced").await;
    let replacement = world.hand_off("replaced").await;
    let used_and_cancelled = world.consumed("used").await;
    world.cancel(&used_and_cancelled.path()).await;
    let used_and_late = world.consumed("late").await;
    world.clock.advance(HANDOFF_SECONDS);
    let unknown = |token: String| crate::support::calls::HandedOff { id: String::new(), token };
    for (name, handoff, status, wanted) in [
        ("never given out", unknown("hft_none".to_owned()), StatusCode::NOT_FOUND, "not_found"),
        ("a character more", unknown(format!("{}A", replaced.token)), StatusCode::NOT_FOUND, "not_found"),
        ("an id", unknown(replacement.id.clone()), StatusCode::NOT_FOUND, "not_found"),
        ("not ASCII", unknown("\u{e9}\u{0}".to_owned()), StatusCode::NOT_FOUND, "not_found"),
        ("cancelled", cancelled, StatusCode::CONFLICT, "cancelled"),
        ("replaced", replaced, StatusCode::CONFLICT, "cancelled"),
        ("too late", replacement, StatusCode::CONFLICT, "expired"),
        ("used, then cancelled", used_and_cancelled, StatusCode::CONFLICT, "already_consumed"),
        ("used, then too late", used_and_late, StatusCode::CONFLICT, "already_consumed"),
    ] {
        let (got, body) = world.consume(&handoff).await;
        assert_eq!((got, code(&body).as_str()), (status, wanted), "{name}");
    }
}

async fn a_new_handoff_ends_the_users_older_ones(world: World) {
    for (user, credential) in [("alice", "Y3JlZA"), ("bob", "Ym9i")] {
        world.enrol(user, credential).await;
    }
    let bobs = world.hand_off("bob").await;
    let step_up = world.open("step_up", "alice").await;

    let waiting = world.hand_off("alice").await;
    let consumed = world.consumed("alice").await;
    assert_eq!(world.handoff_status(&waiting).await, "cancelled");
    let (pending, pending_session) = world.opened("alice").await;
    assert_eq!(world.handoff_status(&consumed).await, "cancelled");
    let (matched, matched_session) = world.opened("alice").await;
    assert_eq!(world.handoff_status(&pending).await, "cancelled");
    assert_eq!(world.status(&pending_session).await, "cancelled");
    world.capture(&matched_session, "mine").await;
    assert_eq!(world.handoff_status(&matched).await, "matched");
    let (completed, completed_session) = world.opened("alice").await;
    assert_eq!(world.handoff_status(&matched).await, "cancelled", "a match is used by one hand-off only");
    assert_eq!(code(&world.complete(&matched_session, "Y3JlZA").await.1), "not_matched");
    world.capture(&completed_session, "mine").await;
    assert_eq!(world.complete(&completed_session, "Y3JlZA").await.0, StatusCode::OK);
    let last = world.hand_off("alice").await;
    for (name, handoff, wanted) in
        [("completed", &completed, "completed"), ("the last", &last, "waiting"), ("bob's", &bobs, "waiting")]
    {
        assert_eq!(world.handoff_status(handoff).await, wanted, "{name}");
    }
    assert_eq!(world.status(&step_up).await, "pending", "not a hand-off's");
    let ended = ["gateway handoff.cancelled", "gateway handoff.created"];
    assert_eq!(world.trail(&waiting.id).await, ended);
}

async fn a_cancelled_handoff_takes_its_session_along(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let cancelled = (StatusCode::OK, json!({"status": "cancelled"}));
    for name in ["waiting", "consumed", "pending", "matched"] {
        let (handoff, session) = match name {
            "waiting" => (world.hand_off("alice").await, None),
            "consumed" => (world.consumed("alice").await, None),
            _ => {
                let (handoff, session) = world.opened("alice").await;
                (handoff, Some(session))
            }
        };
        if let (Some(session), "matched") = (&session, name) {
            world.capture(session, "mine").await;
            assert_eq!(world.handoff_status(&handoff).await, "matched");
        }
        for time in ["once", "twice"] {
            assert_eq!(world.cancel(&handoff.path()).await, cancelled, "{name}, {time}");
        }
        assert_eq!(world.handoff_status(&handoff).await, "cancelled", "{name}");
        assert_eq!(world.consume(&handoff).await.0, StatusCode::CONFLICT, "{name}");
        if let Some(session) = &session {
            assert_eq!(world.status(session).await, "cancelled", "{name}");
            assert_eq!(code(&world.complete(session, "Y3JlZA").await.1), "not_matched", "{name}");
        }
        let trail = world.trail(&handoff.id).await;
        let cancellations = trail.iter().filter(|event| event.ends_with(".cancelled"));
        assert_eq!(cancellations.count(), 1, "{name}: {trail:?}");
    }
    let (status, body) = world.cancel("/v1/handoffs/hof_none").await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::NOT_FOUND, "not_found"));
}

async fn what_has_ended_is_not_cancelled_any_more(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let (refused, session) = world.opened("alice").await;
    world.capture(&session, "someone_else").await;
    assert_eq!(world.cancel(&refused.path()).await, (StatusCode::OK, json!({"status": "not_matched"})));
    assert_eq!(world.handoff_status(&refused).await, "not_matched");

    let (completed, session) = world.opened("alice").await;
    world.capture(&session, "mine").await;
    world.complete(&session, "Y3JlZA").await;
    let (status, body) = world.cancel(&completed.path()).await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::CONFLICT, "already_completed"));
    assert_eq!(world.handoff_status(&completed).await, "completed");

    let late = world.hand_off("alice").await;
    world.clock.advance(HANDOFF_SECONDS);
    assert_eq!(world.cancel(&late.path()).await, (StatusCode::OK, json!({"status": "expired"})));
}

async fn a_handoff_that_nobody_used_expires(world: World) {
    for (user, credential) in [("alice", "Y3JlZA"), ("bob", "Ym9i")] {
        world.enrol(user, credential).await;
    }
    let (waiting, consumed) = (world.hand_off("alice").await, world.consumed("bob").await);
    world.clock.advance(HANDOFF_SECONDS - 1);
    assert_eq!(world.handoff_status(&waiting).await, "waiting");
    assert_eq!(world.handoff_status(&consumed).await, "consumed");
    world.clock.advance(1);
    for (name, handoff) in [("waiting", &waiting), ("consumed", &consumed)] {
        assert_eq!(world.handoff_status(handoff).await, "expired", "{name}");
        let (status, body) = world.authenticate(handoff).await;
        assert_eq!((status, code(&body).as_str()), (StatusCode::CONFLICT, "expired"), "{name}");
    }
    // an old one is no obstacle
    world.hand_off("alice").await;
    assert_eq!(world.handoff_status(&waiting).await, "expired", "and stays what it was");
}

async fn housekeeping_ends_handoffs_and_says_so(world: World) {
    for (user, credential) in [("alice", "Y3JlZA"), ("bob", "Ym9i")] {
        world.enrol(user, credential).await;
    }
    let late = world.hand_off("alice").await;
    let (opened, _) = world.opened("bob").await;
    world.clock.advance(HANDOFF_SECONDS);
    world.service.tidy().await.unwrap();
    world.service.tidy().await.unwrap();
    let trail = world.trail(&late.id).await;
    assert_eq!(trail, ["gateway handoff.created", "orchestrator handoff.expired"]);
    assert_eq!(world.handoff_status(&late).await, "expired");
    assert_eq!(world.handoff_status(&opened).await, "consumed", "its session has time of its own");
}
