//! Two users who each have something under way: what is one's opens nothing of the other's.

use countersign_tests::authenticator::Passkey;
use countersign_tests::ceremony::Ceremony;
use countersign_tests::client::{Answer, Ask, Carrier, Client};
use countersign_tests::handoff::Offered;
use countersign_tests::lab::{Lab, Row};
use countersign_tests::orchestrator::Operation;
use countersign_tests::plugin::RECOVERY;
use countersign_tests::recovery::{Recovering, start};
use countersign_tests::refusal;
use countersign_tests::relying_party::{Reply, SESSION_COOKIE};
use countersign_tests::stage::Stage;
use countersign_tests::table;
use serde_json::json;

pub(crate) const ROWS: &[Row] = table![
    another_users_phone_finishes_a_handoff,
    another_users_desktop_follows_a_handoff,
    another_users_continuation,
];

const STRANGER: &str = "bob-beef";

async fn sent(client: &mut Client, ask: Ask) -> Answer {
    client.send(ask).await.expect("an answer")
}

/// A second user's hand-off, taken over and matched, and the phone that did.
async fn of_another_user(lab: &Lab, client: Client) -> (Offered, Stage) {
    let passkey = Passkey::new(STRANGER);
    lab.relying_party.knows(STRANGER, &passkey.id_text());
    lab.orchestrator.owns(&passkey.id_text(), json!({ "external_user_id": STRANGER }));
    let phone = client.clone();
    let mut desktop = client;
    desktop.cookies.insert(SESSION_COOKIE.to_owned(), lab.relying_party.session(Some(STRANGER)));
    let mut offered = Offered::between(desktop, phone, passkey).await;
    let stage = offered.taken().await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    (offered, stage)
}

async fn another_users_phone_finishes_a_handoff(lab: &Lab, client: Client) {
    let (_, theirs) = of_another_user(lab, client.clone()).await;
    let mut offered = Offered::by(lab, client).await;
    let phone = offered.taken().await;
    lab.orchestrator.decide(phone.begun.session(), "matched");
    let stolen = phone.begun.answer.header("countersign-evidence").to_owned();
    // Their phone and passkey, the other challenge: with what their phone holds, and with the other's evidence too.
    for (evidence, codes) in [
        (None, ["ceremony_unknown"].as_slice()),
        (Some(stolen), ["ceremony_unknown", "credential_mismatch"].as_slice()),
    ] {
        let mut thief = Stage { begun: phone.begun.clone(), ..theirs.clone() };
        let finish = evidence
            .into_iter()
            .fold(thief.honest(), |finish, evidence| finish.header("countersign-evidence", evidence));
        refusal::expect(&thief.send(finish).await.expect("an answer"), codes);
        lab.expect_untouched().await;
        assert!(lab.orchestrator.calls_of(Operation::Complete).is_empty());
    }
    assert_eq!(offered.follow().await.json()["status"], "matched", "nobody has finished it");
}

async fn another_users_desktop_follows_a_handoff(lab: &Lab, client: Client) {
    let (mut theirs, _) = of_another_user(lab, client.clone()).await;
    let offered = Offered::by(lab, client).await;
    for ask in [offered.status(), offered.give_up()] {
        refusal::expect(&sent(&mut theirs.desktop, ask).await, &["ceremony_unknown"]);
    }
    let asked = lab.orchestrator.calls_of(Operation::HandoffStatus).len();
    assert_eq!((asked, lab.orchestrator.calls_of(Operation::CancelHandoff).len()), (0, 0));
}

/// Their face matches; this account is not theirs.
async fn another_users_continuation(lab: &Lab, client: Client) {
    let named = Reply::json(200, &json!({ "user": { "id": STRANGER } }));
    let session = lab.relying_party.session(Some(STRANGER));
    let cookie = format!("{SESSION_COOKIE}={session}; Path=/; HttpOnly");
    lab.relying_party.answers(&format!("POST {RECOVERY}"), named.header("set-cookie", &cookie));
    let theirs = Recovering::after(start(), client.clone(), Passkey::new(STRANGER)).await;
    lab.orchestrator.decide(theirs.session(), "matched");
    let mut recovering = Recovering::of(lab, client).await;
    assert_ne!(recovering.session(), theirs.session());
    for (evidence, code) in
        [(None, "ceremony_unknown"), (Some(theirs.client.evidence[0].clone()), "ceremony_unknown")]
    {
        let mut victim = recovering.clone();
        if let Some(evidence) = evidence {
            // All that is theirs, in the session of the other account.
            victim.client.cookies.retain(|name, _| name == SESSION_COOKIE);
            victim.client.evidence = vec![evidence];
            victim.client.carrier = Carrier::Header;
        }
        refusal::expect(&sent(&mut victim.client, theirs.begin()).await, &[code]);
        lab.expect_untouched().await;
        assert!(lab.relying_party.seen_at(Ceremony::Registration.begin_path()).is_empty());
        assert!(lab.orchestrator.sessions().iter().all(|session| !session.exchanged));
    }
    // The face that was shown for this account is another's.
    lab.orchestrator.decide(recovering.session(), "not_matched");
    let begin = recovering.begin();
    let answer = sent(&mut recovering.client, begin).await;
    refusal::expect(&answer, &["recovery_mismatch", "ceremony_replayed"]);
    assert!(lab.relying_party.seen_at(Ceremony::Registration.begin_path()).is_empty());
}
