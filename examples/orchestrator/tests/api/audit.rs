//! What gateways decided is kept once, and only as it should be.

use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::support::world::{World, answer, code};

rows![
    a_decision_is_kept_as_it_was_told,
    a_decision_that_is_told_again_is_kept_once,
    workers_do_not_meet,
    a_batch_is_exactly_what_it_should_be,
    nobody_else_may_tell,
];

const SOURCE: &str = "11111111-2222-4333-8444-555555555555";

fn event(sequence: u32) -> Value {
    json!({
        "sequence": sequence, "at": 1_800_000_000, "relying_party": "bank", "flow": "step_up", "rule": "risky-sign-in",
        "decision": "refused", "code": "biometric_mismatch", "session": "AAECAwQFBgcICQoLDA0ODx",
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "instance": "66666666-2222-4333-8444-555555555555",
    })
}

fn batch(source: &str, gap: u32, events: &[Value]) -> Value {
    json!({ "source": source, "gap": gap, "events": events })
}

async fn tell(world: &World, batch: &Value) -> (StatusCode, String) {
    let (status, body) = answer(world.request(Method::POST, "/v1/audit").json(batch)).await;
    (status, if body.is_null() { String::new() } else { code(&body) })
}

async fn kept(world: &World) -> Vec<Map<String, Value>> {
    world.service.store.decisions(("", 0), 1000).await.unwrap()
}

fn with(mut event: Value, name: &str, value: Value) -> Value {
    event[name] = value;
    event
}

const TAKEN: (StatusCode, String) = (StatusCode::NO_CONTENT, String::new());

async fn a_decision_is_kept_as_it_was_told(world: World) {
    let small = json!({ "sequence": 4, "at": 5, "decision": "routine", "code": "passed" });
    assert_eq!(tell(&world, &batch(SOURCE, 2, &[event(3), small.clone()])).await, TAKEN);
    let first = with(with(event(3), "source", json!(SOURCE)), "gap", json!(2));
    assert_eq!(json!(kept(&world).await), json!([first, with(small, "source", json!(SOURCE))]));
}

async fn a_decision_that_is_told_again_is_kept_once(world: World) {
    assert_eq!(tell(&world, &batch(SOURCE, 0, &[event(1), event(2)])).await, TAKEN);
    assert_eq!(tell(&world, &batch(SOURCE, 0, &[event(1), event(2), event(3)])).await, TAKEN);
    let twin = world.twin().await;
    let (first, second) = (batch(SOURCE, 0, &[event(3), event(4)]), batch(SOURCE, 0, &[event(4)]));
    let both = tokio::join!(tell(&world, &first), tell(&twin, &second));
    assert_eq!(both, (TAKEN, TAKEN));
    let numbers: Vec<Value> = kept(&world).await.iter().map(|kept| kept["sequence"].clone()).collect();
    assert_eq!(json!(numbers), json!([1, 2, 3, 4]));
}

async fn workers_do_not_meet(world: World) {
    let other = "99999999-2222-4333-8444-555555555555";
    for source in [SOURCE, other] {
        assert_eq!(tell(&world, &batch(source, 0, &[event(1)])).await, TAKEN);
    }
    assert_eq!(kept(&world).await.len(), 2);
    let after = world.service.store.decisions((SOURCE, 1), 1000).await.unwrap();
    assert_eq!((after.len(), &after[0]["source"]), (1, &json!(other)));
}

async fn a_batch_is_exactly_what_it_should_be(world: World) {
    let many: Vec<Value> = (1..=1001)
        .map(|n| json!({"sequence": n, "at": 1, "decision": "routine", "code": "passed"}))
        .collect();
    let mut rows = vec![
        ("no event", batch(SOURCE, 0, &[])),
        ("too many", batch(SOURCE, 0, &many)),
        ("number 0", batch(SOURCE, 0, &[event(0)])),
        ("out of order", batch(SOURCE, 0, &[event(2), event(1)])),
        ("a number twice", batch(SOURCE, 0, &[event(1), event(1)])),
        ("a source that is none", batch("worker-1", 0, &[event(1)])),
        ("a gap below zero", json!({ "source": SOURCE, "gap": -1, "events": [event(1)] })),
        ("no gap", json!({ "source": SOURCE, "events": [event(1)] })),
        ("an unknown member", json!({ "source": SOURCE, "gap": 0, "events": [event(1)], "user": "ann" })),
    ];
    let wrong = [
        ("user", json!("ann")),
        ("decision", json!("maybe")),
        ("flow", json!("none")),
        ("code", json!("No such thing")),
        ("session", json!("ses_AAECAwQFBgcICQoLDA0ODw")),
        ("trace_id", json!("0".repeat(32))),
        ("instance", json!("urn:uuid:66666666-2222-4333-8444-555555555555")),
        ("rule", json!("a rule")),
        ("relying_party", json!("")),
        ("at", json!("now")),
    ];
    for (name, value) in wrong {
        rows.push((name, batch(SOURCE, 0, &[with(event(1), name, value)])));
    }
    for (name, batch) in rows {
        let wanted = (StatusCode::BAD_REQUEST, "malformed_request".to_owned());
        assert_eq!(tell(&world, &batch).await, wanted, "{name}");
    }
    assert_eq!(kept(&world).await.len(), 0, "not even a part of a batch");
}

async fn nobody_else_may_tell(world: World) {
    let one = batch(SOURCE, 0, &[event(1)]);
    let url = format!("{}/v1/audit", world.base);
    let (status, body) = answer(world.http.post(&url).bearer_auth("another").json(&one)).await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::UNAUTHORIZED, "unauthorized"));
    let as_text = world.request(Method::POST, "/v1/audit").header("content-type", "text/plain");
    let (status, body) = answer(as_text.body(one.to_string())).await;
    assert_eq!(
        (status, code(&body).as_str()),
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type")
    );
    assert!(kept(&world).await.is_empty());
}
