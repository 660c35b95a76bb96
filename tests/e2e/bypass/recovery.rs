//! A recovery in wrong hands: its continuation used again, elsewhere, for somebody else, or without the match.

use countersign_tests::authenticator::Passkey;
use countersign_tests::ceremony::{Begun, Ceremony, risky};
use countersign_tests::client::{Answer, Ask, Carrier, Client};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::orchestrator::{Fault, Operation};
use countersign_tests::recovery::{CONTINUATION, Recovering, start};
use countersign_tests::refusal;
use countersign_tests::relying_party::{Reply, SESSION_COOKIE, Seen};
use countersign_tests::stage::USER;
use countersign_tests::table;
use serde_json::json;

use super::tampering::{last_digit_changed, tag_changed};

pub(crate) const ROWS: &[Row] = table![
    the_honest_twin,
    a_continuation_used_again,
    while_the_orchestrator_forgets,
    fifty_begins_at_once,
    a_continuation_of_another_recovery,
    a_continuation_that_is_made_up,
    without_evidence,
    evidence_of_another_kind,
    evidence_that_was_changed,
    in_another_session,
    without_the_session,
    for_somebody_else,
    a_continuation_repeated,
    two_recoveries_at_once,
    two_recoveries_in_two_carriers,
    a_body_that_comes_while_the_exchange_is_out,
    a_continuation_at_a_sign_in,
    evidence_of_the_recovery_at_a_finish,
    another_attestation_for_the_same_challenge,
];

const BEGIN: &str = "/generate-registration-options";

async fn sent(recovering: &mut Recovering, ask: Ask) -> Answer {
    recovering.client.send(ask).await.expect("an answer")
}

/// Refused so, and neither the orchestrator was asked to exchange nor the relying party to begin.
async fn refused(lab: &Lab, recovering: &mut Recovering, ask: Ask, codes: &[&str]) {
    refusal::expect(&sent(recovering, ask).await, codes);
    lab.expect_untouched().await;
    assert!(
        lab.orchestrator.calls_of(Operation::ExchangeContinuation).is_empty(),
        "{:?}",
        lab.journal.steps()
    );
    assert!(lab.relying_party.seen_at(BEGIN).is_empty(), "{:?}", lab.journal.steps());
}

async fn matched(lab: &Lab, client: Client) -> Recovering {
    Recovering::decided(lab, client, "matched").await
}

async fn the_honest_twin(lab: &Lab, client: Client) {
    let mut stage = matched(lab, client).await.replacing().await;
    assert_eq!(stage.finish().await.status, 200);
    assert_eq!(lab.relying_party.seen_at(BEGIN).len(), 1);
    assert_eq!(lab.finishes().len(), 1);
}

async fn a_continuation_used_again(lab: &Lab, client: Client) {
    let mut recovering = matched(lab, client).await;
    let mut again = recovering.clone();
    let begin = recovering.begin();
    assert_eq!(sent(&mut recovering, begin.clone()).await.status, 200);
    refusal::expect(&sent(&mut again, begin).await, &["ceremony_replayed"]);
    lab.expect_untouched().await;
    assert_eq!(lab.relying_party.seen_at(BEGIN).len(), 1);
}

async fn while_the_orchestrator_forgets(lab: &Lab, client: Client) {
    let mut recovering = matched(lab, client).await;
    let mut again = recovering.clone();
    let begin = recovering.begin();
    lab.orchestrator.breaks(Operation::ExchangeContinuation, Fault::answer(200, "{}"));
    assert_eq!(sent(&mut recovering, begin.clone()).await.status, 200);
    refusal::expect(&sent(&mut again, begin).await, &["ceremony_replayed"]);
    lab.expect_untouched().await;
    assert_eq!(lab.relying_party.seen_at(BEGIN).len(), 1);
}

async fn fifty_begins_at_once(lab: &Lab, client: Client) {
    let recovering = matched(lab, client).await;
    let mut attempts = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (mut client, begin) = (recovering.client.clone(), recovering.begin());
        attempts.spawn(async move { client.send(begin).await.expect("an answer") });
    }
    let answers = attempts.join_all().await;
    let (begun, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(begun.len(), 1, "one of fifty goes on");
    for answer in refused {
        refusal::expect(answer, &["ceremony_replayed"]);
    }
    assert_eq!(lab.relying_party.seen_at(BEGIN).len(), 1);
}

async fn a_continuation_of_another_recovery(lab: &Lab, client: Client) {
    let other = matched(lab, client.clone()).await;
    let mut recovering = matched(lab, client).await;
    let begin = other.begin();
    refusal::expect(&sent(&mut recovering, begin).await, &["ceremony_unknown"]);
    lab.expect_untouched().await;
    assert!(lab.relying_party.seen_at(BEGIN).is_empty());
    assert!(lab.orchestrator.sessions().iter().all(|session| !session.exchanged));
}

async fn a_continuation_that_is_made_up(lab: &Lab, client: Client) {
    let mut recovering = matched(lab, client).await;
    for made_up in ["cnt_AAAAAAAAAAAAAAAA", "null", "{}", "../../sessions"] {
        let begin = Ceremony::Registration.begin().header(CONTINUATION, made_up);
        let answer = sent(&mut recovering, begin).await;
        // One gateway takes one guess.
        refusal::expect(&answer, &["ceremony_unknown", "ceremony_replayed"]);
    }
    lab.expect_untouched().await;
    assert!(lab.relying_party.seen_at(BEGIN).is_empty());
    assert!(!lab.orchestrator.session(recovering.session()).exchanged);
}

async fn without_evidence(lab: &Lab, client: Client) {
    let mut recovering = matched(lab, client).await;
    recovering.client.carrier = Carrier::Nothing;
    let begin = recovering.begin();
    refused(lab, &mut recovering, begin, &["ceremony_unknown"]).await;
}

async fn evidence_of_another_kind(lab: &Lab, client: Client) {
    let mut recovering = matched(lab, client).await;
    let ask = risky(Ceremony::Authentication.begin());
    let ceremony = Begun::by(&mut recovering.client.clone(), ask).await.expect("an answer");
    let evidence = ceremony.answer.header("countersign-evidence").to_owned();
    recovering.client.carrier = Carrier::Nothing;
    let begin = recovering.begin().header("countersign-evidence", evidence);
    refused(lab, &mut recovering, begin, &["ceremony_unknown"]).await;
}

async fn evidence_that_was_changed(lab: &Lab, client: Client) {
    let mut recovering = matched(lab, client).await;
    recovering.client.carrier = Carrier::Nothing;
    let evidence = recovering.client.evidence[0].clone();
    for changed in [last_digit_changed(&evidence), tag_changed(&evidence)] {
        let begin = recovering.begin().header("countersign-evidence", changed);
        refused(lab, &mut recovering, begin, &["ceremony_unknown"]).await;
    }
}

async fn in_another_session(lab: &Lab, client: Client) {
    let mut recovering = matched(lab, client).await;
    let other = lab.relying_party.session(Some(USER));
    recovering.client.cookies.insert(SESSION_COOKIE.to_owned(), other);
    let begin = recovering.begin();
    refused(lab, &mut recovering, begin, &["ceremony_unknown"]).await;
}

async fn without_the_session(lab: &Lab, client: Client) {
    let mut recovering = matched(lab, client).await;
    recovering.client.cookies.remove(SESSION_COOKIE);
    let begin = recovering.begin();
    refused(lab, &mut recovering, begin, &["ceremony_unknown"]).await;
}

async fn for_somebody_else(lab: &Lab, client: Client) {
    let mut recovering = matched(lab, client).await;
    // The session is the same one; the relying party has changed its mind about whose it is.
    lab.relying_party.answers("GET /me", Reply::json(200, &json!({ "id": "bob-beef" })));
    let begin = recovering.begin();
    let answer = sent(&mut recovering, begin).await;
    refusal::expect(&answer, &["ceremony_unknown"]);
    assert!(!answer.headers.contains_key("countersign-evidence"), "no options leave");
    lab.expect_untouched().await;
}

async fn a_continuation_repeated(lab: &Lab, client: Client) {
    let mut recovering = matched(lab, client).await;
    for second in [recovering.continuation().to_owned(), "cnt_other".to_owned()] {
        let begin = recovering.begin().header(CONTINUATION, second);
        refused(lab, &mut recovering, begin, &["malformed_request"]).await;
    }
}

async fn two_recoveries_at_once(lab: &Lab, client: Client) {
    let mut first = matched(lab, client).await;
    let second = Recovering::of(lab, first.client.clone()).await;
    // Both are held by one client; the second was not matched, and does not profit from the first.
    first.client = second.client.clone();
    let begin = second.begin();
    let answer = sent(&mut first, begin).await;
    refusal::expect(&answer, &["verdict_pending", "ceremony_unknown"]);
    lab.expect_untouched().await;
    assert!(lab.relying_party.seen_at(BEGIN).is_empty());
    assert!(lab.orchestrator.sessions().iter().all(|session| !session.exchanged));
}

async fn two_recoveries_in_two_carriers(lab: &Lab, client: Client) {
    let mut first = matched(lab, client).await;
    // The route answers as before: the second recovery is of the same person, in the same session.
    let second = Recovering::after(start(), first.client.clone(), first.passkey.clone()).await;
    let begin = first.begin().header("countersign-evidence", second.client.evidence[0].clone());
    refused(lab, &mut first, begin, &["ceremony_unknown"]).await;
}

async fn a_body_that_comes_while_the_exchange_is_out(lab: &Lab, client: Client) {
    let mut recovering = matched(lab, client).await;
    let begin = Ask { body: Some("{}".into()), ..recovering.begin() };
    lab.orchestrator.breaks(Operation::ExchangeContinuation, Fault::Stalled);
    refusal::expect(&sent(&mut recovering, begin).await, &["orchestrator_unavailable"]);
    lab.expect_untouched().await;
    // Where headers cannot wait, the head is there already; a body and an end never come.
    let begun = lab.relying_party.seen_at(BEGIN);
    let harmless = |seen: &Seen| !lab.setup.headers_can_wait && seen.body.is_empty() && !seen.complete;
    assert!(begun.iter().all(harmless), "{:?}", lab.journal.steps());
}

async fn a_continuation_at_a_sign_in(lab: &Lab, client: Client) {
    let mut recovering = matched(lab, client).await;
    let ask = risky(Ceremony::Authentication.begin()).header(CONTINUATION, recovering.continuation());
    let answer = sent(&mut recovering, ask).await;
    if answer.status == 200 {
        assert_eq!(answer.json()["stepUp"]["flow"], "step_up", "a check of its own");
    } else {
        refusal::expect(&answer, &["malformed_request", "ceremony_unknown"]);
    }
    assert!(lab.orchestrator.calls_of(Operation::ExchangeContinuation).is_empty());
    let begun = lab.relying_party.seen_at("/generate-authentication-options");
    assert!(begun.iter().all(|seen| seen.header(CONTINUATION).is_empty()), "it is never forwarded");
}

async fn evidence_of_the_recovery_at_a_finish(lab: &Lab, client: Client) {
    let recovering = matched(lab, client).await;
    let evidence = recovering.client.evidence[0].clone();
    let mut stage = recovering.replacing().await;
    stage.client.carrier = Carrier::Nothing;
    let finish = stage.honest().header("countersign-evidence", evidence);
    refusal::expect(&stage.send(finish).await.expect("an answer"), &["ceremony_unknown"]);
    lab.expect_untouched().await;
}

async fn another_attestation_for_the_same_challenge(lab: &Lab, client: Client) {
    let mut stage = matched(lab, client).await.replacing().await;
    let mut again = stage.clone();
    again.passkey = Passkey::new(USER);
    assert_eq!(stage.finish().await.status, 200);
    refusal::expect(&again.finish().await, &["ceremony_replayed"]);
    lab.fence().await;
    assert_eq!(lab.finishes().iter().filter(|seen| seen.complete).count(), 1);
    assert_eq!(lab.orchestrator.credential(&again.passkey.id_text()), None);
}
