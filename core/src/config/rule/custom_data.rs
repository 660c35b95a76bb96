//! What a workflow run is started with beside what the gateway says.

use crate::config::node::{Node, quoted};
use crate::json::Value;

/// The name that only the upstream itself may give a meaning to, in any object at any depth.
const RESERVED: &str = "encrypted_biometric_token";

pub(super) fn read(node: &Node<'_>) -> Option<Value> {
    const WANTED: &str = "an object, such as `{ custom_data: { branch: web } }`";
    let node = node.members(&["custom_data"])?.required("custom_data", WANTED)?;
    node.entries(WANTED)?;
    if holds_reserved(node.value) {
        node.refuse(
            format!("{} is reserved", quoted(RESERVED)),
            "take it out: a biometric token comes from the relying party's `prior_biometric` only",
        );
        return None;
    }
    Some(node.value.clone())
}

fn holds_reserved(value: &Value) -> bool {
    match value {
        Value::Object(object) => {
            object.iter().any(|(name, value)| name.eq_ignore_ascii_case(RESERVED) || holds_reserved(value))
        }
        Value::Array(elements) => elements.iter().any(holds_reserved),
        _ => false,
    }
}
