//! An access token that the orchestrator gives for the asking: without one nothing is asked, and the client is told
//! as if the orchestrator had been silent.

use countersign_tests::lab::Plan;
use countersign_tests::orchestrator::{Fault, Operation};
use serde_json::{Value, json};

use super::common::{self, Case, When, broken};

const UNAVAILABLE: &[&str] = &["orchestrator_unavailable"];

/// A gateway that has to ask for a token before each call.
pub(crate) fn plan(waits: bool) -> Plan {
    let change = |plugin: &mut Value| {
        let orchestrator = &mut plugin["orchestrator"];
        orchestrator["timeout"] = common::TIMEOUT_TEXT.into();
        orchestrator["credentials"] = json!({
            "client_id": { "env": "COUNTERSIGN_CLIENT_ID" },
            "client_secret": { "env": "COUNTERSIGN_CLIENT_SECRET" },
        });
        orchestrator["token"] = json!({
            "path": "/oauth/token",
            "form": { "client_id": "{client_id}", "client_secret": "{client_secret}" },
            "token": "/access_token",
            "expires_in": "/expires_in",
        });
    };
    Plan::with(change).headers_can_wait(waits)
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (prefix, when) in [
        ("begin", When::Begin),
        ("finish", When::Finish),
        ("open_handoff", When::OpenHandoff),
        ("take_over", When::TakeOver),
        ("recover", When::Recover),
        ("replace", When::Replace),
    ] {
        let mut those = broken(when, Operation::Token, 200, UNAVAILABLE);
        for (name, token) in
            [("empty", json!("")), ("a_number", json!(7)), ("a_line_end", json!("a\r\nx: y"))]
        {
            let fault = Fault::edited(move |json| json["access_token"] = token.clone());
            those.push(Case::fault(format!("token_is_{name}"), when, Operation::Token, fault, UNAVAILABLE));
        }
        cases.extend(those.into_iter().map(|case| case.named(|name| format!("{prefix}_{name}"))));
    }
    cases
}
