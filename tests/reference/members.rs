//! Every member of a configuration, by asking the code that reads one: which it knows, which it misses, and what
//! it says should stand there.

use countersign::config::ConfigError;
use countersign::policy::Policy;
use serde_json::{Map, Value};

/// A configuration in which every object stands once.
const SAMPLE: &str = include_str!("sample.json");
/// Far from every name, so that the reader lists all it knows.
const UNKNOWN: &str = "is there a member of this name?";

/// How the reader answers to a member that it knows, in a place where it means nothing.
const MISPLACED: [&str; 3] = ["did you mean", "take it out", "`ceremony` or `resource`"];

/// Objects in the order of the page: what they are called there, and where the sample has them.
const PLACES: &[(&str, &str)] = &[
    ("Top level", ""),
    ("`explain`", "/explain"),
    ("`relying_parties.<name>`", "/relying_parties/bank"),
    ("`relying_parties.<name>.session`", "/relying_parties/bank/session"),
    ("`relying_parties.<name>.user[]`", "/relying_parties/bank/user/1"),
    ("`relying_parties.<name>.user[].introspect`", "/relying_parties/bank/user/0/introspect"),
    ("`relying_parties.<name>.ceremonies`", "/relying_parties/bank/ceremonies"),
    ("`ceremonies.endpoints[]`, a begin", "/relying_parties/bank/ceremonies/endpoints/0"),
    ("`ceremonies.endpoints[]`, a finish", "/relying_parties/bank/ceremonies/endpoints/1"),
    ("`options` and `credential` inside a text", "/relying_parties/bank/ceremonies/endpoints/0/options"),
    ("`ceremonies.endpoints[].accepted`", "/relying_parties/bank/ceremonies/endpoints/1/accepted"),
    ("`rules[]`, of a ceremony", "/rules/0"),
    ("`rules[]`, of a resource", "/rules/1"),
    ("`rules[].resource`", "/rules/1/resource"),
    ("`rules[].transaction`", "/rules/1/transaction"),
    ("`rules[].when`", "/rules/0/when"),
    ("`rules[].workflow_input`", "/rules/0/workflow_input"),
    ("`orchestrator`", "/orchestrator"),
    ("`orchestrator.credentials`", "/orchestrator/credentials"),
    ("`orchestrator.token`", "/orchestrator/token"),
    ("`orchestrator.operations.<name>`", "/orchestrator/operations/status"),
    ("`orchestrator.operations.<name>.answer`", "/orchestrator/operations/status/answer"),
    ("`orchestrator.operations.<name>.refusals`", "/orchestrator/operations/status/refusals"),
    ("`orchestrator.operations.<name>.first[]`", "/orchestrator/operations/status/first/0"),
    ("`orchestrator.verdict_keys[]`", "/orchestrator/verdict_keys/0"),
    ("`keys`", "/keys"),
    ("`keys.seal[]`, `keys.assertion[]`", "/keys/seal/0"),
    ("`keys.surrogate`", "/keys/surrogate"),
    ("`handoff`", "/handoff"),
    ("`handoff.push`", "/handoff/push"),
    ("`limits`", "/limits"),
    ("`audit`", "/audit"),
    ("`guards[].webhook`", "/guards/0/webhook"),
    ("`guards[].webhook.secrets[]`", "/guards/0/webhook/secrets/0"),
    ("`guards[].core_api`", "/guards/1/core_api"),
];

pub(crate) fn text() -> String {
    assert_eq!(errors(&sample()), [], "the sample loads");
    let tables: Vec<String> =
        PLACES.iter().map(|(heading, place)| format!("## {heading}\n\n{}", table(place))).collect();
    tables.join("\n")
}

fn table(place: &str) -> String {
    let rows = known(place).into_iter().filter_map(|member| {
        let wanted = wanted(place, &member);
        if MISPLACED.iter().any(|help| wanted.starts_with(help)) {
            return None;
        }
        let needed = if is_needed(place, &member) { "yes" } else { "" };
        Some(format!("| `{member}` | {needed} | {} |\n", wanted.replace('|', "\\|")))
    });
    format!("| member | needed | what stands there |\n|---|---|---|\n{}", rows.collect::<Vec<_>>().concat())
}

/// The names that the reader lists when it meets one that it does not know.
fn known(place: &str) -> Vec<String> {
    let asked = changed(place, |object| drop(object.insert(UNKNOWN.to_owned(), 0.into())));
    let help =
        help(&asked, &format!("{place}/{UNKNOWN}")).unwrap_or_else(|| panic!("{place}: knows every name"));
    help.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn is_needed(place: &str, member: &str) -> bool {
    let without = changed(place, |object| drop(object.remove(member)));
    let path = format!("{place}/{member}");
    errors(&without).iter().any(|error| error.path == path && error.message == "it is missing")
}

/// What the reader asks for where it finds something else. Where the other members are in the way, it is asked alone,
/// or with what a condition's fact or test needs beside it.
fn wanted(place: &str, member: &str) -> String {
    let path = format!("{place}/{member}");
    let asked = [Value::Array(Vec::new()), Value::Bool(false)].into_iter().find_map(|wrong| {
        let with = |others: Map<String, Value>| {
            let put = |object: &mut Map<String, Value>| {
                *object = others;
                object.insert(member.to_owned(), wrong.clone());
            };
            help(&changed(place, put), &path)
        };
        let beside = changed(place, |object| drop(object.insert(member.to_owned(), wrong.clone())));
        let others = ["{}", r#"{"equals": "high"}"#, r#"{"body": "/amount"}"#].map(serde_json::from_str);
        help(&beside, &path)
            .or_else(|| others.into_iter().find_map(|others| with(others.expect("an object"))))
    });
    let asked = asked.unwrap_or_default();
    asked.strip_prefix("write ").unwrap_or(&asked).to_owned()
}

fn help(configuration: &Value, path: &str) -> Option<String> {
    errors(configuration).into_iter().find(|error| error.path == path).map(|error| error.help)
}

fn changed(place: &str, change: impl FnOnce(&mut Map<String, Value>)) -> Value {
    let mut configuration = sample();
    let object = configuration.pointer_mut(place).and_then(Value::as_object_mut);
    change(object.unwrap_or_else(|| panic!("{place}: no object of the sample")));
    configuration
}

fn sample() -> Value {
    serde_json::from_str(SAMPLE).expect("the sample is JSON")
}

fn errors(configuration: &Value) -> Vec<ConfigError> {
    Policy::load(configuration.to_string().as_bytes(), &environment).err().unwrap_or_default()
}

/// A key is base64 of 32 bytes, a secret is text.
fn environment(name: &str) -> Option<String> {
    match name {
        "KEY" => Some("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=".to_owned()),
        "SECRET" => Some("sixteen letters!".to_owned()),
        _ => None,
    }
}
