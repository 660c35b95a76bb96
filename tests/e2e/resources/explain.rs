//! Each decision in words: for who has the trusted header, where the operator has switched that on, and without
//! what is personal.

use countersign_tests::client::{Answer, Ask, Client};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::plugin::RISK_HEADER;
use countersign_tests::relying_party::SESSION_COOKIE;
use countersign_tests::resource::{PAYMENTS, Payer, delete_card, large, pay};
use countersign_tests::stage::USER;
use countersign_tests::table;
use hyper::Method;
use serde_json::json;

use super::many_rules::{AVATAR, EXPLAIN_HEADER, ORDERS, PROFILE, SETTINGS};

pub(crate) const ROWS: &[Row] = table![
    a_refusal,
    what_passes,
    an_elevation_for_something_else,
    without_the_header_nothing_is_said,
    nothing_personal,
    values_where_the_rule_says_so,
    what_no_rule_speaks_of,
    the_relying_party_is_told_nothing,
    in_the_log,
];

/// At a gateway where nobody has switched it on.
pub(crate) const SWITCHED_OFF: &[Row] = table![the_header_means_nothing];

const WORDS: &str = "countersign-explain";

fn asking(ask: Ask) -> Ask {
    ask.header(EXPLAIN_HEADER, "1")
}

/// What the answer to an operator says.
async fn words(payer: &mut Payer, ask: Ask) -> (u16, String) {
    let answer = payer.send(asking(ask)).await;
    assert_eq!(answer.header_values(WORDS).len(), 1, "{:?}", answer.headers);
    (answer.status, answer.header(WORDS).to_owned())
}

fn expect_silence(answer: &Answer) {
    assert!(answer.headers.get(WORDS).is_none(), "{:?}", answer.headers);
}

fn risky() -> Ask {
    Ask::post(ORDERS, &json!({})).header(RISK_HEADER, "high")
}

async fn a_refusal(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let (status, said) = words(&mut payer, risky()).await;
    assert_eq!((status, said.as_str()), (401, "rule orders applies: header x-risk = high; no elevation"));
    let (status, said) = words(&mut payer, pay(&large())).await;
    assert_eq!(
        (status, said.as_str()),
        (401, "rule payment applies: /amount > 1000 and /currency = EUR; no elevation")
    );
    let (_, said) = words(&mut payer, Ask::new(Method::PUT, SETTINGS)).await;
    assert_eq!(said, "rule settings applies: elevation age absent or elevation age > 300s; no elevation");
}

async fn what_passes(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let (status, said) = words(&mut payer, Ask::post(ORDERS, &json!({})).header(RISK_HEADER, "low")).await;
    assert_eq!((status, said.as_str()), (200, "no rule applies"));
    payer.elevate(lab, delete_card()).await;
    let (status, said) = words(&mut payer, delete_card()).await;
    assert_eq!((status, said.as_str()), (200, "rule card applies; elevation fits"));
    let (status, said) = words(&mut payer, Ask::new(Method::PUT, AVATAR)).await;
    assert_eq!((status, said.as_str()), (200, "rule avatar applies; no elevation; only watched"));
}

async fn an_elevation_for_something_else(lab: &Lab, client: Client) {
    let mut payer = Payer::elevated(lab, client, pay(&large())).await;
    let mut other = large();
    other["payee"] = json!("DE99");
    let (status, said) = words(&mut payer, pay(&other)).await;
    assert_eq!(status, 401);
    assert!(
        said.ends_with("; elevation for other values, another place, another session or another user"),
        "{said}"
    );
    assert_eq!(payer.clone().send(pay(&large())).await.status, 200);
    let (status, said) = words(&mut payer, pay(&large())).await;
    assert_eq!(status, 401);
    assert!(said.ends_with("; elevation fits; it was used before"), "{said}");
}

async fn without_the_header_nothing_is_said(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    for ask in [risky(), pay(&large()), Ask::get(PAYMENTS), Ask::new(Method::PUT, AVATAR)] {
        expect_silence(&payer.send(ask).await);
    }
    expect_silence(&payer.send(risky().header(WORDS, "1")).await);
}

async fn nothing_personal(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let (status, said) = words(&mut payer, Ask::post(PROFILE, &json!({}))).await;
    assert_eq!((status, said.as_str()), (401, "rule profile applies: user as the rule has it; no elevation"));
    let (_, said) = words(&mut payer, pay(&large())).await;
    let session = payer.client.cookies[SESSION_COOKIE].clone();
    for personal in [USER, "1500", "DE0212", &session] {
        assert!(!said.contains(personal), "{personal}: {said}");
    }
}

async fn values_where_the_rule_says_so(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let (_, said) = words(&mut payer, Ask::post("/api/vaults/gold", &json!({}))).await;
    assert_eq!(said, "rule vaults applies: path metal gold one of [gold, silver]; no elevation");
}

/// Refused before any rule is asked.
async fn what_no_rule_speaks_of(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    let (status, said) = words(&mut payer, pay(&json!(null)).without("content-type")).await;
    assert_eq!((status, said.as_str()), (400, "a rule reads JSON"));
}

async fn the_relying_party_is_told_nothing(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    words(&mut payer, Ask::new(Method::PUT, AVATAR)).await;
    let seen = lab.arrived(AVATAR).await;
    assert!(seen[0].headers.get(WORDS).is_none());
}

/// At level debug, whoever asks.
async fn in_the_log(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    payer.send(risky()).await;
    let line = "countersign: decided: rule orders applies: header x-risk = high; no elevation";
    lab.envoy.log_line(line).await;
}

async fn the_header_means_nothing(lab: &Lab, client: Client) {
    let mut payer = Payer::new(lab, client);
    for ask in [pay(&large()), delete_card(), Ask::get(PAYMENTS)] {
        expect_silence(&payer.send(asking(ask)).await);
    }
}
