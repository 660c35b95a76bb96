//! Several gateways that share nothing but keys. Each of them is a whole Envoy, so all rows of a mode use
//! the same few, one after the other.

use std::sync::Arc;

use countersign_tests::client::{Carrier, Client, Protocol};
use countersign_tests::encoding::{base64, random};
use countersign_tests::envoy::{Envoy, Setup};
use countersign_tests::handoff::Offered;
use countersign_tests::lab::{Checking, Lab, Plan};
use countersign_tests::orchestrator::Operation;
use countersign_tests::recovery::Recovering;
use countersign_tests::refusal;
use countersign_tests::stage::Stage;
use countersign_tests::suite::{Shared, Suite};
use serde_json::json;

/// The gateways beside the lab's own; each starts when a row first needs it.
pub(crate) struct Gateways {
    lab: Lab,
    same: Shared<Envoy>,
    rotated: Shared<Envoy>,
    stranger: Shared<Envoy>,
    changed: Shared<Envoy>,
    /// With another rule for recoveries, of the same id.
    stricter: Shared<Envoy>,
}

type Row = (&'static str, for<'a> fn(&'a Gateways, Client) -> Checking<'a>);

const EVERYWHERE: &[Row] = countersign_tests::table![
    begin_on_one_finish_on_the_other,
    discoverable_over_two,
    a_handoff_over_two,
    a_recovery_over_two,
    a_success_on_one_is_a_replay_on_the_other,
    a_rule_that_changed_in_between,
    a_rule_that_went_away_in_between,
    a_recovery_whose_rule_went_away,
    a_recovery_whose_rule_changed,
];

const KEYS: &[Row] =
    countersign_tests::table![keys_are_rotated_without_losing_a_ceremony, other_keys_are_no_evidence];

pub(crate) fn add(suite: &mut Suite, mode: &str, waits: bool) {
    let gateways = Shared::new(move || Gateways::around(waits));
    // How a seal is opened does not depend on the mode.
    let rows = if waits { [EVERYWHERE, KEYS].concat() } else { EVERYWHERE.to_vec() };
    let (version, protocol) = if waits { ("http1", Protocol::Http1) } else { ("http2", Protocol::Http2) };
    for (row, check) in rows {
        let gateways = Arc::clone(&gateways);
        suite.row(format!("{mode}/{version}/gateways/{row}"), move || async move {
            let gateways = gateways.turn().await;
            gateways.lab.reset();
            check(&gateways, gateways.lab.client(protocol, Carrier::Cookies)).await;
        });
    }
}

impl Gateways {
    async fn around(waits: bool) -> Self {
        let lab = Lab::start(Plan::default().headers_can_wait(waits)).await;
        let other = |change: fn(&mut Setup)| {
            let mut setup = lab.setup.clone();
            change(&mut setup);
            Shared::unshared(move || {
                let setup = setup.clone();
                async move { Envoy::start(&setup).await }
            })
        };
        Self {
            same: other(|_| {}),
            rotated: other(|setup| {
                setup.environment.insert("NEW_SEAL_KEY".to_owned(), base64(random::<32>()));
                let keys = json!([
                    { "id": "k2", "env": "NEW_SEAL_KEY" }, { "id": "k1", "env": "COUNTERSIGN_SEAL_KEY" },
                ]);
                setup.plugin.as_mut().expect("a plugin")["keys"]["seal"] = keys;
            }),
            stranger: other(|setup| {
                setup.environment.insert("COUNTERSIGN_SEAL_KEY".to_owned(), base64(random::<32>()));
            }),
            changed: other(|setup| {
                let rules = setup.plugin.as_mut().expect("a plugin")["rules"].as_array_mut().expect("rules");
                rules.retain(|rule| rule["id"] == "risky-sign-in");
                rules[0]["acr"] = json!("urn:countersign:acr:other");
            }),
            stricter: other(|setup| {
                let rules = setup.plugin.as_mut().expect("a plugin")["rules"].as_array_mut().expect("rules");
                let recover = rules.iter_mut().find(|rule| rule["id"] == "recover");
                recover.expect("the rule")["acr"] = json!("urn:countersign:acr:other");
            }),
            lab,
        }
    }
}

async fn begin_on_one_finish_on_the_other(gateways: &Gateways, client: Client) {
    let lab = &gateways.lab;
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    stage.client = stage.client.at(gateways.same.turn().await.address);
    assert_eq!(stage.finish().await.status, 200);
    assert_eq!(lab.finishes().len(), 1);
}

async fn discoverable_over_two(gateways: &Gateways, client: Client) {
    let lab = &gateways.lab;
    let mut stage = Stage::discoverable(lab, client).await;
    stage.client = stage.client.at(gateways.same.turn().await.address);
    refusal::expect(&stage.finish().await, &["step_up_required"]);
    lab.orchestrator.decide(&lab.orchestrator.sessions()[0].id, "matched");
    stage.client = stage.client.at(lab.envoy.address);
    assert_eq!(stage.finish().await.status, 200);
}

async fn a_handoff_over_two(gateways: &Gateways, client: Client) {
    let lab = &gateways.lab;
    let other = gateways.same.turn().await.address;
    let mut offered = Offered::by(lab, client).await;
    offered.phone = offered.phone.at(other);
    let mut phone = offered.taken().await;
    lab.orchestrator.decide(phone.begun.session(), "matched");
    phone.client = phone.client.at(lab.envoy.address);
    assert_eq!(phone.finish().await.status, 200);
    offered.desktop = offered.desktop.at(other);
    assert_eq!(offered.follow().await.json()["status"], "completed");
}

async fn a_recovery_over_two(gateways: &Gateways, client: Client) {
    let lab = &gateways.lab;
    let mut recovering = Recovering::decided(lab, client, "matched").await;
    recovering.client = recovering.client.at(gateways.same.turn().await.address);
    let mut stage = recovering.replacing().await;
    stage.client = stage.client.at(lab.envoy.address);
    assert_eq!(stage.finish().await.status, 200);
}

async fn a_success_on_one_is_a_replay_on_the_other(gateways: &Gateways, client: Client) {
    let lab = &gateways.lab;
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    let mut replay = stage.clone();
    replay.client = replay.client.at(gateways.same.turn().await.address);
    let finish = stage.honest();
    assert_eq!(stage.send(finish.clone()).await.expect("an answer").status, 200);
    refusal::expect(&replay.send(finish).await.expect("an answer"), &["ceremony_replayed"]);
    assert_eq!(lab.finishes().iter().filter(|finish| finish.complete).count(), 1);
}

async fn keys_are_rotated_without_losing_a_ceremony(gateways: &Gateways, client: Client) {
    let lab = &gateways.lab;
    let rotated = gateways.rotated.turn().await.address;
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    stage.client = stage.client.at(rotated);
    assert_eq!(stage.finish().await.status, 200, "an old key still opens");
    let client = lab.client(stage.client.protocol, Carrier::Cookies).at(rotated);
    let mut stage = Stage::step_up(lab, client).await;
    assert!(stage.begun.answer.header("countersign-evidence").starts_with("cs1.k2."), "the first key seals");
    lab.orchestrator.decide(stage.begun.session(), "matched");
    stage.client = stage.client.at(lab.envoy.address);
    refusal::expect(&stage.finish().await, &["ceremony_unknown"]);
    stage.client = stage.client.at(rotated);
    assert_eq!(stage.finish().await.status, 200);
}

async fn other_keys_are_no_evidence(gateways: &Gateways, client: Client) {
    let lab = &gateways.lab;
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    stage.client = stage.client.at(gateways.stranger.turn().await.address);
    refusal::expect(&stage.finish().await, &["ceremony_unknown"]);
    lab.expect_untouched().await;
}

async fn a_rule_that_changed_in_between(gateways: &Gateways, client: Client) {
    expired(gateways, Stage::step_up(&gateways.lab, client).await).await;
}

/// What is under way goes on: to take a rule out is to ask for less.
async fn a_rule_that_went_away_in_between(gateways: &Gateways, client: Client) {
    let lab = &gateways.lab;
    let mut stage = Stage::registration(lab, client).await;
    stage.client = stage.client.at(gateways.changed.turn().await.address);
    refusal::expect(&stage.finish().await, &["verdict_pending"]);
    lab.orchestrator.decide(stage.begun.session(), "matched");
    assert_eq!(stage.finish().await.status, 200, "it ends as it began");
    assert_eq!(lab.orchestrator.session(stage.begun.session()).status, "completed");
    assert_eq!(lab.finishes().iter().filter(|finish| finish.complete).count(), 1);
}

/// Its continuation is not exchanged yet: that, too, goes on.
async fn a_recovery_whose_rule_went_away(gateways: &Gateways, client: Client) {
    let lab = &gateways.lab;
    let mut recovering = Recovering::decided(lab, client, "matched").await;
    recovering.client = recovering.client.at(gateways.changed.turn().await.address);
    let session = recovering.session().to_owned();
    let mut stage = recovering.replacing().await;
    assert_eq!(stage.begun.options["stepUp"]["flow"], "recovery");
    assert_eq!(stage.begun.session(), session);
    assert_eq!(lab.orchestrator.calls_of(Operation::ExchangeContinuation).len(), 1);
    assert_eq!(stage.finish().await.status, 200);
    assert_eq!(lab.orchestrator.session(&session).status, "completed");
    assert_eq!(lab.finishes().len(), 1);
}

async fn a_recovery_whose_rule_changed(gateways: &Gateways, client: Client) {
    let lab = &gateways.lab;
    let mut recovering = Recovering::decided(lab, client, "matched").await;
    recovering.client = recovering.client.clone().at(gateways.stricter.turn().await.address);
    let begin = recovering.begin();
    refusal::expect(&recovering.client.send(begin).await.expect("an answer"), &["ceremony_expired"]);
    assert!(lab.orchestrator.calls_of(Operation::ExchangeContinuation).is_empty());
    lab.expect_untouched().await;
}

/// Begun under the old rules, matched, and finished under the new ones.
async fn expired(gateways: &Gateways, mut stage: Stage) {
    matched_elsewhere(gateways, &mut stage).await;
    refusal::expect(&stage.finish().await, &["ceremony_expired"]);
    gateways.lab.expect_untouched().await;
}

async fn matched_elsewhere(gateways: &Gateways, stage: &mut Stage) {
    gateways.lab.orchestrator.decide(stage.begun.session(), "matched");
    stage.client = stage.client.clone().at(gateways.changed.turn().await.address);
}
