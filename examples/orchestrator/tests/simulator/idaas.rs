//! The face challenges of `IDaaS`.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::account::{Account, Answer, answer, receiver};

const APPLICATION: &str = "6781549d-433c-44ea-a42f-4705c26f3245";
const CHALLENGE: &str = "/api/web/v2/authentication/users/authenticate/FACE";
const COMPLETE: &str = "/api/web/v1/authentication/users/authenticate/FACE/complete";

#[tokio::test]
async fn a_challenge_is_confirmed_by_the_users_face() {
    let account = tenant().await;
    let details = json!([{"detail": "Amount", "value": "1500 EUR", "usage": ["TVS"]}, {"detail": "Payee", "value": "Mallory"}]);
    let (status, challenge) = ask(&account, json!({"transactionDetails": details})).await;
    assert_eq!(status, StatusCode::OK);
    let face = &challenge["faceChallenge"];
    assert_eq!(
        challenge,
        json!({
            "authenticationCompleted": false,
            "status": "NO_RESPONSE",
            "token": challenge["token"],
            "expires": 1_800_000_300,
            "userId": "alice",
            "faceChallenge": {
                "device": "WEB",
                "id": face["id"],
                "qrCode": format!("{}/capture/{}", account.url, face["workflowRunId"].as_str().unwrap()),
                "sdkToken": face["sdkToken"],
                "workflowRunId": face["workflowRunId"],
            },
        })
    );
    assert!(account.page(&face["workflowRunId"]).await.contains("Amount: 1500 EUR, Payee: Mallory"));

    let (status, pending) = poll(&account, &challenge).await;
    assert_eq!((status, &pending["status"]), (StatusCode::OK, &json!("NO_RESPONSE")));
    assert_eq!(pending["authenticationCompleted"], false);
    account.capture(&face["workflowRunId"], "mine").await;
    let (status, done) = poll(&account, &challenge).await;
    assert_eq!((status, &done["status"]), (StatusCode::OK, &json!("CONFIRM")));
    assert_eq!((&done["authenticationCompleted"], &done["userId"]), (&json!(true), &json!("alice")));
    assert!(done["token"].is_string() && done["token"] != challenge["token"], "{done}");
    assert_eq!(poll(&account, &challenge).await.1, done, "and says so again");
}

#[tokio::test]
async fn every_end_has_its_answer() {
    let account = tenant().await;
    for (face, status, word) in [
        ("mine", StatusCode::OK, "CONFIRM"),
        ("someone_else", StatusCode::OK, "CONCERN"),
        ("abandon", StatusCode::OK, "CANCEL"),
        ("error", StatusCode::FORBIDDEN, "access_denied"),
        ("review", StatusCode::FORBIDDEN, "access_denied"),
    ] {
        let (_, challenge) = ask(&account, json!({})).await;
        account.capture(&challenge["faceChallenge"]["workflowRunId"], face).await;
        let (got, body) = poll(&account, &challenge).await;
        let said = if status.is_success() { &body["status"] } else { &body["errorCode"] };
        assert_eq!((got, said), (status, &json!(word)), "{face}");
        let is_completed = body.get("authenticationCompleted") == Some(&json!(true));
        assert_eq!(is_completed, face == "mine", "{face}");
    }
}

#[tokio::test]
async fn a_cancelled_challenge_takes_no_capture() {
    let account = tenant().await;
    let (_, challenge) = ask(&account, json!({})).await;
    let cancel = json!({"applicationId": APPLICATION, "cancel": true});
    for time in ["once", "twice"] {
        let (status, body) = complete(&account, challenge["token"].as_str(), &cancel).await;
        assert_eq!((status, &body["status"]), (StatusCode::OK, &json!("CANCEL")), "{time}");
    }
    let (status, _) = account.capture(&challenge["faceChallenge"]["workflowRunId"], "mine").await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(poll(&account, &challenge).await.1["status"], "CANCEL");

    let (_, confirmed) = ask(&account, json!({})).await;
    account.capture(&confirmed["faceChallenge"]["workflowRunId"], "mine").await;
    let (_, body) = complete(&account, confirmed["token"].as_str(), &cancel).await;
    assert_eq!(body["status"], "CONFIRM", "too late");
}

#[tokio::test]
async fn a_mutual_challenge_has_a_number_and_a_phone() {
    let account = tenant().await;
    let (_, challenge) = ask(&account, json!({"pushMutualChallengeEnabled": true})).await;
    assert_eq!(challenge["faceChallenge"]["device"], "MOBILE");
    let number = challenge["pushMutualChallenge"].as_str().unwrap();
    assert!(number.len() == 2 && number.bytes().all(|digit| digit.is_ascii_digit()), "{number}");
}

#[tokio::test]
async fn what_is_not_a_challenge_of_ours_is_refused() {
    let account = tenant().await;
    let (_, challenge) = ask(&account, json!({})).await;
    let token = challenge["token"].as_str();
    let good = json!({"applicationId": APPLICATION});
    let other_run =
        json!({"applicationId": APPLICATION, "faceResponse": "11111111-1111-4111-8111-111111111111"});
    for (name, token, body, status, code) in [
        ("no token", None, &good, 401, "access_denied"),
        ("another token", Some("idaas_none"), &good, 401, "access_denied"),
        ("no application", token, &json!({}), 401, "access_denied"),
        ("another application", token, &json!({"applicationId": "x"}), 401, "access_denied"),
        ("another run", token, &other_run, 400, "invalid_user_response"),
        ("no object", token, &json!([1]), 400, "invalid_parameter"),
    ] {
        let (got, body) = complete(&account, token, body).await;
        assert_eq!((got.as_u16(), &body["errorCode"]), (status, &json!(code)), "{name}");
    }
    for (name, path, body, status) in [
        ("nobody", CHALLENGE, json!({"applicationId": APPLICATION}), 400),
        ("another application", CHALLENGE, json!({"applicationId": "x", "userId": "alice"}), 401),
        (
            "another authenticator",
            "/api/web/v2/authentication/users/authenticate/OTP",
            json!({"applicationId": APPLICATION, "userId": "alice"}),
            400,
        ),
        ("the version before", "/api/web/v1/authentication/users/authenticate/FACE", good.clone(), 404),
    ] {
        let (got, _) = answer(account.http.post(format!("{}{path}", account.url)).json(&body)).await;
        assert_eq!(got.as_u16(), status, "{name}");
    }
    assert_eq!(poll(&account, &challenge).await.0, StatusCode::OK, "the challenge is as it was");
    account.clock.advance(300);
    assert_eq!(poll(&account, &challenge).await.0, StatusCode::UNAUTHORIZED, "too late");
}

#[tokio::test]
async fn the_idv_api_does_not_know_of_it() {
    let (url, mut received) = receiver().await;
    let account = Account::with(&["--idaas-application", APPLICATION, "--webhook-url", &url]).await;
    let (_, challenge) = ask(&account, json!({})).await;
    let run = &challenge["faceChallenge"]["workflowRunId"];
    let path = format!("/v3.6/workflow_runs/{}", run.as_str().unwrap());
    assert_eq!(account.get(&path).await.0, StatusCode::NOT_FOUND);
    // a webhook is tried once before the capture is answered
    account.capture(run, "mine").await;
    assert!(received.try_recv().is_err(), "no webhook tells of it");
}

#[tokio::test]
async fn without_an_application_it_is_not_served() {
    let account = Account::with(&[]).await;
    assert_eq!(ask(&account, json!({})).await.0, StatusCode::NOT_FOUND);
    assert_eq!(complete(&account, Some("x"), &json!({})).await.0, StatusCode::NOT_FOUND);
}

async fn tenant() -> Account {
    Account::with(&["--idaas-application", APPLICATION]).await
}

async fn ask(account: &Account, more: Value) -> Answer {
    let mut body = json!({"applicationId": APPLICATION, "userId": "alice", "locale": "en"});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    answer(account.http.post(format!("{}{CHALLENGE}", account.url)).json(&body)).await
}

async fn poll(account: &Account, challenge: &Value) -> Answer {
    let run = &challenge["faceChallenge"]["workflowRunId"];
    let body = json!({"applicationId": APPLICATION, "faceResponse": run});
    complete(account, challenge["token"].as_str(), &body).await
}

async fn complete(account: &Account, token: Option<&str>, body: &Value) -> Answer {
    let request = account.http.post(format!("{}{COMPLETE}", account.url)).json(body);
    answer(token.into_iter().fold(request, |request, token| request.header("authorization", token))).await
}
