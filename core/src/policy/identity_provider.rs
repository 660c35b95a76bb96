//! What the administrator of an identity provider wants. There is one relying party, the identity provider itself,
//! which keeps its own state: no hosts, endpoints or evidence.

use super::{CredentialFacts, Decision, Enforcement, Facts, Occasion, Orchestrator, Policy, Rule, Secret};
use crate::headers::Headers;
use crate::route::Captures;

/// What the name of each fact about a sign-in begins with: no header's does.
pub(crate) const MARK: &str = ":sign-in ";
pub(crate) const CLIENT: &str = ":sign-in client";
pub(crate) const ACR: &str = ":sign-in acr";
pub(crate) const IP: &str = ":sign-in ip";
pub(crate) const NEW_DEVICE: &str = ":sign-in new_device";

/// The name of the fact about a user's attribute.
pub(crate) fn attribute(name: &str) -> String {
    format!("{MARK}attribute {name}")
}

/// A configuration that loaded.
#[derive(Debug)]
pub struct IdentityProvider {
    /// What it asks for, and when.
    pub sign_in: SignInRules,
    /// Who runs the biometric check; [`Orchestrator::cluster`] is where its paths begin, `https://orchestrator.example`.
    pub orchestrator: Orchestrator,
    /// Makes opaque ids of user ids that the orchestrator's alphabet cannot hold.
    pub surrogate: Option<Secret>,
    /// What loads, but is weaker than it looks; a sentence each.
    pub warnings: Vec<String>,
}

/// The rules of a configuration: all that a decision needs of it.
#[derive(Debug)]
pub struct SignInRules {
    /// Whether refusals happen or are only counted.
    pub enforcement: Enforcement,
    /// In the order of the configuration.
    pub rules: Vec<Rule>,
}

/// What is known of a sign-in.
#[derive(Clone, Copy, Debug)]
pub struct SignIn<'a> {
    /// The client that asks for it.
    pub client: Option<&'a str>,
    /// The levels that it asks for (`OpenID` Connect Core section 3.1.2.1).
    pub acr: &'a [&'a str],
    /// Where it comes from.
    pub ip: Option<&'a str>,
    /// Whether this user was never seen on this device.
    pub new_device: bool,
    /// The user's id; `None`: nobody has been identified.
    pub user: Option<&'a str>,
    /// The user's attributes; one that has several values stands here several times.
    pub attributes: &'a [(&'a str, &'a str)],
    /// What the credential says of itself, once it is here.
    pub credential: Option<CredentialFacts<'a>>,
}

/// What the rules say of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judgement<'p> {
    /// The rule to fulfil; `None`: the sign-in goes on as it is.
    pub required: Option<&'p Rule>,
    /// The rule that would have to be fulfilled, were it not only watched.
    pub watched: Option<&'p Rule>,
}

impl SignInRules {
    /// Decides, and gives the reason in words to whoever asks for it.
    ///
    /// What cannot be known makes a rule apply, unless it is an exemption; a rule that looks at the credential applies
    /// where there is none yet.
    pub fn decide(&self, occasion: Occasion, sign_in: &SignIn<'_>) -> (Judgement<'_>, Option<String>) {
        let headers = sign_in.headers();
        let facts = Facts {
            headers: &headers,
            captures: &Captures::default(),
            body: None,
            user: Some(sign_in.user),
            elevation_age: None,
            credential: Some(sign_in.credential.unwrap_or(UNSEEN)),
        };
        let about = |rule: &&Rule| rule.occasion == occasion;
        let decide = |rules: &mut dyn Iterator<Item = &'_ Rule>| -> Option<usize> {
            let rules: Vec<&Rule> = rules.collect();
            match Policy::decide_among(rules.iter().map(|rule| (*rule, facts))) {
                Decision::Require(found) => self.rules.iter().position(|rule| rule.id == found.id),
                // The user and the credential are given: there is nothing to wait for.
                Decision::Routine | Decision::NeedUser | Decision::Deferred(_) => None,
            }
        };
        let all = decide(&mut self.rules.iter().filter(about));
        let enforced = decide(&mut self.rules.iter().filter(about).filter(|rule| rule.is_enforced()));
        let rule = |position: Option<usize>| position.and_then(|position| self.rules.get(position));
        let (all, enforced) = (rule(all), rule(enforced));
        let judgement = match self.enforcement {
            Enforcement::Enforce => {
                Judgement { required: enforced, watched: all.filter(|rule| !rule.is_enforced()) }
            }
            Enforcement::Observe => Judgement { required: None, watched: all },
        };
        let reason = judgement.required.or(judgement.watched).map(|rule| rule.explain(&facts));
        (judgement, reason)
    }
}

/// A credential that nobody has seen says nothing that would exempt it.
const UNSEEN: CredentialFacts<'static> =
    CredentialFacts { backed_up: true, backup_eligible: true, user_verified: false, attachment: None };

impl SignIn<'_> {
    fn headers(&self) -> Headers {
        let mut headers = Headers::default();
        let mut put = |name: &str, value: &str| headers.push(name.as_bytes(), value.as_bytes());
        for (name, value) in [(CLIENT, self.client), (IP, self.ip)] {
            if let Some(value) = value {
                put(name, value);
            }
        }
        self.acr.iter().for_each(|acr| put(ACR, acr));
        if self.new_device {
            put(NEW_DEVICE, "true");
        }
        for (name, value) in self.attributes {
            put(&attribute(name), value);
        }
        headers
    }
}
