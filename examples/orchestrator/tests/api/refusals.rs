//! What is refused before anything is done.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::world::{
    BEARER, CHALLENGE, PREVIOUS_BEARER, World, answer, code, fresh_key, opening, with,
};

rows![
    without_the_bearer_token_nothing_is_told,
    bodies_are_strict,
    completions_are_strict,
    the_other_bodies_are_strict_too,
    the_reserved_key_is_found_wherever_it_hides,
    other_custom_data_passes,
    what_is_not_there_is_not_found,
    a_refusal_quotes_no_value,
];

async fn without_the_bearer_token_nothing_is_told(world: World) {
    let session = world.open("registration", "alice").await;
    let exact = format!("Bearer {BEARER}");
    let before = format!("Bearer {PREVIOUS_BEARER}");
    let short = format!("Bearer {}", &BEARER[..BEARER.len() - 1]);
    let long = format!("Bearer {BEARER}x");
    let basic = format!("Basic {BEARER}");
    let rows: &[(&str, &[&str], bool)] = &[
        ("the token", &[&exact], true),
        ("the token before", &[&before], true),
        ("the scheme in lower case", &[&exact.replacen('B', "b", 1)], true),
        ("none", &[], false),
        ("empty", &[""], false),
        ("no scheme", &[BEARER], false),
        ("another scheme", &[&basic], false),
        ("another token", &["Bearer other"], false),
        ("a character short", &[&short], false),
        ("a character more", &[&long], false),
        ("two", &[&exact, &exact], false),
    ];
    let calls = [
        (Method::GET, session.path()),
        (Method::GET, "/v1/credentials/Y3JlZA".to_owned()),
        (Method::POST, "/v1/sessions".to_owned()),
        (Method::POST, format!("{}/complete", session.path())),
        (Method::POST, format!("{}/cancel", session.path())),
        (Method::GET, "/v1/handoffs/x".to_owned()),
        (Method::POST, "/v1/handoffs".to_owned()),
        (Method::POST, "/v1/handoffs/consume".to_owned()),
        (Method::POST, "/v1/handoffs/x/authentication".to_owned()),
        (Method::POST, "/v1/handoffs/x/cancel".to_owned()),
        (Method::POST, "/v1/recoveries".to_owned()),
        (Method::POST, "/v1/recoveries/x/exchange".to_owned()),
        (Method::POST, "/v1/elevations/x/consume".to_owned()),
    ];
    for (method, path) in &calls {
        for (name, values, admitted) in rows {
            let mut request = world.http.request(method.clone(), format!("{}{path}", world.base));
            for value in *values {
                request = request.header("authorization", *value);
            }
            let (status, body) = answer(request).await;
            if *admitted {
                assert_ne!(status, StatusCode::UNAUTHORIZED, "{method} {path}: {name}");
            } else {
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path}: {name}");
                assert_eq!(code(&body), "unauthorized", "{method} {path}: {name}");
            }
        }
    }
    assert_eq!(world.status(&session).await, "pending");
}

async fn bodies_are_strict(world: World) {
    let good = opening("registration", "alice").to_string();
    let changed = |members| with(opening("registration", "alice"), members).to_string();
    let json = "application/json";
    let rows: &[(&str, &str, String, &str)] = &[
        ("not JSON", json, "flow=registration".to_owned(), "malformed_request"),
        ("cut off", json, good[..good.len() - 1].to_owned(), "malformed_request"),
        ("something after it", json, format!("{good}{{}}"), "malformed_request"),
        ("empty", json, String::new(), "malformed_request"),
        ("a list", json, format!("[{good}]"), "malformed_request"),
        ("an unknown member", json, changed(json!({"user": "alice"})), "malformed_request"),
        ("a member twice", json, good.replacen('{', r#"{"flow":"step_up","#, 1), "malformed_request"),
        ("no user", json, good.replace("external_user_id", "external_user"), "malformed_request"),
        ("a user with a space", json, changed(json!({"external_user_id": "a b"})), "malformed_request"),
        ("a user with an at sign", json, changed(json!({"external_user_id": "a@b"})), "malformed_request"),
        ("an empty user", json, changed(json!({"external_user_id": ""})), "malformed_request"),
        ("a user that is a number", json, changed(json!({"external_user_id": 1})), "malformed_request"),
        ("an empty relying party", json, changed(json!({"rp_id": ""})), "malformed_request"),
        (
            "a challenge of 31 bytes",
            json,
            changed(json!({"challenge": &CHALLENGE[..42]})),
            "malformed_request",
        ),
        (
            "a padded challenge",
            json,
            changed(json!({"challenge": format!("{CHALLENGE}=")})),
            "malformed_request",
        ),
        (
            "a challenge with trailing bits",
            json,
            changed(json!({"challenge": format!("{}9", &CHALLENGE[..42])})),
            "malformed_request",
        ),
        ("no challenge", json, changed(json!({"challenge": null})), "malformed_request"),
        ("a flow with a hand-off", json, changed(json!({"flow": "cross_platform"})), "malformed_request"),
        ("a flow with a call of its own", json, changed(json!({"flow": "recovery"})), "malformed_request"),
        ("the flow that needs no session", json, changed(json!({"flow": "routine"})), "malformed_request"),
        (
            "an unknown member deeper down",
            json,
            changed(json!({"prior_biometric": {"encrypted_biometric_token": "t", "x": 1}})),
            "malformed_request",
        ),
        (
            "an empty reference",
            json,
            changed(json!({"prior_biometric": {"encrypted_biometric_token": ""}})),
            "malformed_request",
        ),
        (
            "a display with a line feed",
            json,
            changed(json!({"transaction": {"hash": CHALLENGE, "display": "a\nb"}})),
            "malformed_request",
        ),
        (
            "custom data that is a list",
            json,
            changed(json!({"workflow_input": {"custom_data": []}})),
            "malformed_request",
        ),
        ("too long", json, changed(json!({"rp_id": "a".repeat(300_000)})), "body_too_large"),
        ("a form", "application/x-www-form-urlencoded", good.clone(), "unsupported_media_type"),
        ("text", "text/plain", good.clone(), "unsupported_media_type"),
        ("almost JSON", "application/jsonp", good.clone(), "unsupported_media_type"),
    ];
    for (name, content_type, body, wanted) in rows {
        let request = world
            .request(Method::POST, "/v1/sessions")
            .header("idempotency-key", fresh_key())
            .header("content-type", *content_type)
            .body(body.clone());
        let (status, body) = answer(request).await;
        assert!(status.is_client_error(), "{name}: {status}");
        assert_eq!(code(&body), *wanted, "{name}");
    }
    let request = world
        .request(Method::POST, "/v1/sessions")
        .header("idempotency-key", fresh_key())
        .header("content-type", "Application/JSON; charset=utf-8")
        .body(good);
    assert_eq!(answer(request).await.0, StatusCode::CREATED);
}

async fn completions_are_strict(world: World) {
    let session = world.open("registration", "alice").await;
    world.capture(&session, "mine").await;
    let path = format!("{}/complete", session.path());
    for (name, body) in [
        ("no credential", json!({})),
        ("an empty credential", json!({"credential_id": ""})),
        ("a padded credential", json!({"credential_id": "Y3JlZA=="})),
        ("the other alphabet", json!({"credential_id": "+/+/"})),
        ("a key that is an object", json!({"credential_id": "Y3JlZA", "public_key": {}})),
        ("an empty key", json!({"credential_id": "Y3JlZA", "public_key": ""})),
        ("a handle of 65 bytes", json!({"credential_id": "Y3JlZA", "user_handle": "A".repeat(87)})),
        ("an unknown member", json!({"credential_id": "Y3JlZA", "counter": 1})),
    ] {
        let (status, body) = world.post(&path, &body).await;
        assert_eq!((status, code(&body).as_str()), (StatusCode::BAD_REQUEST, "malformed_request"), "{name}");
    }
    assert_eq!(world.status(&session).await, "matched");
}

async fn the_other_bodies_are_strict_too(world: World) {
    let with_transaction = |transaction| json!({"external_user_id": "alice", "transaction": transaction});
    for (name, path, body) in [
        ("a hand-off of nobody", "/v1/handoffs", json!({})),
        ("a hand-off and more", "/v1/handoffs", json!({"external_user_id": "alice", "x": 1})),
        ("a transaction without display", "/v1/handoffs", with_transaction(json!({"hash": CHALLENGE}))),
        ("a hash that is none", "/v1/handoffs", with_transaction(json!({"hash": "x", "display": "x"}))),
        ("no token", "/v1/handoffs/consume", json!({})),
        ("an empty token", "/v1/handoffs/consume", json!({"handoff_token": ""})),
        ("a token that is too long", "/v1/handoffs/consume", json!({"handoff_token": "x".repeat(257)})),
        ("a token and more", "/v1/handoffs/consume", json!({"handoff_token": "x", "number": "07"})),
        ("no relying party", "/v1/handoffs/x/authentication", json!({"challenge": CHALLENGE})),
        ("no challenge", "/v1/handoffs/x/authentication", json!({"rp_id": "localhost"})),
        (
            "another user for the session",
            "/v1/handoffs/x/authentication",
            json!({"challenge": CHALLENGE, "rp_id": "localhost", "external_user_id": "mallory"}),
        ),
        (
            "a recovery with a challenge",
            "/v1/recoveries",
            json!({"external_user_id": "alice", "challenge": CHALLENGE}),
        ),
        ("no continuation", "/v1/recoveries/x/exchange", json!({})),
        ("a continuation that is no text", "/v1/recoveries/x/exchange", json!({"continuation": 1})),
        ("an elevation with a body", "/v1/elevations/x/consume", json!({"x": 1})),
    ] {
        let (status, body) = world.post(path, &body).await;
        assert_eq!((status, code(&body).as_str()), (StatusCode::BAD_REQUEST, "malformed_request"), "{name}");
    }
}

async fn the_reserved_key_is_found_wherever_it_hides(world: World) {
    let key = "encrypted_biometric_token";
    for (name, custom_data) in [
        ("at the top", json!({key: "t"}).to_string()),
        ("null", json!({key: null}).to_string()),
        ("nested", json!({"a": {"b": {key: 1}}}).to_string()),
        ("in a list", json!({"a": [[1, {key: 1}]]}).to_string()),
        ("escaped", r#"{"encrypted\u005fbiometric_token": 1}"#.to_owned()),
        ("twice, hidden by another", format!(r#"{{"{key}": 1, "{key}": 2, "x": 3}}"#)),
    ] {
        for (path, body) in [
            ("/v1/sessions", opening("registration", "alice")),
            ("/v1/recoveries", json!({"external_user_id": "alice"})),
            ("/v1/handoffs/x/authentication", json!({"challenge": CHALLENGE, "rp_id": "localhost"})),
        ] {
            let input = format!(r#"{{"workflow_input":{{"custom_data":{custom_data}}},"#);
            let request = world
                .request(Method::POST, path)
                .header("idempotency-key", fresh_key())
                .header("content-type", "application/json")
                .body(body.to_string().replacen('{', &input, 1));
            let (status, body) = answer(request).await;
            let wanted = (StatusCode::BAD_REQUEST, "reserved_key");
            assert_eq!((status, code(&body).as_str()), wanted, "{name}, {path}");
        }
    }
}

async fn other_custom_data_passes(world: World) {
    let input =
        json!({"workflow_input": {"custom_data": {"branch": "Wien", "note": "encrypted_biometric_token"}}});
    let (status, _) = world.post("/v1/sessions", &with(opening("registration", "alice"), input)).await;
    assert_eq!(status, StatusCode::CREATED);
}

async fn what_is_not_there_is_not_found(world: World) {
    for (method, path) in [
        (Method::GET, "/v1/handoffs/hof_none"),
        (Method::GET, "/v1/handoffs/hof_%00"),
        (Method::GET, "/v1/recoveries/ses_none"),
        (Method::POST, "/v1/audits"),
        (Method::GET, "/v1/sessions/ses_none"),
        (Method::GET, "/v1/sessions/ses_%00"),
        (Method::GET, "/v1/sessions/%ff"),
        (Method::GET, "/v1/sessions/a%2Fb"),
        (Method::GET, "/v1/credentials/%00"),
        (Method::GET, "/v1/sessions/"),
        (Method::GET, "/"),
    ] {
        let (status, body) = answer(world.request(method.clone(), path)).await;
        assert_eq!((status, code(&body).as_str()), (StatusCode::NOT_FOUND, "not_found"), "{method} {path}");
    }
    let (status, body) = answer(world.request(Method::DELETE, "/v1/sessions/x")).await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"));
    let (status, body) = answer(world.http.get(format!("{}/healthz", world.base))).await;
    assert_eq!((status, body), (StatusCode::OK, json!({"status": "ok"})));
}

async fn a_refusal_quotes_no_value(world: World) {
    let (_, body) = world.post("/v1/handoffs/consume", &json!({"handoff_token": ["secret-token"]})).await;
    assert!(!body.to_string().contains("secret-token"), "{body}");
    let prior = json!({"prior_biometric": "secret-face"});
    let (_, body) = world.post("/v1/sessions", &with(opening("registration", "alice"), prior)).await;
    assert!(!body.to_string().contains("secret-face"), "{body}");
}
