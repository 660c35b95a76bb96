//! Rules.

use super::node::{Members, Node, quoted};
use super::relying_party::Draft as PartyDraft;
use super::suggest::closest;
use super::{condition, digest, is_identifier, not_built, quantity};
use crate::policy::{Ceremony, DEFAULT_ACR, Flow, RelyingParty, Rule};

/// A rule as far as it could be read.
pub(super) struct Draft<'a> {
    pub(super) node: Node<'a>,
    pub(super) rule: Option<Rule>,
    /// The text of its `when` that equal conditions share.
    pub(super) when: Option<String>,
}

/// All rules, in order.
pub(super) fn all<'a>(
    members: &Members<'a>,
    parties: &[PartyDraft<'_>],
    trusted_headers: Option<&[String]>,
) -> Vec<Draft<'a>> {
    let Some(list) = members.optional("rules") else { return Vec::new() };
    let items = list.items("a list of rules, such as `[ { id: enrolment, relying_party: bank, ceremony: registration, require: registration } ]`");
    let mut ids = Vec::new();
    let mut drafts = Vec::new();
    for node in items.unwrap_or_default() {
        let rule = read(&node, parties, trusted_headers, &mut ids);
        let when = node.value.get("when").map(digest::canonical);
        drafts.push(Draft { node, rule, when });
    }
    drafts
}

fn read(
    node: &Node<'_>,
    parties: &[PartyDraft<'_>],
    trusted_headers: Option<&[String]>,
    ids: &mut Vec<String>,
) -> Option<Rule> {
    let members = node.members(&[
        "id",
        "relying_party",
        "ceremony",
        "resource",
        "when",
        "require",
        "max_age",
        "acr",
        "transaction",
    ])?;
    let id = id(&members, ids);
    let relying_party = relying_party(&members, parties);
    let not_built = not_built::rule(&members);
    let ceremony = if not_built { None } else { ceremony(&members) };
    let party = relying_party.and_then(|position| parties.get(position)?.party.as_ref());
    let captures = party.zip(ceremony).map(|(party, ceremony)| captures(party, ceremony));
    let scope = condition::Scope { trusted_headers, captures: captures.as_deref() };
    let when = match members.optional("when") {
        None => Some(None),
        Some(node) => condition::read(&node, scope).map(Some),
    };
    let max_age = match members.optional("max_age") {
        None => Some(None),
        Some(node) => {
            quantity::duration(&node, 1_000, 86_400_000).map(|milliseconds| milliseconds.checked_div(1_000))
        }
    };
    let acr = match members.optional("acr") {
        None => Some(DEFAULT_ACR),
        Some(node) => {
            node.parsed("a name without spaces and quotes, such as `urn:countersign:acr:biometric`", |text| {
                let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
                (!text.is_empty() && text.bytes().all(plain)).then_some(text)
            })
        }
    };
    if not_built {
        return None;
    }
    let require = members
        .required("require", "`registration`, `step_up` or `routine`")
        .and_then(|node| require(&node, ceremony));
    Some(Rule {
        id: id?,
        relying_party: relying_party?,
        ceremony: ceremony?,
        when: when?,
        require: require?,
        acr: acr?.to_owned(),
        max_age: max_age?,
        digest: digest::digest(node.value),
    })
}

fn id(members: &Members<'_>, ids: &mut Vec<String>) -> Option<String> {
    const WANTED: &str = "a name of 1 to 64 of `A-Z a-z 0-9 _ -`, such as `risky-sign-in`";
    let node = members.required("id", WANTED)?;
    let id = node.parsed(WANTED, |text| is_identifier(text, 64).then(|| text.to_owned()))?;
    if ids.contains(&id) {
        node.refuse(format!("two rules have the id {}", quoted(&id)), "give each rule an id of its own");
    }
    ids.push(id.clone());
    Some(id)
}

fn relying_party(members: &Members<'_>, parties: &[PartyDraft<'_>]) -> Option<usize> {
    let node = members.required("relying_party", "the name of a relying party")?;
    let name = node.text("the name of a relying party")?;
    let position = parties.iter().position(|party| party.name == name);
    if position.is_none() && !parties.is_empty() {
        let names: Vec<&str> = parties.iter().map(|party| party.name).collect();
        node.refuse(format!("there is no relying party {}", quoted(name)), closest(name, &names));
    }
    position
}

fn ceremony(members: &Members<'_>) -> Option<Ceremony> {
    let node = members.required("ceremony", "`registration` or `authentication`")?;
    node.word(
        &[Ceremony::Registration, Ceremony::Authentication].map(|ceremony| (ceremony.as_str(), ceremony)),
    )
}

/// The captures in the paths at which the ceremony begins.
fn captures(party: &RelyingParty, ceremony: Ceremony) -> Vec<&str> {
    let begins = party.endpoints.iter().filter(|endpoint| endpoint.leg == ceremony.begin());
    let mut captures: Vec<&str> = begins.flat_map(|endpoint| endpoint.path.captures()).collect();
    captures.sort_unstable();
    captures.dedup();
    captures
}

/// What is required must be something that the ceremony can give.
fn require(node: &Node<'_>, ceremony: Option<Ceremony>) -> Option<Flow> {
    let flow =
        node.word(&[Flow::Registration, Flow::StepUp, Flow::Routine].map(|flow| (flow.name(), flow)))?;
    let (fits, other) = match ceremony? {
        Ceremony::Registration => (flow != Flow::StepUp, "registration"),
        Ceremony::Authentication => (flow != Flow::Registration, "step_up"),
    };
    if !fits {
        node.refuse(
            format!("`{}` is not for this ceremony", flow.name()),
            format!("write `{other}`, or `routine` for an exemption"),
        );
        return None;
    }
    Some(flow)
}
