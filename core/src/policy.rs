//! What the operator wants: relying parties, rules, the orchestrator, keys and limits, checked and compiled.
//!
//! A [`Policy`] comes from a configuration text (see [`crate::config`]) and never changes afterwards.

mod audit;
mod condition;
mod decide;
mod decimal;
mod endpoint;
mod explain;
mod facts;
mod guard;
mod handoff;
pub mod identity_provider;
mod locate;
mod orchestrator;
mod relying_party;
mod residue;
mod resource;
mod rule;
mod secret;
mod transaction;
mod truth;

pub use audit::Audit;
pub use condition::{Condition, Scalar, Source, Test};
pub use decide::Decision;
pub use decimal::Decimal;
pub use endpoint::{Accepted, Body, Content, Endpoint, Leg, Locator};
pub use facts::{CredentialFact, CredentialFacts, Facts, Reads};
pub use guard::{Guard, Guards, Protects};
pub use handoff::{Handoffs, Push};
pub use identity_provider::{IdentityProvider, Judgement, SignIn, SignInRules};
pub use orchestrator::{Access, Orchestrator, TokenSource, VerdictKey};
pub use relying_party::{RelyingParty, SessionSource, UserHandle, UserSource};
pub use residue::{Residue, ResidueError};
pub use resource::Resource;
pub use rule::{Ceremony, DEFAULT_ACR, Flow, Occasion, Rule, RuleList};
pub use secret::Secret;
pub use transaction::{Display, Transaction, TransactionTemplate};

use crate::es256::SigningKey;
use crate::route::HostTable;

pub(crate) use locate::Places;

/// A configuration that loaded.
#[derive(Debug)]
pub struct Policy {
    /// Whether refusals happen or are only counted.
    pub enforcement: Enforcement,
    /// Whether Envoy's `allow_on_headers_stop_iteration` is set on this plugin.
    pub headers_can_wait: bool,
    /// Request headers that an earlier filter sets; lower case. Rules look at no other.
    pub trusted_headers: Vec<String>,
    /// A [`Rule::relying_party`] is a position here.
    pub relying_parties: Vec<RelyingParty>,
    /// In the order of the configuration.
    pub rules: Vec<Rule>,
    /// Who runs the biometric check.
    pub orchestrator: Orchestrator,
    /// What stands in front of the orchestrator itself.
    pub guards: Guards,
    /// What seals evidence and covers user ids.
    pub keys: Keys,
    /// How much of a request is looked at, and for how long a ceremony may go on.
    pub limits: Limits,
    /// Under which path our own endpoints are: `/.countersign`.
    pub prefix: String,
    /// How a phone is brought in; `None`: hand-offs are not offered.
    pub handoff: Option<Handoffs>,
    /// The trusted header whose presence asks for a decision in words; `None`: nobody is told.
    pub explain: Option<String>,
    /// Where every decision is told; `None`: nowhere.
    pub audit: Option<Audit>,
    /// What loads, but is weaker than it looks; a sentence each.
    pub warnings: Vec<String>,
    pub(crate) hosts: HostTable,
}

impl Policy {
    /// Whether this Envoy cluster is a relying party's.
    pub fn is_relying_partys(&self, cluster: &str) -> bool {
        self.relying_parties.iter().any(|party| party.cluster.as_deref() == Some(cluster))
    }

    /// Whether this Envoy cluster is the orchestrator's, and guards stand in front of it.
    pub fn is_guarded_orchestrators(&self, cluster: &str) -> bool {
        !self.guards.is_empty() && self.orchestrator.cluster == cluster
    }

    /// Whether a begin of this relying party's whose options cannot be read is refused: where any rule is about it, and
    /// where a secret that the client must not see may be in them.
    pub fn must_read_begins(&self, relying_party: usize) -> bool {
        let carries = |party: &RelyingParty| party.prior_biometric.is_some();
        self.rules.iter().any(|rule| rule.relying_party == relying_party)
            || self.relying_parties.get(relying_party).is_some_and(carries)
    }

    /// The trusted headers that a decision for this leg's ceremony may look at. Repeated, each is `malformed_request`.
    pub fn headers_read(&self, relying_party: usize, leg: Leg) -> &[String] {
        self.rule_list(relying_party, leg).map_or(&[], |list| &list.reads.headers)
    }

    /// Whether a decision at this leg may look into the request's body.
    pub fn reads_body(&self, relying_party: usize, leg: Leg) -> bool {
        leg.is_begin() && self.rule_list(relying_party, leg).is_some_and(|list| list.reads.body)
    }

    /// Whether a rule that is only watched looks into it.
    pub fn watches_body(&self, relying_party: usize, leg: Leg) -> bool {
        leg.is_begin() && self.rule_list(relying_party, leg).is_some_and(|list| list.watches_body)
    }

    /// Fills in what is looked up at every request.
    pub(crate) fn compiled(mut self) -> Self {
        let mut hosts = Vec::new();
        for party in &mut self.relying_parties {
            hosts.extend(party.hosts.iter().map(|host| (host.clone(), party.index)));
            party.places = Places::new(&self.prefix, &party.endpoints);
        }
        self.hosts = HostTable::new(hosts);
        for (position, rule) in self.rules.iter().enumerate() {
            if let Some(party) = self.relying_parties.get_mut(rule.relying_party) {
                if let Some(resource) = &rule.resource {
                    if rule.is_enforced() {
                        party.places.add_resource(&resource.path, position);
                    } else {
                        party.places.watch_resource(&resource.path, position);
                    }
                }
                party.rules_mut(rule.occasion).push(position, rule);
            }
        }
        self
    }

    fn rule_list(&self, relying_party: usize, leg: Leg) -> Option<&RuleList> {
        Some(self.relying_parties.get(relying_party)?.rules(leg.occasion()))
    }
}

/// What a decision does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enforcement {
    /// It is carried out.
    Enforce,
    /// It is counted and logged; nothing is changed, asked or refused.
    Observe,
}

/// Keys from the environment.
#[derive(Debug)]
pub struct Keys {
    /// All that open; the first is [`Keys::sealing`].
    pub seal: Vec<SealKey>,
    /// Makes opaque ids of user ids that the orchestrator's alphabet cannot hold.
    pub surrogate: Option<Secret>,
    /// The first signs what relying parties are told; all are published.
    pub assertion: Vec<AssertionKey>,
    sealing: SealKey,
}

/// A key that signs assertions to relying parties.
#[derive(Clone, Debug)]
pub struct AssertionKey {
    /// `kid`
    pub id: String,
    /// The key.
    pub key: SigningKey,
}

impl Keys {
    /// One key that seals and opens, and others that only open.
    pub fn new(sealing: SealKey, others: Vec<SealKey>, surrogate: Option<Secret>) -> Self {
        let seal = std::iter::once(sealing.clone()).chain(others).collect();
        Self { seal, surrogate, assertion: Vec::new(), sealing }
    }

    /// The same with keys that sign assertions to relying parties.
    #[must_use]
    pub fn with_assertion(self, assertion: Vec<AssertionKey>) -> Self {
        Self { assertion, ..self }
    }

    /// The key that seals.
    pub fn sealing(&self) -> &SealKey {
        &self.sealing
    }

    /// The key of this id.
    pub fn by_id(&self, id: &str) -> Option<&SealKey> {
        self.seal.iter().find(|key| key.id == id)
    }
}

/// A key for evidence.
#[derive(Clone, Debug)]
pub struct SealKey {
    /// Within `[A-Za-z0-9_-]{1,16}`; travels in the evidence.
    pub id: String,
    /// At least 32 bytes.
    pub key: Secret,
}

/// Bounds on what is read and kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest body that is read, in bytes: 1 KiB to 900 KiB.
    pub body: usize,
    /// The deepest JSON that is read: 1 to 64 levels of arrays and objects.
    pub json_depth: usize,
    /// How long a ceremony may take, in seconds: 1 to 600.
    pub ceremony: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body: 64 * 1024, json_depth: 16, ceremony: 600 }
    }
}

#[cfg(test)]
mod tests;
