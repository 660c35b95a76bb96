//! In-app step-up: the user is known when the options leave.

use countersign_tests::authenticator::Passkey;
use countersign_tests::ceremony::{Begun, Ceremony, risky};
use countersign_tests::client::Client;
use countersign_tests::encoding::{base64url, challenge_hash, random};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::orchestrator::Operation;
use countersign_tests::refusal;
use countersign_tests::relying_party::{Reply, SESSION_COOKIE};
use countersign_tests::stage::{Stage, USER};
use countersign_tests::table;
use serde_json::json;

pub(crate) const ROWS: &[Row] = table![
    a_session_is_opened_and_verification_required,
    the_order_is_status_relying_party_complete_release,
    the_relying_party_is_told,
    a_mismatch_never_reaches_the_relying_party,
    a_sign_in_the_relying_party_refuses_is_not_completed,
    the_answers_of_the_relying_party_are_released_as_they_are,
    a_passkey_the_orchestrator_says_is_the_users_will_do,
    callouts_carry_the_trace,
    ceremonies_run_side_by_side,
    the_session_that_the_options_start_counts,
    an_error_instead_of_options_passes,
    one_of_many_allowed_passkeys,
];

async fn a_session_is_opened_and_verification_required(lab: &Lab, client: Client) {
    let stage = Stage::step_up(lab, client).await;
    let opened = lab.orchestrator.calls_of(Operation::Open);
    assert_eq!(opened.len(), 1);
    assert_eq!(opened[0].body["flow"], "step_up");
    assert_eq!(opened[0].body["external_user_id"], USER);
    assert_eq!(opened[0].body["challenge"], challenge_hash(stage.begun.challenge()));
    let options = &stage.begun.options;
    assert_eq!(options["userVerification"], "required");
    assert_eq!(options["stepUp"]["flow"], "step_up");
    assert_eq!(options["stepUp"]["rule"], "risky-sign-in");
    assert_eq!(options["stepUp"]["acr"], "urn:countersign:acr:biometric");
    assert_eq!(options["allowCredentials"][0]["id"], stage.passkey.id_text(), "nothing else changes");
    assert_eq!(stage.begun.answer.header("cache-control"), "no-store");
}

async fn the_order_is_status_relying_party_complete_release(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    lab.journal.clear();
    let answer = stage.finish().await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "verified": true })), "{}", answer.text());
    // Looking up the credential's key or owner may happen in between; the order of the rest is fixed.
    let mut steps = lab.journal.steps();
    steps.retain(|step| step != "orchestrator credential_owner");
    let finish = "relying party POST /verify-authentication";
    if lab.setup.headers_can_wait {
        assert_eq!(steps, ["orchestrator status", finish, "orchestrator complete"]);
    } else {
        assert_eq!(steps, ["orchestrator status", "orchestrator complete", finish]);
    }
    let completed = &lab.orchestrator.calls_of(Operation::Complete)[0];
    assert_eq!(completed.body["credential_id"], stage.passkey.id_text());
    assert_eq!(lab.orchestrator.session(stage.begun.session()).status, "completed");
}

async fn the_relying_party_is_told(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    let session = stage.begun.session().to_owned();
    lab.orchestrator.decide(&session, "matched");
    stage.finish().await;
    let finish = lab.finishes().pop().expect("it reached the relying party");
    let header = finish.header("countersign");
    if !lab.setup.headers_can_wait {
        assert_eq!(header, "");
        return;
    }
    let (told, at) = header.rsplit_once(", at=").unwrap_or_else(|| panic!("no time in {header}"));
    assert_eq!(
        told,
        format!(
            "flow=step_up, rule=\"risky-sign-in\", verdict=matched, \
             acr=\"urn:countersign:acr:biometric\", session=\"{session}\""
        )
    );
    let at: u64 = at.parse().expect("seconds");
    assert!(at.abs_diff(countersign_tests::encoding::unix_now()) < 60, "{at}");
}

async fn a_mismatch_never_reaches_the_relying_party(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "not_matched");
    refusal::expect(&stage.finish().await, &["biometric_mismatch"]);
    lab.expect_untouched().await;
    assert!(lab.orchestrator.calls_of(Operation::Complete).is_empty());
}

async fn a_sign_in_the_relying_party_refuses_is_not_completed(lab: &Lab, client: Client) {
    if !lab.setup.headers_can_wait {
        // Success can only be read from the body: `complete` runs before the relying party is asked.
        return the_answers_of_the_relying_party_are_released_as_they_are(lab, client).await;
    }
    for (status, body) in
        [(200, json!({ "verified": false })), (400, json!({ "error": "no" })), (200, json!([]))]
    {
        let mut stage = Stage::step_up(lab, client.clone()).await;
        lab.orchestrator.decide(stage.begun.session(), "matched");
        lab.relying_party.answers("POST /verify-authentication", Reply::json(status, &body));
        let answer = stage.finish().await;
        assert_eq!((answer.status, answer.json()), (status, body));
        assert!(lab.orchestrator.calls_of(Operation::Complete).is_empty());
        assert_eq!(lab.orchestrator.session(stage.begun.session()).status, "matched");
    }
}

async fn the_answers_of_the_relying_party_are_released_as_they_are(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    let reply = Reply::json(200, &json!({ "verified": true, "extra": [1, 2] }))
        .header("set-cookie", "a=1; Path=/")
        .header("set-cookie", "b=2; Path=/")
        .header("x-own", "kept");
    lab.relying_party.answers("POST /verify-authentication", reply.clone());
    let answer = stage.finish().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, reply.body);
    assert_eq!(answer.header("x-own"), "kept");
    let cookies = answer.header_values("set-cookie");
    assert!(cookies.contains(&"a=1; Path=/") && cookies.contains(&"b=2; Path=/"), "{cookies:?}");
}

async fn a_passkey_the_orchestrator_says_is_the_users_will_do(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    stage.passkey = Passkey::new(USER);
    lab.orchestrator.owns(&stage.passkey.id_text(), json!({ "external_user_id": USER }));
    lab.orchestrator.decide(stage.begun.session(), "matched");
    assert_eq!(stage.finish().await.status, 200);
    assert_eq!(lab.finishes().len(), 1);
}

async fn callouts_carry_the_trace(lab: &Lab, mut client: Client) {
    client.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(USER)));
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let ask = risky(Ceremony::Authentication.begin()).header("traceparent", trace);
    Begun::by(&mut client, ask).await.expect("an answer");
    let opened = &lab.orchestrator.calls_of(Operation::Open)[0];
    assert!(opened.header("traceparent").starts_with("00-0af7651916cd43dd8448eb211c80319c-"));
    let begins = lab.relying_party.seen_at("/generate-authentication-options");
    assert_eq!(opened.header("x-request-id"), begins[0].header("x-request-id"));
    assert!(!opened.header("x-request-id").is_empty());
}

async fn ceremonies_run_side_by_side(lab: &Lab, client: Client) {
    let first = Stage::step_up(lab, client).await;
    let mut second = first.clone();
    second.begun =
        Begun::by(&mut second.client, risky(Ceremony::Authentication.begin())).await.expect("an answer");
    let mut first = Stage { client: second.client.clone(), ..first };
    for stage in [&second, &first] {
        lab.orchestrator.decide(stage.begun.session(), "matched");
    }
    assert_eq!(second.finish().await.status, 200);
    assert_eq!(first.finish().await.status, 200);
    assert_eq!(lab.finishes().len(), 2);
}

async fn the_session_that_the_options_start_counts(lab: &Lab, mut client: Client) {
    let passkey = Passkey::new(USER);
    lab.relying_party.knows(USER, &passkey.id_text());
    let (before, after) = (lab.relying_party.session(Some(USER)), lab.relying_party.session(Some(USER)));
    client.cookies.insert(SESSION_COOKIE.to_owned(), before.clone());
    let options = json!({
        "rpId": "bank.example", "challenge": base64url(random::<32>()), "userVerification": "preferred",
        "allowCredentials": [{ "id": passkey.id_text(), "type": "public-key" }],
    });
    let reply = Reply::json(200, &options)
        .header("set-cookie", &format!("{SESSION_COOKIE}={after}; Path=/; HttpOnly"));
    lab.relying_party.answers("GET /generate-authentication-options", reply);
    let begun = Begun::by(&mut client, risky(Ceremony::Authentication.begin())).await.expect("an answer");
    lab.orchestrator.decide(begun.session(), "matched");
    let mut stage = Stage { ceremony: Ceremony::Authentication, client, passkey, begun };
    assert_eq!(stage.client.cookies[SESSION_COOKIE], after, "the client holds the new session");
    let mut old = stage.clone();
    old.client.cookies.insert(SESSION_COOKIE.to_owned(), before);
    refusal::expect(&old.finish().await, &["ceremony_unknown"]);
    assert_eq!(stage.finish().await.status, 200);
}

async fn an_error_instead_of_options_passes(lab: &Lab, mut client: Client) {
    client.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(USER)));
    let reply = Reply::json(429, &json!({ "error": "slow down" })).header("retry-after", "7");
    lab.relying_party.answers("GET /generate-authentication-options", reply);
    let answer = client.send(risky(Ceremony::Authentication.begin())).await.expect("an answer");
    assert_eq!((answer.status, answer.json()), (429, json!({ "error": "slow down" })));
    assert_eq!(answer.header("retry-after"), "7");
    assert!(lab.orchestrator.calls_of(Operation::Open).is_empty());
}

/// As many as browsers take; nobody else says whose they are.
async fn one_of_many_allowed_passkeys(lab: &Lab, mut client: Client) {
    let passkey = Passkey::new(USER);
    client.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(USER)));
    for _ in 0..63 {
        lab.relying_party.knows(USER, &base64url(random::<32>()));
    }
    lab.relying_party.knows(USER, &passkey.id_text());
    let begun = Begun::by(&mut client, risky(Ceremony::Authentication.begin())).await.expect("an answer");
    let cookies = client.evidence_cookies();
    assert!(
        cookies.iter().all(|(name, value)| name.len() + value.len() < 4096),
        "browsers drop a longer one"
    );
    lab.orchestrator.decide(begun.session(), "matched");
    let mut stage = Stage { ceremony: Ceremony::Authentication, client, passkey, begun };
    let answer = stage.finish().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    lab.reset();
    let stranger = Stage { passkey: Passkey::new(USER), ..Stage::step_up(lab, stage.client).await };
    lab.orchestrator.decide(stranger.begun.session(), "matched");
    refusal::expect(&stranger.clone().finish().await, &["credential_mismatch"]);
}
