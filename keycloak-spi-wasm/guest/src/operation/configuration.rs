//! `configuration`: whether a configuration loads, and what is wrong with it.

use countersign::config::ConfigError;
use countersign::json::{Object, Value};
use countersign::policy::{Enforcement, IdentityProvider};
use countersign::refusal::{Code, Refusal};

use crate::document::{Members, malformed};

/// Members by which a document says which configuration counts.
pub(super) const MEMBERS: [&str; 2] = ["configuration", "environment"];

pub(super) fn perform(document: &Object) -> Result<Object, Refusal> {
    let document = Members::of(document, &[&["op"], &MEMBERS[..]].concat())?;
    let mut answer = Object::default();
    match read(&document)? {
        Ok(loaded) => answer.insert("loaded", Value::Object(described(&loaded))),
        Err(errors) => answer.insert("errors", Value::Array(errors.iter().map(error).collect())),
    }
    Ok(answer)
}

/// The configuration that a decision is made by. One that does not load refuses.
pub(super) fn load(document: &Members<'_>) -> Result<IdentityProvider, Refusal> {
    read(document)?.map_err(|_| unloaded())
}

pub(super) fn unloaded() -> Refusal {
    Refusal::new(Code::OrchestratorUnavailable, "the configuration does not load")
}

fn read(document: &Members<'_>) -> Result<Result<IdentityProvider, Vec<ConfigError>>, Refusal> {
    let text = document.text("configuration")?;
    let environment = document.any_object("environment")?;
    if environment.iter().any(|(_, value)| value.as_str().is_none()) {
        return Err(malformed("environment"));
    }
    let variable = |name: &str| environment.get(name).and_then(Value::as_str).map(str::to_owned);
    Ok(IdentityProvider::load(text.as_bytes(), &variable))
}

fn described(loaded: &IdentityProvider) -> Object {
    let mut about = Object::default();
    let enforces = loaded.sign_in.enforcement == Enforcement::Enforce;
    about.insert("enforcement", if enforces { "enforce" } else { "observe" }.into());
    about.insert(
        "rules",
        Value::Array(loaded.sign_in.rules.iter().map(|rule| rule.id.as_str().into()).collect()),
    );
    about.insert("orchestrator", loaded.orchestrator.cluster.as_str().into());
    about.insert("timeout", u64::from(loaded.orchestrator.timeout_ms).into());
    let warnings = loaded.warnings.iter().map(|warning| warning.as_str().into());
    about.insert("warnings", Value::Array(warnings.collect()));
    about
}

fn error(error: &ConfigError) -> Value {
    let mut about = Object::default();
    for (name, text) in [("path", &error.path), ("message", &error.message), ("help", &error.help)] {
        about.insert(name, text.as_str().into());
    }
    Value::Object(about)
}
