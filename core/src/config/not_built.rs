//! What the contract knows and this version does not do yet: refused at load, so that nobody relies on it.

use super::node::{Members, Node};

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

fn refuse(node: &Node<'_>, name: &str) {
    node.refuse(format!("`{name}` is not built yet"), "take it out: this version would not enforce it");
}
