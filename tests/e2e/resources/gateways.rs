//! Several gateways that share keys and nothing else: replicas, and those of before and after a change of rules.

use std::sync::Arc;

use countersign_tests::ceremony::Ceremony;
use countersign_tests::client::{Carrier, Client};
use countersign_tests::encoding::{base64, random};
use countersign_tests::envoy::{Envoy, Setup};
use countersign_tests::lab::{Checking, Lab, PROTOCOLS};
use countersign_tests::refusal;
use countersign_tests::resource::{self, PAYMENTS, Payer, large, pay};
use countersign_tests::suite::{Shared, Suite};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// The gateways beside the lab's own; each starts when a row first needs it.
pub(crate) struct Gateways {
    lab: Lab,
    same: Shared<Envoy>,
    stranger: Shared<Envoy>,
    /// Without the rule on payments.
    without: Shared<Envoy>,
    /// With another one in its place, of the same id.
    changed: Shared<Envoy>,
}

type Row = (&'static str, for<'a> fn(&'a Gateways, Client) -> Checking<'a>);

const ROWS: &[Row] = countersign_tests::table![
    each_step_at_another,
    in_turns_at_two,
    fifty_at_once_at_two,
    an_elevation_under_another_key,
    a_rule_taken_out_during_the_ceremony,
    a_rule_taken_out_after_the_refusal,
    a_rule_changed_during_the_ceremony,
    a_rule_changed_after_the_refusal,
    a_rule_changed_after_the_step_up,
];

pub(crate) fn add(suite: &mut Suite, mode: &str, waits: bool) {
    let gateways = Shared::new(move || Gateways::around(waits));
    for (version, protocol) in PROTOCOLS {
        for (row, check) in ROWS {
            let gateways = Arc::clone(&gateways);
            suite.row(format!("{mode}/{version}/gateways/{row}"), move || async move {
                let gateways = gateways.turn().await;
                gateways.lab.reset();
                check(&gateways, gateways.lab.client(protocol, Carrier::Cookies)).await;
            });
        }
    }
}

impl Gateways {
    async fn around(waits: bool) -> Self {
        let lab = Lab::start(resource::plan(waits)).await;
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
            stranger: other(|setup| {
                setup.environment.insert("COUNTERSIGN_SEAL_KEY".to_owned(), base64(random::<32>()));
            }),
            without: other(|setup| rules(setup).retain(|rule| rule["id"] != "payment")),
            changed: other(|setup| {
                let payment = rules(setup).iter_mut().find(|rule| rule["id"] == "payment");
                payment.expect("the rule")["when"]["all"][0]["greater_than"] = json!(500);
            }),
            lab,
        }
    }
}

fn rules(setup: &mut Setup) -> &mut Vec<Value> {
    setup.plugin.as_mut().expect("a plugin")["rules"].as_array_mut().expect("rules")
}

/// Goes on at another gateway.
async fn at(payer: &mut Payer, gateway: &Shared<Envoy>) {
    payer.client.address = gateway.turn().await.address;
}

async fn each_step_at_another(gateways: &Gateways, client: Client) {
    let lab = &gateways.lab;
    let mut payer = Payer::new(lab, client);
    refusal::expect(&payer.send(pay(&large())).await, &["step_up_required"]);
    at(&mut payer, &gateways.same).await;
    let mut stage = payer.begin().await;
    assert_eq!(stage.begun.options["stepUp"]["rule"], "payment");
    lab.orchestrator.decide(stage.begun.session(), "matched");
    stage.client.address = lab.envoy.address;
    assert_eq!(stage.finish().await.status, 200);
    payer.client = stage.client;
    at(&mut payer, &gateways.same).await;
    assert_eq!(payer.send(pay(&large())).await.status, 200);
    payer.client.address = lab.envoy.address;
    refusal::expect(&payer.send(pay(&large())).await, &["step_up_required"]);
    assert_eq!(lab.arrived(PAYMENTS).await.len(), 1);
}

async fn in_turns_at_two(gateways: &Gateways, client: Client) {
    let lab = &gateways.lab;
    let here = Payer::elevated(lab, client, pay(&large())).await;
    let mut there = here.clone();
    at(&mut there, &gateways.same).await;
    let mut passed = 0;
    for payer in [&there, &here, &there, &here] {
        let answer = payer.clone().send(pay(&large())).await;
        if answer.status == 200 {
            passed += 1;
        } else {
            refusal::expect(&answer, &["step_up_required"]);
        }
    }
    assert_eq!((passed, lab.arrived(PAYMENTS).await.len()), (1, 1));
}

async fn fifty_at_once_at_two(gateways: &Gateways, client: Client) {
    let lab = &gateways.lab;
    let payer = Payer::elevated(lab, client, pay(&large())).await;
    let mut there = payer.clone();
    at(&mut there, &gateways.same).await;
    let mut attempts = JoinSet::new();
    for turn in 0..50 {
        let mut payer = if turn % 2 == 0 { payer.clone() } else { there.clone() };
        attempts.spawn(async move { payer.send(pay(&large())).await });
    }
    let answers = attempts.join_all().await;
    let (passed, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(passed.len(), 1, "one of fifty");
    for answer in refused {
        refusal::expect(answer, &["step_up_required"]);
    }
    assert_eq!(lab.arrived(PAYMENTS).await.len(), 1);
}

async fn an_elevation_under_another_key(gateways: &Gateways, client: Client) {
    let lab = &gateways.lab;
    let mut payer = Payer::elevated(lab, client, pay(&large())).await;
    at(&mut payer, &gateways.stranger).await;
    refusal::expect(&payer.send(pay(&large())).await, &["step_up_required"]);
    assert!(lab.arrived(PAYMENTS).await.is_empty());
    // Its own refusal is of no use where it is not known either.
    payer.client.address = lab.envoy.address;
    let stage = payer.begin().await;
    assert_eq!(stage.begun.options["stepUp"], Value::Null);
}

async fn a_rule_taken_out_during_the_ceremony(gateways: &Gateways, client: Client) {
    let lab = &gateways.lab;
    let mut payer = Payer::new(lab, client);
    payer.send(pay(&large())).await;
    let mut stage = payer.begin().await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    stage.client.address = gateways.without.turn().await.address;
    let answer = stage.finish().await;
    assert_eq!(answer.status, 200, "what was asked for is done: {}", answer.text());
    assert_eq!(answer.header("countersign-evidence"), "", "there is nothing that it would be good for");
    assert_eq!(lab.orchestrator.session(stage.begun.session()).status, "completed");
    assert_eq!(stage.client.send(pay(&large())).await.expect("an answer").status, 200);
}

async fn a_rule_taken_out_after_the_refusal(gateways: &Gateways, client: Client) {
    let mut payer = Payer::new(&gateways.lab, client);
    let refused = payer.send(pay(&large())).await;
    at(&mut payer, &gateways.without).await;
    let stage = payer.begin().await;
    assert_eq!(stage.begun.options["stepUp"], Value::Null, "a cookie that means nothing any more");
    let named = Ceremony::Authentication.begin().showing(&[refused.header("countersign-evidence")]);
    let begun = payer.send(named).await;
    assert_eq!((begun.status, &begun.json()["stepUp"]), (200, &Value::Null), "nor when it is named outright");
    assert_eq!(payer.send(pay(&large())).await.status, 200);
}

async fn a_rule_changed_during_the_ceremony(gateways: &Gateways, client: Client) {
    let lab = &gateways.lab;
    let mut payer = Payer::new(lab, client);
    payer.send(pay(&large())).await;
    let mut stage = payer.begin().await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    stage.client.address = gateways.changed.turn().await.address;
    refusal::expect(&stage.finish().await, &["ceremony_expired"]);
    lab.expect_untouched().await;
}

async fn a_rule_changed_after_the_refusal(gateways: &Gateways, client: Client) {
    let mut payer = Payer::new(&gateways.lab, client);
    let refused = payer.send(pay(&large())).await;
    at(&mut payer, &gateways.changed).await;
    let named = Ceremony::Authentication.begin().showing(&[refused.header("countersign-evidence")]);
    refusal::expect(&payer.send(named).await, &["ceremony_expired"]);
    payer.elevate(&gateways.lab, pay(&large())).await;
    assert_eq!(payer.send(pay(&large())).await.status, 200);
}

async fn a_rule_changed_after_the_step_up(gateways: &Gateways, client: Client) {
    let lab = &gateways.lab;
    let mut payer = Payer::elevated(lab, client, pay(&large())).await;
    at(&mut payer, &gateways.changed).await;
    refusal::expect(&payer.send(pay(&large())).await, &["step_up_required"]);
    assert!(lab.arrived(PAYMENTS).await.is_empty());
}
