//! A hand-off in wrong hands: the code used again, guessed, changed, or in another person's phone; a desktop that
//! is not the one that asked.

use countersign_tests::authenticator::Passkey;
use countersign_tests::client::{Answer, Ask, Carrier, Client};
use countersign_tests::encoding::rfc3339_in;
use countersign_tests::handoff::{Offered, consume, payload};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::orchestrator::{Fault, Operation};
use countersign_tests::plugin::HANDOFFS;
use countersign_tests::raw;
use countersign_tests::refusal;
use countersign_tests::relying_party::SESSION_COOKIE;
use countersign_tests::stage::Stage;
use countersign_tests::table;
use hyper::Method;
use serde_json::json;

use super::tampering::{last_digit_changed, tag_changed};

pub(crate) const ROWS: &[Row] = table![
    the_honest_twin,
    a_token_used_twice,
    fifty_phones_at_once,
    a_token_that_expired_at_the_orchestrator,
    a_token_that_expired_by_itself,
    a_token_that_was_given_up,
    a_wrong_number_spends_the_token,
    a_number_of_another_shape,
    a_phone_signed_in_as_somebody_else,
    a_token_that_was_changed,
    other_evidence_of_ours_instead_of_the_token,
    a_token_instead_of_evidence,
    another_session_follows_it,
    another_session_gives_it_up,
    another_handoffs_evidence,
    the_phone_follows_it,
    a_phone_that_did_not_take_over_gives_it_up,
    the_phone_finishes_in_another_session,
    the_desktop_finishes_for_the_phone,
    the_phone_finishes_with_somebody_elses_passkey,
    the_phone_finishes_with_an_unknown_passkey,
    the_phones_finish_twice,
    the_head_of_a_request_to_us,
    it_is_not_followed_for_ever,
];

const BEGIN: &str = "/generate-authentication-options";

/// The orchestrator was asked this many times, the relying party begun with so many times.
async fn expect_reached(lab: &Lab, consumed: usize, begun: usize) {
    lab.expect_untouched().await;
    assert_eq!(lab.orchestrator.calls_of(Operation::ConsumeHandoff).len(), consumed, "consume_handoff");
    assert_eq!(lab.relying_party.seen_at(BEGIN).len(), begun, "begins at the relying party");
    let opened = lab.orchestrator.calls_of(Operation::OpenCrossPlatformAuthentication);
    assert_eq!(opened.len(), begun, "a check for every begin, and no other");
}

async fn sent(client: &mut Client, ask: Ask) -> Answer {
    client.send(ask).await.expect("an answer")
}

async fn the_honest_twin(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    let mut phone = offered.taken().await;
    expect_reached(lab, 1, 1).await;
    lab.orchestrator.decide(phone.begun.session(), "matched");
    assert_eq!(phone.finish().await.status, 200);
    assert_eq!(offered.follow().await.json()["status"], "completed");
    assert_eq!(lab.finishes().len(), 1);
}

async fn a_token_used_twice(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    let mut thief = offered.phone.clone();
    offered.taken().await;
    refusal::expect(&sent(&mut thief, offered.consume()).await, &["ceremony_replayed"]);
    lab.expect_untouched().await;
    assert_eq!(lab.relying_party.seen_at(BEGIN).len(), 1);
    assert_eq!(lab.orchestrator.sessions().len(), 1);
}

async fn fifty_phones_at_once(lab: &Lab, client: Client) {
    let offered = Offered::by(lab, client).await;
    let mut attempts = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (mut phone, ask) = (offered.phone.clone(), offered.consume());
        attempts.spawn(async move { phone.send(ask).await.expect("an answer") });
    }
    let answers = attempts.join_all().await;
    let (taken, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(taken.len(), 1, "one of fifty takes over");
    for answer in refused {
        refusal::expect(answer, &["ceremony_replayed"]);
    }
    assert_eq!(lab.relying_party.seen_at(BEGIN).len(), 1);
    assert_eq!(lab.orchestrator.sessions().len(), 1);
}

async fn a_token_that_expired_at_the_orchestrator(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    lab.orchestrator.ends_handoff(offered.told("id"), "expired");
    let ask = offered.consume();
    refusal::expect(&sent(&mut offered.phone, ask).await, &["ceremony_expired"]);
    expect_reached(lab, 1, 0).await;
}

async fn a_token_that_expired_by_itself(lab: &Lab, client: Client) {
    let soon = Fault::edited(|json| json["expires_at"] = rfc3339_in(2).into());
    lab.orchestrator.breaks(Operation::OpenCrossPlatform, soon);
    let mut offered = Offered::by(lab, client).await;
    // The jar would drop the cookie by itself. The desktop's evidence lives exactly as long as the token.
    let mut desktop = Client { carrier: Carrier::Header, ..offered.desktop.clone() };
    while sent(&mut desktop, offered.status()).await.refusal() != "ceremony_expired" {
        tokio::task::yield_now().await;
    }
    let ask = offered.consume();
    refusal::expect(&sent(&mut offered.phone, ask).await, &["ceremony_expired"]);
    expect_reached(lab, 0, 0).await;
}

async fn a_token_that_was_given_up(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    let ask = offered.give_up();
    assert_eq!(sent(&mut offered.desktop, ask).await.status, 204);
    let ask = offered.consume();
    refusal::expect(&sent(&mut offered.phone, ask).await, &["ceremony_replayed"]);
    expect_reached(lab, 1, 0).await;
}

async fn a_wrong_number_spends_the_token(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    let guess = consume(offered.told("token"), &offered.wrong_number());
    refusal::expect(&sent(&mut offered.phone, guess).await, &["ceremony_unknown"]);
    expect_reached(lab, 1, 0).await;
    let ask = offered.consume();
    refusal::expect(&sent(&mut offered.phone, ask).await, &["ceremony_replayed"]);
    lab.expect_untouched().await;
    assert!(lab.relying_party.seen_at(BEGIN).is_empty());
    assert!(lab.orchestrator.sessions().is_empty());
}

async fn a_number_of_another_shape(lab: &Lab, client: Client) {
    let offered = Offered::by(lab, client).await;
    let (token, number) = (offered.told("token"), offered.told("number"));
    let digits: u32 = number.parse().expect("a number");
    for other in [
        json!(digits),
        json!(format!("0{number}")),
        json!(format!(" {number}")),
        json!(format!("{number}\u{0}")),
        json!(""),
        json!(null),
        json!([number]),
        json!({ "equals": number }),
    ] {
        let body = json!({ "token": token, "number": other });
        let ask = Ask::post("/.countersign/handoffs/consume", &body);
        let answer = sent(&mut offered.phone.clone(), ask).await;
        refusal::expect(&answer, &["malformed_request", "ceremony_unknown", "ceremony_replayed"]);
    }
    lab.expect_untouched().await;
    assert!(lab.relying_party.seen_at(BEGIN).is_empty());
    assert!(lab.orchestrator.sessions().is_empty());
}

async fn a_phone_signed_in_as_somebody_else(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    let stranger = lab.relying_party.session(Some("bob-beef"));
    offered.phone.cookies.insert(SESSION_COOKIE.to_owned(), stranger);
    let ask = offered.consume();
    refusal::expect(&sent(&mut offered.phone, ask).await, &["ceremony_unknown"]);
    expect_reached(lab, 1, 0).await;
    offered.phone.cookies.clear();
    let ask = offered.consume();
    refusal::expect(&sent(&mut offered.phone, ask).await, &["ceremony_replayed"]);
}

async fn a_token_that_was_changed(lab: &Lab, client: Client) {
    let offered = Offered::by(lab, client).await;
    let (token, number) = (offered.told("token"), offered.told("number"));
    for changed in [
        last_digit_changed(token),
        tag_changed(token),
        token.replacen(".k1.", ".k9.", 1),
        token.replacen("cs1.", "cs2.", 1),
        format!("{token}="),
        format!("{token} "),
        token.rsplit_once('.').expect("a tag").0.to_owned(),
        lab.orchestrator.handoff().token,
        String::new(),
    ] {
        let answer = sent(&mut offered.phone.clone(), consume(&changed, number)).await;
        refusal::expect(&answer, &["ceremony_unknown", "malformed_request"]);
    }
    expect_reached(lab, 0, 0).await;
}

async fn other_evidence_of_ours_instead_of_the_token(lab: &Lab, client: Client) {
    let offered = Offered::by(lab, client.clone()).await;
    let ceremony = Stage::step_up(lab, client).await.client.evidence[0].clone();
    for evidence in [offered.told("evidence"), &ceremony] {
        let ask = consume(evidence, offered.told("number"));
        refusal::expect(&sent(&mut offered.phone.clone(), ask).await, &["ceremony_unknown"]);
    }
    lab.expect_untouched().await;
    assert!(lab.orchestrator.calls_of(Operation::ConsumeHandoff).is_empty());
}

async fn a_token_instead_of_evidence(lab: &Lab, client: Client) {
    let offered = Offered::by(lab, client).await;
    let mut desktop = Client { carrier: Carrier::Nothing, ..offered.desktop.clone() };
    // Who has the code may give the hand-off up, as whoever says a wrong number does. Nobody else learns how it is.
    let ask = offered.status().header("countersign-evidence", offered.told("token"));
    refusal::expect(&sent(&mut desktop, ask).await, &["ceremony_unknown"]);
    expect_unasked(lab);
}

/// Nobody asked the orchestrator how the hand-off is, or ended it.
fn expect_unasked(lab: &Lab) {
    for operation in [Operation::HandoffStatus, Operation::CancelHandoff] {
        assert!(lab.orchestrator.calls_of(operation).is_empty(), "{operation:?}");
    }
    assert_eq!(lab.orchestrator.handoff().stage, "waiting");
}

/// The desktop's clients that are not the one: signed in as the same user, as another, not at all, or without
/// the evidence.
fn strangers(lab: &Lab, offered: &Offered) -> [Client; 4] {
    let in_session = |session: Option<String>| {
        let mut stranger = offered.desktop.clone();
        stranger.cookies.remove(SESSION_COOKIE);
        stranger.cookies.extend(session.map(|session| (SESSION_COOKIE.to_owned(), session)));
        stranger
    };
    [
        in_session(Some(lab.relying_party.session(Some("ann-f00d")))),
        in_session(Some(lab.relying_party.session(Some("bob-beef")))),
        in_session(None),
        Client { carrier: Carrier::Nothing, ..offered.desktop.clone() },
    ]
}

async fn another_session_follows_it(lab: &Lab, client: Client) {
    let offered = Offered::by(lab, client).await;
    for mut stranger in strangers(lab, &offered) {
        refusal::expect(&sent(&mut stranger, offered.status()).await, &["ceremony_unknown"]);
    }
    expect_unasked(lab);
}

async fn another_session_gives_it_up(lab: &Lab, client: Client) {
    let offered = Offered::by(lab, client).await;
    for mut stranger in strangers(lab, &offered) {
        refusal::expect(&sent(&mut stranger, offered.give_up()).await, &["ceremony_unknown"]);
    }
    expect_unasked(lab);
}

async fn another_handoffs_evidence(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    for (method, id) in [(Method::GET, "hof_other"), (Method::DELETE, "hof_other"), (Method::GET, "..%2fx")] {
        let ask = Ask::new(method, &format!("/.countersign/handoffs/{id}"));
        let answer = sent(&mut offered.desktop, ask).await;
        refusal::expect(&answer, &["ceremony_unknown", "malformed_request"]);
    }
    expect_unasked(lab);
}

async fn the_phone_follows_it(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    let mut phone = offered.taken().await;
    refusal::expect(&phone.send(offered.status()).await.expect("an answer"), &["ceremony_unknown"]);
    assert!(lab.orchestrator.calls_of(Operation::HandoffStatus).is_empty());
}

async fn a_phone_that_did_not_take_over_gives_it_up(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    let ask = offered.give_up();
    refusal::expect(&sent(&mut offered.phone, ask).await, &["ceremony_unknown"]);
    expect_unasked(lab);
}

/// The phone took over with a session of its own, and was matched.
async fn matched_in_a_session(lab: &Lab, client: Client) -> Stage {
    let mut offered = Offered::by(lab, client).await;
    let own = lab.relying_party.session(Some("ann-f00d"));
    offered.phone.cookies.insert(SESSION_COOKIE.to_owned(), own);
    let phone = offered.taken().await;
    lab.orchestrator.decide(phone.begun.session(), "matched");
    phone
}

async fn the_phone_finishes_in_another_session(lab: &Lab, client: Client) {
    let mut phone = matched_in_a_session(lab, client).await;
    let other = lab.relying_party.session(Some("ann-f00d"));
    phone.client.cookies.insert(SESSION_COOKIE.to_owned(), other);
    refusal::expect(&phone.finish().await, &["ceremony_unknown"]);
    lab.expect_untouched().await;
    assert!(lab.orchestrator.calls_of(Operation::Complete).is_empty());
}

async fn the_desktop_finishes_for_the_phone(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    let mut phone = offered.taken().await;
    lab.orchestrator.decide(phone.begun.session(), "matched");
    phone.client = offered.desktop.clone();
    let evidence = phone.begun.answer.header("countersign-evidence").to_owned();
    for finish in [phone.honest(), phone.honest().header("countersign-evidence", evidence)] {
        refusal::expect(&phone.send(finish).await.expect("an answer"), &["ceremony_unknown"]);
    }
    lab.expect_untouched().await;
    assert!(lab.orchestrator.calls_of(Operation::Complete).is_empty());
}

async fn the_phone_finishes_with_somebody_elses_passkey(lab: &Lab, client: Client) {
    let mut phone = matched_in_a_session(lab, client).await;
    phone.passkey = Passkey::new("bob-beef");
    lab.orchestrator.owns(&phone.passkey.id_text(), json!({ "external_user_id": "bob-beef" }));
    refusal::expect(&phone.finish().await, &["credential_mismatch"]);
    lab.expect_untouched().await;
}

async fn the_phone_finishes_with_an_unknown_passkey(lab: &Lab, client: Client) {
    // The orchestrator knows the user's passkey. What it knows of that one says nothing of this one.
    let mut phone = matched_in_a_session(lab, client).await;
    phone.passkey = Passkey::new(phone.passkey.user_handle.clone());
    refusal::expect(&phone.finish().await, &["credential_mismatch"]);
    lab.expect_untouched().await;
}

async fn the_phones_finish_twice(lab: &Lab, client: Client) {
    let mut phone = matched_in_a_session(lab, client).await;
    let mut again = phone.clone();
    let finish = phone.honest();
    assert_eq!(phone.send(finish.clone()).await.expect("an answer").status, 200);
    refusal::expect(&again.send(finish).await.expect("an answer"), &["ceremony_replayed"]);
    lab.fence().await;
    assert_eq!(lab.finishes().iter().filter(|seen| seen.complete).count(), 1);
}

/// Where headers cannot wait, the head of what we answer ourselves reaches the relying party: without what is ours.
async fn the_head_of_a_request_to_us(lab: &Lab, client: Client) {
    let offered = Offered::by(lab, client).await;
    let mut headers = vec![("host".to_owned(), offered.desktop.authority.clone())];
    headers.extend(offered.desktop.memory_headers());
    headers.extend(
        [
            ("countersign-evidence", offered.told("evidence")),
            ("countersign", "verdict=matched"),
            ("content-type", "application/json"),
            ("content-length", "2"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    let headers: Vec<_> = headers.into_iter().map(|(name, value)| (name, value.into_bytes())).collect();
    let head = raw::head(&format!("POST {HANDOFFS} HTTP/1.1"), &headers);
    let reached = async {
        while !lab.setup.headers_can_wait && lab.relying_party.seen_at(HANDOFFS).is_empty() {
            tokio::task::yield_now().await;
        }
    };
    let answer = raw::exchange_in_two(offered.desktop.address, &[head, b"{}".to_vec()], reached).await;
    assert_eq!(answer.expect("an answer").status, 201);
    lab.expect_untouched().await;
    let ours = |name: &str| name.starts_with("countersign") || name.starts_with("__Host-cs-");
    for seen in lab.relying_party.seen_at(HANDOFFS) {
        assert!(!seen.headers.keys().any(|name| ours(name.as_str())), "{seen:?}");
        assert!(!seen.cookies().iter().any(|(name, _)| ours(name)), "{seen:?}");
        assert_eq!(seen.cookie(SESSION_COOKIE).as_ref(), offered.desktop.cookies.get(SESSION_COOKIE));
    }
}

/// Five minutes for the code, ten for the ceremony that it began.
async fn it_is_not_followed_for_ever(lab: &Lab, client: Client) {
    let mut offered = Offered::by(lab, client).await;
    offered.taken().await;
    offered.age(lab, 800, 20);
    let opened = payload(offered.told("evidence"))["iat"].as_u64().expect("a time");
    let answer = offered.follow().await;
    assert_eq!(payload(answer.header("countersign-evidence"))["exp"], opened + 900);
    offered.age(lab, 895, 5);
    assert_eq!(offered.follow().await.header("countersign-evidence"), "");
    offered.age(lab, 901, 0);
    let ask = offered.status();
    refusal::expect(&sent(&mut offered.desktop, ask).await, &["ceremony_expired"]);
}
