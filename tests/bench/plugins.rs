//! How Countersign is configured, listener by listener.

use countersign_tests::plugin;
use countersign_tests::resource::PAYMENTS;
use serde_json::{Value, json};

use crate::traffic::ACCOUNT;
use crate::upstream::Upstreams;

/// The tests' configuration; no user source but introspection, so that a guarded finish makes two calls.
pub(crate) fn plain() -> Value {
    let mut configuration = plugin::configuration();
    configuration["relying_parties"]["bank"]["user"] =
        json!([{ "introspect": { "method": "GET", "path": "/me", "pointer": "/id" } }]);
    configuration
}

/// It asks the orchestrator whose a credential is, and so learns its key.
pub(crate) fn keys() -> Value {
    let mut configuration = plain();
    let sources = &mut configuration["relying_parties"]["bank"]["user"];
    sources.as_array_mut().expect("sources").push(json!({ "credential_owner": true }));
    configuration
}

/// It takes signed verdicts only.
pub(crate) fn signed(upstreams: &Upstreams) -> Value {
    let mut configuration = plain();
    configuration["orchestrator"]["cluster"] = "signing".into();
    configuration["orchestrator"]["verdict_keys"] = json!([upstreams.signer.jwk()]);
    configuration
}

/// [`ACCOUNT`] is for whoever has stepped up; there is no transaction, so nobody has to be asked.
pub(crate) fn resource() -> Value {
    with_rules([step_up("account", &json!({ "methods": ["GET"], "path": ACCOUNT }))])
}

/// [`PAYMENTS`] above 1000 are for whoever has stepped up.
pub(crate) fn payments() -> Value {
    let rule = step_up("payment", &json!({ "methods": ["POST"], "path": PAYMENTS }));
    with_rules([applying(rule, 1000)])
}

/// So many rules on other paths than [`ACCOUNT`], and as close to it as can be: beside it, below it, and behind a
/// capture that its segment fits.
pub(crate) fn elsewhere(count: usize) -> Value {
    with_rules((0..count).map(|number| {
        let path = match number % 3 {
            0 => format!("{ACCOUNT}-{number}"),
            1 => format!("{ACCOUNT}/{{id}}/part-{number}"),
            _ => format!("/{{tenant}}/service-{number}"),
        };
        applying(step_up(&format!("rule-{number}"), &json!({ "path": path })), number)
    }))
}

fn with_rules(rules: impl IntoIterator<Item = Value>) -> Value {
    let mut configuration = plain();
    configuration["rules"].as_array_mut().expect("rules").extend(rules);
    configuration
}

fn step_up(id: &str, resource: &Value) -> Value {
    json!({ "id": id, "relying_party": "bank", "resource": resource, "require": "step_up" })
}

/// To bodies with a larger amount only.
fn applying(mut rule: Value, above: usize) -> Value {
    rule["when"] = json!({ "body": "/amount", "greater_than": above });
    rule
}
