//! Recovery over IDV: a run of the recovery workflow before there is a challenge, asked for twice afterwards. What
//! the client brings back as its continuation is the run's id.

use countersign_tests::ceremony::Ceremony;
use countersign_tests::client::Client;
use countersign_tests::recovery::{CONTINUATION, Recovering};
use countersign_tests::refusal;
use countersign_tests::stack::Face;
use countersign_tests::stage::USER;
use countersign_tests::table;
use countersign_tests::vendor::Vendor;
use serde_json::json;

use super::Row;

pub(crate) const ROWS: &[Row] = table![
    my_face_gets_a_new_passkey,
    the_run_is_of_no_challenge,
    the_begin_waits_for_the_face,
    someone_else_gets_none,
    a_broken_check_gets_none,
    a_continuation_that_is_none,
    a_continuation_of_another_run,
    a_continuation_is_good_once,
];

const BEGIN: &str = "relying party GET /generate-registration-options";
const ASK: &str = "vendor GET /v3.6/workflow_runs/{id}";

async fn recovering(vendor: &Vendor, client: Client) -> Recovering {
    vendor.enrol(client.clone()).await;
    Recovering::of(&vendor.lab, client).await
}

async fn my_face_gets_a_new_passkey(vendor: &Vendor, client: Client) {
    let recovering = recovering(vendor, client).await;
    assert_eq!(
        vendor.steps(),
        [
            "relying party POST /recovery/start",
            "vendor POST /v3.6/applicants",
            "vendor POST /v3.6/workflow_runs"
        ]
    );
    vendor.present(&recovering.body, Face::Mine).await;
    vendor.begin_anew();
    let mut stage = recovering.replacing().await;
    assert_eq!(vendor.steps(), [ASK, BEGIN]);
    vendor.begin_anew();
    let answer = stage.finish().await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "verified": true })), "{}", answer.text());
    assert_eq!(vendor.steps(), [ASK, "relying party POST /verify-registration"]);
    let paths: Vec<String> = vendor.tap.heard().into_iter().map(|heard| heard.path).collect();
    assert_eq!(paths, [format!("/v3.6/workflow_runs/{}", stage.begun.session())]);
}

async fn the_run_is_of_no_challenge(vendor: &Vendor, client: Client) {
    let recovering = recovering(vendor, client).await;
    let runs = vendor.tap.heard_at("POST /v3.6/workflow_runs");
    let run = runs[0].json();
    assert_eq!(run["workflow_id"], "5a6f4ad4-6bb1-4a8e-9a0f-0d2bb1d3c003");
    assert_eq!(run["customer_user_id"], USER);
    assert_eq!(run["tags"], json!(["flow:recovery"]));
    let client = &recovering.body["stepUp"]["client"];
    assert_eq!(client["continuation"], client["workflowRunId"]);
    assert_eq!(recovering.session(), recovering.continuation());
}

async fn the_begin_waits_for_the_face(vendor: &Vendor, client: Client) {
    let mut recovering = recovering(vendor, client).await;
    let begin = recovering.begin();
    vendor.begin_anew();
    for _ in 0..2 {
        refusal::expect(
            &recovering.client.send(begin.clone()).await.expect("an answer"),
            &["verdict_pending"],
        );
    }
    assert!(!vendor.steps().contains(&BEGIN.to_owned()), "{:?}", vendor.steps());
    vendor.present(&recovering.body, Face::Mine).await;
    assert_eq!(recovering.replacing().await.finish().await.status, 200);
}

async fn someone_else_gets_none(vendor: &Vendor, client: Client) {
    gets_none(vendor, client, Face::SomeoneElse, "recovery_mismatch").await;
}

async fn a_broken_check_gets_none(vendor: &Vendor, client: Client) {
    gets_none(vendor, client, Face::Broken, "verdict_failed").await;
}

async fn gets_none(vendor: &Vendor, client: Client, face: Face, code: &str) {
    let mut recovering = recovering(vendor, client).await;
    vendor.present(&recovering.body, face).await;
    vendor.begin_anew();
    let begin = recovering.begin();
    refusal::expect(&recovering.client.send(begin).await.expect("an answer"), &[code]);
    assert_eq!(vendor.steps(), [ASK], "the relying party has made no options");
}

async fn a_continuation_that_is_none(vendor: &Vendor, client: Client) {
    let mut recovering = recovering(vendor, client).await;
    vendor.present(&recovering.body, Face::Mine).await;
    vendor.begin_anew();
    let begin = Ceremony::Registration.begin().header(CONTINUATION, "guessed");
    refusal::expect(&recovering.client.send(begin).await.expect("an answer"), &["ceremony_unknown"]);
    assert_eq!(vendor.steps(), [ASK], "the relying party has made no options");
}

async fn a_continuation_of_another_run(vendor: &Vendor, client: Client) {
    let other = recovering(vendor, client.clone()).await;
    vendor.present(&other.body, Face::Mine).await;
    let mut recovering = Recovering::of(&vendor.lab, client).await;
    vendor.begin_anew();
    let begin = other.begin();
    refusal::expect(&recovering.client.send(begin).await.expect("an answer"), &["ceremony_unknown"]);
    let asked: Vec<String> = vendor.tap.heard().into_iter().map(|heard| heard.path).collect();
    assert_eq!(
        asked,
        [format!("/v3.6/workflow_runs/{}", recovering.session())],
        "the client's id is asked of nobody"
    );
}

async fn a_continuation_is_good_once(vendor: &Vendor, client: Client) {
    let recovering = recovering(vendor, client).await;
    vendor.present(&recovering.body, Face::Mine).await;
    let mut again = recovering.clone();
    recovering.replacing().await;
    let begin = again.begin();
    refusal::expect(&again.client.send(begin).await.expect("an answer"), &["ceremony_replayed"]);
}
