//! A body that a rule reads: what cannot be read is refused, what can is compared as a decimal.

use std::sync::Arc;

use countersign_tests::client::{Ask, Carrier, Client, Protocol};
use countersign_tests::lab::Lab;
use countersign_tests::raw::{self, chunk};
use countersign_tests::refusal;
use countersign_tests::resource::{PAYMENTS, Payer, large, pay, pay_text};
use countersign_tests::suite::{Shared, Suite};
use hyper::header::{HeaderMap, HeaderValue};
use serde_json::Value;

pub(crate) fn add(suite: &mut Suite, prefix: &str, lab: &Arc<Shared<Lab>>, protocol: Protocol) {
    for row in rows().into_iter().filter(|row| row.only.is_none_or(|only| only == protocol)) {
        let lab = Arc::clone(lab);
        suite.row(format!("{prefix}/bodies/{}", row.name), move || async move {
            let lab = lab.turn().await;
            lab.reset();
            row.check(&lab, lab.client(protocol, Carrier::Cookies)).await;
        });
    }
}

struct Row {
    name: String,
    sent: Sent,
    expected: Expected,
    only: Option<Protocol>,
}

enum Sent {
    Ask(Ask),
    /// On a connection of their own, behind a head with these headers.
    Pieces(Vec<(&'static str, String)>, Vec<Vec<u8>>),
}

#[derive(Clone, Copy)]
enum Expected {
    Passes,
    /// The rule applies, and nobody has stepped up.
    Applies,
    Refused(&'static str),
}

impl Row {
    fn new(name: impl Into<String>, sent: Sent, expected: Expected) -> Self {
        let only = matches!(sent, Sent::Pieces(..)).then_some(Protocol::Http1);
        Self { name: name.into(), sent, expected, only }
    }

    async fn check(&self, lab: &Lab, client: Client) {
        let mut payer = Payer::new(lab, client);
        let answer = match &self.sent {
            Sent::Ask(ask) => payer.send(ask.clone()).await,
            Sent::Pieces(framing, pieces) => {
                let mut headers = vec![("host".to_owned(), payer.client.authority.clone())];
                headers.extend(payer.client.memory_headers());
                headers.extend(framing.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
                let headers: Vec<(String, Vec<u8>)> =
                    headers.into_iter().map(|(name, value)| (name, value.into_bytes())).collect();
                let head = raw::head(&format!("POST {PAYMENTS} HTTP/1.1"), &headers);
                let pieces = [vec![head], pieces.clone()].concat();
                raw::exchange(payer.client.address, &pieces).await.expect("an answer")
            }
        };
        let arrived = lab.arrived(PAYMENTS).await.len();
        match self.expected {
            Expected::Passes => assert_eq!((answer.status, arrived), (200, 1), "{}", answer.text()),
            Expected::Applies => refusal::expect(&answer, &["step_up_required"]),
            Expected::Refused(code) => refusal::expect(&answer, &[code]),
        }
        assert_eq!(arrived, usize::from(matches!(self.expected, Expected::Passes)));
        assert!(lab.orchestrator.calls().is_empty());
    }
}

fn rows() -> Vec<Row> {
    [unreadable(), types(), sizes(), members(), numbers(), arrival()].into_iter().flatten().collect()
}

const MALFORMED: Expected = Expected::Refused("malformed_request");

fn text(name: &str, expected: Expected, text: impl Into<Vec<u8>>) -> Row {
    Row::new(name, Sent::Ask(pay_text(text)), expected)
}

/// A body that says 900 EUR to whoever is forgiving.
fn unreadable() -> Vec<Row> {
    let utf16 = r#"{"amount":900,"currency":"EUR"}"#.encode_utf16().flat_map(u16::to_le_bytes);
    vec![
        text("not_json", MALFORMED, "amount is 900"),
        text("empty", MALFORMED, ""),
        text("cut", MALFORMED, r#"{"amount":900,"currency":"EUR""#),
        text("two_values", MALFORMED, r#"{"amount":900,"currency":"EUR"} {"amount":9000}"#),
        text("comment", MALFORMED, r#"{"amount":900,/*"*/"currency":"EUR"}"#),
        text("single_quotes", MALFORMED, "{'amount':900,'currency':'EUR'}"),
        text("trailing_comma", MALFORMED, r#"{"amount":900,"currency":"EUR",}"#),
        text("amount_twice", MALFORMED, r#"{"amount":900,"currency":"EUR","amount":9000}"#),
        text("amount_twice_escaped", MALFORMED, r#"{"amount":900,"currency":"EUR","\u0061mount":9000}"#),
        text("another_member_twice", MALFORMED, r#"{"amount":900,"currency":"EUR","note":1,"note":2}"#),
        text("twice_deeper_down", MALFORMED, r#"{"amount":900,"currency":"EUR","a":{"b":1,"b":2}}"#),
        text("byte_order_mark", MALFORMED, "\u{feff}{\"amount\":900,\"currency\":\"EUR\"}"),
        text("utf16", MALFORMED, utf16.collect::<Vec<u8>>()),
        text("not_utf8", MALFORMED, b"{\"amount\":900,\"currency\":\"EUR\",\"note\":\"\xff\"}".to_vec()),
        text("unpaired_surrogate", MALFORMED, r#"{"amount":900,"currency":"EUR","note":"\ud800"}"#),
        text("number_nobody_writes", MALFORMED, r#"{"amount":0900,"currency":"EUR"}"#),
        text("hexadecimal", MALFORMED, r#"{"amount":0x10,"currency":"EUR"}"#),
        text("not_a_number", MALFORMED, r#"{"amount":NaN,"currency":"EUR"}"#),
        text("too_deep", MALFORMED, format!(r#"{{"amount":900,"x":{}{}}}"#, "[".repeat(16), "]".repeat(16))),
    ]
}

fn types() -> Vec<Row> {
    let body = || Ask::post_bytes(PAYMENTS, r#"{"amount":900,"currency":"EUR"}"#);
    let typed = |name: &str, value: &str, expected| {
        Row::new(name, Sent::Ask(body().header("content-type", value)), expected)
    };
    vec![
        Row::new("no_type", Sent::Ask(body()), MALFORMED),
        typed("text_type", "text/plain", MALFORMED),
        typed("utf16_charset", "application/json; charset=utf-16", MALFORMED),
        typed("utf8_charset", "application/json; charset=UTF-8", Expected::Passes),
        typed("a_json_type_of_another_name", "application/vnd.bank+json", MALFORMED),
        Row::new(
            "two_types",
            Sent::Ask(body().header("content-type", "application/json").header("content-type", "text/plain")),
            MALFORMED,
        ),
        Row::new(
            "form",
            Sent::Ask(
                Ask::post_bytes(PAYMENTS, "amount=900&currency=EUR")
                    .header("content-type", "application/x-www-form-urlencoded"),
            ),
            MALFORMED,
        ),
        Row::new(
            "multipart",
            Sent::Ask(
                Ask::post_bytes(
                    PAYMENTS,
                    "--b\r\ncontent-disposition: form-data; name=\"amount\"\r\n\r\n900\r\n--b--\r\n",
                )
                .header("content-type", "multipart/form-data; boundary=b"),
            ),
            MALFORMED,
        ),
        Row::new("encoded", Sent::Ask(pay(&small()).header("content-encoding", "gzip")), MALFORMED),
        Row::new(
            "encoded_as_nothing",
            Sent::Ask(pay(&small()).header("content-encoding", "identity")),
            MALFORMED,
        ),
    ]
}

fn small() -> Value {
    let mut payment = large();
    payment["amount"] = 900.into();
    payment
}

/// `limits.body`.
const LIMIT: usize = 64 * 1024;

fn sizes() -> Vec<Row> {
    let padded = |to: usize| {
        let start = r#"{"amount":900,"currency":"EUR","note":""#;
        format!("{start}{}\"}}", "n".repeat(to - start.len() - 2))
    };
    let too_large = Expected::Refused("body_too_large");
    let unannounced = Ask { length_announced: false, ..pay_text(padded(LIMIT + 1)) };
    vec![
        text("just_within_the_limit", Expected::Passes, padded(LIMIT)),
        text("over_the_limit", too_large, padded(LIMIT + 1)),
        text("far_over_the_limit", too_large, padded(8 * LIMIT)),
        Row::new("over_the_limit_unannounced", Sent::Ask(unannounced), too_large),
    ]
}

/// A member that is left out, or of another type than the rule compares with, is no way round.
fn members() -> Vec<Row> {
    vec![
        text("amount_left_out", Expected::Applies, r#"{"currency":"EUR"}"#),
        text("currency_left_out", Expected::Applies, r#"{"amount":1500}"#),
        text("everything_left_out", Expected::Applies, "{}"),
        text("a_list_instead", Expected::Applies, r#"[{"amount":900,"currency":"EUR"}]"#),
        text("a_number_instead", Expected::Applies, "900"),
        text("null_instead", Expected::Applies, "null"),
        text("amount_as_a_text", Expected::Applies, r#"{"amount":"1500","currency":"EUR"}"#),
        text("small_amount_as_a_text", Expected::Applies, r#"{"amount":"900","currency":"EUR"}"#),
        text("amount_null", Expected::Applies, r#"{"amount":null,"currency":"EUR"}"#),
        text("amount_true", Expected::Applies, r#"{"amount":true,"currency":"EUR"}"#),
        text("amount_in_a_list", Expected::Applies, r#"{"amount":[900],"currency":"EUR"}"#),
        text("currency_in_a_list", Expected::Applies, r#"{"amount":1500,"currency":["EUR"]}"#),
        text("currency_escaped", Expected::Applies, r#"{"amount":1500,"currency":"\u0045UR"}"#),
        text("amount_escaped", Expected::Applies, r#"{"\u0061mount":1500,"currency":"EUR"}"#),
        text("another_currency", Expected::Passes, r#"{"amount":1500,"currency":"USD"}"#),
        text("another_currency_and_no_amount", Expected::Passes, r#"{"currency":"USD"}"#),
        text("a_small_amount_and_no_currency", Expected::Passes, r#"{"amount":900}"#),
    ]
}

/// Against `greater_than: 1000`.
fn numbers() -> Vec<Row> {
    const NOT_ABOVE: &[&str] = &[
        "1000",
        "1000.0",
        "1000.00",
        "1e3",
        "1E+3",
        "10e2",
        "100000e-2",
        "1000000000000000000000000000000000000000000000000000e-48",
        "0.1e4",
        "999.99999999999999999999",
        "0",
        "-0",
        "-1500",
        "1e-400",
    ];
    const ABOVE: &[&str] = &[
        "1001",
        "1000.0000000001",
        "1000.00000000000000000000000000000000001",
        "1e4",
        "1.5E3",
        "1e400",
        "10000000000000000000000000000001",
        "1000000000000000000000000000000000000000000000000001e-48",
        "1e999999999999999999999",
    ];
    let row = |number: &str, above: bool| {
        let expected = if above { Expected::Applies } else { Expected::Passes };
        let side = if above { "above" } else { "not_above" };
        text(&format!("{side}_{number}"), expected, format!(r#"{{"amount":{number},"currency":"EUR"}}"#))
    };
    let not_above = NOT_ABOVE.iter().map(|number| row(number, false));
    not_above.chain(ABOVE.iter().map(|number| row(number, true))).collect()
}

/// However it arrives, it is judged when it is whole.
fn arrival() -> Vec<Row> {
    let body = || large().to_string();
    let json = || ("content-type", "application/json".to_owned());
    let chunked = || vec![json(), ("transfer-encoding", "chunked".to_owned())];
    let mut trailing = pay(&large()).header("trailer", "x-late");
    let late = HeaderValue::from_static("1");
    trailing.trailers = Some(HeaderMap::from_iter([("x-late".parse().expect("a name"), late)]));
    let last_chunk = |mut pieces: Vec<Vec<u8>>, last: &[u8]| {
        pieces.push(last.to_vec());
        pieces
    };
    vec![
        Row::new("with_trailers", Sent::Ask(trailing), Expected::Applies),
        Row::new(
            "without_a_length",
            Sent::Ask(Ask { length_announced: false, ..pay(&large()) }),
            Expected::Applies,
        ),
        Row::new(
            "one_byte_pieces",
            Sent::Pieces(
                vec![json(), ("content-length", body().len().to_string())],
                body().bytes().map(|byte| vec![byte]).collect(),
            ),
            Expected::Applies,
        ),
        Row::new(
            "one_byte_chunks",
            Sent::Pieces(
                chunked(),
                last_chunk(body().bytes().map(|byte| chunk(&[byte])).collect(), b"0\r\n\r\n"),
            ),
            Expected::Applies,
        ),
        Row::new(
            "chunks_and_trailers",
            Sent::Pieces(
                chunked(),
                last_chunk(body().as_bytes().chunks(10).map(chunk).collect(), b"0\r\nx-late: 1\r\n\r\n"),
            ),
            Expected::Applies,
        ),
    ]
}
