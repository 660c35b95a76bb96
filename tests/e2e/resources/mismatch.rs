//! An elevation is good for what was agreed to, and for nothing else. Each row holds an elevation that fits, sends
//! something besides it, and then, unless that was the same thing, the request that it is for: it still passes.

use std::sync::Arc;

use countersign_tests::client::{Ask, Carrier, Client, Protocol};
use countersign_tests::lab::Lab;
use countersign_tests::orchestrator::Operation;
use countersign_tests::refusal;
use countersign_tests::relying_party::SESSION_COOKIE;
use countersign_tests::resource::{
    CARD, PAYMENTS, Payer, TRANSFERS, delete_card, large, pay, pay_text, transfer,
};
use countersign_tests::stage::USER;
use countersign_tests::suite::{Shared, Suite};
use hyper::Method;
use serde_json::{Value, json};

/// What is sent, by whoever holds the elevation.
type Attempt = Box<dyn Fn(&Lab, &mut Payer) -> Ask + Send + Sync>;

struct Row {
    name: &'static str,
    /// What the elevation is for.
    agreed: fn() -> Ask,
    attempt: Attempt,
    /// The refusal; none: it is the same thing.
    code: Option<&'static str>,
}

pub(crate) fn add(suite: &mut Suite, prefix: &str, lab: &Arc<Shared<Lab>>, protocol: Protocol) {
    for row in rows() {
        let lab = Arc::clone(lab);
        suite.row(format!("{prefix}/mismatch/{}", row.name), move || async move {
            let lab = lab.turn().await;
            lab.reset();
            row.check(&lab, lab.client(protocol, Carrier::Cookies)).await;
        });
    }
}

impl Row {
    async fn check(&self, lab: &Lab, client: Client) {
        let mut payer = Payer::elevated(lab, client, (self.agreed)()).await;
        let mut other = payer.clone();
        let ask = (self.attempt)(lab, &mut other);
        let answer = other.send(ask).await;
        let Some(code) = self.code else {
            assert_eq!(answer.status, 200, "{}", answer.text());
            assert_eq!(lab.orchestrator.calls_of(Operation::ConsumeElevation).len(), 1);
            return;
        };
        refusal::expect(&answer, &[code]);
        for path in [PAYMENTS, TRANSFERS, CARD, "/api/accounts/8/transfers"] {
            assert!(lab.arrived(path).await.is_empty(), "{path}");
        }
        assert!(lab.orchestrator.calls_of(Operation::ConsumeElevation).is_empty(), "it is not spent");
        let answer = payer.send((self.agreed)()).await;
        assert_eq!(answer.status, 200, "it is still good for what it was for: {}", answer.text());
    }
}

fn rows() -> Vec<Row> {
    [values(), spellings(), twice(), deeper(), places(), sessions(), elevations()]
        .into_iter()
        .flatten()
        .collect()
}

fn row(
    name: &'static str,
    agreed: fn() -> Ask,
    code: Option<&'static str>,
    attempt: impl Fn(&Lab, &mut Payer) -> Ask + Send + Sync + 'static,
) -> Row {
    Row { name, agreed, attempt: Box::new(attempt), code }
}

const MISMATCH: Option<&str> = Some("elevation_mismatch");
const REQUIRED: Option<&str> = Some("step_up_required");

fn payment() -> Ask {
    pay(&large())
}

/// The payment with a member changed.
fn changed(name: &'static str, change: fn(&mut Value)) -> Row {
    row(name, payment, MISMATCH, move |_, _| {
        let mut payment = large();
        change(&mut payment);
        pay(&payment)
    })
}

/// The payment in other words.
fn written(name: &'static str, code: Option<&'static str>, text: &'static str) -> Row {
    row(name, payment, code, move |_, _| pay_text(text))
}

fn values() -> Vec<Row> {
    vec![
        changed("amount", |payment| payment["amount"] = json!(1501)),
        changed("amount_by_very_little", |payment| payment["amount"] = json!(1_500.000_000_1)),
        written(
            "amount_by_less_than_a_double_can_hold",
            MISMATCH,
            r#"{"amount":1500.0000000000000000001,"currency":"EUR","payee":"DE02120300000000202051"}"#,
        ),
        changed("amount_as_a_text", |payment| payment["amount"] = json!("1500")),
        changed("amount_in_a_list", |payment| payment["amount"] = json!([1500])),
        changed("amount_left_out", |payment| remove(payment, "amount")),
        changed("amount_moved", |payment| {
            remove(payment, "amount");
            payment["transfer"] = json!({ "amount": 1500 });
        }),
        changed("amount_added_to_another", |payment| {
            payment["amount"] = json!({ "amount": 1500, "": 1500 });
        }),
        changed("payee", |payment| payment["payee"] = json!("DE99")),
        changed("payee_in_another_case", |payment| payment["payee"] = json!("de02120300000000202051")),
        changed("payee_as_an_object", |payment| {
            payment["payee"] = json!({ "payee": "DE02120300000000202051" });
        }),
        changed("payee_moved", |payment| {
            remove(payment, "payee");
            payment["transfer"] = json!({ "payee": "DE02120300000000202051" });
        }),
        changed("payee_with_a_space", |payment| payment["payee"] = json!("DE02120300000000202051 ")),
        changed("payee_left_out", |payment| remove(payment, "payee")),
        changed("payee_null", |payment| payment["payee"] = Value::Null),
        changed("currency_left_out", |payment| remove(payment, "currency")),
        changed("currency_null", |payment| payment["currency"] = Value::Null),
        changed("currency_in_a_list", |payment| payment["currency"] = json!(["EUR"])),
        changed("currency_moved", |payment| {
            remove(payment, "currency");
            payment["transfer"] = json!({ "currency": "EUR" });
        }),
        changed("members_swapped", |payment| {
            *payment = json!({ "amount": 1500, "payee": "EUR", "currency": ["DE02120300000000202051"] });
        }),
    ]
}

fn remove(payment: &mut Value, member: &str) {
    payment.as_object_mut().expect("an object").remove(member);
}

fn spellings() -> Vec<Row> {
    vec![
        written(
            "same_in_another_order",
            None,
            r#"{"payee":"DE02120300000000202051","currency":"EUR","amount":1500}"#,
        ),
        written(
            "same_with_an_exponent",
            None,
            r#"{"amount":1.5e3,"currency":"EUR","payee":"DE02120300000000202051"}"#,
        ),
        written(
            "same_with_a_fraction",
            None,
            r#"{"amount":1500.00,"currency":"EUR","payee":"DE02120300000000202051"}"#,
        ),
        written(
            "same_with_escapes",
            None,
            r#" {"amount":1500, "curren\u0063y":"\u0045UR", "payee":"DE02120300000000202051"} "#,
        ),
        written(
            "same_with_more_that_is_not_bound",
            None,
            r#"{"amount":1500,"currency":"EUR","payee":"DE02120300000000202051","note":"rent","n":{"amount":1}}"#,
        ),
    ]
}

/// Two readers, two meanings: refused, whatever the elevation is for.
fn twice() -> Vec<Row> {
    const MALFORMED: Option<&str> = Some("malformed_request");
    vec![
        written(
            "amount_twice",
            MALFORMED,
            r#"{"amount":1500,"currency":"EUR","payee":"DE02120300000000202051","amount":9000}"#,
        ),
        written(
            "amount_twice_the_same",
            MALFORMED,
            r#"{"amount":1500,"currency":"EUR","payee":"DE02120300000000202051","amount":1500}"#,
        ),
        written(
            "currency_twice",
            MALFORMED,
            r#"{"amount":1500,"currency":"EUR","payee":"DE02120300000000202051","currency":"EUR"}"#,
        ),
        written(
            "payee_twice_escaped",
            MALFORMED,
            r#"{"amount":1500,"currency":"EUR","payee":"DE02120300000000202051","p\u0061yee":"DE99"}"#,
        ),
    ]
}

/// A member below another: the rule's pointer is `/payee/iban`.
fn deeper() -> Vec<Row> {
    let transferred = |name, code, text: &'static str| {
        row(name, transfer, code, move |_, _| Ask { body: Some(text.into()), ..transfer() })
    };
    vec![
        transferred("deeper_changed", MISMATCH, r#"{"amount":20,"payee":{"iban":"DE2","name":"Ann"}}"#),
        transferred("deeper_moved_up", MISMATCH, r#"{"amount":20,"payee":{"name":"Ann"},"iban":"DE1"}"#),
        transferred("deeper_by_a_name_with_a_slash", MISMATCH, r#"{"amount":20,"payee/iban":"DE1"}"#),
        transferred("deeper_as_a_number", MISMATCH, r#"{"amount":20,"payee":{"iban":1}}"#),
        transferred(
            "deeper_twice",
            Some("malformed_request"),
            r#"{"amount":20,"payee":{"iban":"DE1","iban":"DE2"}}"#,
        ),
        transferred(
            "deeper_around_it_twice",
            Some("malformed_request"),
            r#"{"amount":20,"payee":{"iban":"DE1"},"payee":{"iban":"DE2"}}"#,
        ),
        transferred("deeper_the_same", None, r#"{"payee":{"x":[],"iban":"D\u00451"},"amount":2e1}"#),
    ]
}

fn places() -> Vec<Row> {
    vec![
        row("another_method", transfer, MISMATCH, |_, _| Ask { method: Method::PUT, ..transfer() }),
        row("another_account_in_the_path", transfer, MISMATCH, |_, _| Ask {
            path: "/api/accounts/8/transfers".to_owned(),
            ..transfer()
        }),
        row("a_query_besides", payment, MISMATCH, |_, _| Ask {
            path: format!("{PAYMENTS}?amount=9000"),
            ..payment()
        }),
    ]
}

fn sessions() -> Vec<Row> {
    let another_session = |agreed: fn() -> Ask, name| {
        row(name, agreed, MISMATCH, move |lab, payer| {
            let session = lab.relying_party.session(Some(USER));
            payer.client.cookies.insert(SESSION_COOKIE.to_owned(), session);
            agreed()
        })
    };
    vec![
        another_session(payment, "another_session"),
        another_session(delete_card, "another_session_for_a_card"),
        row("another_users_elevation", payment, MISMATCH, |lab, payer| {
            let session = lab.relying_party.session(Some("bob-beef"));
            payer.client.cookies.insert(SESSION_COOKIE.to_owned(), session);
            payment()
        }),
        row("without_the_session", payment, MISMATCH, |_, payer| {
            payer.client.cookies.remove(SESSION_COOKIE);
            payment()
        }),
    ]
}

/// The elevation in the jar with its text changed.
fn resealed(name: &'static str, rewrite: fn(&str) -> String) -> Row {
    row(name, payment, REQUIRED, move |_, payer| {
        let elevation = payer.elevation().to_owned();
        let mut cookies = payer.client.cookies.values_mut();
        *cookies.find(|value| **value == elevation).expect("its cookie") = rewrite(&elevation);
        payment()
    })
}

fn elevations() -> Vec<Row> {
    vec![
        row("another_rules_elevation", delete_card, REQUIRED, |_, _| payment()),
        row("another_rules_elevation_with_a_transaction", transfer, REQUIRED, |_, _| payment()),
        row("a_transactions_elevation_for_a_card", payment, REQUIRED, |_, _| delete_card()),
        resealed("the_seal_broken", |elevation| {
            let (rest, tag) = elevation.rsplit_once('.').expect("a tag");
            let first = if tag.starts_with('A') { 'B' } else { 'A' };
            format!("{rest}.{first}{}", &tag[1..])
        }),
        resealed("the_key_renamed", |elevation| elevation.replacen("cs1.k1.", "cs1.k2.", 1)),
        resealed("without_a_tag", |elevation| elevation.rsplit_once('.').expect("a tag").0.to_owned()),
    ]
}
