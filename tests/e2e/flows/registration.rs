//! Registration with a biometric reference.

use countersign_tests::ceremony::{Begun, Ceremony, risky};
use countersign_tests::client::Client;
use countersign_tests::encoding::{base64url, challenge_hash};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::orchestrator::{Operation, TOKEN};
use countersign_tests::refusal;
use countersign_tests::relying_party::{Reply, SESSION_COOKIE};
use countersign_tests::stage::{Stage, USER};
use countersign_tests::table;
use serde_json::{Value, json};

pub(crate) const ROWS: &[Row] = table![
    a_session_is_opened_for_user_and_challenge,
    options_leave_with_step_up_and_evidence,
    the_credential_waits_for_the_verdict,
    the_orchestrator_learns_the_credential,
    a_prior_biometric_goes_to_the_orchestrator_only,
    a_prior_biometric_in_a_sign_in_goes_to_nobody,
    a_user_outside_the_alphabet_gets_a_surrogate,
    the_options_name_a_user_whom_no_session_does,
];

async fn a_session_is_opened_for_user_and_challenge(lab: &Lab, client: Client) {
    let stage = Stage::registration(lab, client).await;
    let opened = lab.orchestrator.calls_of(Operation::Open);
    assert_eq!(opened.len(), 1);
    let call = &opened[0];
    assert_eq!(call.body["flow"], "registration");
    assert_eq!(call.body["external_user_id"], USER);
    assert_eq!(call.body["rp_id"], "bank.example");
    assert_eq!(call.body["challenge"], challenge_hash(stage.begun.challenge()));
    assert_eq!(call.header("authorization"), format!("Bearer {TOKEN}"));
    assert!(!call.header("idempotency-key").is_empty());
    assert!(!call.header("x-request-id").is_empty());
}

async fn options_leave_with_step_up_and_evidence(lab: &Lab, client: Client) {
    let stage = Stage::registration(lab, client).await;
    let mut options = stage.begun.options.clone();
    let answer = &stage.begun.answer;
    let step_up = options.as_object_mut().expect("an object").remove("stepUp").expect("stepUp");
    let session = lab.orchestrator.session(stage.begun.session());
    assert_eq!(step_up["flow"], "registration");
    assert_eq!(step_up["rule"], "enrolment");
    assert_eq!(step_up["client"], json!({ "sdkToken": session.sdk_token }));
    assert_eq!(step_up["status"], format!("/.countersign/sessions/{}", session.id));
    assert_eq!(step_up["evidence"], answer.header("countersign-evidence"));
    assert_rfc3339(&step_up["expiresAt"]);
    assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(options["authenticatorSelection"]["residentKey"], "preferred", "nothing else changes");
    assert_eq!(options["timeout"], 60000, "nothing else changes");
    assert_eq!(answer.header("cache-control"), "no-store");
    let cookie = answer.header_values("set-cookie").into_iter().find(|value| value.starts_with("__Host-cs-"));
    let cookie = cookie.expect("an evidence cookie");
    for attribute in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(cookie.split("; ").any(|part| part == attribute), "{attribute} in {cookie}");
    }
}

async fn the_credential_waits_for_the_verdict(lab: &Lab, client: Client) {
    let mut stage = Stage::registration(lab, client).await;
    refusal::expect(&stage.finish().await, &["verdict_pending"]);
    lab.expect_untouched().await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    lab.journal.clear();
    let answer = stage.finish().await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "verified": true })), "{}", answer.text());
    assert!(answer.header_values("set-cookie").iter().any(|cookie| cookie.starts_with(SESSION_COOKIE)));
    let finish = "relying party POST /verify-registration";
    let expected = if lab.setup.headers_can_wait {
        ["orchestrator status", finish, "orchestrator complete"]
    } else {
        ["orchestrator status", "orchestrator complete", finish]
    };
    assert_eq!(lab.journal.steps(), expected);
}

async fn the_orchestrator_learns_the_credential(lab: &Lab, client: Client) {
    let mut stage = Stage::registration(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    let credential = stage.credential();
    assert_eq!(stage.finish().await.status, 200);
    let completed = lab.orchestrator.calls_of(Operation::Complete);
    assert_eq!(completed.len(), 1);
    assert_eq!(completed[0].body["credential_id"], stage.passkey.id_text());
    assert_eq!(completed[0].body["public_key"], base64url(stage.passkey.cose_key()));
    assert_eq!(completed[0].body["user_handle"], stage.begun.options["user"]["id"]);
    let finish = lab.finishes().pop().expect("it reached the relying party");
    assert!(finish.complete);
    assert_eq!(finish.json(), credential, "the relying party gets what was checked");
    if lab.setup.headers_can_wait {
        let header = finish.header("countersign");
        assert!(header.starts_with("flow=registration, rule=\"enrolment\", verdict=matched"), "{header}");
    } else {
        assert_eq!(finish.header("countersign"), "");
    }
}

async fn a_prior_biometric_goes_to_the_orchestrator_only(lab: &Lab, mut client: Client) {
    client.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(USER)));
    let prior = json!({ "encrypted_biometric_token": "prior-token-d41d-secret" });
    let given = prior.clone();
    lab.relying_party.edits("GET /generate-registration-options", move |options| {
        options["prior_biometric"] = given.clone();
    });
    let begun = Begun::by(&mut client, Ceremony::Registration.begin()).await.expect("an answer");
    assert!(!begun.answer.text().contains("prior"), "{}", begun.answer.text());
    assert_eq!(lab.orchestrator.calls_of(Operation::Open)[0].body["prior_biometric"], prior);
    assert!(!lab.envoy.log().contains("prior-token-d41d-secret"));
}

async fn a_prior_biometric_in_a_sign_in_goes_to_nobody(lab: &Lab, mut client: Client) {
    client.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(USER)));
    lab.relying_party.edits("GET /generate-authentication-options", |options| {
        options["prior_biometric"] = json!("prior-token-d41d-secret");
    });
    for begin in [Ceremony::Authentication.begin(), risky(Ceremony::Authentication.begin())] {
        let begun = Begun::by(&mut client, begin).await.expect("an answer");
        assert!(!begun.answer.text().contains("prior"), "{}", begun.answer.text());
    }
    let opened = lab.orchestrator.calls_of(Operation::Open);
    assert_eq!((opened.len(), &opened[0].body["prior_biometric"]), (1, &Value::Null));
}

async fn a_user_outside_the_alphabet_gets_a_surrogate(lab: &Lab, client: Client) {
    let mut surrogates = Vec::new();
    for user in ["ann@bank.example", "ann@bank.example", "bob@bank.example"] {
        let mut client = client.clone();
        client.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(user)));
        Begun::by(&mut client, Ceremony::Registration.begin()).await.expect("an answer");
        let opened = lab.orchestrator.calls_of(Operation::Open).pop().expect("a session was opened");
        surrogates.push(opened.body["external_user_id"].as_str().expect("a user").to_owned());
    }
    assert_eq!(surrogates[0].len(), 43, "base64url of a SHA-256 MAC: {surrogates:?}");
    assert_eq!(surrogates[0], surrogates[1], "the same user, the same surrogate");
    assert_ne!(surrogates[0], surrogates[2], "another user, another surrogate");
}

async fn the_options_name_a_user_whom_no_session_does(lab: &Lab, mut client: Client) {
    lab.relying_party.edits("GET /generate-registration-options", |options| {
        options["user"]["id"] = json!(base64url("newcomer"));
    });
    Begun::by(&mut client, Ceremony::Registration.begin()).await.expect("an answer");
    let opened = lab.orchestrator.calls_of(Operation::Open);
    assert_eq!(opened[0].body["external_user_id"], base64url("newcomer"), "the string as it stands there");
    lab.relying_party.answers("GET /me", Reply::json(404, &json!({})));
    Begun::by(&mut client, Ceremony::Registration.begin()).await.expect("an answer");
}

fn assert_rfc3339(time: &Value) {
    let text = time.as_str().expect("a time as text");
    let shape: String = text.chars().map(|one| if one.is_ascii_digit() { '0' } else { one }).collect();
    assert_eq!(shape, "0000-00-00T00:00:00Z", "{text}");
}
