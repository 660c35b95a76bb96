//! A server whose ceremonies are guarded.

use crate::json::Pointer;
use crate::route::HostPattern;

use super::locate::Places;
use super::{Ceremony, Endpoint, Occasion, RuleList};

/// A relying party as the configuration describes it.
#[derive(Clone, Debug)]
pub struct RelyingParty {
    /// Its name in the configuration.
    pub name: String,
    /// Its position in [`super::Policy::relying_parties`].
    pub index: usize,
    /// The hosts it answers on; no two relying parties share one.
    pub hosts: Vec<HostPattern>,
    /// The RP ID (W3C WebAuthn Level 3, section 4).
    pub rp_id: String,
    /// SHA-256 of the RP ID, as authenticator data has it.
    pub rp_id_hash: [u8; 32],
    /// The origins its ceremonies may come from, as browsers serialise them.
    pub origins: Vec<String>,
    /// What its session with a client is known by.
    pub session: SessionSource,
    /// What the `userHandle` of its credentials is.
    pub user_handle: UserHandle,
    /// Its Envoy cluster, for our own calls to it.
    pub cluster: Option<String>,
    /// Where its begin answer may carry a biometric token.
    pub prior_biometric: Option<Pointer>,
    /// Who is asking: the first source that answers.
    pub user: Vec<UserSource>,
    /// Whether it checks by itself that a credential is the session user's.
    pub checks_owner: bool,
    /// Where its ceremonies are.
    pub endpoints: Vec<Endpoint>,
    pub(crate) registration: RuleList,
    pub(crate) authentication: RuleList,
    pub(crate) recovery: RuleList,
    pub(crate) resources: RuleList,
    pub(crate) places: Places,
}

/// What a session of the relying party's is known by; evidence is bound to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionSource {
    /// The cookie of this name.
    Cookie(String),
    /// The request header of this name, in lower case.
    Header(String),
    /// A member of the introspection's answer.
    Introspect(Pointer),
    /// A claim that an earlier filter (Envoy's `jwt_authn`) verified.
    Claim {
        /// The claim.
        claim: String,
        /// The key under which that filter stores the payload in its dynamic metadata.
        metadata: String,
    },
}

/// What the bytes of a `userHandle` say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserHandle {
    /// They are the user id.
    IsUser,
    /// Something of the relying party's own, known since the registration.
    Learned,
}

/// Where the user's id comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserSource {
    /// The relying party is asked, with the client's own cookies and headers.
    Introspect {
        /// `GET` or `POST`.
        method: String,
        /// The path, perhaps with a query.
        path: String,
        /// Where the id is in the answer.
        pointer: Pointer,
    },
    /// It stands in the options.
    Options(Pointer),
    /// The orchestrator knows whose credential this is.
    CredentialOwner,
    /// A claim that an earlier filter (Envoy's `jwt_authn`) verified.
    Claim {
        /// The claim.
        claim: String,
        /// The key under which that filter stores the payload in its dynamic metadata.
        metadata: String,
    },
    /// A trusted header, in lower case.
    Header(String),
}

impl RelyingParty {
    /// Its rules for one occasion.
    pub fn rules(&self, occasion: Occasion) -> &RuleList {
        match occasion {
            Occasion::Ceremony(Ceremony::Registration) => &self.registration,
            Occasion::Ceremony(Ceremony::Authentication) => &self.authentication,
            Occasion::Recovery => &self.recovery,
            Occasion::Resource => &self.resources,
        }
    }

    pub(super) fn rules_mut(&mut self, occasion: Occasion) -> &mut RuleList {
        match occasion {
            Occasion::Ceremony(Ceremony::Registration) => &mut self.registration,
            Occasion::Ceremony(Ceremony::Authentication) => &mut self.authentication,
            Occasion::Recovery => &mut self.recovery,
            Occasion::Resource => &mut self.resources,
        }
    }
}
