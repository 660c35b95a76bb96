//! What the IDV API is asked, member by member.

use serde_json::{Value, json};

use crate::support::recorder::Recorder;
use crate::support::world::{
    API_TOKEN, CHALLENGE, Opened, RECOVERY, REGISTRATION, STEP_UP, World, answer, opening, with,
};

rows![
    a_first_registration_brings_an_applicant_and_no_reference,
    an_enrolled_user_brings_the_stored_reference,
    a_reference_from_elsewhere_goes_before_the_stored_one,
    custom_data_and_display_go_along,
    custom_data_goes_along_on_the_phone_and_in_a_recovery,
];

async fn a_first_registration_brings_an_applicant_and_no_reference(world: World) {
    let (recorder, orchestrator) = Recorder::before(&world).await;
    orchestrator.post("/v1/sessions", &opening("registration", "alice")).await;
    let applicant = json!({"first_name": "Passkey", "last_name": "Holder"});
    let run = json!({"workflow_id": REGISTRATION, "applicant_id": "applicant", "customer_user_id": "alice"});
    let wanted = [("/v3.6/applicants", applicant), ("/v3.6/workflow_runs", run)];
    assert_eq!(recorder.take(), wanted.map(|(path, body)| (path.to_owned(), body)));
    // the applicant is known now
    orchestrator.post("/v1/sessions", &opening("registration", "alice")).await;
    assert_eq!(recorder.take().len(), 1);
}

async fn an_enrolled_user_brings_the_stored_reference(world: World) {
    let session = world.enrol("alice", "Y3JlZA").await;
    let reference = reference_of(&world, &session).await;
    let (recorder, orchestrator) = Recorder::before(&world).await;
    let handoff = orchestrator.consumed("alice").await;
    let ceremony = json!({"challenge": CHALLENGE, "rp_id": "localhost"});
    for (name, path, body, workflow) in [
        ("step-up", "/v1/sessions".to_owned(), opening("step_up", "alice"), STEP_UP),
        ("registration", "/v1/sessions".to_owned(), opening("registration", "alice"), REGISTRATION),
        ("cross-platform", format!("{}/authentication", handoff.path()), ceremony, STEP_UP),
        ("recovery", "/v1/recoveries".to_owned(), json!({"external_user_id": "alice"}), RECOVERY),
    ] {
        orchestrator.post(&path, &body).await;
        let [(_, run)] = &recorder.take()[..] else { panic!("one call for {name}") };
        assert_eq!(run["workflow_id"], workflow, "{name}");
        assert_eq!(run["custom_data"], json!({"encrypted_biometric_token": reference}), "{name}");
    }
}

async fn a_reference_from_elsewhere_goes_before_the_stored_one(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let (recorder, orchestrator) = Recorder::before(&world).await;
    let token = json!([{"type": "encrypted_biometric_token", "value": "from elsewhere"}]);
    let prior = json!({"prior_biometric": {"encrypted_biometric_token": token}});
    orchestrator.post("/v1/sessions", &with(opening("registration", "alice"), prior)).await;
    let [(_, run)] = &recorder.take()[..] else { panic!("one call") };
    assert_eq!(run["custom_data"], json!({"encrypted_biometric_token": token}));
}

async fn custom_data_and_display_go_along(world: World) {
    let (recorder, orchestrator) = Recorder::before(&world).await;
    let members = json!({
        "transaction": {"hash": CHALLENGE, "display": "Pay 1500 EUR"},
        "workflow_input": {"custom_data": {"branch": "Wien", "display": "Pay 1 EUR"}},
    });
    orchestrator.post("/v1/sessions", &with(opening("registration", "alice"), members)).await;
    let calls = recorder.take();
    assert_eq!(calls[1].1["custom_data"], json!({"branch": "Wien", "display": "Pay 1500 EUR"}));
}

async fn custom_data_goes_along_on_the_phone_and_in_a_recovery(world: World) {
    let session = world.enrol("alice", "Y3JlZA").await;
    let reference = reference_of(&world, &session).await;
    let (recorder, orchestrator) = Recorder::before(&world).await;
    let handoff = orchestrator.consumed("alice").await;
    let input = json!({"workflow_input": {"custom_data": {"branch": "Wien"}}});
    for (name, path, body) in [
        (
            "phone",
            format!("{}/authentication", handoff.path()),
            json!({"challenge": CHALLENGE, "rp_id": "localhost"}),
        ),
        ("recovery", "/v1/recoveries".to_owned(), json!({"external_user_id": "alice"})),
    ] {
        orchestrator.post(&path, &with(body, input.clone())).await;
        let [(_, run)] = &recorder.take()[..] else { panic!("one call for {name}") };
        let wanted = json!({"branch": "Wien", "encrypted_biometric_token": reference});
        assert_eq!(run["custom_data"], wanted, "{name}");
    }
}

async fn reference_of(world: &World, session: &Opened) -> Value {
    let run = world.http.get(format!("{}/v3.6/workflow_runs/{}", world.idv, session.run_id()));
    let (_, run) = answer(run.header("authorization", format!("Token token={API_TOKEN}"))).await;
    let reference = run["output"]["encrypted_biometric_token"].clone();
    assert!(reference.is_string(), "{run}");
    reference
}
