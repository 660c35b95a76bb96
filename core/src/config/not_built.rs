//! What the contract knows and this version does not do yet: refused at load, so that nobody relies on it.

use super::node::{Members, Node};

/// `handoff`.
pub(super) fn at_the_top(members: &Members<'_>) {
    for (name, node) in members.present(&["handoff"]) {
        refuse(&node, name);
    }
}

/// `entrust-idv` and the other profiles.
pub(super) fn orchestrator_profile(profile: &Node<'_>) {
    const KNOWN: [(&str, bool); 5] = [
        ("countersign", true),
        ("entrust-biometric-passkey", false),
        ("entrust-idv", false),
        ("entrust-idaas", false),
        ("custom", false),
    ];
    if profile.word(&KNOWN) == Some(false) {
        profile.refuse("this profile is not built yet", "write `countersign`");
    }
}

/// Rules on resources, with transactions, about recovery. Whether the rule is one.
pub(super) fn rule(members: &Members<'_>) -> bool {
    let mut found = false;
    for (name, node) in members.present(&["resource", "transaction"]) {
        refuse(&node, name);
        found = true;
    }
    for (name, node) in members.present(&["ceremony", "require"]) {
        found |= recovery(&node, name);
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

/// Recovery, a user beside the options. Whether the endpoint is about one of them.
pub(super) fn endpoint(members: &Members<'_>) -> bool {
    let mut found = members.optional("leg").is_some_and(|node| recovery(&node, "leg"));
    if let Some(node) = members.optional("user").filter(|_| !found) {
        refuse(&node, "user");
        found = true;
    }
    found
}

fn recovery(node: &Node<'_>, name: &str) -> bool {
    let found = is(node, "recovery");
    if found {
        node.refuse(
            format!("`{name}: recovery` is not built yet"),
            "take it out: this version would not enforce it",
        );
    }
    found
}

fn is(node: &Node<'_>, text: &str) -> bool {
    matches!(node.value, crate::json::Value::String(found) if found == text)
}

fn refuse(node: &Node<'_>, name: &str) {
    node.refuse(format!("`{name}` is not built yet"), "take it out: this version would not enforce it");
}
