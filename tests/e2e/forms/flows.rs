//! What goes through, as what, and what a rule reads in a form.

use countersign_tests::client::{Answer, Ask, Client};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::refusal;
use countersign_tests::table;

use super::sign_in::{FORM, HARMLESS, LOGIN, OPTIONS, RISKY, SignIn, expect_untouched, finishes, post, user};

pub(crate) const ROWS: &[Row] = table![
    a_routine_sign_in,
    a_guarded_sign_in,
    a_mismatch_never_reaches_the_relying_party,
    a_finish_arrives_written_anew,
    what_is_left_out_makes_the_rule_apply,
    what_is_no_number_makes_the_rule_apply,
    what_is_a_number_to_some_makes_the_rule_apply,
    a_begin_with_a_field_twice,
    a_begin_that_is_json,
    a_begin_of_two_types,
    a_begin_of_another_charset,
    a_begin_without_a_body,
    a_begin_with_another_method,
    a_begin_that_is_no_strict_form,
];

async fn a_routine_sign_in(lab: &Lab, client: Client) {
    let mut sign_in = SignIn::begin(lab, client, HARMLESS).await;
    let mut begins = lab.relying_party.seen_at(OPTIONS);
    // Where headers cannot wait, the gateway asks itself, and of the client's own request only a head has left.
    begins.retain(|seen| seen.complete || lab.setup.headers_can_wait);
    assert_eq!(
        (begins.len(), begins[0].body.as_slice()),
        (1, HARMLESS.as_bytes()),
        "the begin arrives as it was"
    );
    assert!(sign_in.begun.options["stepUp"].is_null());
    let form = sign_in.form();
    assert_eq!(sign_in.client.send(post(LOGIN, &form)).await.expect("an answer").status, 200);
    expect_finish(lab, &form, "").await;
    assert!(lab.orchestrator.calls().is_empty());
}

async fn a_guarded_sign_in(lab: &Lab, client: Client) {
    let mut sign_in = SignIn::matched(lab, client).await;
    assert_eq!(sign_in.begun.options["stepUp"]["rule"], "risky-sign-in");
    let form = sign_in.form();
    assert_eq!(sign_in.client.send(post(LOGIN, &form)).await.expect("an answer").status, 200);
    expect_finish(lab, &form, if lab.setup.headers_can_wait { "verdict=matched" } else { "" }).await;
    assert_eq!(lab.orchestrator.session(sign_in.begun.session()).status, "completed");
}

async fn expect_finish(lab: &Lab, form: &str, header: &str) {
    let finishes = finishes(lab).await;
    let [finish] = finishes.as_slice() else { panic!("{} finishes", finishes.len()) };
    assert!(finish.complete && finish.body == form.as_bytes(), "{}", String::from_utf8_lossy(&finish.body));
    assert_eq!(finish.header("content-type"), FORM);
    let said = finish.header("countersign");
    assert!(said.contains(header) && said.is_empty() == header.is_empty(), "{said}");
}

async fn a_mismatch_never_reaches_the_relying_party(lab: &Lab, client: Client) {
    let mut sign_in = SignIn::begin(lab, client, RISKY).await;
    lab.orchestrator.decide(sign_in.begun.session(), "not_matched");
    let answer = sign_in.client.send(post(LOGIN, &sign_in.form())).await.expect("an answer");
    refusal::expect(&answer, &["biometric_mismatch"]);
    expect_untouched(lab).await;
}

/// Other escapes, other white space in the JSON: the relying party gets what was checked, in one spelling.
async fn a_finish_arrives_written_anew(lab: &Lab, client: Client) {
    let mut sign_in = SignIn::matched(lab, client).await;
    let credential = sign_in.credential();
    let spaced = credential.replace("\":", "\" : ");
    let spaced = spaced.bytes().fold(String::new(), |text, byte| text + &format!("%{byte:02x}"));
    let form = format!("csrf_token=a%2bb;c&%70asskey_login={spaced}&method=pass%6bey");
    assert_eq!(sign_in.client.send(post(LOGIN, &form)).await.expect("an answer").status, 200);
    let canonical = sign_in.form().replace("a%2Bb", "a%2Bb%3Bc");
    assert_eq!(String::from_utf8_lossy(&finishes(lab).await[0].body), canonical);
}

async fn guarded(lab: &Lab, client: Client, form: &str) {
    let sign_in = SignIn::begin(lab, client, form).await;
    assert_eq!(sign_in.begun.options["stepUp"]["rule"], "risky-sign-in", "{form}");
}

async fn what_is_left_out_makes_the_rule_apply(lab: &Lab, client: Client) {
    guarded(lab, client, "currency=EUR&Amount=5").await;
}

async fn what_is_no_number_makes_the_rule_apply(lab: &Lab, client: Client) {
    guarded(lab, client, "amount=5%2C00").await;
}

async fn what_is_a_number_to_some_makes_the_rule_apply(lab: &Lab, client: Client) {
    guarded(lab, client, "amount=1000000e-3").await;
}

async fn begin(lab: &Lab, mut client: Client, ask: Ask) -> Answer {
    user(lab, &mut client);
    let answer = client.send(ask).await.expect("an answer");
    assert!(!answer.headers.contains_key("countersign-evidence"));
    answer
}

async fn malformed(lab: &Lab, client: Client, ask: Ask) {
    let honest = begin_is_offered(lab, client.clone()).await;
    assert_eq!(honest.status, 200, "the honest twin: {}", honest.text());
    lab.reset();
    refusal::expect(&begin(lab, client, ask).await, &["malformed_request"]);
    for seen in lab.relying_party.seen_at(OPTIONS) {
        assert!(
            !lab.setup.headers_can_wait && seen.body.is_empty() && !seen.complete,
            "it reached the relying party"
        );
    }
}

async fn begin_is_offered(lab: &Lab, mut client: Client) -> Answer {
    user(lab, &mut client);
    client.send(post(OPTIONS, HARMLESS)).await.expect("an answer")
}

async fn a_begin_with_a_field_twice(lab: &Lab, client: Client) {
    malformed(lab, client, post(OPTIONS, "amount=5&%61mount=5000")).await;
}

async fn a_begin_that_is_json(lab: &Lab, client: Client) {
    let ask = Ask::post_bytes(OPTIONS, r#"{"amount":5}"#).header("content-type", "application/json");
    malformed(lab, client, ask).await;
}

async fn a_begin_of_two_types(lab: &Lab, client: Client) {
    malformed(lab, client, post(OPTIONS, HARMLESS).header("content-type", "application/json")).await;
}

async fn a_begin_of_another_charset(lab: &Lab, client: Client) {
    let ask = Ask::post_bytes(OPTIONS, HARMLESS).header("content-type", format!("{FORM}; charset=utf-16"));
    malformed(lab, client, ask).await;
}

async fn a_begin_without_a_body(lab: &Lab, client: Client) {
    malformed(lab, client, Ask { body: None, ..post(OPTIONS, "").without("content-type") }).await;
}

async fn a_begin_with_another_method(lab: &Lab, client: Client) {
    malformed(lab, client, post(OPTIONS, &format!("{HARMLESS}&_Method=PUT"))).await;
}

async fn a_begin_that_is_no_strict_form(lab: &Lab, client: Client) {
    malformed(lab, client, post(OPTIONS, &format!("{HARMLESS}&a=%4"))).await;
}
