//! `handoff`: where our own endpoints are, and how a phone is brought in.

use super::node::{Members, Node};
use super::orchestrator::{access, name, request};
use super::quantity::duration;
use crate::orchestrator::Text;
use crate::policy::{Handoffs, Push};
use crate::route::PathTemplate;

/// Where our own endpoints are unless the operator says otherwise.
const PREFIX: &str = "/.countersign";

/// The prefix, and what hand-offs are offered with, where they are; `None` only after an error was noted.
#[expect(clippy::option_option, reason = "not offered and not readable are two things")]
#[inline(never)]
pub(super) fn read(members: &Members<'_>) -> (String, Option<Option<Handoffs>>) {
    let Some(node) = members.optional("handoff") else { return (PREFIX.to_owned(), Some(None)) };
    let Some(members) = node.members(&["path", "deep_link", "push"]) else {
        return (PREFIX.to_owned(), None);
    };
    let prefix = match members.optional("path") {
        None => Some(PREFIX.to_owned()),
        Some(node) => prefix(&node),
    };
    let deep_link = match members.optional("deep_link") {
        None => Some(None),
        Some(node) => deep_link(&node).map(Some),
    };
    let push = match members.optional("push") {
        None => Some(None),
        Some(node) => push(&node).map(Some),
    };
    let offered = deep_link.zip(push).map(|(deep_link, push)| Some(Handoffs { deep_link, push }));
    match prefix {
        Some(prefix) => (prefix, offered),
        None => (PREFIX.to_owned(), None),
    }
}

fn prefix(node: &Node<'_>) -> Option<String> {
    node.parsed("a path without captures and without `/` at its end, such as `/.countersign`", |text| {
        let template = PathTemplate::parse(text).ok()?;
        (template.captures().next().is_none() && text.len() > 1 && !text.ends_with('/'))
            .then(|| text.to_owned())
    })
}

/// The token is base64url and points: it stands in a fragment, a query or a path as it is.
fn deep_link(node: &Node<'_>) -> Option<Text> {
    const WANTED: &str =
        "an address with `{token}` in it once, such as `https://bank.example/approve#{token}`";
    node.parsed(WANTED, |text| {
        let link = Text::parse(text);
        let placeholders: Vec<&str> = link.placeholders().collect();
        let address = text.split_once(':').is_some_and(|(scheme, _)| {
            scheme.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
                && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        });
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        (placeholders == ["token"] && address && visible).then_some(link)
    })
}

fn push(node: &Node<'_>) -> Option<Push> {
    const PLACEHOLDERS: [&str; 5] = ["external_user_id", "handoff", "token", "deep_link", "display"];
    let members = node.members(&[
        "cluster",
        "authority",
        "timeout",
        "credentials",
        "method",
        "path",
        "headers",
        "json",
        "form",
        "accepted",
    ])?;
    let cluster = members
        .required("cluster", "the name of the push service's cluster in Envoy")
        .and_then(|node| name(&node));
    let authority = match members.optional("authority") {
        None => cluster.clone(),
        Some(node) => name(&node),
    };
    let timeout_ms = match members.optional("timeout") {
        None => Some(2_000),
        Some(node) => duration(&node, 1, 30_000).and_then(|milliseconds| u32::try_from(milliseconds).ok()),
    };
    let credential = match members.optional("credentials") {
        None => Some(None),
        Some(node) => access::of_service(&node).map(Some),
    };
    let request = request(&members, &PLACEHOLDERS);
    Some(Push {
        cluster: cluster?,
        authority: authority?,
        timeout_ms: timeout_ms?,
        credential: credential?,
        request: request?,
    })
}
