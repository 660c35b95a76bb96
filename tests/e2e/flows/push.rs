//! `handoff.push`: the phone is told by a service that the operator has, once for each hand-off, of everything but
//! the number.

use std::sync::Arc;

use countersign_tests::client::{Ask, Carrier, Client};
use countersign_tests::handoff::{Offered, consume, open};
use countersign_tests::lab::{Checking, PROTOCOLS};
use countersign_tests::orchestrator::{Fault, Operation, TOKEN as OF_ORCHESTRATOR};
use countersign_tests::plugin::HANDOFFS;
use countersign_tests::push::{Message, PATH, Pushing, STEP, TOKEN};
use countersign_tests::refusal;
use countersign_tests::relying_party::SESSION_COOKIE;
use countersign_tests::resource::{self, Payer, large, pay};
use countersign_tests::stage::USER;
use countersign_tests::suite::Suite;
use serde_json::json;

type Row = (&'static str, for<'a> fn(&'a Pushing, Client) -> Checking<'a>);

const ROWS: &[Row] = countersign_tests::table![
    the_message_is_what_the_template_says,
    the_message_shows_what_was_refused,
    nothing_else_goes_along,
    the_message_comes_between_handoff_and_answer,
    the_message_alone_opens_nothing,
    the_message_and_the_number_open,
    a_message_for_each_handoff_and_no_other,
    without_a_handoff_there_is_no_message,
    it_is_counted,
];

pub(crate) fn add(suite: &mut Suite, mode: &str, waits: bool) {
    let pushing = Pushing::shared(resource::plan(waits));
    for (version, protocol) in PROTOCOLS {
        for &(row, check) in ROWS {
            let pushing = Arc::clone(&pushing);
            suite.row(format!("{mode}/{version}/push/{row}"), move || async move {
                let pushing = pushing.turn().await;
                pushing.reset();
                check(&pushing, pushing.lab.client(protocol, Carrier::Cookies)).await;
            });
        }
    }
}

/// The only message.
fn message(pushing: &Pushing) -> Message {
    let messages = pushing.push.messages();
    assert_eq!(messages.len(), 1, "{messages:?}");
    messages[0].clone()
}

async fn the_message_is_what_the_template_says(pushing: &Pushing, client: Client) {
    let offered = Offered::by(&pushing.lab, client).await;
    let message = message(pushing);
    assert_eq!(message.line, format!("POST {PATH}"));
    let header = |name: &str| message.headers[name].to_str().expect("a text").to_owned();
    assert_eq!(header("host"), "push.example");
    assert_eq!(header("authorization"), format!("Bearer {TOKEN}"));
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("x-collapse-key"), offered.told("id"));
    // Nothing was refused, so there is nothing to show: a member without a value is left out.
    let body = json!({
        "to": { "user": USER },
        "title": "Is this you?",
        "link": offered.told("deepLink"),
        "token": offered.told("token"),
    });
    assert_eq!(message.body, body);
}

async fn the_message_shows_what_was_refused(pushing: &Pushing, client: Client) {
    let mut payer = Payer::new(&pushing.lab, client);
    refusal::expect(&payer.send(pay(&large())).await, &["step_up_required"]);
    assert_eq!(payer.send(open()).await.status, 201);
    assert_eq!(message(pushing).body["text"], "Pay 1500 EUR to DE02120300000000202051");
}

async fn nothing_else_goes_along(pushing: &Pushing, client: Client) {
    let lab = &pushing.lab;
    let traced = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let mut desktop = client;
    let session = lab.relying_party.session(Some(USER));
    desktop.cookies.insert(SESSION_COOKIE.to_owned(), session.clone());
    desktop.always.push(("traceparent".to_owned(), traced.to_owned()));
    desktop.always.push(("authorization".to_owned(), "Bearer of-the-relying-party".to_owned()));
    let answer = desktop.send(open()).await.expect("an answer");
    assert_eq!(answer.status, 201, "{}", answer.text());
    let offer = answer.json();
    let message = message(pushing);
    assert_eq!(message.headers["traceparent"], traced);
    for name in message.headers.keys().map(hyper::header::HeaderName::as_str) {
        assert!(name != "cookie" && name != "origin" && !name.starts_with("countersign"), "{name}");
    }
    let whole = format!("{:?} {}", message.headers, message.body);
    let evidence = offer["evidence"].as_str().expect("evidence");
    for secret in [session.as_str(), evidence, OF_ORCHESTRATOR, "of-the-relying-party"] {
        assert!(!whole.contains(secret), "{secret}: {whole}");
    }
    for secret in [TOKEN, offer["token"].as_str().expect("a token")] {
        assert!(!lab.envoy.log().contains(secret), "{secret} is in the log");
    }
}

async fn the_message_comes_between_handoff_and_answer(pushing: &Pushing, client: Client) {
    let mut offered = Offered::by(&pushing.lab, client).await;
    assert_eq!(
        pushing.lab.journal.steps(),
        ["relying party GET /me", "orchestrator open_cross_platform", STEP]
    );
    // Nothing later tells anybody anything.
    let mut phone = offered.taken().await;
    offered.follow().await;
    pushing.lab.orchestrator.decide(phone.begun.session(), "matched");
    assert_eq!(phone.finish().await.status, 200);
    offered.follow().await;
    message(pushing);
}

/// Whoever has the message, without having seen the other screen.
async fn the_message_alone_opens_nothing(pushing: &Pushing, client: Client) {
    let lab = &pushing.lab;
    let mut offered = Offered::by(lab, client).await;
    let message = message(pushing);
    let token = message.body["token"].as_str().expect("a token");
    let without = Ask::post(&format!("{HANDOFFS}/consume"), &json!({ "token": token }));
    refusal::expect(&offered.phone.send(without).await.expect("an answer"), &["malformed_request"]);
    let guess = consume(token, &offered.wrong_number());
    refusal::expect(&offered.phone.send(guess).await.expect("an answer"), &["ceremony_unknown"]);
    // There is one guess, and it is used.
    let right = offered.consume();
    refusal::expect(&offered.phone.send(right).await.expect("an answer"), &["ceremony_replayed"]);
    lab.expect_untouched().await;
    assert!(lab.relying_party.seen_at("/generate-authentication-options").is_empty());
    assert!(lab.orchestrator.sessions().is_empty(), "nobody is asked for a face");
}

async fn the_message_and_the_number_open(pushing: &Pushing, client: Client) {
    let mut offered = Offered::by(&pushing.lab, client).await;
    let link = message(pushing).body["link"].as_str().expect("a link").to_owned();
    let (_, token) = link.split_once('#').expect("a fragment");
    offered.offer["token"] = token.into();
    let mut phone = offered.taken().await;
    pushing.lab.orchestrator.decide(phone.begun.session(), "matched");
    assert_eq!(phone.finish().await.status, 200);
    assert_eq!(offered.follow().await.json()["status"], "completed");
}

async fn a_message_for_each_handoff_and_no_other(pushing: &Pushing, client: Client) {
    let mut first = Offered::by(&pushing.lab, client).await;
    let answer = first.desktop.send(open()).await.expect("an answer");
    assert_eq!(answer.status, 201, "{}", answer.text());
    let links: Vec<_> =
        pushing.push.messages().into_iter().map(|message| message.body["link"].clone()).collect();
    assert_eq!(links, [first.offer["deepLink"].clone(), answer.json()["deepLink"].clone()]);
    assert_ne!(links[0], links[1]);
    assert_eq!(pushing.lab.orchestrator.calls_of(Operation::OpenCrossPlatform).len(), 2);
}

async fn without_a_handoff_there_is_no_message(pushing: &Pushing, client: Client) {
    let lab = &pushing.lab;
    let mut nobody = client.clone();
    refusal::expect(&nobody.send(open()).await.expect("an answer"), &["user_unknown"]);
    let mut desktop = client;
    desktop.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(USER)));
    let foreign = open().header("origin", "https://evil.example");
    refusal::expect(&desktop.send(foreign).await.expect("an answer"), &["malformed_request"]);
    let more = Ask::post(HANDOFFS, &json!({ "to": "somebody else" }));
    refusal::expect(&desktop.send(more).await.expect("an answer"), &["malformed_request"]);
    let not_enrolled = json!({ "error": { "code": "not_enrolled" } }).to_string();
    for (status, body, code) in
        [(409, not_enrolled.as_str(), "user_unknown"), (429, "", "orchestrator_unavailable")]
    {
        lab.orchestrator.breaks(Operation::OpenCrossPlatform, Fault::answer(status, body));
        refusal::expect(&desktop.send(open()).await.expect("an answer"), &[code]);
    }
    assert!(pushing.push.messages().is_empty(), "{:?}", pushing.push.messages());
}

async fn it_is_counted(pushing: &Pushing, client: Client) {
    let envoy = &pushing.lab.envoy;
    for (name, fault) in [("succeeded", None), ("failed", Some(Fault::CutBeforeHeaders))] {
        let name = format!("wasmcustom.countersign.callout.push.{name}");
        let before = envoy.stat(&name).await;
        if let Some(fault) = fault {
            pushing.push.breaks(fault);
        }
        Offered::by(&pushing.lab, client.clone()).await;
        envoy.grown(&name, before).await;
    }
}
