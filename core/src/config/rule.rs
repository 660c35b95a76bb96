//! Rules.

mod custom_data;
mod resource;

use super::node::{Members, Node, quoted};
use super::relying_party::Draft as PartyDraft;
use super::suggest::closest;
use super::{condition, digest, is_identifier, quantity};
use crate::json::Value;
use crate::order::sorted;
use crate::policy::{
    Ceremony, Condition, DEFAULT_ACR, Enforcement, Flow, Occasion, RelyingParty, Resource, Rule,
    TransactionTemplate,
};

/// A rule as far as it could be read.
pub(super) struct Draft<'a> {
    pub(super) node: Node<'a>,
    pub(super) rule: Option<Rule>,
    /// The text of its `when` that equal conditions share.
    pub(super) when: Option<String>,
}

/// Members that every rule may have.
const MEMBERS: [&str; 9] = [
    "id",
    "ceremony",
    "when",
    "require",
    "max_age",
    "acr",
    "enforcement",
    "explain_values",
    "workflow_input",
];

/// Where rules apply.
#[derive(Clone, Copy)]
pub(super) enum Place<'p> {
    /// In front of these relying parties.
    Gateway(&'p [PartyDraft<'p>]),
    /// Where people sign in: there is one relying party, and it is the identity provider itself.
    IdentityProvider,
}

impl Place<'_> {
    fn members(self) -> &'static [&'static str] {
        match self {
            Self::Gateway(_) => &["relying_party", "resource", "transaction"],
            Self::IdentityProvider => &[],
        }
    }

    fn wanted(self) -> &'static str {
        match self {
            Self::Gateway(_) => {
                "a list of rules, such as `[ { id: enrolment, relying_party: bank, ceremony: registration, require: registration } ]`"
            }
            Self::IdentityProvider => {
                "a list of rules, such as `[ { id: payroll, ceremony: sign_in, when: { client: true, equals: payroll }, require: step_up } ]`"
            }
        }
    }
}

/// All rules, in order.
pub(super) fn all<'a>(
    members: &Members<'a>,
    place: Place<'_>,
    trusted_headers: Option<&[String]>,
) -> Vec<Draft<'a>> {
    let Some(list) = members.optional("rules") else { return Vec::new() };
    let items = list.items(place.wanted());
    let mut ids = Vec::new();
    let mut drafts = Vec::new();
    for node in items.unwrap_or_default() {
        let rule = read(&node, place, trusted_headers, &mut ids);
        let when = node.value.get("when").map(digest::canonical);
        drafts.push(Draft { node, rule, when });
    }
    drafts
}

#[inline(never)]
fn read(
    node: &Node<'_>,
    place: Place<'_>,
    trusted_headers: Option<&[String]>,
    ids: &mut Vec<String>,
) -> Option<Rule> {
    let members = node.members(&[&MEMBERS[..], place.members()].concat())?;
    let id = id(&members, ids);
    let (relying_party, party) = match place {
        Place::Gateway(parties) => {
            let position = relying_party(&members, parties);
            (position, position.and_then(|position| parties.get(position)?.party.as_ref()))
        }
        Place::IdentityProvider => (Some(0), None),
    };
    let about = match place {
        Place::Gateway(_) => about(&members, party),
        Place::IdentityProvider => about_sign_in(&members),
    };
    let occasion = about.as_ref().map(|about| about.occasion);
    let captures = match &about {
        Some(About { resource: Some(resource), .. }) => Some(resource.path.captures().collect()),
        Some(about) => party.map(|party| captures(party, about.occasion)),
        None => None,
    };
    let scope = condition::Scope {
        trusted_headers,
        captures: captures.as_deref(),
        occasion,
        sign_in: matches!(place, Place::IdentityProvider),
    };
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
        None => Some(vec![DEFAULT_ACR.to_owned()]),
        Some(node) => acr(&node),
    };
    let enforcement = match members.optional("enforcement") {
        None => Some(Enforcement::Enforce),
        Some(node) => node.word(&[("enforce", Enforcement::Enforce), ("observe", Enforcement::Observe)]),
    };
    let explains_values = match members.optional("explain_values") {
        None => Some(false),
        Some(node) => node.flag(),
    };
    let transaction = match place {
        Place::Gateway(_) => transaction(&members, occasion),
        Place::IdentityProvider => Some(None),
    };
    let custom_data = match members.optional("workflow_input") {
        None => Some(None),
        Some(node) => custom_data::read(&node).map(Some),
    };
    let require = members
        .required("require", "`registration`, `step_up`, `recovery` or `routine`")
        .and_then(|node| require(&node, occasion));
    let when = conjoined(about.as_ref().map(|about| about.query.as_slice()).unwrap_or_default(), when?);
    let About { occasion, resource, .. } = about?;
    Some(Rule {
        id: id?,
        relying_party: relying_party?,
        occasion,
        resource,
        transaction: transaction?,
        enforcement: enforcement?,
        when,
        require: require?,
        acr: acr?,
        explains_values: explains_values?,
        custom_data: custom_data?,
        max_age: max_age?,
        digest: digest::digest(node.value),
    })
}

/// What an identity provider's rule is about: a ceremony, recovery, or the sign-in as a whole.
fn about_sign_in(members: &Members<'_>) -> Option<About> {
    const SIGN_IN: (&str, Occasion) = ("sign_in", Occasion::Resource);
    let node = members.required("ceremony", "`sign_in`, `authentication`, `registration` or `recovery`")?;
    let [registration, authentication, recovery] =
        Occasion::CEREMONIES.map(|occasion| (occasion.as_str(), occasion));
    let occasion = node.word(&[SIGN_IN, authentication, registration, recovery])?;
    Some(About { occasion, resource: None, query: Vec::new() })
}

/// What a rule is about.
struct About {
    occasion: Occasion,
    resource: Option<Resource>,
    /// What the query must say.
    query: Vec<Condition>,
}

fn about(members: &Members<'_>, party: Option<&RelyingParty>) -> Option<About> {
    match (members.optional("ceremony"), members.optional("resource")) {
        (Some(_), Some(node)) => {
            node.refuse("a rule is about one thing", "write `ceremony` or `resource`");
            None
        }
        (None, Some(node)) => {
            let (resource, query) = resource::read(&node, party)?;
            Some(About { occasion: Occasion::Resource, resource: Some(resource), query })
        }
        (_, None) => {
            const WANTED: &str = "`registration`, `authentication` or `recovery`, or a `resource` instead";
            let node = members.required("ceremony", WANTED)?;
            let occasion = node.word(&Occasion::CEREMONIES.map(|occasion| (occasion.as_str(), occasion)))?;
            Some(About { occasion, resource: None, query: Vec::new() })
        }
    }
}

/// A resource's query counts like conditions: what cannot be read makes the rule apply.
fn conjoined(query: &[Condition], when: Option<Condition>) -> Option<Condition> {
    if query.is_empty() {
        return when;
    }
    Some(Condition::All(query.iter().cloned().chain(when).collect()))
}

/// A level, or several from the lowest that is enough to the highest.
fn acr(node: &Node<'_>) -> Option<Vec<String>> {
    let level = |node: &Node<'_>| {
        node.parsed("a name without spaces and quotes, such as `urn:countersign:acr:biometric`", |text| {
            let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
            (!text.is_empty() && text.bytes().all(plain)).then(|| text.to_owned())
        })
    };
    if !matches!(node.value, Value::Array(_)) {
        return level(node).map(|level| vec![level]);
    }
    let items = node.some_items("a list of levels, the lowest that is enough first")?;
    let read: Vec<_> = items.iter().map(level).collect();
    read.into_iter().collect()
}

#[expect(clippy::option_option, reason = "none and not readable are two things")]
fn transaction(members: &Members<'_>, occasion: Option<Occasion>) -> Option<Option<TransactionTemplate>> {
    let Some(node) = members.optional("transaction") else { return Some(None) };
    if occasion? != Occasion::Resource {
        node.refuse(
            "only a resource has a transaction",
            "take it out, or make the rule one about a `resource`",
        );
        return None;
    }
    resource::transaction(&node).map(Some)
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

/// The captures in the paths at which it begins.
fn captures(party: &RelyingParty, occasion: Occasion) -> Vec<&str> {
    let begins = party.endpoints.iter().filter(|endpoint| Some(endpoint.leg) == occasion.begin());
    let mut captures: Vec<&str> = sorted(begins.flat_map(|endpoint| endpoint.path.captures()).collect());
    captures.dedup();
    captures
}

/// What is required must be something that the occasion can give.
fn require(node: &Node<'_>, occasion: Option<Occasion>) -> Option<Flow> {
    let words = [Flow::Registration, Flow::StepUp, Flow::Recovery, Flow::Routine];
    let flow = node.word(&words.map(|flow| (flow.name(), flow)))?;
    let own = match occasion? {
        Occasion::Ceremony(Ceremony::Registration) => Flow::Registration,
        Occasion::Ceremony(Ceremony::Authentication) | Occasion::Resource => Flow::StepUp,
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
