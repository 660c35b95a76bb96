//! Whole configurations: what loads, and as what.

mod errors;
mod example;
mod identity_provider;
mod orchestrators;

use super::ConfigError;
use crate::policy::Policy;

/// 32 bytes in base64.
const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

fn environment(name: &str) -> Option<String> {
    let value = match name {
        "COUNTERSIGN_SEAL_KEY" | "COUNTERSIGN_SURROGATE_KEY" => KEY,
        "COUNTERSIGN_ORCHESTRATOR_TOKEN" => "t0ken\n",
        "COUNTERSIGN_WEBHOOK_TOKEN" => "YKOC6mkBxi6yK2zlUIrLMvsJMFEZObP5\n",
        "FIFTEEN" => "fifteen letters",
        "SHORT" => "c2hvcnQ=",
        "EMPTY" => "",
        "UNREADABLE" => "not base64!",
        "TWO_LINES" => "one\ntwo",
        _ => return None,
    };
    Some(value.to_owned())
}

fn load(text: &str) -> Result<Policy, Vec<ConfigError>> {
    Policy::load(text.as_bytes(), &environment)
}
