//! IDV says something about another run, user or ceremony than was asked for. It is not believed.

use countersign_tests::client::Client;
use countersign_tests::refusal;
use countersign_tests::stack::Face;
use countersign_tests::table;
use countersign_tests::vendor::Vendor;
use serde_json::{Value, json};

use super::{Row, ask_for_status};

pub(crate) const ROWS: &[Row] = table![
    another_run,
    another_user,
    nobody,
    another_flow,
    another_challenge,
    no_tags,
    tags_in_one_text,
    a_word_of_tomorrow,
    a_word_in_capitals,
    no_word,
];

async fn another_run(vendor: &Vendor, client: Client) {
    not_believed(vendor, client, |run| run["id"] = json!("5a6f4ad4-6bb1-4a8e-9a0f-0d2bb1d3c099")).await;
}

async fn another_user(vendor: &Vendor, client: Client) {
    not_believed(vendor, client, |run| run["customer_user_id"] = json!("bob")).await;
}

async fn nobody(vendor: &Vendor, client: Client) {
    not_believed(vendor, client, |run| run["customer_user_id"] = Value::Null).await;
}

async fn another_flow(vendor: &Vendor, client: Client) {
    not_believed(vendor, client, |run| run["tags"][0] = json!("flow:registration")).await;
}

async fn another_challenge(vendor: &Vendor, client: Client) {
    let other = format!("challenge:{}", "A".repeat(43));
    not_believed(vendor, client, move |run| run["tags"][1] = json!(other)).await;
}

async fn no_tags(vendor: &Vendor, client: Client) {
    not_believed(vendor, client, |run| run["tags"] = Value::Null).await;
}

async fn tags_in_one_text(vendor: &Vendor, client: Client) {
    not_believed(vendor, client, |run| {
        let tags: Vec<&str> =
            run["tags"].as_array().expect("tags").iter().filter_map(Value::as_str).collect();
        run["tags"] = json!(tags.join(","));
    })
    .await;
}

async fn not_believed(vendor: &Vendor, client: Client, edit: impl Fn(&mut Value) + Send + Sync + 'static) {
    refused(vendor, client, edit, "orchestrator_unavailable").await;
}

async fn a_word_of_tomorrow(vendor: &Vendor, client: Client) {
    refused(vendor, client, |run| run["status"] = json!("blessed"), "verdict_failed").await;
}

async fn a_word_in_capitals(vendor: &Vendor, client: Client) {
    refused(vendor, client, |run| run["status"] = json!("APPROVED"), "verdict_failed").await;
}

async fn no_word(vendor: &Vendor, client: Client) {
    refused(vendor, client, |run| run["status"] = Value::Null, "orchestrator_unavailable").await;
}

async fn refused(
    vendor: &Vendor,
    client: Client,
    edit: impl Fn(&mut Value) + Send + Sync + 'static,
    code: &str,
) {
    let mut stage = vendor.step_up(client).await;
    vendor.present(&stage.begun.options, Face::Mine).await;
    vendor.tap.edits(ask_for_status(vendor), edit);
    refusal::expect(&stage.finish().await, &[code]);
    vendor.lab.expect_untouched().await;
}
