//! For whom options are: the sources of the configuration, and who of them is still to be asked.

use super::{Asked, Offer};
use crate::exchange::Context;
use crate::exchange::identify::{self, Introspection};
use crate::json::Pointer;
use crate::policy::{RelyingParty, UserSource};

/// Whom to ask for the user.
#[derive(Clone, Copy)]
pub(super) enum Source {
    Introspection,
    Owner,
}

pub(super) enum User {
    Ask(Source),
    Known(String),
    Nobody,
}

impl User {
    /// As a fact: `None` while somebody could still be asked.
    #[expect(clippy::option_option, reason = "not asked yet and nobody are two things")]
    pub(super) fn as_option(&self) -> Option<Option<&str>> {
        match self {
            Self::Ask(_) => None,
            Self::Known(user) => Some(Some(user)),
            Self::Nobody => Some(None),
        }
    }
}

impl Offer {
    /// The first source that answers, in the order of the configuration.
    pub(super) fn user(&self, party: &RelyingParty, context: Context<'_>) -> User {
        if let Some(user) = self.named(context) {
            return User::Known(user);
        }
        for source in &party.user {
            match source {
                UserSource::Introspect { .. } => match &self.introspection {
                    None => return User::Ask(Source::Introspection),
                    Some(Introspection { user: Some(user), .. }) => return User::Known(user.clone()),
                    Some(_) => {}
                },
                UserSource::Claim { .. } | UserSource::Header(_) => {
                    if let Some(user) = identify::vouched(&self.begin.request, source, context) {
                        return User::Known(user);
                    }
                }
                UserSource::Options(pointer) => {
                    if let Some(user) = self.in_options(pointer, context) {
                        return User::Known(user);
                    }
                }
                UserSource::CredentialOwner => match &self.owner {
                    None if self.first_allowed().is_some() => return User::Ask(Source::Owner),
                    Some(Asked::Known(owner)) => return User::Known(owner.user.as_str().to_owned()),
                    _ => {}
                },
            }
        }
        User::Nobody
    }

    /// Where the endpoint itself says who it is: in the answer, or in the request.
    fn named(&self, context: Context<'_>) -> Option<String> {
        let pointer = self.begin.request.endpoint(context).ok()?.user.as_ref()?;
        let said = self.document.at(pointer).or_else(|| self.begin.body.as_ref()?.value.at(pointer))?;
        identify::identifier(said)
    }

    fn in_options(&self, pointer: &Pointer, context: Context<'_>) -> Option<String> {
        let endpoint = self.begin.request.endpoint(context).ok()?;
        let options = endpoint.locator.read(&self.document, context.policy.limits.json_depth)?;
        options.at(pointer).and_then(identify::identifier)
    }
}

/// Whether the orchestrator is a source of users for this relying party.
pub(in crate::exchange) fn asks_owner(party: &RelyingParty) -> bool {
    party.user.iter().any(|source| matches!(source, UserSource::CredentialOwner))
}
