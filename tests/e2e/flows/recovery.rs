//! Recovery: a lost passkey is replaced after a live match.

use countersign_tests::ceremony::{Begun, Ceremony};
use countersign_tests::client::{Carrier, Client};
use countersign_tests::encoding::base64url;
use countersign_tests::lab::{Lab, Row};
use countersign_tests::orchestrator::Operation;
use countersign_tests::plugin::RECOVERY;
use countersign_tests::recovery::{Recovering, identifies, start};
use countersign_tests::refusal;
use countersign_tests::relying_party::{Reply, SESSION_COOKIE};
use countersign_tests::stage::USER;
use countersign_tests::table;
use serde_json::json;

pub(crate) const ROWS: &[Row] = table![
    the_answer_of_the_route_leaves_with_a_check,
    the_exchange_comes_before_the_relying_party,
    the_options_leave_as_at_a_registration,
    the_replacement_finishes_as_a_registration,
    the_orchestrator_learns_the_replacement,
    a_mismatch_told_by_the_exchange,
    a_mismatch_told_by_the_status,
    the_begin_waits_for_the_verdict,
    without_a_continuation_it_is_a_registration,
    a_client_without_a_jar_uses_the_header,
    a_route_that_finds_nobody_passes,
    a_route_that_does_not_say_whom_is_withheld,
];

const BEGIN: &str = "/generate-registration-options";

async fn the_answer_of_the_route_leaves_with_a_check(lab: &Lab, client: Client) {
    let recovering = Recovering::of(lab, client).await;
    let opened = lab.orchestrator.calls_of(Operation::OpenRecovery);
    assert_eq!(opened.len(), 1);
    assert_eq!(opened[0].body, json!({ "external_user_id": USER }));
    let session = lab.orchestrator.session(recovering.session());
    let mut body = recovering.body.clone();
    let step_up = body.as_object_mut().expect("an object").remove("stepUp").expect("stepUp");
    assert_eq!(body, json!({ "user": { "id": USER }, "sent": ["mail"] }), "nothing else changes");
    assert_eq!(step_up["flow"], "recovery");
    assert_eq!(step_up["rule"], "recover");
    let client = json!({ "sdkToken": session.sdk_token, "continuation": session.continuation });
    assert_eq!(step_up["client"], client);
    assert_eq!(step_up["evidence"], recovering.answer.header("countersign-evidence"));
    assert_eq!(recovering.answer.header("cache-control"), "no-store");
    assert_eq!(recovering.client.evidence_cookies().len(), 1);
    assert!(recovering.client.cookies.contains_key(SESSION_COOKIE), "the relying party's own cookie");
}

async fn the_exchange_comes_before_the_relying_party(lab: &Lab, client: Client) {
    let recovering = Recovering::decided(lab, client, "matched").await;
    lab.journal.clear();
    let continuation = recovering.continuation().to_owned();
    recovering.replacing().await;
    let mut steps = lab.journal.steps();
    steps.retain(|step| step != "relying party GET /me");
    assert_eq!(
        steps,
        ["orchestrator exchange_continuation", "relying party GET /generate-registration-options"]
    );
    let exchanged = &lab.orchestrator.calls_of(Operation::ExchangeContinuation)[0];
    assert_eq!(exchanged.body, json!({ "continuation": continuation }));
    let begin = &lab.relying_party.seen_at(BEGIN)[0];
    assert!(begin.headers.keys().all(|name| !name.as_str().starts_with("countersign")), "{begin:?}");
    assert!(!lab.envoy.log().contains(&continuation), "it is a secret");
}

async fn the_options_leave_as_at_a_registration(lab: &Lab, client: Client) {
    let recovering = Recovering::decided(lab, client, "matched").await;
    let session = recovering.session().to_owned();
    let stage = recovering.replacing().await;
    let options = &stage.begun.options;
    assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(options["stepUp"]["flow"], "recovery");
    assert_eq!(options["stepUp"]["session"], session, "the same check");
    assert_eq!(options["stepUp"]["evidence"], stage.begun.answer.header("countersign-evidence"));
    assert_eq!(stage.begun.answer.header("cache-control"), "no-store");
    assert!(lab.orchestrator.calls_of(Operation::Open).is_empty());
}

async fn the_replacement_finishes_as_a_registration(lab: &Lab, client: Client) {
    let mut stage = Recovering::decided(lab, client, "matched").await.replacing().await;
    lab.journal.clear();
    let answer = stage.finish().await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "verified": true })), "{}", answer.text());
    let finish = "relying party POST /verify-registration";
    if lab.setup.headers_can_wait {
        assert_eq!(lab.journal.steps(), ["orchestrator status", finish, "orchestrator complete"]);
        let told = lab.finishes()[0].header("countersign");
        assert!(told.starts_with("flow=recovery, rule=\"recover\", verdict=matched"), "{told}");
    } else {
        assert_eq!(lab.journal.steps(), ["orchestrator status", "orchestrator complete", finish]);
    }
}

async fn the_orchestrator_learns_the_replacement(lab: &Lab, client: Client) {
    let mut stage = Recovering::decided(lab, client, "matched").await.replacing().await;
    assert_eq!(stage.finish().await.status, 200);
    let learned = lab.orchestrator.credential(&stage.passkey.id_text()).expect("it has learned it");
    assert_eq!(learned["external_user_id"], USER);
    assert_eq!(learned["public_key"], base64url(stage.passkey.cose_key()));
    assert_eq!(learned["user_handle"], stage.begun.options["user"]["id"]);
    assert_eq!(lab.orchestrator.session(stage.begun.session()).status, "completed");
}

async fn a_mismatch_told_by_the_exchange(lab: &Lab, client: Client) {
    let mut recovering = Recovering::decided(lab, client, "not_matched").await;
    let answer = recovering.client.send(recovering.begin()).await.expect("an answer");
    refusal::expect(&answer, &["recovery_mismatch"]);
    lab.fence().await;
    assert!(lab.relying_party.seen_at(BEGIN).is_empty());
    lab.expect_untouched().await;
}

async fn a_mismatch_told_by_the_status(lab: &Lab, client: Client) {
    let mut stage = Recovering::decided(lab, client, "matched").await.replacing().await;
    lab.orchestrator.decide(stage.begun.session(), "not_matched");
    refusal::expect(&stage.finish().await, &["recovery_mismatch"]);
    lab.expect_untouched().await;
    assert!(lab.orchestrator.calls_of(Operation::Complete).is_empty());
}

async fn the_begin_waits_for_the_verdict(lab: &Lab, client: Client) {
    let mut recovering = Recovering::of(lab, client).await;
    let begin = recovering.begin();
    let early = recovering.client.send(begin.clone()).await.expect("an answer");
    refusal::expect(&early, &["verdict_pending"]);
    lab.fence().await;
    assert!(lab.relying_party.seen_at(BEGIN).is_empty());
    lab.orchestrator.decide(recovering.session(), "matched");
    let mut stage = recovering.replacing().await;
    assert_eq!(stage.finish().await.status, 200);
}

async fn without_a_continuation_it_is_a_registration(lab: &Lab, client: Client) {
    let mut recovering = Recovering::decided(lab, client, "matched").await;
    let begun = Begun::by(&mut recovering.client, Ceremony::Registration.begin()).await.expect("an answer");
    assert_eq!(begun.options["stepUp"]["flow"], "registration");
    assert_ne!(begun.session(), recovering.session(), "another check");
    assert!(lab.orchestrator.calls_of(Operation::ExchangeContinuation).is_empty());
}

async fn a_client_without_a_jar_uses_the_header(lab: &Lab, mut client: Client) {
    client.carrier = Carrier::Header;
    let mut stage = Recovering::decided(lab, client, "matched").await.replacing().await;
    assert_eq!(stage.finish().await.status, 200);
}

async fn a_route_that_finds_nobody_passes(lab: &Lab, mut client: Client) {
    let reply = Reply::json(404, &json!({ "error": "nobody" })).header("x-own", "kept");
    lab.relying_party.answers(&format!("POST {RECOVERY}"), reply);
    let answer = client.send(start()).await.expect("an answer");
    assert_eq!((answer.status, answer.json()), (404, json!({ "error": "nobody" })));
    assert_eq!(answer.header("x-own"), "kept");
    assert!(lab.orchestrator.calls().is_empty());
}

async fn a_route_that_does_not_say_whom_is_withheld(lab: &Lab, mut client: Client) {
    for user in [json!(null), json!(""), json!({ "id": USER }), json!([])] {
        identifies(lab);
        let answered = user.clone();
        lab.relying_party.edits(&format!("POST {RECOVERY}"), move |body| {
            body["user"]["id"] = answered.clone();
        });
        let answer = client.send(start()).await.expect("an answer");
        refusal::expect(&answer, &["user_unknown"]);
        assert!(!answer.headers.contains_key("set-cookie"), "{user}: withheld with its cookies");
    }
    assert!(lab.orchestrator.calls().is_empty());
}
