//! The orchestrator: a profile, and what the operator writes over it.

pub(super) mod access;
mod operation;
mod profile;
mod verdict_keys;

use super::node::{Members, Node};
use super::origin;
use super::quantity::duration;
use crate::orchestrator::{Member, Operation, Procedure, Request, Values};
use crate::policy::Orchestrator;

/// An operation that a part of the configuration cannot do without.
pub(super) struct Need {
    /// What has to be asked.
    pub(super) operation: Operation,
    /// Where it is needed: a path.
    pub(super) by: String,
}

/// Members that say what is asked, wherever it is asked.
const MEMBERS: [&str; 7] =
    ["profile", "timeout", "credentials", "verdict_keys", "variables", "token", "operations"];

/// Where a gateway reaches it: a cluster in Envoy, and the authority of the calls.
#[inline(never)]
pub(super) fn read(members: &Members<'_>, needs: &[Need]) -> Option<Orchestrator> {
    let node = members.required("orchestrator", "`{ profile: countersign, cluster: orchestrator }`")?;
    let members = node.members(&[&MEMBERS[..], &["cluster", "authority"]].concat())?;
    let cluster = members
        .required("cluster", "the name of the orchestrator's cluster in Envoy")
        .and_then(|node| name(&node));
    let (orchestrator, theirs) = described(&node, &members, needs)?;
    let authority = match members.optional("authority") {
        Some(node) => name(&node),
        None => theirs.or_else(|| cluster.clone()),
    };
    Some(Orchestrator { cluster: cluster?, authority: authority?, ..orchestrator })
}

/// Where an identity provider reaches it, by itself: a URL. With it, what is weaker than it looks.
pub(super) fn of_identity_provider(
    members: &Members<'_>,
    needs: &[Need],
) -> Option<(Orchestrator, Vec<String>)> {
    const WANTED: &str = "where the orchestrator is, such as `https://orchestrator.example`";
    let node =
        members.required("orchestrator", "`{ profile: countersign, url: https://orchestrator.example }`")?;
    let members = node.members(&[&MEMBERS[..], &["url"]].concat())?;
    let url = members.optional("url").map(|node| node.parsed(WANTED, origin::serialised_exactly));
    let (orchestrator, theirs) = described(&node, &members, needs)?;
    let url = match (url, theirs) {
        (Some(url), _) => url?,
        (None, Some(authority)) => format!("https://{authority}"),
        (None, None) => {
            members.required("url", WANTED)?;
            return None;
        }
    };
    let (scheme, authority) = url.split_once("://")?;
    let plain = format!("the orchestrator is asked over plain HTTP: `{url}`");
    let warnings = if scheme == "http" { vec![plain] } else { Vec::new() };
    let authority = authority.to_owned();
    Some((Orchestrator { cluster: url, authority, ..orchestrator }, warnings))
}

/// What is asked and how, as yet of nobody, and the authority that the profile knows.
fn described(
    node: &Node<'_>,
    members: &Members<'_>,
    needs: &[Need],
) -> Option<(Orchestrator, Option<String>)> {
    let profile = profile::read(members);
    let timeout_ms = match members.optional("timeout") {
        None => Some(2_000),
        Some(node) => duration(&node, 1, 30_000).and_then(|milliseconds| u32::try_from(milliseconds).ok()),
    };
    let verdict_keys = match members.optional("verdict_keys") {
        None => Some(Vec::new()),
        Some(node) => verdict_keys::read(&node),
    };
    let profile = profile?;
    let access = access::read(members, &profile);
    let procedures = profile.procedures(node, needs);
    if let (Some(procedures), Some(node)) = (&procedures, members.optional("verdict_keys"))
        && verdict_keys.as_ref().is_some_and(|keys| !keys.is_empty())
        && !signs_verdicts(procedures)
    {
        node.refuse(
            "this profile's orchestrator does not sign verdicts, so none would ever count",
            "take `verdict_keys` out, or say under `operations: { status: { answer: { verdict: … } } }` where the JWS is",
        );
    }
    let orchestrator = Orchestrator {
        cluster: String::new(),
        authority: String::new(),
        timeout_ms: timeout_ms?,
        access: access?,
        verdict_keys: verdict_keys?,
        procedures: procedures?,
    };
    Some((orchestrator, profile.authority()))
}

/// Whether a status has a place for a signature. One that is never asked does not matter.
fn signs_verdicts(procedures: &[(Operation, Procedure)]) -> bool {
    let status = procedures.iter().find(|(operation, _)| *operation == Operation::Status);
    status
        .is_none_or(|(_, status)| status.answer.members.iter().any(|(member, _)| *member == Member::Verdict))
}

/// A request that is no operation of the orchestrator's, with values of these names.
pub(super) fn request(members: &Members<'_>, names: &[&str]) -> Option<Request> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    operation::request(members, &Values::default(), &names)
}

/// A cluster's name or an authority: something visible.
pub(super) fn name(node: &Node<'_>) -> Option<String> {
    node.parsed("a name without spaces", |text| {
        (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| text.to_owned())
    })
}
