//! Access tokens, and what opens the API.

use reqwest::StatusCode;
use serde_json::json;

use crate::account::{API_TOKEN, Account, Answer, answer};

const CREDENTIALS: &str = "client_id=client&client_secret=client-secret";

#[tokio::test]
async fn a_client_gets_a_token_that_opens_the_api_for_an_hour() {
    let account = Account::with(&["--client-id", "client"]).await;
    let (status, body) = ask(&account, CREDENTIALS).await;
    assert_eq!(status, StatusCode::OK);
    let token = body["access_token"].as_str().unwrap();
    assert_eq!(body, json!({"access_token": token, "expires_in": 3600, "token_type": "Bearer"}));
    let granted = ask(&account, &format!("{CREDENTIALS}&grant_type=client_credentials")).await;
    assert_eq!(granted.0, StatusCode::OK, "with the grant type of RFC 6749");
    assert_ne!(granted.1["access_token"], token);

    account.clock.advance(3599);
    assert_eq!(open_with(&account, &format!("Bearer {token}")).await, StatusCode::NOT_FOUND);
    account.clock.advance(1);
    assert_eq!(open_with(&account, &format!("Bearer {token}")).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_token_is_given_to_the_client_only() {
    let account = Account::with(&["--client-id", "client"]).await;
    for (name, form, status, error) in [
        ("no secret", "client_id=client", 400, "invalid_request"),
        ("nothing", "", 400, "invalid_request"),
        ("another secret", "client_id=client&client_secret=other", 401, "invalid_client"),
        ("an empty secret", "client_id=client&client_secret=", 401, "invalid_client"),
        ("another client", "client_id=other&client_secret=client-secret", 401, "invalid_client"),
        (
            "another grant",
            "client_id=client&client_secret=client-secret&grant_type=password",
            400,
            "unsupported_grant_type",
        ),
    ] {
        let (got, body) = ask(&account, form).await;
        assert_eq!((got.as_u16(), &body), (status, &json!({"error": error})), "{name}");
    }
    let body = json!({"client_id": "client", "client_secret": "client-secret"});
    let as_json = account.http.post(format!("{}/v3.6/oauth/token", account.url)).json(&body);
    assert_eq!(answer(as_json).await.0, StatusCode::BAD_REQUEST, "JSON");

    let without = Account::with(&[]).await;
    for form in [CREDENTIALS, "client_id=&client_secret=client-secret"] {
        assert_eq!(ask(&without, form).await.0, StatusCode::UNAUTHORIZED, "no client is configured: {form}");
    }
}

#[tokio::test]
async fn each_token_opens_the_api_in_its_own_scheme_only() {
    let account = Account::with(&["--client-id", "client"]).await;
    let (_, body) = ask(&account, CREDENTIALS).await;
    let token = body["access_token"].as_str().unwrap();
    for (name, authorization, is_open) in [
        ("the API token", format!("Token token={API_TOKEN}"), true),
        ("an access token", format!("Bearer {token}"), true),
        ("the API token as a bearer token", format!("Bearer {API_TOKEN}"), false),
        ("an access token as an API token", format!("Token token={token}"), false),
        ("a character short", format!("Bearer {}", &token[..token.len() - 1]), false),
        ("no scheme", token.to_owned(), false),
        ("nothing", String::new(), false),
    ] {
        let status = open_with(&account, &authorization).await;
        assert_eq!(status != StatusCode::UNAUTHORIZED, is_open, "{name}: {status}");
    }
}

async fn ask(account: &Account, form: &str) -> Answer {
    let request = account.http.post(format!("{}/v3.6/oauth/token", account.url));
    answer(request.header("content-type", "application/x-www-form-urlencoded").body(form.to_owned())).await
}

/// The status of a call that finds nothing, if it may look.
async fn open_with(account: &Account, authorization: &str) -> StatusCode {
    let request = account.http.get(format!("{}/v3.6/workflow_runs/none", account.url));
    answer(request.header("authorization", authorization)).await.0
}
