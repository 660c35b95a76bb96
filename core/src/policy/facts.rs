//! What a decision can look at.

use std::borrow::Cow;

use crate::headers::{Headers, Single};
use crate::json::Value;
use crate::route::{Captured, Captures, Parameter, parameter, query_of};

use super::condition::Source;
use super::{Body, Content};

/// What is known of a request, and so far of its ceremony.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The request's headers, pseudo-headers included.
    pub headers: &'a Headers,
    /// What the path template captured.
    pub captures: &'a Captures,
    /// The request's body; `None`: there is none, and a rule that looks into it applies.
    pub body: Option<&'a Body>,
    /// The user's id. `None`: not asked for yet; `Some(None)`: nobody knows.
    pub user: Option<Option<&'a str>>,
    /// Seconds since the session's last step-up; `None`: it shows none.
    pub elevation_age: Option<u64>,
    /// What the credential says of itself; `None` before the finish.
    pub credential: Option<CredentialFacts<'a>>,
}

/// What a credential says of itself (W3C WebAuthn Level 3, section 6.1 and `authenticatorAttachment`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialFacts<'a> {
    /// The BS flag.
    pub backed_up: bool,
    /// The BE flag.
    pub backup_eligible: bool,
    /// The UV flag.
    pub user_verified: bool,
    /// `authenticatorAttachment`, if the client gives it.
    pub attachment: Option<&'a str>,
}

/// One thing about a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialFact {
    /// The BS flag.
    BackedUp,
    /// The BE flag.
    BackupEligible,
    /// The UV flag.
    UserVerified,
    /// `authenticatorAttachment`.
    Attachment,
}

impl CredentialFact {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::BackedUp, Self::BackupEligible, Self::UserVerified, Self::Attachment];

    /// As the configuration writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::BackedUp => "backed_up",
            Self::BackupEligible => "backup_eligible",
            Self::UserVerified => "user_verified",
            Self::Attachment => "attachment",
        }
    }
}

/// What deciding a list of rules looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// Trusted headers, in lower case, each once.
    pub headers: Vec<String>,
    /// Whether it looks into the request's body.
    pub body: bool,
}

/// One fact.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fact<'a> {
    Absent,
    /// Repeated, not UTF-8, not JSON.
    Unreadable,
    /// Not known yet; it will be.
    Awaited,
    /// A text without a type of its own.
    Text(Cow<'a, str>),
    Json(&'a Value),
    Flag(bool),
}

impl<'a> Facts<'a> {
    pub(super) fn fact(&self, source: &Source) -> Fact<'a> {
        match source {
            Source::Header(name) => match self.headers.single(name) {
                Single::Absent => Fact::Absent,
                Single::One(value) => std::str::from_utf8(value).map_or(Fact::Unreadable, borrowed),
                Single::Repeated => Fact::Unreadable,
            },
            Source::Query(name) => self.parameter(name),
            Source::Path(name) => match self.captures.value(name) {
                Captured::Absent => Fact::Absent,
                Captured::Unreadable => Fact::Unreadable,
                Captured::Text(text) => borrowed(text),
            },
            Source::Body(pointer) => match self.body {
                None => Fact::Unreadable,
                Some(body) => match (body.value.at(pointer), body.content) {
                    (None, _) => Fact::Absent,
                    (Some(Value::String(text)), Content::Form) => borrowed(text),
                    (Some(value), _) => Fact::Json(value),
                },
            },
            Source::User => match self.user {
                None => Fact::Awaited,
                Some(user) => user.map_or(Fact::Absent, borrowed),
            },
            Source::ElevationAge => {
                self.elevation_age.map_or(Fact::Absent, |age| Fact::Text(Cow::Owned(age.to_string())))
            }
            Source::Credential(wanted) => {
                self.credential.map_or(Fact::Awaited, |credential| credential.fact(*wanted))
            }
        }
    }

    fn parameter(&self, name: &str) -> Fact<'a> {
        let Single::One(path) = self.headers.single(":path") else { return Fact::Unreadable };
        match query_of(path).map(|query| parameter(query, name)) {
            None | Some(Parameter::Absent) => Fact::Absent,
            Some(Parameter::Repeated | Parameter::Unreadable) => Fact::Unreadable,
            Some(Parameter::Text(text)) => Fact::Text(Cow::Owned(text)),
        }
    }
}

impl<'a> CredentialFacts<'a> {
    pub(super) fn fact(self, wanted: CredentialFact) -> Fact<'a> {
        match wanted {
            CredentialFact::BackedUp => Fact::Flag(self.backed_up),
            CredentialFact::BackupEligible => Fact::Flag(self.backup_eligible),
            CredentialFact::UserVerified => Fact::Flag(self.user_verified),
            CredentialFact::Attachment => self.attachment.map_or(Fact::Absent, borrowed),
        }
    }
}

fn borrowed(text: &str) -> Fact<'_> {
    Fact::Text(Cow::Borrowed(text))
}
