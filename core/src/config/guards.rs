//! Guards in front of the orchestrator itself.

use super::keys;
use super::node::{Members, Node, quoted};
use super::relying_party::Draft as PartyDraft;
use crate::json::Value;
use crate::policy::{Guard, Guards, Protects, Secret};
use crate::route::{HostPattern, PathTemplate};

/// Characters that a webhook's token has at least. The IDV API gives 32; fewer than these could be guessed.
const SHORTEST: usize = 16;

/// `None` only after an error was noted.
#[inline(never)]
pub(super) fn read(members: &Members<'_>, parties: &[PartyDraft<'_>]) -> Option<Guards> {
    const WANTED: &str =
        "a list of guards, such as `[ { core_api: { hosts: [orchestrator.example], prefix: /v1/ } } ]`";
    let Some(list) = members.optional("guards") else { return Some(Guards::default()) };
    let mut guards: Vec<(Guard, String)> = Vec::new();
    let mut all_read = true;
    for node in list.items(WANTED)? {
        let Some((guard, node)) = guard(&node, parties) else {
            all_read = false;
            continue;
        };
        if let Some((_, path)) = guards.iter().find(|(known, _)| known.overlaps(&guard)) {
            node.refuse(
                format!("`{path}` guards the same already"),
                "take one of the two out, or give it a path or a host of its own",
            );
        }
        guards.push((guard, node.path));
    }
    all_read.then(|| Guards::new(guards.into_iter().map(|(guard, _)| guard).collect()))
}

/// A guard, and where what it says is written.
fn guard<'a>(node: &Node<'a>, parties: &[PartyDraft<'_>]) -> Option<(Guard, Node<'a>)> {
    const KINDS: [&str; 2] = ["webhook", "core_api"];
    let members = node.members(&KINDS)?;
    let kinds = members.present(&KINDS);
    let [(kind, node)] = kinds.as_slice() else {
        let message = if kinds.is_empty() { "the guard says nothing" } else { "a guard is one thing" };
        members.refuse(message, "write one of `webhook`, `core_api` per item");
        return None;
    };
    let guard = if *kind == "webhook" { webhook(node, parties) } else { core_api(node, parties) };
    Some((guard?, node.clone()))
}

fn webhook(node: &Node<'_>, parties: &[PartyDraft<'_>]) -> Option<Guard> {
    let members = node.members(&["hosts", "path", "secrets"])?;
    let hosts = hosts(&members, parties);
    let path = members.required("path", "the receiver's path, such as `/v1/webhooks/idv`");
    let path = path.and_then(|node| template(&node, "/v1/webhooks/idv"));
    let secrets = secrets(&members);
    Some(Guard::new(hosts?, Protects::Webhook { path: path?, secrets: secrets? }))
}

fn core_api(node: &Node<'_>, parties: &[PartyDraft<'_>]) -> Option<Guard> {
    let members = node.members(&["hosts", "prefix"])?;
    let hosts = hosts(&members, parties);
    let prefix = members.required("prefix", "what the API's paths begin with, such as `/v1/`");
    let prefix = prefix.and_then(|node| {
        let template = template(&node, "/v1/")?;
        if template.as_str().ends_with('/') {
            return Some(template);
        }
        node.refuse(
            format!("{} does not end with `/`", quoted(template.as_str())),
            format!("did you mean `{}/`? A prefix is made of whole segments", template.as_str()),
        );
        None
    });
    Some(Guard::new(hosts?, Protects::CoreApi { prefix: prefix? }))
}

/// A path that has one spelling and no captures.
fn template(node: &Node<'_>, example: &str) -> Option<PathTemplate> {
    let wanted = format!(
        "a path as the client sends it, from the `/` after the host on, without query, captures, empty or dot segments: `{example}`"
    );
    node.parsed(&wanted, |text| {
        PathTemplate::parse(text).ok().filter(|template| template.captures().next().is_none())
    })
}

fn hosts(members: &Members<'_>, parties: &[PartyDraft<'_>]) -> Option<Vec<HostPattern>> {
    const WANTED: &str = "a list of hosts, such as `[orchestrator.example]`";
    let mut hosts: Vec<HostPattern> = Vec::new();
    let mut all_read = true;
    for node in members.required("hosts", WANTED)?.some_items(WANTED)? {
        const HOST: &str = "a host, with a port unless it is 80 or 443: `orchestrator.example`";
        let Some(host) = node.parsed(HOST, HostPattern::parse) else {
            all_read = false;
            continue;
        };
        let of_party = parties.iter().find(|party| listed(&party.node).any(|theirs| theirs.overlaps(&host)));
        if let Some(party) = of_party {
            node.refuse(
                format!(
                    "{} is a host of the relying party {}",
                    quoted(&host.to_string()),
                    quoted(party.name)
                ),
                "give the orchestrator a host of its own: a request must belong to one of the two",
            );
        } else if hosts.iter().any(|known| known.overlaps(&host)) {
            node.refuse(format!("{} is listed twice", quoted(&host.to_string())), "list each host once");
        }
        hosts.push(host);
    }
    all_read.then_some(hosts)
}

/// The hosts of a relying party, also of one that has an error elsewhere.
fn listed<'a>(party: &'a Node<'_>) -> impl Iterator<Item = HostPattern> + 'a {
    let hosts = party.value.get("hosts").and_then(Value::as_array).unwrap_or_default();
    hosts.iter().filter_map(|host| HostPattern::parse(host.as_str()?))
}

fn secrets(members: &Members<'_>) -> Option<Vec<Secret>> {
    const WANTED: &str = "a list with the webhook's token, and for a while the one before it: \
                          `[ { env: COUNTERSIGN_WEBHOOK_TOKEN } ]`";
    let list = members.required("secrets", WANTED)?;
    let items = list.some_items(WANTED)?;
    if items.len() > 2 {
        list.refuse(
            format!("{} secrets are more than a rotation needs", items.len()),
            format!("write {WANTED}"),
        );
    }
    let read: Vec<_> = items.iter().map(secret).collect();
    read.into_iter().collect()
}

fn secret(node: &Node<'_>) -> Option<Secret> {
    const FIX: &str = "set it to the token that the IDV API gave when the webhook was created";
    let node = node
        .members(&["env"])?
        .required("env", "the name of an environment variable, such as `COUNTERSIGN_WEBHOOK_TOKEN`")?;
    let (name, text) = keys::variable(&node, FIX)?;
    let length = text.trim().chars().count();
    if length < SHORTEST {
        let message = format!(
            "the environment variable {} holds {length} characters, less than {SHORTEST}",
            quoted(name)
        );
        node.refuse(message, FIX);
        return None;
    }
    Some(Secret::new(text.trim().as_bytes().to_vec()))
}
