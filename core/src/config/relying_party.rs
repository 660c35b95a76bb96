//! Relying parties.

use sha2::{Digest, Sha256};

use super::node::{Members, Node, quoted};
use super::orchestrator::name as visible_name;
use super::{ceremonies, header_name, is_identifier, is_token, origin};
use crate::json::Value;
use crate::policy::{Places, RelyingParty, RuleList, SessionSource, UserHandle, UserSource};
use crate::route::HostPattern;

/// A relying party as far as it could be read.
pub(super) struct Draft<'a> {
    pub(super) name: &'a str,
    pub(super) node: Node<'a>,
    pub(super) party: Option<RelyingParty>,
}

/// What the rest of the configuration says that concerns relying parties.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'s> {
    /// Where our own endpoints are.
    pub(super) prefix: &'s str,
    /// `None` where they could not be read.
    pub(super) trusted_headers: Option<&'s [String]>,
}

/// All relying parties, in the order of the configuration.
pub(super) fn all<'a>(members: &Members<'a>, surroundings: Surroundings<'_>) -> Vec<Draft<'a>> {
    const WANTED: &str =
        "an object of relying parties by name, such as `{ bank: { hosts: [bank.example], … } }`";
    let Some(node) = members.required("relying_parties", WANTED) else { return Vec::new() };
    let entries = node.entries(WANTED);
    if entries.as_ref().is_some_and(Vec::is_empty) {
        node.refuse("there is no relying party", format!("write {WANTED}"));
    }
    let mut hosts = Vec::new();
    let mut drafts = Vec::new();
    for (index, (name, node)) in entries.unwrap_or_default().into_iter().enumerate() {
        if !is_identifier(name, 64) {
            node.refuse(format!("{} cannot be a name", quoted(name)), "use 1 to 64 of `A-Z a-z 0-9 _ -`");
        }
        let party = read(name, index, &node, &mut hosts, surroundings);
        drafts.push(Draft { name, node, party });
    }
    drafts
}

#[inline(never)]
fn read(
    name: &str,
    index: usize,
    node: &Node<'_>,
    taken: &mut Vec<(HostPattern, String)>,
    surroundings: Surroundings<'_>,
) -> Option<RelyingParty> {
    let members = node.members(&[
        "hosts",
        "rp_id",
        "origins",
        "session",
        "user_handle",
        "cluster",
        "prior_biometric",
        "user",
        "checks_owner",
        "ceremonies",
    ])?;
    let hosts = hosts(&members, taken);
    let rp_id = members
        .required("rp_id", "the RP ID, such as `bank.example`")
        .and_then(|node| Some((origin::rp_id(&node)?, node)));
    let origins = origins(&members);
    if let (Some((rp_id, node)), Some(origins)) = (&rp_id, &origins) {
        origin::check(rp_id, node, origins);
    }
    let session = members.required(
        "session",
        "`{ cookie: … }`, `{ header: … }`, `{ introspect: … }` or `{ claim: …, metadata: … }`",
    );
    let session = session.and_then(|node| session_source(&node));
    let user_handle = match members.optional("user_handle") {
        None => Some(UserHandle::Learned),
        Some(node) => node.word(&[("is_user", UserHandle::IsUser), ("learned", UserHandle::Learned)]),
    };
    let cluster = match members.optional("cluster") {
        None => Some(None),
        Some(node) => visible_name(&node).map(Some),
    };
    let prior_biometric = match members.optional("prior_biometric") {
        None => Some(None),
        Some(node) => prior_biometric(&node).map(Some),
    };
    let user = match members.optional("user") {
        None => Some(Vec::new()),
        Some(node) => user_sources(&node, surroundings.trusted_headers),
    };
    let checks_owner = match members.optional("checks_owner") {
        None => Some(false),
        Some(node) => node.flag(),
    };
    let endpoints =
        members.required("ceremonies", "a profile, such as `simplewebauthn`, or `{ endpoints: […] }`");
    let endpoints = endpoints.and_then(|node| ceremonies::read(&node, surroundings.prefix));
    let rp_id = rp_id?.0;
    Some(RelyingParty {
        name: name.to_owned(),
        index,
        hosts: hosts?,
        rp_id_hash: Sha256::digest(&rp_id).into(),
        rp_id,
        origins: origins?.into_iter().map(|origin| origin.text).collect(),
        session: session?,
        user_handle: user_handle?,
        cluster: cluster?,
        prior_biometric: prior_biometric?,
        user: user?,
        checks_owner: checks_owner?,
        endpoints: endpoints?,
        registration: RuleList::default(),
        authentication: RuleList::default(),
        recovery: RuleList::default(),
        resources: RuleList::default(),
        places: Places::default(),
    })
}

fn hosts(members: &Members<'_>, taken: &mut Vec<(HostPattern, String)>) -> Option<Vec<HostPattern>> {
    const WANTED: &str =
        "a host, with a port unless it is 80 or 443: `bank.example`, `localhost:10000`, `[::1]:8443`";
    let mut hosts = Vec::new();
    let list = members.required("hosts", "a list of hosts, such as `[bank.example]`")?;
    for node in list.some_items("a list of hosts, such as `[bank.example]`")? {
        let Some(host) = node.parsed(WANTED, HostPattern::parse) else { continue };
        if let Some((_, path)) = taken.iter().find(|(known, _)| known.overlaps(&host)) {
            node.refuse(
                format!("{} is listed at `{path}` already", quoted(&host.to_string())),
                "list each host once: a request must belong to one relying party",
            );
            continue;
        }
        taken.push((host.clone(), node.path.clone()));
        hosts.push(host);
    }
    Some(hosts)
}

fn origins<'a>(members: &Members<'a>) -> Option<Vec<origin::Origin<'a>>> {
    const WANTED: &str = "a list of origins, such as `[\"https://bank.example\"]`";
    let items = members.required("origins", WANTED)?.some_items(WANTED)?;
    let read: Vec<_> = items.iter().map(origin::read).collect();
    read.into_iter().collect()
}

fn session_source(node: &Node<'_>) -> Option<SessionSource> {
    let members = node.members(&["cookie", "header", "introspect", "claim", "metadata"])?;
    let kinds = members.present(&["cookie", "header", "introspect", "claim"]);
    let [(kind, value)] = kinds.as_slice() else {
        let message =
            if kinds.is_empty() { "the session has no source" } else { "the session has several sources" };
        members.refuse(message, "write one of `cookie`, `header`, `introspect`, or `claim` with `metadata`");
        return None;
    };
    if *kind != "claim"
        && let Some(metadata) = members.optional("metadata")
    {
        metadata.refuse("`metadata` goes with `claim`", "take it out, or name a `claim`");
        return None;
    }
    match *kind {
        "cookie" => {
            let name = value
                .parsed("a cookie's name, such as `connect.sid`", |text| is_token(text).then_some(text))?;
            if name.starts_with("__Host-cs-") {
                value.refuse(
                    "cookies of this name are the gateway's own",
                    "name the relying party's session cookie",
                );
                return None;
            }
            Some(SessionSource::Cookie(name.to_owned()))
        }
        "header" => header_name(value).map(SessionSource::Header),
        "introspect" => value.pointer("/session_id").map(SessionSource::Introspect),
        _ => claim(&members, value).map(|(claim, metadata)| SessionSource::Claim { claim, metadata }),
    }
}

/// A claim that Envoy's `jwt_authn` has verified, and where it keeps them.
fn claim(members: &Members<'_>, value: &Node<'_>) -> Option<(String, String)> {
    let claim = value.parsed("a claim's name, such as `sid`", |text| (!text.is_empty()).then_some(text));
    let metadata = members.required("metadata", "`jwt_authn`'s `payload_in_metadata`, such as `jwt_payload`");
    let metadata =
        metadata?.parsed("a metadata key, such as `jwt_payload`", |text| (!text.is_empty()).then_some(text));
    Some((claim?.to_owned(), metadata?.to_owned()))
}

/// A header that an earlier filter sets and clients cannot.
fn trusted_header(value: &Node<'_>, trusted: Option<&[String]>) -> Option<String> {
    let header = header_name(value)?;
    if trusted?.contains(&header) {
        return Some(header);
    }
    value.refuse(
        format!("{} is not a trusted header", quoted(&header)),
        "list it under `trusted_headers` if an earlier filter sets it and clients cannot",
    );
    None
}

fn prior_biometric(node: &Node<'_>) -> Option<crate::json::Pointer> {
    let pointer = node.pointer("/prior_biometric")?;
    if pointer.is_whole() {
        node.refuse(
            "this takes the whole answer out",
            "point at the member that holds it, such as `/prior_biometric`",
        );
        return None;
    }
    Some(pointer)
}

fn user_sources(node: &Node<'_>, trusted: Option<&[String]>) -> Option<Vec<UserSource>> {
    let items =
        node.some_items("a list of sources, such as `[ { introspect: { path: /me, pointer: /id } } ]`")?;
    let read: Vec<_> = items.iter().map(|node| user_source(node, trusted)).collect();
    read.into_iter().collect()
}

fn user_source(node: &Node<'_>, trusted: Option<&[String]>) -> Option<UserSource> {
    const KINDS: [&str; 5] = ["introspect", "options", "credential_owner", "claim", "header"];
    let members = node.members(&[&KINDS[..], &["metadata"]].concat())?;
    let kinds = members.present(&KINDS);
    let [(kind, value)] = kinds.as_slice() else {
        members.refuse(
            "a source is one thing",
            "write one of `introspect`, `options`, `credential_owner`, `claim`, `header` per item",
        );
        return None;
    };
    match *kind {
        "introspect" => introspection(value),
        "options" => value.pointer("/user/id").map(UserSource::Options),
        "claim" => claim(&members, value).map(|(claim, metadata)| UserSource::Claim { claim, metadata }),
        "header" => trusted_header(value, trusted).map(UserSource::Header),
        _ => {
            if *value.value != Value::Bool(true) {
                value.refuse("this is a switch", "write `true`, or take the source out");
                return None;
            }
            Some(UserSource::CredentialOwner)
        }
    }
}

fn introspection(node: &Node<'_>) -> Option<UserSource> {
    let members = node.members(&["method", "path", "pointer"])?;
    let method = match members.optional("method") {
        None => Some("GET"),
        Some(node) => node.word(&[("GET", "GET"), ("POST", "POST")]),
    };
    let path = members.required("path", "a path of the relying party's, such as `/me`").and_then(|node| {
        node.parsed("a path with its query, if it has one, such as `/me`", |text| {
            let writable = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
            (text.starts_with('/') && !text.starts_with("//") && writable).then_some(text)
        })
    });
    let pointer = members.required("pointer", "where the id is in the answer, such as `/id`");
    let pointer = pointer.and_then(|node| node.pointer("/id"));
    Some(UserSource::Introspect { method: method?.to_owned(), path: path?.to_owned(), pointer: pointer? })
}
