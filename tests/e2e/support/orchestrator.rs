//! The orchestrator's stand-in, asked without a gateway: it answers as section 8 has it.

use countersign_tests::client::{Answer, Ask, Client};
use countersign_tests::encoding::{base64url, random};
use countersign_tests::lab::{Lab, Row};
use countersign_tests::orchestrator::{Fault, Operation, TOKEN};
use countersign_tests::table;
use serde_json::{Value, json};

pub(crate) const ROWS: &[Row] = table![
    a_session_is_completed_once,
    an_idempotency_key_gets_the_stored_answer,
    a_handoff_follows_its_session,
    a_token_is_consumed_once,
    a_recovery_is_exchanged_and_completed,
    a_recovery_of_another_face,
    an_elevation_is_consumed_once,
    every_post_has_a_key_and_every_call_a_token,
];

/// A caller of the stand-in, with the bearer token and fresh keys.
struct Caller(Client);

impl Caller {
    fn of(lab: &Lab) -> Self {
        Self(Client::new(lab.orchestrator.address(), "orchestrator"))
    }

    async fn post(&mut self, path: &str, body: &Value) -> (u16, Value) {
        self.with_key(path, body, &base64url(random::<9>())).await.expect("an answer")
    }

    async fn with_key(&mut self, path: &str, body: &Value, key: &str) -> Option<(u16, Value)> {
        let ask = Ask::post(path, body)
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("idempotency-key", key);
        let answer = self.0.send(ask).await.ok()?;
        Some(told(&answer))
    }

    async fn get(&mut self, path: &str) -> (u16, Value) {
        let ask = Ask::get(path).header("authorization", format!("Bearer {TOKEN}"));
        told(&self.0.send(ask).await.expect("an answer"))
    }
}

/// The status and, of a refusal, its code alone.
fn told(answer: &Answer) -> (u16, Value) {
    let body = answer.json();
    (answer.status, body.pointer("/error/code").cloned().unwrap_or(body))
}

fn text(answer: &Value, member: &str) -> String {
    answer[member].as_str().unwrap_or_else(|| panic!("no {member} in {answer}")).to_owned()
}

fn challenge() -> String {
    base64url(random::<32>())
}

async fn opened(caller: &mut Caller, flow: &str) -> String {
    let body = json!({
        "flow": flow, "external_user_id": "ann", "rp_id": "bank.example", "challenge": challenge(),
    });
    text(&caller.post("/v1/sessions", &body).await.1, "id")
}

async fn a_session_is_completed_once(lab: &Lab, _: Client) {
    let mut caller = Caller::of(lab);
    let id = opened(&mut caller, "step_up").await;
    let (path, body) = (format!("/v1/sessions/{id}/complete"), json!({ "credential_id": "x" }));
    assert_eq!(caller.post(&path, &body).await, (409, json!("not_ready")));
    lab.orchestrator.decide(&id, "matched");
    assert_eq!(caller.post(&path, &body).await, (200, json!({ "status": "completed" })));
    assert_eq!(caller.post(&path, &body).await, (409, json!("already_completed")));
}

async fn an_idempotency_key_gets_the_stored_answer(lab: &Lab, _: Client) {
    let mut caller = Caller::of(lab);
    let id = opened(&mut caller, "step_up").await;
    lab.orchestrator.decide(&id, "matched");
    let (path, body) = (format!("/v1/sessions/{id}/complete"), json!({ "credential_id": "x" }));
    lab.orchestrator.breaks(Operation::Complete, Fault::CutInBody);
    assert_eq!(caller.with_key(&path, &body, "c").await, None);
    lab.orchestrator.heals();
    assert_eq!(caller.with_key(&path, &body, "c").await, Some((200, json!({ "status": "completed" }))));
    assert_eq!(caller.with_key(&path, &body, "d").await, Some((409, json!("already_completed"))));
}

/// A hand-off whose token was consumed.
async fn consumed(caller: &mut Caller) -> String {
    let (status, handoff) = caller.post("/v1/handoffs", &json!({ "external_user_id": "ann" })).await;
    assert_eq!(status, 201, "{handoff}");
    let id = text(&handoff, "id");
    assert_eq!(caller.get(&format!("/v1/handoffs/{id}")).await.1["status"], "waiting");
    let token = json!({ "handoff_token": text(&handoff, "handoff_token") });
    let consumed = caller.post("/v1/handoffs/consume", &token).await;
    assert_eq!(consumed, (200, json!({ "id": id, "external_user_id": "ann" })));
    id
}

async fn a_handoff_follows_its_session(lab: &Lab, _: Client) {
    let mut caller = Caller::of(lab);
    let handoff = consumed(&mut caller).await;
    let path = format!("/v1/handoffs/{handoff}");
    let begin = json!({ "challenge": challenge(), "rp_id": "bank.example" });
    let (status, session) = caller.post(&format!("{path}/authentication"), &begin).await;
    assert_eq!(status, 201, "{session}");
    let id = text(&session, "id");
    assert_eq!(lab.orchestrator.session(&id).flow, "cross_platform");
    assert_eq!(lab.orchestrator.session(&id).external_user_id, "ann");
    assert_eq!(caller.post(&format!("{path}/authentication"), &begin).await, (409, json!("already_opened")));
    for (word, expected) in [("pending", "consumed"), ("not_matched", "not_matched"), ("matched", "matched")]
    {
        lab.orchestrator.decide(&id, word);
        assert_eq!(caller.get(&path).await, (200, json!({ "id": handoff, "status": expected })));
    }
    caller.post(&format!("/v1/sessions/{id}/complete"), &json!({ "credential_id": "x" })).await;
    let done = caller.get(&path).await.1;
    assert_eq!(done["status"], "completed");
    assert!(done["completed_at"].is_string(), "{done}");
    assert_eq!(lab.orchestrator.credential("x"), None, "whose it is does not change");
}

async fn a_token_is_consumed_once(lab: &Lab, _: Client) {
    let mut caller = Caller::of(lab);
    consumed(&mut caller).await;
    let token = json!({ "handoff_token": lab.orchestrator.handoff().token });
    assert_eq!(caller.post("/v1/handoffs/consume", &token).await, (409, json!("already_consumed")));
    for stage in ["expired", "cancelled"] {
        let handoff = caller.post("/v1/handoffs", &json!({ "external_user_id": "bob" })).await.1;
        lab.orchestrator.ends_handoff(&text(&handoff, "id"), stage);
        let token = json!({ "handoff_token": text(&handoff, "handoff_token") });
        assert_eq!(caller.post("/v1/handoffs/consume", &token).await, (409, json!(stage)));
    }
    let unknown = json!({ "handoff_token": "hft_unknown" });
    assert_eq!(caller.post("/v1/handoffs/consume", &unknown).await, (404, json!("not_found")));
}

/// A recovery that was opened: its id and its continuation.
async fn recovering(caller: &mut Caller) -> (String, Value) {
    let (status, recovery) = caller.post("/v1/recoveries", &json!({ "external_user_id": "ann" })).await;
    assert_eq!(status, 201, "{recovery}");
    (text(&recovery, "id"), json!({ "continuation": text(&recovery["client"], "continuation") }))
}

async fn a_recovery_is_exchanged_and_completed(lab: &Lab, _: Client) {
    let mut caller = Caller::of(lab);
    let (id, continuation) = recovering(&mut caller).await;
    let exchange = format!("/v1/recoveries/{id}/exchange");
    assert_eq!(caller.post(&exchange, &continuation).await, (409, json!("not_ready")));
    lab.orchestrator.decide(&id, "matched");
    let status = caller.get(&format!("/v1/sessions/{id}")).await.1;
    assert_eq!(
        status,
        json!({ "id": id, "flow": "recovery", "external_user_id": "ann", "status": "matched" })
    );
    let complete = format!("/v1/sessions/{id}/complete");
    let credential = json!({ "credential_id": "new", "public_key": "pk" });
    assert_eq!(caller.post(&complete, &credential).await, (409, json!("not_ready")));
    let foreign = json!({ "continuation": "cnt_other" });
    assert_eq!(caller.post(&exchange, &foreign).await, (403, json!("continuation_invalid")));
    assert_eq!(caller.post(&exchange, &continuation).await.0, 200);
    assert_eq!(caller.post(&exchange, &continuation).await, (409, json!("already_exchanged")));
    assert_eq!(caller.post(&complete, &credential).await.0, 200);
    assert_eq!(
        lab.orchestrator.credential("new"),
        Some(json!({ "external_user_id": "ann", "public_key": "pk" }))
    );
}

async fn a_recovery_of_another_face(lab: &Lab, _: Client) {
    let mut caller = Caller::of(lab);
    let (id, continuation) = recovering(&mut caller).await;
    lab.orchestrator.decide(&id, "not_matched");
    let exchanged = caller.post(&format!("/v1/recoveries/{id}/exchange"), &continuation).await;
    assert_eq!(exchanged, (403, json!("recovery_match_failed")));
}

async fn an_elevation_is_consumed_once(lab: &Lab, _: Client) {
    let mut caller = Caller::of(lab);
    assert_eq!(caller.post("/v1/elevations/elv_1/consume", &json!({})).await, (204, Value::Null));
    assert_eq!(
        caller.post("/v1/elevations/elv_1/consume", &json!({})).await,
        (409, json!("already_consumed"))
    );
    assert_eq!(caller.post("/v1/elevations/elv_2/consume", &json!({})).await.0, 204);
}

async fn every_post_has_a_key_and_every_call_a_token(lab: &Lab, _: Client) {
    let mut caller = Caller::of(lab);
    let nameless = Ask::post("/v1/handoffs", &json!({ "external_user_id": "ann" }));
    assert_eq!(
        told(&caller.0.send(nameless.clone()).await.expect("an answer")),
        (401, json!("unauthorized"))
    );
    let keyless = nameless.header("authorization", format!("Bearer {TOKEN}"));
    let answer = caller.0.send(keyless).await.expect("an answer");
    assert_eq!(told(&answer), (400, json!("idempotency_key_missing")));
}
