//! Workflow runs: what they keep, and how they end.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::account::{Account, RECOVERY, REGISTRATION, STEP_UP, receiver};

#[tokio::test]
async fn a_run_gives_back_the_tags_and_the_user_that_it_was_started_with() {
    let (url, mut received) = receiver().await;
    let account = Account::with(&["--webhook-url", &url]).await;

    let tags = json!(["flow:step_up", "challenge:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "\u{e9}"]);
    let started =
        account.start(&with(STEP_UP, &json!({"tags": tags, "customer_user_id": "alice-1._~"}))).await;
    let (_, shown) = account.get(&format!("/v3.6/workflow_runs/{}", started["id"].as_str().unwrap())).await;
    account.capture(&started["id"], "someone_else").await;
    let event = received.recv().await.unwrap();
    for (name, run) in [("started", &started), ("shown", &shown), ("told", &event["payload"]["resource"])] {
        assert_eq!((&run["tags"], &run["customer_user_id"]), (&tags, &json!("alice-1._~")), "{name}");
    }
    let bare = account.start(&with(STEP_UP, &json!({"tags": null}))).await;
    assert_eq!((&bare["tags"], &bare["customer_user_id"]), (&json!([]), &Value::Null));
}

#[tokio::test]
async fn tags_and_users_have_the_documents_bounds() {
    let account = Account::with(&[]).await;
    let tags = |count: usize, length: usize| json!({"tags": vec!["é".repeat(length); count]});
    let user = |length: usize| json!({"customer_user_id": "é".repeat(length)});
    for (name, members, refused) in [
        ("thirty tags", tags(30, 128), None),
        ("thirty-one tags", tags(31, 1), Some("tags")),
        ("an empty tag", tags(1, 0), Some("tags")),
        ("a tag of 129 characters", tags(1, 129), Some("tags")),
        ("a user of 256 characters", user(256), None),
        ("a user of 257 characters", user(257), Some("customer_user_id")),
        ("another account's workflow", json!({"workflow_id": "none"}), Some("workflow_id")),
    ] {
        let (status, body) = account.post("/v3.6/workflow_runs", &with(STEP_UP, &members)).await;
        match refused {
            None => assert_eq!(status, StatusCode::CREATED, "{name}"),
            Some(field) => {
                assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
                assert!(body["error"]["fields"][field].is_array(), "{name}: {body}");
            }
        }
    }
}

#[tokio::test]
async fn a_run_ends_as_the_person_pressed() {
    let account = Account::with(&[]).await;
    let token = register(&account, "enrolled", "mine").await;
    assert_eq!(register(&account, "refused", "someone_else").await, Value::Null);
    let foreign = json!({"custom_data": {"encrypted_biometric_token": "issued by somebody else"}});
    let given = json!({"custom_data": {"encrypted_biometric_token": token}});
    let kept = json!({"customer_user_id": "enrolled"});
    let both = json!({"customer_user_id": "enrolled", "custom_data": foreign["custom_data"]});
    let refused = json!({"customer_user_id": "refused"});
    let stranger = json!({"customer_user_id": "stranger"});
    let nothing = json!({});
    for (name, workflow, members, face, status, has_token) in [
        ("a first registration", REGISTRATION, &nothing, "mine", "approved", true),
        ("a workflow that gives no token", REGISTRATION, &nothing, "no_reference", "approved", false),
        ("another registration", REGISTRATION, &given, "mine", "approved", true),
        ("a registration with a foreign token", REGISTRATION, &foreign, "mine", "declined", false),
        ("a registration by another", REGISTRATION, &nothing, "someone_else", "declined", false),
        ("a step-up", STEP_UP, &given, "mine", "approved", false),
        ("a step-up by another", STEP_UP, &given, "someone_else", "declined", false),
        ("a step-up with a face that the account keeps", STEP_UP, &kept, "mine", "approved", false),
        ("the same, by another", STEP_UP, &kept, "someone_else", "declined", false),
        ("a step-up of one whose registration was declined", STEP_UP, &refused, "mine", "declined", false),
        ("a step-up of a user without a face", STEP_UP, &stranger, "mine", "declined", false),
        ("a step-up of nobody", STEP_UP, &nothing, "mine", "declined", false),
        ("a given token goes before a kept face", STEP_UP, &both, "mine", "declined", false),
        ("a recovery", RECOVERY, &given, "mine", "approved", false),
        ("a recovery by another", RECOVERY, &given, "someone_else", "declined", false),
        ("an error", RECOVERY, &given, "error", "error", false),
    ] {
        let run = account.start(&with(workflow, members)).await;
        let path = format!("/v3.6/workflow_runs/{}", run["id"].as_str().unwrap());
        assert_eq!(account.get(&path).await.1["status"], "awaiting_input", "{name}");
        let (_, ended) = account.capture(&run["id"], face).await;
        assert_eq!(ended, json!({"id": run["id"], "status": status}), "{name}");
        let (_, shown) = account.get(&path).await;
        assert_eq!(shown["status"], status, "{name}");
        assert_eq!(shown["output"]["encrypted_biometric_token"].is_string(), has_token, "{name}");
    }
}

#[tokio::test]
async fn a_recovery_is_captured_as_a_step_up() {
    let account = Account::with(&[]).await;
    for (workflow, title) in
        [(REGISTRATION, "Enrol your face"), (STEP_UP, "Show your face"), (RECOVERY, "Show your face")]
    {
        let run = account.start(&with(workflow, &json!({}))).await;
        assert!(account.page(&run["id"]).await.contains(title), "{workflow}");
    }
}

/// The biometric token of a user whose face the account keeps as well, if it was approved.
async fn register(account: &Account, user: &str, face: &str) -> Value {
    let run = account.start(&with(REGISTRATION, &json!({"customer_user_id": user}))).await;
    account.capture(&run["id"], face).await;
    let (_, run) = account.get(&format!("/v3.6/workflow_runs/{}", run["id"].as_str().unwrap())).await;
    run["output"]["encrypted_biometric_token"].clone()
}

/// A run of its own applicant.
fn with(workflow: &str, members: &Value) -> Value {
    let applicant = countersign_orchestrator::ident::fresh_uuid().unwrap();
    let mut run = json!({"workflow_id": workflow, "applicant_id": applicant});
    for (name, value) in members.as_object().unwrap() {
        run[name] = value.clone();
    }
    run
}
