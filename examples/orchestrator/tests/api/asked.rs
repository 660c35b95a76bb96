//! What the IDV API is asked, member by member.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::{Json, Router};
use countersign_orchestrator::ident::fresh_uuid;
use countersign_orchestrator::serve;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::support::world::{
    API_TOKEN, CHALLENGE, KEY, Opened, REGISTRATION, STEP_UP, World, answer, opening, run, with,
};

rows![
    a_first_registration_brings_an_applicant_and_no_reference,
    an_enrolled_user_brings_the_stored_reference,
    a_reference_from_elsewhere_goes_before_the_stored_one,
    custom_data_and_display_go_along,
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
    let session = world.open("registration", "alice").await;
    world.capture(&session, "mine").await;
    world.complete(&session, "Y3JlZA").await;
    let reference = reference_of(&world, &session).await;
    let (recorder, orchestrator) = Recorder::before(&world).await;
    for (flow, workflow) in [("step_up", STEP_UP), ("registration", REGISTRATION)] {
        orchestrator.post("/v1/sessions", &opening(flow, "alice")).await;
        let [(_, run)] = &recorder.take()[..] else { panic!("one call for {flow}") };
        assert_eq!(run["workflow_id"], workflow);
        assert_eq!(run["custom_data"], json!({"encrypted_biometric_token": reference}), "{flow}");
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

async fn reference_of(world: &World, session: &Opened) -> Value {
    let run = world.http.get(format!("{}/v3.6/workflow_runs/{}", world.idv, session.run_id()));
    let (_, run) = answer(run.header("authorization", format!("Token token={API_TOKEN}"))).await;
    let reference = run["output"]["encrypted_biometric_token"].clone();
    assert!(reference.is_string(), "{run}");
    reference
}

/// An IDV API that writes down what it is asked.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<(String, Value)>>>);

impl Recorder {
    async fn before(world: &World) -> (Self, World) {
        let recorder = Self::default();
        let router = Router::new().fallback(record).with_state(recorder.clone());
        let (listener, address) = serve::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let stop: oneshot::Sender<()> = run(listener, router);
        let idv = format!("http://{address}");
        let mut asking = World::before(&world.database, &idv, world.clock.clone(), KEY, None).await;
        asking.servers.push(stop);
        (recorder, asking)
    }

    fn take(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

async fn record(
    State(recorder): State<Recorder>,
    uri: Uri,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> (StatusCode, Json<Value>) {
    if headers["authorization"] != format!("Token token={API_TOKEN}") {
        return (StatusCode::UNAUTHORIZED, Json(json!({})));
    }
    let mut calls = recorder.0.lock().unwrap();
    calls.push((uri.path().to_owned(), body.clone()));
    let mut answer = body;
    answer["id"] = json!(if uri.path().ends_with("applicants") {
        "applicant".to_owned()
    } else {
        fresh_uuid().unwrap()
    });
    answer["status"] = json!("awaiting_input");
    (StatusCode::CREATED, Json(answer))
}
