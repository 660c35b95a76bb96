//! What opens the IDV API: an API token, or an access token that is asked for when there is none.

use countersign_tests::audit::trace;
use countersign_tests::ceremony::{Ceremony, risky};
use countersign_tests::client::{Answer, Client};
use countersign_tests::refusal;
use countersign_tests::relying_party::SESSION_COOKIE;
use countersign_tests::stack::Face;
use countersign_tests::stage::{Stage, USER};
use countersign_tests::table;
use countersign_tests::vendor::{ASK_FOR_TOKEN, Vendor};
use serde_json::json;

use super::Row;

pub(crate) const BY_TOKEN: &[Row] = table![every_call_bears_the_api_token];
pub(crate) const BY_CLIENT: &[Row] = table![
    the_first_call_asks_for_a_token,
    one_token_serves_several_flows,
    a_token_that_was_taken_back_refuses_once,
    a_token_taken_back_at_the_finish_refuses_once,
    a_token_at_its_end_is_not_kept,
    without_a_token_nothing_is_asked,
    an_answer_that_is_no_token,
];

const TOKEN: &str = "POST /v3.6/oauth/token";

async fn every_call_bears_the_api_token(vendor: &Vendor, client: Client) {
    let mut stage = vendor.step_up(client).await;
    vendor.present(&stage.begun.options, Face::Mine).await;
    assert_eq!(stage.finish().await.status, 200);
    let heard = vendor.tap.heard();
    assert_eq!(heard.len(), 3);
    for heard in heard {
        assert_eq!(
            heard.header("authorization"),
            format!("Token token={}", vendor.api_token),
            "{}",
            heard.step
        );
    }
    assert!(!vendor.lab.envoy.log().contains(&vendor.api_token), "it is a secret");
}

async fn the_first_call_asks_for_a_token(vendor: &Vendor, mut client: Client) {
    let fresh = vendor.fresh_gateway().await;
    let theirs = trace(&mut client);
    vendor.begin_anew();
    let stage = Stage::registration(&vendor.lab, client.at(fresh.address)).await;
    let mut steps = vendor.lab.journal.steps();
    steps.retain(|step| step.starts_with("vendor"));
    assert_eq!(steps, [ASK_FOR_TOKEN, "vendor POST /v3.6/applicants", "vendor POST /v3.6/workflow_runs"]);
    let asked = &vendor.tap.heard_at(TOKEN)[0];
    assert_eq!(asked.header("content-type"), "application/x-www-form-urlencoded");
    assert_eq!(asked.header("authorization"), "", "the form says who asks");
    let form = "client_id=countersign+gateway&client_secret=s3cret%2Bof+the%2Fclient%3D%26%25";
    // How a client's secret is escaped is the form's business (WHATWG URL, section 5.2); the vendor has understood it.
    assert_eq!(String::from_utf8_lossy(&asked.body).replace("%20", "+"), form);
    let (_, token) = asked.said.clone().expect("an answer");
    let token = token["access_token"].as_str().expect("a token").to_owned();
    for heard in vendor.tap.heard().iter().filter(|heard| heard.step != TOKEN) {
        assert_eq!(heard.header("authorization"), format!("Bearer {token}"), "{}", heard.step);
    }
    for heard in vendor.tap.heard() {
        let traceparent = heard.header("traceparent");
        assert!(traceparent.starts_with(&format!("00-{theirs}-")), "{}: {traceparent}", heard.step);
    }
    for secret in [token.as_str(), "s3cret"] {
        assert!(!fresh.log().contains(secret), "it is a secret");
        assert!(!stage.begun.answer.text().contains(secret), "it is not the client's");
    }
}

async fn one_token_serves_several_flows(vendor: &Vendor, client: Client) {
    // Whatever the rows before have left behind is no good any more.
    vendor.enrol(client.clone()).await;
    vendor.tap.takes_tokens_back();
    refusal::expect(&begins(vendor, client.clone()).await, &["orchestrator_unavailable"]);
    vendor.begin_anew();
    for _ in 0..3 {
        let mut stage = Stage::step_up(&vendor.lab, client.clone()).await;
        refusal::expect(&stage.finish().await, &["verdict_pending"]);
        vendor.present(&stage.begun.options, Face::Mine).await;
        assert_eq!(stage.finish().await.status, 200);
        let enrolment = Stage::registration(&vendor.lab, client.clone()).await;
        vendor.present(&enrolment.begun.options, Face::Mine).await;
    }
    assert_eq!(vendor.tap.heard_at(TOKEN).len(), 1);
    assert_eq!(vendor.tap.heard_at("POST /v3.6/workflow_runs").len(), 6);
}

async fn a_token_that_was_taken_back_refuses_once(vendor: &Vendor, client: Client) {
    vendor.enrol(client.clone()).await;
    vendor.tap.takes_tokens_back();
    let refused = begins(vendor, client.clone()).await;
    refusal::expect(&refused, &["orchestrator_unavailable"]);
    let heard = vendor.tap.heard();
    assert_eq!(heard.len(), 1, "nothing comes after a 401");
    assert_eq!(heard[0].said.as_ref().map(|(status, _)| *status), Some(401));
    vendor.begin_anew();
    assert_eq!(begins(vendor, client).await.status, 200);
    assert_eq!(vendor.tap.heard_at(TOKEN).len(), 1);
}

async fn a_token_taken_back_at_the_finish_refuses_once(vendor: &Vendor, client: Client) {
    let mut stage = vendor.step_up(client).await;
    vendor.present(&stage.begun.options, Face::Mine).await;
    vendor.tap.takes_tokens_back();
    refusal::expect(&stage.finish().await, &["orchestrator_unavailable"]);
    vendor.lab.expect_untouched().await;
    assert_eq!(stage.finish().await.status, 200, "the same request again");
}

async fn a_token_at_its_end_is_not_kept(vendor: &Vendor, client: Client) {
    vendor.enrol(client.clone()).await;
    vendor.tap.takes_tokens_back();
    begins(vendor, client.clone()).await;
    vendor.tap.edits(TOKEN, |answer| answer["expires_in"] = json!(30));
    vendor.begin_anew();
    for _ in 0..2 {
        assert_eq!(begins(vendor, client.clone()).await.status, 200);
    }
    // Within one exchange of two calls it is used for both, or asked for anew: either is right.
    let asked = vendor.tap.heard_at(TOKEN).len();
    assert!((2..=4).contains(&asked), "asked {asked} times");
}

async fn without_a_token_nothing_is_asked(vendor: &Vendor, client: Client) {
    vendor.enrol(client.clone()).await;
    vendor.tap.takes_tokens_back();
    begins(vendor, client.clone()).await;
    for (status, body) in [(401, json!({ "error": "invalid_client" })), (429, json!({})), (500, json!({}))] {
        vendor.tap.answers(TOKEN, status, body);
        vendor.begin_anew();
        refusal::expect(&begins(vendor, client.clone()).await, &["orchestrator_unavailable"]);
        let steps: Vec<String> = vendor.tap.heard().into_iter().map(|heard| heard.step).collect();
        assert_eq!(steps, [TOKEN]);
    }
    vendor.tap.passes_on(TOKEN);
    assert_eq!(begins(vendor, client).await.status, 200);
}

async fn an_answer_that_is_no_token(vendor: &Vendor, client: Client) {
    vendor.enrol(client.clone()).await;
    vendor.tap.takes_tokens_back();
    begins(vendor, client.clone()).await;
    for body in [
        json!({ "expires_in": 3600 }),
        json!({ "access_token": "", "expires_in": 3600 }),
        json!({ "access_token": 7, "expires_in": 3600 }),
        json!({ "access_token": "a b\r\nx: y", "expires_in": 3600 }),
        json!({ "access_token": "a" }),
        json!([]),
    ] {
        vendor.tap.answers(TOKEN, 200, body.clone());
        vendor.begin_anew();
        refusal::expect(&begins(vendor, client.clone()).await, &["orchestrator_unavailable"]);
        assert_eq!(vendor.tap.heard().len(), 1, "{body}");
    }
}

/// A guarded begin, whatever its answer.
async fn begins(vendor: &Vendor, mut client: Client) -> Answer {
    let session = vendor.lab.relying_party.session(Some(USER));
    client.cookies.insert(SESSION_COOKIE.to_owned(), session);
    client.send(risky(Ceremony::Authentication.begin())).await.expect("an answer")
}
