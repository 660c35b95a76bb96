//! Evidence by cookie, by header, by both.

use countersign_tests::ceremony::{Begun, Ceremony, risky};
use countersign_tests::client::{Carrier, Client};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::refusal;
use countersign_tests::stage::Stage;
use countersign_tests::table;

pub(crate) const ROWS: &[Row] = table![
    a_client_without_a_jar_uses_the_header,
    a_discoverable_sign_in_without_a_jar,
    the_evidence_in_step_up_is_enough,
    both_carriers_may_say_the_same,
    several_in_one_header,
    cookies_do_not_pile_up,
];

async fn a_client_without_a_jar_uses_the_header(lab: &Lab, mut client: Client) {
    client.carrier = Carrier::Header;
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    assert_eq!(stage.finish().await.status, 200);
    assert!(lab.finishes()[0].headers.get("countersign-evidence").is_none());
}

async fn a_discoverable_sign_in_without_a_jar(lab: &Lab, mut client: Client) {
    client.carrier = Carrier::Header;
    let mut stage = Stage::discoverable(lab, client).await;
    refusal::expect(&stage.finish().await, &["step_up_required"]);
    lab.orchestrator.decide(&lab.orchestrator.sessions()[0].id, "matched");
    assert_eq!(stage.finish().await.status, 200);
}

async fn the_evidence_in_step_up_is_enough(lab: &Lab, mut client: Client) {
    client.carrier = Carrier::Nothing;
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    let evidence = stage.begun.options["stepUp"]["evidence"].as_str().expect("evidence").to_owned();
    let finish = stage.honest().header("countersign-evidence", evidence);
    assert_eq!(stage.send(finish).await.expect("an answer").status, 200);
}

async fn both_carriers_may_say_the_same(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    let finish = stage.honest().header("countersign-evidence", stage.client.evidence[0].clone());
    assert_eq!(stage.send(finish).await.expect("an answer").status, 200);
}

async fn several_in_one_header(lab: &Lab, mut client: Client) {
    client.carrier = Carrier::Header;
    let mut stage = Stage::step_up(lab, client).await;
    let mut evidence = stage.client.evidence.clone();
    Begun::by(&mut stage.client, risky(Ceremony::Authentication.begin())).await.expect("an answer");
    evidence.extend(stage.client.evidence.clone());
    stage.client.evidence = evidence;
    lab.orchestrator.decide(stage.begun.session(), "matched");
    assert_eq!(stage.finish().await.status, 200);
}

async fn cookies_do_not_pile_up(lab: &Lab, client: Client) {
    let mut stage = Stage::step_up(lab, client).await;
    for _ in 0..11 {
        stage.begun =
            Begun::by(&mut stage.client, risky(Ceremony::Authentication.begin())).await.expect("an answer");
    }
    let held = stage.client.evidence_cookies().len();
    assert!(held <= 8, "{held} evidence cookies");
    lab.orchestrator.decide(stage.begun.session(), "matched");
    assert_eq!(stage.finish().await.status, 200, "the newest is among them");
}
