//! Configurations that must load.

use std::collections::BTreeMap;

use countersign_tests::binaries;
use countersign_tests::envoy::{Envoy, Setup};
use countersign_tests::plugin;
use countersign_tests::suite::Suite;

use super::setup;

pub(crate) fn add(suite: &mut Suite) {
    suite.row("right/the_design_s_example", || async {
        let mut plugin = plugin::configuration();
        plugin["guards"] = plugin::guards();
        let payment = serde_json::json!({
            "id": "payment", "relying_party": "bank", "require": "step_up", "max_age": "2m",
            "resource": { "methods": ["POST"], "path": "/api/payments" },
            "when": { "all": [
                { "body": "/amount", "greater_than": 1000 }, { "body": "/currency", "equals": "EUR" } ] },
            "acr": "urn:countersign:acr:biometric",
            "transaction": {
                "members": ["/amount", "/currency", "/payee"], "display": "Pay {/amount} {/currency} to {/payee}" },
        });
        plugin["rules"].as_array_mut().expect("rules").push(payment);
        accepted(&setup(plugin)).await;
    });
    suite.row("right/the_same_as_a_struct", || async {
        accepted(&Setup { plugin_as_struct: true, ..setup(plugin::configuration()) }).await;
    });
    suite.row("right/the_same_without_waiting_headers", || async {
        let mut plugin = plugin::configuration();
        plugin["headers_can_wait"] = false.into();
        accepted(&Setup { headers_can_wait: false, ..setup(plugin) }).await;
    });
    suite.row("right/envoy.yaml", envoy_yaml);
}

async fn accepted(setup: &Setup) {
    let verdict = Envoy::validate(setup).await;
    assert!(verdict.accepted, "{}", verdict.output);
    assert!(!verdict.output.contains("countersign: configuration: "), "a warning:\n{}", verdict.output);
}

/// The file as it ships, but for where the built filter is.
async fn envoy_yaml() {
    let path = binaries::root().join("envoy/envoy.yaml");
    let text = std::fs::read_to_string(&path).expect("envoy/envoy.yaml can be read");
    assert!(text.contains("dist/countersign.wasm"), "it names the filter");
    let filter = binaries::filter();
    let text = text.replace("dist/countersign.wasm", filter.to_str().expect("a path in UTF-8"));
    let environment: BTreeMap<String, String> = plugin::environment();
    let verdict = Envoy::validate_text(&text, &environment).await;
    assert!(verdict.accepted, "{}", verdict.output);
}
