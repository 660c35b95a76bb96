//! What a body for the orchestrator's Core API may not say.
//!
//! A biometric token inside `workflow_input.custom_data` would reach the workflow as if the backend had put
//! it there. How the backend's reader takes a name is not known, so every usual way is looked at: escaped
//! names, other cases, each of two members of one name. What passes goes on byte for byte, so whatever two
//! readers take differently is refused.

use crate::json::{self, JsonError, Value};
use crate::refusal::{Code, Refusal};

/// The key that is reserved for the orchestrator itself.
const RESERVED: &str = "encrypted_biometric_token";

/// Where it is reserved, from the root on.
const INSIDE: [&str; 2] = ["workflow_input", "custom_data"];

/// Checks a body that is not empty.
pub fn check(body: &[u8], depth: usize) -> Result<(), Refusal> {
    let malformed = |why| Refusal::new(Code::MalformedRequest, why);
    let read = json::parse_ambiguous(body, depth).map_err(|error| match error {
        JsonError::Depth(_) => malformed("body is nested too deep"),
        // JSON all the same: some readers drop half a pair, and then read another name.
        JsonError::UnpairedSurrogate(_) => malformed("unpaired surrogate"),
        _ => Refusal::new(Code::UnsupportedMediaType, "body is not JSON"),
    })?;
    if is_reserved_in(&read.value, &INSIDE) {
        return Err(Refusal::new(Code::ReservedKey, "reserved key in custom data"));
    }
    match read.duplicate {
        Some(_) => Err(malformed("name twice")),
        None => Ok(()),
    }
}

/// Whether the key is anywhere at the end of `path`. Arrays on the way count as what is in them: some readers unwrap
/// those of one element.
fn is_reserved_in(value: &Value, path: &[&str]) -> bool {
    match (value, path.split_first()) {
        (Value::Array(elements), _) => elements.iter().any(|element| is_reserved_in(element, path)),
        (Value::Object(object), Some((name, rest))) => {
            object.iter().any(|(member, value)| json::reads_as(member, name) && is_reserved_in(value, rest))
        }
        (Value::Object(object), None) => object
            .iter()
            .any(|(member, value)| json::reads_as(member, RESERVED) || is_reserved_in(value, path)),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
