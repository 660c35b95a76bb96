//! The relying party's own `/me`, asked by the gateway: a user source that is broken names nobody, and does
//! not give way to the next one.

use countersign_tests::relying_party::Reply;
use serde_json::{Value, json};

use super::common::{Case, When};

/// The contract has no code of its own for this; what matters is that nothing leaves.
const CODES: &[&str] = &["user_unknown", "relying_party_unreadable", "orchestrator_unavailable"];

pub(crate) fn cases() -> Vec<Case> {
    let answered = |name: &str, reply: Reply| {
        Case::broken_by(name, When::BeginRegistration, CODES, move |lab| {
            lab.relying_party.answers("GET /me", reply.clone());
            Box::pin(async {})
        })
    };
    let json = |name: &str, body: Value| answered(name, Reply::json(200, &body));
    let cut = Reply { cut: true, ..Reply::json(200, &json!({ "id": "ann-f00d" })) };
    vec![
        answered("status_500", Reply::json(500, &json!({ "error": "oops" }))),
        answered("status_503", Reply::new(503, "text/plain", "")),
        answered("garbage", Reply::new(200, "text/html", "<html>")),
        answered("cut_in_the_body", cut),
        answered("slow", Reply { stalls: true, ..Reply::new(200, "application/json", "{") }),
        answered("three_megabytes", Reply::new(200, "application/json", vec![b' '; 3_000_000])),
        answered("user_twice", Reply::new(200, "application/json", r#"{"id":"bob-beef","id":"ann-f00d"}"#)),
        json("user_is_a_list", json!({ "id": ["ann-f00d"] })),
    ]
}
