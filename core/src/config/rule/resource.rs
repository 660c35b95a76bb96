//! Rules about resources: where, and which transaction.

use crate::config::node::{Node, quoted};
use crate::json::{Pointer, Value};
use crate::policy::{Condition, Display, RelyingParty, Resource, Scalar, Source, Test, TransactionTemplate};
use crate::route::{HostPattern, HostTable, PathTemplate};

/// The resource, and what its query must say.
#[inline(never)]
pub(super) fn read(node: &Node<'_>, party: Option<&RelyingParty>) -> Option<(Resource, Vec<Condition>)> {
    let members = node.members(&["methods", "path", "hosts", "query"])?;
    let methods = match members.optional("methods") {
        None => Some(Vec::new()),
        Some(node) => methods(&node),
    };
    let path = members.required("path", "a path, such as `/api/payments`").and_then(|node| {
        node.parsed("a path as clients send it, such as `/api/payments` or `/accounts/{id}/close`", |text| {
            PathTemplate::parse(text).ok()
        })
        .filter(|path| apart(&node, path, party))
    });
    let hosts = match members.optional("hosts") {
        None => Some(None),
        Some(node) => hosts(&node, party).map(Some),
    };
    let query = match members.optional("query") {
        None => Some(Vec::new()),
        Some(node) => query(&node),
    };
    Some((Resource { methods: methods?, path: path?, hosts: hosts? }, query?))
}

fn methods(node: &Node<'_>) -> Option<Vec<String>> {
    const WANTED: &str = "a list of methods in capitals, such as `[POST]`";
    let items = node.some_items(WANTED)?;
    let read: Vec<_> = items
        .iter()
        .map(|item| {
            item.parsed(WANTED, |text| {
                let method =
                    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
                (method && text != "OPTIONS").then(|| text.to_owned())
            })
        })
        .collect();
    read.into_iter().collect()
}

/// A path is a ceremony's or a resource's.
fn apart(node: &Node<'_>, path: &PathTemplate, party: Option<&RelyingParty>) -> bool {
    let other = party.and_then(|party| party.endpoints.iter().find(|endpoint| endpoint.path.overlaps(path)));
    if let Some(other) = other {
        node.refuse(
            format!("the path is `{}` of this relying party", other.leg.as_str()),
            "write a rule with `ceremony` for it",
        );
    }
    other.is_none()
}

fn hosts(node: &Node<'_>, party: Option<&RelyingParty>) -> Option<HostTable> {
    const WANTED: &str = "a list of hosts of the relying party's, such as `[bank.example]`";
    let mut hosts = Vec::new();
    for item in node.some_items(WANTED)? {
        let host = item.parsed(WANTED, HostPattern::parse)?;
        if party.is_some_and(|party| !party.hosts.contains(&host)) {
            item.refuse(
                format!("{} is not one of the relying party's `hosts`", quoted(&host.to_string())),
                "list it there, spelled the same way",
            );
            return None;
        }
        hosts.push((host, 0));
    }
    Some(HostTable::new(hosts))
}

fn query(node: &Node<'_>) -> Option<Vec<Condition>> {
    let entries = node.entries("an object from parameter to value, such as `{ type: transfer }`")?;
    let read: Vec<_> = entries
        .iter()
        .map(|(name, node)| {
            let value = node.text("a text")?;
            let test = Test::Equals(Scalar::Text(value.to_owned()));
            Some(Condition::Test(Source::Query((*name).to_owned()), test))
        })
        .collect();
    read.into_iter().collect()
}

/// What is bound, and how it is shown.
pub(super) fn transaction(node: &Node<'_>) -> Option<TransactionTemplate> {
    const MEMBERS: &str = "a list of JSON pointers into the body, such as `[/amount, /payee]`";
    const DISPLAY: &str = "a text with bound members in braces, such as `\"Pay {/amount} to {/payee}\"`";
    let found = node.members(&["members", "display"])?;
    let members = found.required("members", MEMBERS).and_then(|node| {
        let items = node.some_items(MEMBERS)?;
        let mut pointers: Vec<Pointer> = Vec::new();
        for item in &items {
            let pointer = item.pointer("/amount")?;
            if pointers.contains(&pointer) {
                item.refuse("this member is bound twice", "take one of the two out");
                return None;
            }
            pointers.push(pointer);
        }
        Some(pointers)
    });
    let display = found.required("display", DISPLAY).and_then(|node| {
        let display = node.parsed(DISPLAY, Display::parse)?;
        Some((display, node))
    });
    let (members, (display, node)) = (members?, display?);
    // What you see is what you sign.
    let stranger = display.members().find(|shown| !members.contains(shown)).map(ToString::to_string);
    if let Some(stranger) = stranger {
        node.refuse(
            format!("{} is shown but not bound", quoted(&stranger)),
            format!("list `{stranger}` under `members` too"),
        );
        return None;
    }
    if matches!(node.value, Value::String(text) if text.chars().count() > 160) {
        node.refuse("the text is too long for a small screen", "write at most 160 characters");
        return None;
    }
    Some(TransactionTemplate { members, display })
}
