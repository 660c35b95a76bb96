//! A risky sign-in whose options name no credential. No vendor knows whose a passkey is: somebody else has to say.

use countersign_tests::ceremony::{Ceremony, risky};
use countersign_tests::client::Client;
use countersign_tests::refusal;
use countersign_tests::relying_party::SESSION_COOKIE;
use countersign_tests::stack::Face;
use countersign_tests::stage::Stage;
use countersign_tests::table;
use countersign_tests::vendor::{TRUSTING, Vendor};
use serde_json::json;

use super::Row;

pub(crate) const ROWS: &[Row] = table![
    nobody_is_nobody_to_the_vendor,
    a_passkey_that_nobody_vouches_for_stays_out,
    a_relying_party_that_checks_the_owner_vouches,
    a_user_handle_is_compared_all_the_same,
];

async fn nobody_is_nobody_to_the_vendor(vendor: &Vendor, mut client: Client) {
    let session = vendor.lab.relying_party.session(None);
    client.cookies.insert(SESSION_COOKIE.to_owned(), session);
    let refused = client.send(risky(Ceremony::Authentication.begin())).await.expect("an answer");
    refusal::expect(&refused, &["user_unknown"]);
    assert!(vendor.tap.heard().is_empty(), "the vendor is not asked");
}

/// Somebody has signed in; the options let the browser choose among passkeys.
async fn begun(vendor: &Vendor, client: Client) -> Stage {
    vendor.enrol(client.clone()).await;
    vendor.lab.relying_party.edits("GET /generate-authentication-options", |options| {
        options["allowCredentials"] = json!([]);
    });
    let stage = Stage::step_up(&vendor.lab, client).await;
    vendor.present(&stage.begun.options, Face::Mine).await;
    vendor.begin_anew();
    stage
}

async fn a_passkey_that_nobody_vouches_for_stays_out(vendor: &Vendor, client: Client) {
    let mut stage = begun(vendor, client).await;
    refusal::expect(&stage.finish().await, &["credential_mismatch"]);
    vendor.lab.expect_untouched().await;
    assert!(vendor.tap.heard().is_empty(), "the match is not asked for, and not used up");
}

async fn a_relying_party_that_checks_the_owner_vouches(vendor: &Vendor, client: Client) {
    let mut stage = begun(vendor, Client { authority: TRUSTING.to_owned(), ..client }).await;
    let answer = stage.finish().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(vendor.lab.finishes().len(), 1);
}

async fn a_user_handle_is_compared_all_the_same(vendor: &Vendor, client: Client) {
    let mut stage = begun(vendor, Client { authority: TRUSTING.to_owned(), ..client }).await;
    stage.passkey.user_handle = b"bob".to_vec();
    refusal::expect(&stage.finish().await, &["credential_mismatch"]);
    vendor.lab.expect_untouched().await;
}
