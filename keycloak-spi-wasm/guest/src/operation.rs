//! The operations, a file each.

mod about;
mod assertion;
mod ceremony;
mod configuration;
mod decide;
mod orchestrate;
mod registration;

use countersign::json::{Object, Value};
use countersign::refusal::Refusal;

use crate::document::malformed;

/// Performs the operation that the document names.
pub(crate) fn perform(document: &Object) -> Result<Object, Refusal> {
    match document.get("op").and_then(Value::as_str).ok_or(malformed("op"))? {
        "about" => about::perform(document),
        "assertion" => assertion::perform(document),
        "configuration" => configuration::perform(document),
        "decide" => decide::perform(document),
        "orchestrate" => orchestrate::perform(document),
        "registration" => registration::perform(document),
        _ => Err(malformed("unknown operation")),
    }
}

/// `{"passed": …}`
fn passed(about: Object) -> Object {
    let mut answer = Object::default();
    answer.insert("passed", Value::Object(about));
    answer
}
