//! Rules: where they apply, when, and what they require.

use super::{Condition, Enforcement, Leg, Reads, Resource, Source, TransactionTemplate};
use crate::json::Value;
use crate::orchestrator::Operation;

/// The `acr` of a rule that names none.
pub const DEFAULT_ACR: &str = "urn:countersign:acr:biometric";

/// How long an elevation is good by a rule that does not say, in seconds.
const DEFAULT_MAX_AGE: u64 = 300;

/// One line of policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Within `[A-Za-z0-9_-]{1,64}`, unique.
    pub id: String,
    /// A position in [`super::Policy::relying_parties`].
    pub relying_party: usize,
    /// What it is about.
    pub occasion: Occasion,
    /// Where, if it is about a resource.
    pub resource: Option<Resource>,
    /// What is bound, if it is about a transaction.
    pub transaction: Option<TransactionTemplate>,
    /// Whether it is carried out, or only counted.
    pub enforcement: Enforcement,
    /// When it applies; always, if there is none.
    pub when: Option<Condition>,
    /// What it requires; [`Flow::Routine`] is an exemption from the rules after it.
    pub require: Flow,
    /// The authentication context classes that satisfy it, lowest first (RFC 9470); the first is what fulfilling it
    /// gives. At least one.
    pub acr: Vec<String>,
    /// Whether an explanation may tell what was found in the request.
    pub explains_values: bool,
    /// `workflow_input.custom_data` of its sessions; holds no reserved key.
    pub custom_data: Option<Value>,
    /// How long what it gives is good for, in seconds.
    pub max_age: Option<u64>,
    /// The first half of SHA-256 of the rule as it was written, in canonical JSON: a changed rule is another rule.
    pub digest: [u8; 16],
}

impl Rule {
    /// The flow that fulfils it.
    pub fn flow(&self) -> Flow {
        self.require
    }

    /// What fulfilling it gives.
    pub fn gives(&self) -> &str {
        self.acr.first().map_or(DEFAULT_ACR, String::as_str)
    }

    /// For how many seconds what it gives is good.
    pub fn lasts(&self) -> u64 {
        self.max_age.unwrap_or(DEFAULT_MAX_AGE)
    }

    /// Whether deciding or binding it looks into the request's body.
    pub fn reads_body(&self) -> bool {
        let mut reads = Reads::default();
        if let Some(condition) = &self.when {
            condition.add_to(&mut reads);
        }
        reads.body || self.transaction.is_some()
    }

    /// The trusted headers that deciding it looks at.
    pub fn headers_read(&self) -> impl Iterator<Item = &str> {
        let mut headers = Vec::new();
        if let Some(condition) = &self.when {
            condition.sources(&mut |source| {
                if let Source::Header(name) = source {
                    headers.push(name.as_str());
                }
            });
        }
        headers.into_iter()
    }

    /// Whether deciding it looks at how long ago the last step-up was.
    pub fn reads_elevation_age(&self) -> bool {
        let mut reads = false;
        if let Some(condition) = &self.when {
            condition.sources(&mut |source| reads |= matches!(source, Source::ElevationAge));
        }
        reads
    }

    /// Whether it is carried out.
    pub fn is_enforced(&self) -> bool {
        self.enforcement == Enforcement::Enforce
    }

    /// Whether it applies where its condition cannot be decided: what requires something does, an exemption does not.
    pub(super) fn applies_unknown(&self) -> bool {
        self.require != Flow::Routine
    }
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Occasion {
    /// A ceremony, from its begin.
    Ceremony(Ceremony),
    /// The relying party's recovery route, which ends in a replacement registration.
    Recovery,
    /// Any other route; at an identity provider, a sign-in as a whole.
    Resource,
}

impl Occasion {
    /// Those that `ceremony` names.
    pub const CEREMONIES: [Self; 3] =
        [Self::Ceremony(Ceremony::Registration), Self::Ceremony(Ceremony::Authentication), Self::Recovery];

    /// As the configuration writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ceremony(ceremony) => ceremony.as_str(),
            Self::Recovery => "recovery",
            Self::Resource => "resource",
        }
    }

    /// The leg that it begins with; a resource is none.
    pub fn begin(self) -> Option<Leg> {
        match self {
            Self::Ceremony(ceremony) => Some(ceremony.begin()),
            Self::Recovery => Some(Leg::Recovery),
            Self::Resource => None,
        }
    }
}

impl From<Ceremony> for Occasion {
    fn from(ceremony: Ceremony) -> Self {
        Self::Ceremony(ceremony)
    }
}

/// A WebAuthn ceremony (W3C WebAuthn Level 3, sections 7.1 and 7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ceremony {
    /// A credential is created.
    Registration,
    /// A credential is used.
    Authentication,
}

impl Ceremony {
    /// As the configuration writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Authentication => "authentication",
        }
    }

    /// The ceremony of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Registration, Self::Authentication].into_iter().find(|ceremony| ceremony.as_str() == name)
    }

    /// The leg that it begins with.
    pub fn begin(self) -> Leg {
        match self {
            Self::Registration => Leg::RegistrationBegin,
            Self::Authentication => Leg::AuthenticationBegin,
        }
    }

    /// The `type` of its client data (section 5.8.1).
    pub fn client_data_type(self) -> &'static str {
        match self {
            Self::Registration => "webauthn.create",
            Self::Authentication => "webauthn.get",
        }
    }
}

/// How a ceremony goes (contract section 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// With a biometric match beside an assertion, on the phone, for a session elsewhere.
    CrossPlatform,
    /// With a biometric match beside a credential that replaces a lost one.
    Recovery,
    /// With a biometric enrolment beside the new credential.
    Registration,
    /// As the relying party alone would have it.
    Routine,
    /// With a biometric match beside the assertion.
    StepUp,
}

impl Flow {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::CrossPlatform, Self::Recovery, Self::Registration, Self::Routine, Self::StepUp];

    /// As the configuration, evidence and the orchestrator write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::CrossPlatform => "cross_platform",
            Self::Recovery => "recovery",
            Self::Registration => "registration",
            Self::Routine => "routine",
            Self::StepUp => "step_up",
        }
    }

    /// The flow of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flow| flow.name() == name)
    }

    /// What opens its session at the orchestrator; `None` where there is none.
    pub fn open(self) -> Option<Operation> {
        match self {
            Self::CrossPlatform => Some(Operation::OpenCrossPlatformAuthentication),
            Self::Recovery => Some(Operation::OpenRecovery),
            Self::Registration => Some(Operation::OpenRegistration),
            Self::Routine => None,
            Self::StepUp => Some(Operation::OpenStepUp),
        }
    }
}

/// The rules of one relying party for one ceremony, in order, and what deciding them reads.
#[derive(Clone, Debug, Default)]
pub struct RuleList {
    /// Positions in [`super::Policy::rules`]; the first that applies decides.
    pub rules: Vec<usize>,
    /// What the conditions of those that are enforced look at.
    pub reads: Reads,
    /// Whether one of them is only watched.
    pub watches: bool,
    /// Whether one that is only watched looks into the body.
    pub watches_body: bool,
}

impl RuleList {
    pub(super) fn push(&mut self, position: usize, rule: &Rule) {
        if rule.is_enforced() {
            if let Some(condition) = &rule.when {
                condition.add_to(&mut self.reads);
            }
        } else {
            self.watches = true;
            self.watches_body |= rule.reads_body();
        }
        self.rules.push(position);
    }
}
