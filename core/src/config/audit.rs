//! `audit`: where every decision is told.

use super::node::{Members, Node};
use super::orchestrator::{access, name};
use super::quantity::{count, duration, size};
use crate::json::Value;
use crate::policy::{Access, Audit, Orchestrator};
use crate::route::PathTemplate;

/// Not wanted, or what is; `None` only after an error was noted. `orchestrator` is the receiver where no other is named.
#[expect(clippy::option_option, reason = "not wanted and not readable are two things")]
#[inline(never)]
pub(super) fn read(members: &Members<'_>, orchestrator: Option<&Orchestrator>) -> Option<Option<Audit>> {
    let Some(node) = members.optional("audit") else { return Some(None) };
    let audit = node.members(&[
        "cluster",
        "authority",
        "credentials",
        "path",
        "timeout",
        "every",
        "events",
        "bytes",
    ])?;
    let receiver = match audit.optional("cluster") {
        Some(cluster) => elsewhere(&audit, &cluster),
        None => at_the_orchestrator(members, &audit, orchestrator),
    };
    let path = match audit.optional("path") {
        None => Some("/v1/audit".to_owned()),
        Some(node) => path(&node),
    };
    let milliseconds = |name, default, least, most| match audit.optional(name) {
        None => Some(default),
        Some(node) => duration(&node, least, most).and_then(|value| u32::try_from(value).ok()),
    };
    let timeout_ms = milliseconds("timeout", 2_000, 1, 30_000);
    let every_ms = milliseconds("every", 1_000, 100, 60_000);
    let events = match audit.optional("events") {
        None => Some(2_000),
        Some(node) => count(&node, 1, 100_000),
    };
    let bytes = match audit.optional("bytes") {
        None => Some(1 << 20),
        Some(node) => size(&node, 1 << 10, 16 << 20),
    };
    let (cluster, authority, credential) = receiver?;
    Some(Some(Audit {
        cluster,
        authority,
        credential,
        path: path?,
        timeout_ms: timeout_ms?,
        every_ms: every_ms?,
        events: usize::try_from(events?).ok()?,
        bytes: usize::try_from(bytes?).ok()?,
    }))
}

/// Cluster, authority, credential.
type Receiver = (String, String, Option<(String, crate::policy::Secret)>);

fn elsewhere(audit: &Members<'_>, cluster: &Node<'_>) -> Option<Receiver> {
    let cluster = name(cluster);
    let authority = match audit.optional("authority") {
        None => cluster.clone(),
        Some(node) => name(&node),
    };
    let credential = match audit.optional("credentials") {
        None => Some(None),
        Some(node) => access::of_service(&node).map(Some),
    };
    Some((cluster?, authority?, credential?))
}

fn at_the_orchestrator(
    members: &Members<'_>,
    audit: &Members<'_>,
    orchestrator: Option<&Orchestrator>,
) -> Option<Receiver> {
    let own = audit.present(&["authority", "credentials"]);
    for (name, node) in &own {
        node.refuse(
            format!("`{name}` belongs to a receiver of its own"),
            "name its `cluster` too, or take this out: the orchestrator has its own",
        );
    }
    let profile = members.optional("orchestrator")?.value.get("profile").and_then(Value::as_str)?;
    let orchestrator = orchestrator?;
    let credential = match &orchestrator.access {
        Access::Open => Some(None),
        Access::Header(name, value) => Some(Some((name.clone(), value.clone()))),
        Access::Token(_) => None,
    };
    let Some(credential) = credential.filter(|_| profile == "countersign") else {
        audit.refuse(
            "this orchestrator takes no audit stream",
            "write `cluster`, and `credentials` if it wants any: where events are to be posted",
        );
        return None;
    };
    own.is_empty().then(|| (orchestrator.cluster.clone(), orchestrator.authority.clone(), credential))
}

fn path(node: &Node<'_>) -> Option<String> {
    node.parsed("a path without captures, such as `/v1/audit`", |text| {
        let template = PathTemplate::parse(text).ok()?;
        template.captures().next().is_none().then(|| text.to_owned())
    })
}
