//! What a gateway does, from begin to end.

use reqwest::StatusCode;
use serde_json::json;

use crate::support::world::{CHALLENGE, World, code, opening, with};

rows![
    a_registration_ends_with_a_credential_and_a_face,
    a_step_up_matches_the_enrolled_face_and_no_other,
    a_step_up_needs_an_enrolled_user,
    a_face_is_enrolled_only_when_the_session_is_completed,
    every_end_of_a_registration_but_a_match_is_none,
    an_enrolled_user_registers_again_with_the_same_face_only,
    a_reference_from_elsewhere_is_matched_in_a_registration,
    a_transaction_is_shown_at_the_capture,
    a_verdict_is_signed_for_a_match_only,
    a_session_can_be_cancelled_until_it_is_used,
    an_unknown_credential_has_no_owner,
];

async fn a_registration_ends_with_a_credential_and_a_face(world: World) {
    let (status, body) = world.post("/v1/sessions", &opening("registration", "alice")).await;
    assert_eq!(status, StatusCode::CREATED);
    let mut members: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["client", "expires_at", "id", "status"]);
    assert_eq!(body["status"], "pending");
    // the clock stands at 1 800 000 000, and a session lasts ten minutes
    assert_eq!(body["expires_at"], "2027-01-15T08:10:00Z");
    assert!(body["client"]["sdkToken"].is_string() && body["client"]["captureUrl"].is_string(), "{body}");
    let path = format!("/v1/sessions/{}", body["id"].as_str().unwrap());

    let (_, pending) = world.get(&path).await;
    let id = &body["id"];
    let wanted = json!({"id": id, "flow": "registration", "external_user_id": "alice",
                        "challenge": CHALLENGE, "status": "pending"});
    assert_eq!(pending, wanted);

    let capture = world.http.post(body["client"]["captureUrl"].as_str().unwrap());
    let form = capture.header("content-type", "application/x-www-form-urlencoded").body("face=mine");
    let page = form.send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    assert!(page.text().await.unwrap().contains("close this window"));
    let (_, matched) = world.get(&path).await;
    assert_eq!(matched["status"], "matched");

    let completion = json!({"credential_id": "Y3JlZA", "public_key": "a2V5", "user_handle": "aGFuZGxl"});
    let (status, completed) = world.post(&format!("{path}/complete"), &completion).await;
    assert_eq!((status, completed), (StatusCode::OK, json!({"status": "completed"})));
    assert_eq!(world.get(&path).await.1["status"], "completed");
    let (status, owner) = world.get("/v1/credentials/Y3JlZA").await;
    let wanted = json!({"external_user_id": "alice", "public_key": "a2V5", "user_handle": "aGFuZGxl"});
    assert_eq!((status, owner), (StatusCode::OK, wanted));
}

async fn a_step_up_matches_the_enrolled_face_and_no_other(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    for (face, wanted) in [
        ("mine", "matched"),
        ("someone_else", "not_matched"),
        ("no_reference", "not_matched"),
        ("error", "failed"),
        ("review", "failed"),
    ] {
        let session = world.open("step_up", "alice").await;
        world.capture(&session, face).await;
        assert_eq!(world.status(&session).await, wanted, "{face}");
        let (status, body) = world.complete(&session, "Y3JlZA").await;
        if wanted == "matched" {
            assert_eq!((status, &body["status"]), (StatusCode::OK, &json!("completed")));
        } else {
            assert_eq!((status, code(&body).as_str()), (StatusCode::CONFLICT, "not_matched"), "{face}");
        }
    }
}

async fn a_step_up_needs_an_enrolled_user(world: World) {
    let (status, body) = world.post("/v1/sessions", &opening("step_up", "alice")).await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::CONFLICT, "not_enrolled"));
    world.enrol("bob", "Ym9i").await;
    let (_, body) = world.post("/v1/sessions", &opening("step_up", "alice")).await;
    assert_eq!(code(&body), "not_enrolled");
}

async fn a_face_is_enrolled_only_when_the_session_is_completed(world: World) {
    let session = world.open("registration", "alice").await;
    world.capture(&session, "mine").await;
    let (_, body) = world.post("/v1/sessions", &opening("step_up", "alice")).await;
    assert_eq!(code(&body), "not_enrolled");
    assert_eq!(world.complete(&session, "Y3JlZA").await.0, StatusCode::OK);
    world.open("step_up", "alice").await;
}

async fn every_end_of_a_registration_but_a_match_is_none(world: World) {
    for (face, wanted) in [
        ("someone_else", "not_matched"),
        ("no_reference", "failed"),
        ("error", "failed"),
        ("review", "failed"),
    ] {
        let session = world.open("registration", "alice").await;
        world.capture(&session, face).await;
        assert_eq!(world.status(&session).await, wanted, "{face}");
        let (status, body) = world.complete(&session, "Y3JlZA").await;
        assert_eq!((status, code(&body).as_str()), (StatusCode::CONFLICT, "not_matched"), "{face}");
        assert_eq!(world.get("/v1/credentials/Y3JlZA").await.0, StatusCode::NOT_FOUND, "{face}");
    }
}

async fn an_enrolled_user_registers_again_with_the_same_face_only(world: World) {
    world.enrol("alice", "b25l").await;
    let thief = world.open("registration", "alice").await;
    world.capture(&thief, "someone_else").await;
    assert_eq!(world.status(&thief).await, "not_matched");
    world.enrol("alice", "dHdv").await;
    for credential in ["b25l", "dHdv"] {
        let (_, owner) = world.get(&format!("/v1/credentials/{credential}")).await;
        assert_eq!(owner["external_user_id"], "alice");
    }
}

async fn a_reference_from_elsewhere_is_matched_in_a_registration(world: World) {
    let prior = json!({"prior_biometric": {"encrypted_biometric_token": "issued by somebody else"}});
    let body = with(opening("registration", "alice"), prior.clone());
    let (_, opened) = world.post("/v1/sessions", &body).await;
    let capture = opened["client"]["captureUrl"].as_str().unwrap();
    world.http.post(capture).json(&json!({"face": "mine"})).send().await.unwrap();
    let (_, session) = world.get(&format!("/v1/sessions/{}", opened["id"].as_str().unwrap())).await;
    assert_eq!(session["status"], "not_matched", "the simulator does not know that face");

    let (status, refused) = world.post("/v1/sessions", &with(opening("step_up", "alice"), prior)).await;
    assert_eq!((status, code(&refused).as_str()), (StatusCode::BAD_REQUEST, "malformed_request"));
}

async fn a_transaction_is_shown_at_the_capture(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let transaction = json!({"transaction": {"hash": CHALLENGE, "display": "Pay <1500> EUR to \"Mallory\""}});
    let (_, opened) = world.post("/v1/sessions", &with(opening("step_up", "alice"), transaction)).await;
    let page = world.http.get(opened["client"]["captureUrl"].as_str().unwrap()).send().await.unwrap();
    let page = page.text().await.unwrap();
    assert!(page.contains("Pay &lt;1500&gt; EUR to &quot;Mallory&quot;"), "{page}");
    for id in ["my-face", "someone-else", "abandon"] {
        assert!(page.contains(&format!("id=\"{id}\"")), "{id}");
    }
}

async fn a_verdict_is_signed_for_a_match_only(world: World) {
    let session = world.open("registration", "alice").await;
    assert!(world.get(&session.path()).await.1.get("verdict").is_none(), "pending");
    world.capture(&session, "mine").await;
    let (_, matched) = world.get(&session.path()).await;
    assert_eq!(matched["verdict"].as_str().unwrap().split('.').count(), 3);
    world.complete(&session, "Y3JlZA").await;
    assert!(world.get(&session.path()).await.1.get("verdict").is_none(), "completed");
    let session = world.open("step_up", "alice").await;
    world.capture(&session, "someone_else").await;
    assert!(world.get(&session.path()).await.1.get("verdict").is_none(), "not matched");
}

async fn a_session_can_be_cancelled_until_it_is_used(world: World) {
    let nothing = json!({});
    let pending = world.open("registration", "alice").await;
    let (status, body) = world.post(&format!("{}/cancel", pending.path()), &nothing).await;
    assert_eq!((status, body), (StatusCode::OK, json!({"status": "cancelled"})));
    world.capture(&pending, "mine").await;
    assert_eq!(world.status(&pending).await, "cancelled", "a late verdict changes nothing");

    let matched = world.open("registration", "alice").await;
    world.capture(&matched, "mine").await;
    world.post(&format!("{}/cancel", matched.path()), &nothing).await;
    assert_eq!(world.status(&matched).await, "cancelled");
    assert_eq!(code(&world.complete(&matched, "Y3JlZA").await.1), "not_matched");

    let used = world.open("registration", "alice").await;
    world.capture(&used, "mine").await;
    world.complete(&used, "Y3JlZA").await;
    let (status, body) = world.post(&format!("{}/cancel", used.path()), &nothing).await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::CONFLICT, "already_completed"));

    let (status, body) = world.post("/v1/sessions/ses_none/cancel", &nothing).await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::NOT_FOUND, "not_found"));
}

async fn an_unknown_credential_has_no_owner(world: World) {
    let (status, body) = world.get("/v1/credentials/Y3JlZA").await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::NOT_FOUND, "not_found"));
}
