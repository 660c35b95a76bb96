//! What the contract knows and this version does not do yet: refused at load, so that nobody relies on it.

use super::node::{Members, Node};

/// `guards`.
pub(super) fn at_the_top(members: &Members<'_>) {
    for (name, node) in members.present(&["guards"]) {
        refuse(&node, name);
    }
}

/// Rules on resources, with transactions. Whether the rule is one.
pub(super) fn rule(members: &Members<'_>) -> bool {
    let mut found = false;
    for (name, node) in members.present(&["resource", "transaction"]) {
        refuse(&node, name);
        found = true;
    }
    found
}

/// `elevation_age`. Whether the condition is about it.
pub(super) fn condition(members: &Members<'_>) -> bool {
    let found = members.optional("elevation_age");
    if let Some(node) = &found {
        refuse(node, "elevation_age");
    }
    found.is_some()
}

/// Forms. Whether the endpoint is about them.
pub(super) fn endpoint(members: &Members<'_>) -> bool {
    let mut found = false;
    if let Some(node) = members.optional("content").filter(|node| is(node, "form")) {
        node.refuse("`content: form` is not built yet", "guard an endpoint that takes JSON");
        found = true;
    }
    found
}

fn is(node: &Node<'_>, text: &str) -> bool {
    matches!(node.value, crate::json::Value::String(found) if found == text)
}

fn refuse(node: &Node<'_>, name: &str) {
    node.refuse(format!("`{name}` is not built yet"), "take it out: this version would not enforce it");
}
