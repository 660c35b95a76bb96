//! Rules.

use super::node::{Members, Node, quoted};
use super::relying_party::Draft as PartyDraft;
use super::suggest::closest;
use super::{condition, digest, is_identifier, not_built, quantity};
use crate::json::Value;
use crate::policy::{Ceremony, DEFAULT_ACR, Flow, Occasion, RelyingParty, Rule};

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
        "workflow_input",
    ])?;
    let id = id(&members, ids);
    let relying_party = relying_party(&members, parties);
    let not_built = not_built::rule(&members);
    let occasion = if not_built { None } else { occasion(&members) };
    let party = relying_party.and_then(|position| parties.get(position)?.party.as_ref());
    let captures = party.zip(occasion).map(|(party, occasion)| captures(party, occasion));
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
    let custom_data = match members.optional("workflow_input") {
        None => Some(None),
        Some(node) => custom_data(&node).map(Some),
    };
    if not_built {
        return None;
    }
    let require = members
        .required("require", "`registration`, `step_up`, `recovery` or `routine`")
        .and_then(|node| require(&node, occasion));
    Some(Rule {
        id: id?,
        relying_party: relying_party?,
        occasion: occasion?,
        when: when?,
        require: require?,
        acr: acr?.to_owned(),
        custom_data: custom_data?,
        max_age: max_age?,
        digest: digest::digest(node.value),
    })
}

/// What a workflow run is started with beside what the gateway says.
fn custom_data(node: &Node<'_>) -> Option<Value> {
    const WANTED: &str = "an object, such as `{ custom_data: { branch: web } }`";
    let node = node.members(&["custom_data"])?.required("custom_data", WANTED)?;
    node.entries(WANTED)?;
    if holds_reserved(node.value) {
        node.refuse(
            format!("{} is reserved", quoted(RESERVED)),
            "take it out: a biometric token comes from the relying party's `prior_biometric` only",
        );
        return None;
    }
    Some(node.value.clone())
}

/// The name that only the upstream itself may give a meaning to, in any object at any depth.
const RESERVED: &str = "encrypted_biometric_token";

fn holds_reserved(value: &Value) -> bool {
    match value {
        Value::Object(object) => {
            object.iter().any(|(name, value)| name.eq_ignore_ascii_case(RESERVED) || holds_reserved(value))
        }
        Value::Array(elements) => elements.iter().any(holds_reserved),
        _ => false,
    }
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

fn occasion(members: &Members<'_>) -> Option<Occasion> {
    let node = members.required("ceremony", "`registration`, `authentication` or `recovery`")?;
    node.word(&Occasion::ALL.map(|occasion| (occasion.as_str(), occasion)))
}

/// The captures in the paths at which it begins.
fn captures(party: &RelyingParty, occasion: Occasion) -> Vec<&str> {
    let begins = party.endpoints.iter().filter(|endpoint| endpoint.leg == occasion.begin());
    let mut captures: Vec<&str> = begins.flat_map(|endpoint| endpoint.path.captures()).collect();
    captures.sort_unstable();
    captures.dedup();
    captures
}

/// What is required must be something that the occasion can give.
fn require(node: &Node<'_>, occasion: Option<Occasion>) -> Option<Flow> {
    let words = [Flow::Registration, Flow::StepUp, Flow::Recovery, Flow::Routine];
    let flow = node.word(&words.map(|flow| (flow.name(), flow)))?;
    let own = match occasion? {
        Occasion::Ceremony(Ceremony::Registration) => Flow::Registration,
        Occasion::Ceremony(Ceremony::Authentication) => Flow::StepUp,
        Occasion::Recovery => Flow::Recovery,
    };
    if flow != own && flow != Flow::Routine {
        node.refuse(
            format!("`{}` is not for this ceremony", flow.name()),
            format!("write `{}`, or `routine` for an exemption", own.name()),
        );
        return None;
    }
    Some(flow)
}
