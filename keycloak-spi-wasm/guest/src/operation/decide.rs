//! `decide`: what the rules say of a sign-in, or of a ceremony in it.

use countersign::json::{Object, Value};
use countersign::policy::{Ceremony, CredentialFacts, Occasion, Rule, SignIn, SignInRules};
use countersign::refusal::Refusal;

use super::configuration;
use crate::document::{Members, malformed};

const MEMBERS: [&str; 4] = ["op", "configuration", "occasion", "facts"];
const FACTS: [&str; 7] = ["client", "acr", "ip", "newDevice", "user", "attributes", "credential"];

pub(super) fn perform(document: &Object) -> Result<Object, Refusal> {
    let document = Members::of(document, &MEMBERS)?;
    // That the whole of it loads, whoever asks has learned from the operation `configuration`.
    let rules = SignInRules::load(document.text("configuration")?.as_bytes())
        .map_err(|_| configuration::unloaded())?;
    let occasion = occasion(document.text("occasion")?).ok_or(malformed("occasion"))?;
    let facts = document.object("facts", &FACTS)?;
    let acr = facts.texts("acr")?;
    let attributes = attributes(facts.any_object("attributes")?)?;
    let sign_in = SignIn {
        client: facts.optional_text("client")?,
        acr: &acr,
        ip: facts.optional_text("ip")?,
        new_device: facts.boolean("newDevice")?,
        user: facts.optional_text("user")?,
        attributes: &attributes,
        credential: credential(&facts)?,
    };
    let (judgement, reason) = rules.decide(occasion, &sign_in);
    let mut decided = Object::default();
    for (name, rule) in [("required", judgement.required), ("watched", judgement.watched)] {
        if let Some(rule) = rule {
            decided.insert(name, described(rule));
        }
    }
    if let Some(reason) = reason {
        decided.insert("reason", reason.as_str().into());
    }
    let mut answer = Object::default();
    answer.insert("decided", Value::Object(decided));
    Ok(answer)
}

fn occasion(name: &str) -> Option<Occasion> {
    match name {
        "sign_in" => Some(Occasion::Resource),
        "authentication" => Some(Ceremony::Authentication.into()),
        "registration" => Some(Ceremony::Registration.into()),
        "recovery" => Some(Occasion::Recovery),
        _ => None,
    }
}

/// Each value of each attribute.
fn attributes(object: &Object) -> Result<Vec<(&str, &str)>, Refusal> {
    let mut attributes = Vec::new();
    for (name, values) in object.iter() {
        for value in values.as_array().ok_or(malformed("attributes"))? {
            attributes.push((name, value.as_str().ok_or(malformed("attributes"))?));
        }
    }
    Ok(attributes)
}

fn credential<'a>(facts: &Members<'a>) -> Result<Option<CredentialFacts<'a>>, Refusal> {
    if !facts.has("credential") {
        return Ok(None);
    }
    let said = facts.object("credential", &["userVerified", "backedUp", "backupEligible", "attachment"])?;
    Ok(Some(CredentialFacts {
        backed_up: said.boolean("backedUp")?,
        backup_eligible: said.boolean("backupEligible")?,
        user_verified: said.boolean("userVerified")?,
        attachment: said.optional_text("attachment")?,
    }))
}

fn described(rule: &Rule) -> Value {
    let mut about = Object::default();
    about.insert("rule", rule.id.as_str().into());
    about.insert("flow", rule.flow().name().into());
    about.insert("acr", rule.gives().into());
    about.insert("maxAge", rule.lasts().into());
    Value::Object(about)
}

#[cfg(test)]
mod tests;
