//! What the contract knows and this version does not do yet: refused at load, so that nobody relies on it.

use super::node::{Members, Node};

/// `guards`.
pub(super) fn at_the_top(members: &Members<'_>) {
    for (name, node) in members.present(&["guards"]) {
        refuse(&node, name);
    }
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
