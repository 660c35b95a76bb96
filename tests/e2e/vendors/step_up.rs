//! A risky sign-in of somebody who has said who they are. The rows are the same for every vendor.

use countersign_tests::client::{Ask, Client};
use countersign_tests::refusal;
use countersign_tests::stack::Face;
use countersign_tests::stage::Stage;
use countersign_tests::table;
use countersign_tests::vendor::{Api, Vendor};
use hyper::Method;
use serde_json::json;

use super::{Row, ask_for_status, status};

pub(crate) const ROWS: &[Row] = table![
    my_face_is_in,
    the_assertion_waits_for_the_face,
    someone_else_stays_out,
    walking_away_is_no_match,
    a_broken_check_is_no_match,
    a_review_is_no_match,
    a_client_may_ask_how_the_check_stands,
    a_client_that_asked_finishes,
    what_was_given_up_is_over,
    a_check_that_the_vendor_lost_is_no_match,
    a_vendor_that_is_busy_is_asked_again_later,
    a_vendor_that_does_not_open_is_asked_again_later,
];

async fn my_face_is_in(vendor: &Vendor, client: Client) {
    let mut stage = vendor.step_up(client).await;
    let begin = "relying party GET /generate-authentication-options";
    let opened: &[&str] = match vendor.api {
        Api::Idaas => &["vendor POST /api/web/v2/authentication/users/authenticate/FACE"],
        _ => &["vendor POST /v3.6/applicants", "vendor POST /v3.6/workflow_runs"],
    };
    assert_eq!(vendor.steps(), [&[begin], opened].concat());
    vendor.present(&stage.begun.options, Face::Mine).await;
    vendor.begin_anew();
    let answer = stage.finish().await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "verified": true })), "{}", answer.text());
    assert_eq!(vendor.steps(), [status(vendor).as_str(), "relying party POST /verify-authentication"]);
    if vendor.lab.setup.headers_can_wait {
        let told = vendor.lab.finishes()[0].header("countersign");
        assert!(told.starts_with("flow=step_up, rule=\"risky-sign-in\", verdict=matched, "), "{told}");
    }
}

async fn the_assertion_waits_for_the_face(vendor: &Vendor, client: Client) {
    let mut stage = vendor.step_up(client).await;
    for _ in 0..2 {
        refusal::expect(&stage.finish().await, &["verdict_pending"]);
    }
    vendor.lab.expect_untouched().await;
    vendor.present(&stage.begun.options, Face::Mine).await;
    let answer = stage.finish().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

async fn someone_else_stays_out(vendor: &Vendor, client: Client) {
    stays_out(vendor, client, Face::SomeoneElse, "biometric_mismatch").await;
}

async fn walking_away_is_no_match(vendor: &Vendor, client: Client) {
    stays_out(vendor, client, Face::Nobody, "verdict_failed").await;
}

async fn a_broken_check_is_no_match(vendor: &Vendor, client: Client) {
    stays_out(vendor, client, Face::Broken, "verdict_failed").await;
}

async fn a_review_is_no_match(vendor: &Vendor, client: Client) {
    stays_out(vendor, client, Face::Unclear, "verdict_failed").await;
}

async fn stays_out(vendor: &Vendor, client: Client, face: Face, code: &str) {
    let mut stage = vendor.step_up(client).await;
    vendor.present(&stage.begun.options, face).await;
    refusal::expect(&stage.finish().await, &[code]);
    vendor.lab.expect_untouched().await;
    refusal::expect(&stage.finish().await, &[code]);
    vendor.lab.expect_untouched().await;
}

/// Asks where `stepUp` says that one may.
async fn how_it_stands(stage: &mut Stage) -> String {
    let path = stage.begun.options["stepUp"]["status"].as_str().expect("a path").to_owned();
    let answer = stage.send(Ask::get(&path)).await.expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["id"], stage.begun.session());
    answer.json()["status"].as_str().expect("a status").to_owned()
}

async fn a_client_may_ask_how_the_check_stands(vendor: &Vendor, client: Client) {
    for (face, word) in
        [(Face::Mine, "matched"), (Face::SomeoneElse, "not_matched"), (Face::Unclear, "failed")]
    {
        let mut stage = vendor.step_up(client.clone()).await;
        assert_eq!(how_it_stands(&mut stage).await, "pending");
        vendor.present(&stage.begun.options, face).await;
        for _ in 0..2 {
            assert_eq!(how_it_stands(&mut stage).await, word, "{face:?}");
        }
    }
}

async fn a_client_that_asked_finishes(vendor: &Vendor, client: Client) {
    let mut stage = vendor.step_up(client).await;
    vendor.present(&stage.begun.options, Face::Mine).await;
    assert_eq!(how_it_stands(&mut stage).await, "matched");
    assert_eq!(stage.finish().await.status, 200);
}

async fn what_was_given_up_is_over(vendor: &Vendor, client: Client) {
    let mut stage = vendor.step_up(client).await;
    let path = stage.begun.options["stepUp"]["status"].as_str().expect("a path").to_owned();
    vendor.begin_anew();
    let answer = stage.send(Ask::new(Method::DELETE, &path)).await.expect("an answer");
    assert_eq!(answer.status, 204, "{}", answer.text());
    if vendor.api == Api::Idaas {
        assert_eq!(vendor.tap.heard_at(ask_for_status(vendor))[0].json()["cancel"], true);
        refusal::expect(&stage.finish().await, &["verdict_failed"]);
    } else {
        assert!(vendor.tap.heard().is_empty(), "IDV has no call for it");
        vendor.present(&stage.begun.options, Face::Mine).await;
        refusal::expect(&stage.finish().await, &["ceremony_replayed"]);
    }
    vendor.lab.expect_untouched().await;
}

async fn a_check_that_the_vendor_lost_is_no_match(vendor: &Vendor, client: Client) {
    let mut stage = vendor.step_up(client).await;
    vendor.present(&stage.begun.options, Face::Mine).await;
    vendor.tap.answers(ask_for_status(vendor), 404, json!({ "errorCode": "not_found", "error": {} }));
    refusal::expect(&stage.finish().await, &["verdict_failed"]);
    vendor.lab.expect_untouched().await;
}

async fn a_vendor_that_is_busy_is_asked_again_later(vendor: &Vendor, client: Client) {
    let mut stage = vendor.step_up(client).await;
    vendor.present(&stage.begun.options, Face::Mine).await;
    for status in [429, 500, 503] {
        vendor.tap.answers(ask_for_status(vendor), status, json!({}));
        refusal::expect(&stage.finish().await, &["orchestrator_unavailable"]);
        vendor.lab.expect_untouched().await;
    }
    vendor.tap.passes_on(ask_for_status(vendor));
    assert_eq!(stage.finish().await.status, 200);
}

async fn a_vendor_that_does_not_open_is_asked_again_later(vendor: &Vendor, client: Client) {
    vendor.enrol(client.clone()).await;
    let opens: &[&str] = match vendor.api {
        Api::Idaas => &["POST /api/web/v2/authentication/users/authenticate/FACE"],
        _ => &["POST /v3.6/applicants", "POST /v3.6/workflow_runs"],
    };
    let mut stage = Stage::step_up(&vendor.lab, client).await;
    let begin = countersign_tests::ceremony::risky(stage.ceremony.begin());
    for open in opens {
        for (status, body) in
            [(422, json!({ "error": {} })), (429, json!({})), (200, json!({})), (201, json!([]))]
        {
            vendor.begin_anew();
            vendor.tap.answers(open, status, body);
            let refused = stage.send(begin.clone()).await.expect("an answer");
            refusal::expect(&refused, &["orchestrator_unavailable"]);
            assert!(refused.json().get("challenge").is_none(), "no options leave");
            let last = vendor.steps().pop();
            assert_eq!(last, Some(format!("vendor {open}")), "nothing comes after a failure");
        }
        vendor.tap.passes_on(open);
    }
    assert_eq!(stage.send(begin).await.expect("an answer").status, 200);
}
