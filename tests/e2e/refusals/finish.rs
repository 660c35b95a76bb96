//! Refused at finish.

use countersign_tests::authenticator::{Passkey, USER_PRESENT};
use countersign_tests::ceremony::Ceremony;
use countersign_tests::client::{Ask, Carrier, Client};
use countersign_tests::encoding::base64url;
use countersign_tests::lab::{Lab, Row};
use countersign_tests::orchestrator::{Fault, Operation};
use countersign_tests::plugin::{ORIGIN, RP_ID};
use countersign_tests::refusal;
use countersign_tests::stage::Stage;
use countersign_tests::table;
use hyper::Method;

pub(crate) const ROWS: &[Row] = table![
    step_up_required,
    verdict_pending,
    verdict_pending_at_registration,
    biometric_mismatch,
    registration_unverified_not_matched,
    registration_unverified_failed,
    registration_unverified_expired,
    registration_unverified_cancelled,
    verdict_failed,
    verdict_failed_expired,
    verdict_failed_cancelled,
    ceremony_unknown,
    ceremony_unknown_in_a_routine_finish_too,
    ceremony_replayed,
    ceremony_mismatch,
    ceremony_mismatch_in_a_routine_finish_too,
    credential_mismatch,
    user_unverified,
    user_unknown_at_a_discoverable_finish,
    malformed_credential,
    malformed_credential_in_a_routine_finish_too,
    malformed_request,
    unsupported_media_type,
    body_too_large,
    unlisted_ceremony,
    orchestrator_unavailable,
    completion_failed,
];

/// The honest finish of a guarded sign-in with this verdict.
async fn judged(lab: &Lab, client: Client, verdict: &str, code: &str) {
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), verdict);
    refusal::expect(&stage.finish().await, &[code]);
    lab.expect_untouched().await;
}

async fn registered(lab: &Lab, client: Client, verdict: &str, code: &str) {
    let mut stage = Stage::registration(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), verdict);
    refusal::expect(&stage.finish().await, &[code]);
    lab.expect_untouched().await;
    assert!(lab.orchestrator.credential(&stage.passkey.id_text()).is_none());
}

/// A finish that is wrong in itself, though the verdict is `matched`.
async fn wrong(lab: &Lab, client: Client, code: &str, make: impl FnOnce(&Stage) -> Ask) {
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    let ask = make(&stage);
    refusal::expect(&stage.send(ask).await.expect("an answer"), &[code]);
    lab.expect_untouched().await;
}

async fn step_up_required(lab: &Lab, client: Client) {
    let mut stage = Stage::discoverable(lab, client).await;
    refusal::expect(&stage.finish().await, &["step_up_required"]);
    lab.expect_untouched().await;
}

async fn verdict_pending(lab: &Lab, client: Client) {
    judged(lab, client, "pending", "verdict_pending").await;
}

async fn verdict_pending_at_registration(lab: &Lab, client: Client) {
    registered(lab, client, "pending", "verdict_pending").await;
}

async fn biometric_mismatch(lab: &Lab, client: Client) {
    judged(lab, client, "not_matched", "biometric_mismatch").await;
}

async fn registration_unverified_not_matched(lab: &Lab, client: Client) {
    registered(lab, client, "not_matched", "registration_unverified").await;
}

async fn registration_unverified_failed(lab: &Lab, client: Client) {
    registered(lab, client, "failed", "registration_unverified").await;
}

async fn registration_unverified_expired(lab: &Lab, client: Client) {
    registered(lab, client, "expired", "registration_unverified").await;
}

async fn registration_unverified_cancelled(lab: &Lab, client: Client) {
    registered(lab, client, "cancelled", "registration_unverified").await;
}

async fn verdict_failed(lab: &Lab, client: Client) {
    judged(lab, client, "failed", "verdict_failed").await;
}

async fn verdict_failed_expired(lab: &Lab, client: Client) {
    judged(lab, client, "expired", "verdict_failed").await;
}

async fn verdict_failed_cancelled(lab: &Lab, client: Client) {
    judged(lab, client, "cancelled", "verdict_failed").await;
}

async fn ceremony_unknown(lab: &Lab, mut client: Client) {
    client.carrier = Carrier::Nothing;
    judged(lab, client, "matched", "ceremony_unknown").await;
}

async fn ceremony_unknown_in_a_routine_finish_too(lab: &Lab, mut client: Client) {
    client.carrier = Carrier::Nothing;
    let mut stage = Stage::routine(lab, client).await;
    refusal::expect(&stage.finish().await, &["ceremony_unknown"]);
    lab.expect_untouched().await;
}

async fn ceremony_replayed(lab: &Lab, client: Client) {
    judged(lab, client, "completed", "ceremony_replayed").await;
}

async fn ceremony_mismatch(lab: &Lab, client: Client) {
    wrong(lab, client, "ceremony_mismatch", |stage| {
        let response = stage.passkey.get(stage.begun.challenge(), "https://evil.example", RP_ID);
        stage.ceremony.finish(&stage.passkey.assertion(&response))
    })
    .await;
}

async fn ceremony_mismatch_in_a_routine_finish_too(lab: &Lab, client: Client) {
    for (origin, rp_id) in [("https://evil.example", RP_ID), (ORIGIN, "evil.example")] {
        let mut stage = Stage::routine(lab, client.clone()).await;
        let response = stage.passkey.get(stage.begun.challenge(), origin, rp_id);
        let finish = stage.ceremony.finish(&stage.passkey.assertion(&response));
        refusal::expect(&stage.send(finish).await.expect("an answer"), &["ceremony_mismatch"]);
    }
    lab.expect_untouched().await;
}

async fn credential_mismatch(lab: &Lab, client: Client) {
    wrong(lab, client, "credential_mismatch", |stage| {
        let stolen = Passkey::new("bob-beef");
        stage.ceremony.finish(&Ceremony::Authentication.credential(&stolen, stage.begun.challenge()))
    })
    .await;
}

async fn user_unverified(lab: &Lab, client: Client) {
    wrong(lab, client, "user_unverified", |stage| {
        let mut response = stage.passkey.get(stage.begun.challenge(), ORIGIN, RP_ID);
        response.flags = USER_PRESENT;
        stage.ceremony.finish(&stage.passkey.assertion(&response))
    })
    .await;
}

async fn user_unknown_at_a_discoverable_finish(lab: &Lab, client: Client) {
    let mut stage = Stage::discoverable(lab, client).await;
    stage.passkey = Passkey::new("nobody-knows");
    refusal::expect(&stage.finish().await, &["user_unknown"]);
    lab.expect_untouched().await;
}

async fn malformed_credential(lab: &Lab, client: Client) {
    wrong(lab, client, "malformed_credential", |stage| {
        let mut credential = stage.credential();
        credential["id"] = base64url([7; 24]).into();
        stage.ceremony.finish(&credential)
    })
    .await;
}

async fn malformed_credential_in_a_routine_finish_too(lab: &Lab, client: Client) {
    let mut stage = Stage::routine(lab, client).await;
    let text = stage.credential().to_string().replacen('{', r#"{"id":"AAAA","#, 1);
    let finish = Ask { body: Some(text.into()), ..stage.honest() };
    refusal::expect(&stage.send(finish).await.expect("an answer"), &["malformed_credential"]);
    lab.expect_untouched().await;
}

async fn malformed_request(lab: &Lab, client: Client) {
    wrong(lab, client, "malformed_request", |stage| Ask { method: Method::PUT, ..stage.honest() }).await;
}

async fn unsupported_media_type(lab: &Lab, client: Client) {
    wrong(lab, client, "unsupported_media_type", |stage| {
        stage.honest().without("content-type").header("content-type", "text/plain")
    })
    .await;
}

async fn body_too_large(lab: &Lab, client: Client) {
    wrong(lab, client, "body_too_large", |stage| {
        let body = stage.credential().to_string() + &" ".repeat(70_000);
        Ask { body: Some(body.into()), ..stage.honest() }
    })
    .await;
}

async fn unlisted_ceremony(lab: &Lab, client: Client) {
    wrong(lab, client, "unlisted_ceremony", |stage| Ask { path: "/passkeys".to_owned(), ..stage.honest() })
        .await;
}

async fn orchestrator_unavailable(lab: &Lab, client: Client) {
    lab.orchestrator.breaks(Operation::Status, Fault::answer(500, ""));
    judged(lab, client, "matched", "orchestrator_unavailable").await;
}

async fn completion_failed(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    lab.orchestrator.breaks(Operation::Complete, Fault::answer(500, ""));
    let answer = stage.finish().await;
    if lab.setup.headers_can_wait {
        refusal::expect(&answer, &["completion_failed"]);
        assert_eq!(lab.finishes().len(), 1, "the relying party had accepted");
        assert!(!answer.text().contains("verified"));
    } else {
        refusal::expect(&answer, &["orchestrator_unavailable"]);
        lab.expect_untouched().await;
    }
    let cookies = answer.header_values("set-cookie");
    assert!(cookies.iter().all(|cookie| !cookie.starts_with("connect.sid")), "{cookies:?}");
}
