//! Enrolment over IDV: a run of the registration workflow, for an applicant of its own.

use countersign_tests::client::Client;
use countersign_tests::encoding::challenge_hash;
use countersign_tests::refusal;
use countersign_tests::stack::Face;
use countersign_tests::stage::{Stage, USER};
use countersign_tests::table;
use countersign_tests::vendor::{Api, Vendor};
use serde_json::json;

use super::Row;

pub(crate) const ROWS: &[Row] = table![
    my_face_enrols,
    the_run_says_what_it_is_for,
    the_client_gets_what_the_vendors_sdk_needs,
    the_credential_waits_for_the_face,
    someone_else_is_unverified,
    an_approval_without_a_reference_is_unverified,
    walking_away_is_unverified,
    a_broken_check_is_unverified,
    a_review_is_unverified,
    a_prior_biometric_goes_to_the_vendor_only,
];

async fn my_face_enrols(vendor: &Vendor, client: Client) {
    let mut stage = Stage::registration(&vendor.lab, client).await;
    assert_eq!(
        vendor.steps(),
        [
            "relying party GET /generate-registration-options",
            "vendor POST /v3.6/applicants",
            "vendor POST /v3.6/workflow_runs"
        ]
    );
    vendor.present(&stage.begun.options, Face::Mine).await;
    vendor.begin_anew();
    let answer = stage.finish().await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "verified": true })), "{}", answer.text());
    assert_eq!(
        vendor.steps(),
        ["vendor GET /v3.6/workflow_runs/{id}", "relying party POST /verify-registration"],
        "the vendor has no step that completes"
    );
    let finishes = vendor.lab.finishes();
    assert_eq!(finishes.len(), 1);
    assert_eq!(finishes[0].json()["id"], stage.passkey.id_text());
    if vendor.lab.setup.headers_can_wait {
        let told = finishes[0].header("countersign");
        assert!(told.starts_with("flow=registration, rule=\"enrolment\", verdict=matched, "), "{told}");
    }
}

async fn the_run_says_what_it_is_for(vendor: &Vendor, client: Client) {
    let stage = Stage::registration(&vendor.lab, client).await;
    let applicants = vendor.tap.heard_at("POST /v3.6/applicants");
    assert_eq!(applicants.len(), 1);
    assert_eq!(
        applicants[0].json(),
        json!({ "first_name": "Passkey", "last_name": "Holder" }),
        "nobody's name"
    );
    let (_, applicant) = applicants[0].said.clone().expect("an answer");
    let runs = vendor.tap.heard_at("POST /v3.6/workflow_runs");
    assert_eq!(runs.len(), 1);
    assert_eq!(
        runs[0].json(),
        json!({
            "workflow_id": "5a6f4ad4-6bb1-4a8e-9a0f-0d2bb1d3c001",
            "applicant_id": applicant["id"],
            "customer_user_id": USER,
            "tags": [
                "flow:registration",
                format!("challenge:{}", challenge_hash(stage.begun.challenge())),
                "rp:bank.example",
            ],
        })
    );
    let region = if vendor.api == Api::IdvByClient { "ca" } else { "eu" };
    for heard in [&applicants[0], &runs[0]] {
        assert_eq!(heard.header("host"), format!("api.{region}.onfido.com"));
        assert_eq!(heard.header("content-type"), "application/json");
    }
}

async fn the_client_gets_what_the_vendors_sdk_needs(vendor: &Vendor, client: Client) {
    let stage = Stage::registration(&vendor.lab, client).await;
    let (_, run) = vendor.tap.heard_at("POST /v3.6/workflow_runs")[0].said.clone().expect("an answer");
    let expected =
        json!({ "sdkToken": run["sdk_token"], "workflowRunId": run["id"], "link": run["link"]["url"] });
    assert_eq!(stage.begun.options["stepUp"]["client"], expected);
    assert_eq!(stage.begun.session(), run["id"].as_str().expect("an id"));
}

async fn the_credential_waits_for_the_face(vendor: &Vendor, client: Client) {
    let mut stage = Stage::registration(&vendor.lab, client).await;
    refusal::expect(&stage.finish().await, &["verdict_pending"]);
    vendor.lab.expect_untouched().await;
    vendor.present(&stage.begun.options, Face::Mine).await;
    assert_eq!(stage.finish().await.status, 200);
}

async fn someone_else_is_unverified(vendor: &Vendor, client: Client) {
    unverified(vendor, client, Face::SomeoneElse).await;
}

async fn an_approval_without_a_reference_is_unverified(vendor: &Vendor, client: Client) {
    unverified(vendor, client, Face::WithoutReference).await;
    let (_, run) = vendor.tap.heard_at("GET /v3.6/workflow_runs/{id}")[0].said.clone().expect("an answer");
    assert_eq!(
        (&run["status"], &run["output"]),
        (&json!("approved"), &json!({})),
        "the row shows what it says"
    );
}

async fn walking_away_is_unverified(vendor: &Vendor, client: Client) {
    unverified(vendor, client, Face::Nobody).await;
}

async fn a_broken_check_is_unverified(vendor: &Vendor, client: Client) {
    unverified(vendor, client, Face::Broken).await;
}

async fn a_review_is_unverified(vendor: &Vendor, client: Client) {
    unverified(vendor, client, Face::Unclear).await;
}

async fn unverified(vendor: &Vendor, client: Client, face: Face) {
    let mut stage = Stage::registration(&vendor.lab, client).await;
    vendor.present(&stage.begun.options, face).await;
    vendor.begin_anew();
    refusal::expect(&stage.finish().await, &["registration_unverified"]);
    vendor.lab.expect_untouched().await;
}

async fn a_prior_biometric_goes_to_the_vendor_only(vendor: &Vendor, client: Client) {
    const PRIOR: &str = "ZW5jcnlwdGVkIGVsc2V3aGVyZQ";
    vendor.lab.relying_party.edits("GET /generate-registration-options", |options| {
        options["prior_biometric"] = json!({ "encrypted_biometric_token": PRIOR });
    });
    let stage = Stage::registration(&vendor.lab, client).await;
    let runs = vendor.tap.heard_at("POST /v3.6/workflow_runs");
    assert_eq!(runs[0].json()["custom_data"], json!({ "encrypted_biometric_token": PRIOR }));
    assert!(!stage.begun.answer.text().contains(PRIOR), "it is a secret");
    assert!(!vendor.lab.envoy.log().contains(PRIOR), "it is a secret");
}
