//! An operation as a profile describes it: what is sent, and what an answer must say to count.

use super::template::{Template, Text, Values};
use crate::json::{Pointer, Value};

/// One operation of an orchestrator.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Procedure {
    /// Requests in order. All but the last only give values to those after them; the last one's answer is the
    /// operation's.
    pub requests: Vec<Request>,
    /// How the last answer is read.
    pub answer: Reading,
    /// A status that the upstream gives only once: whoever asks again learns nothing.
    pub once: bool,
}

/// One HTTP request.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// In upper case.
    pub method: String,
    /// With its query, if it has one.
    pub path: Text,
    /// Headers beside those that every call has; one whose value is missing is left out.
    pub headers: Vec<(String, Text)>,
    /// The body.
    pub body: Body,
    /// The statuses that mean success.
    pub accepted: Vec<u16>,
    /// What its answer gives to the requests after it.
    pub take: Vec<(String, Pointer)>,
}

/// The body of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Body {
    /// None.
    #[default]
    Empty,
    /// `application/x-www-form-urlencoded`: an object of texts.
    Form(Template),
    /// `application/json`.
    Json(Template),
}

/// How an answer is read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Where each member of ours is in the answer.
    pub members: Vec<(Member, Pointer)>,
    /// What the client gets for the capture.
    pub client: Client,
    /// What the answer must say about what was asked.
    pub same: Vec<Same>,
    /// The upstream's words for a status, and ours. A word that is not here is none of ours.
    pub words: Vec<(String, String)>,
    /// What a match must have brought with it, by flow; without it the match is a failure.
    pub needs: Vec<(String, Pointer)>,
    /// What an answer that says `matched` must say too; if it does not, the match is a failure.
    pub proof: Vec<Same>,
    /// What a refusal means, by its HTTP status.
    pub statuses: Vec<(u16, Ended)>,
    /// Where a refusal says its code.
    pub code: Option<Pointer>,
    /// What a refusal means, by its code.
    pub codes: Vec<(String, Ended)>,
}

/// What we take out of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// What later calls about the session need and the client may hold: travels in the evidence.
    Carry,
    /// When a hand-off was completed (RFC 3339).
    CompletedAt,
    /// When a hand-off ends (RFC 3339).
    ExpiresAt,
    /// `external_user_id`
    ExternalUserId,
    /// The id of a hand-off.
    Handoff,
    /// The token that the phone shows.
    HandoffToken,
    /// A credential's public key, base64url.
    PublicKey,
    /// The id of a session.
    Session,
    /// A status word.
    Status,
    /// A credential's user handle, base64url.
    UserHandle,
    /// A signed verdict.
    Verdict,
}

impl Member {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Carry,
        Self::CompletedAt,
        Self::ExpiresAt,
        Self::ExternalUserId,
        Self::Handoff,
        Self::HandoffToken,
        Self::PublicKey,
        Self::Session,
        Self::Status,
        Self::UserHandle,
        Self::Verdict,
    ];

    /// As profiles write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Carry => "carry",
            Self::CompletedAt => "completed_at",
            Self::ExpiresAt => "expires_at",
            Self::ExternalUserId => "external_user_id",
            Self::Handoff => "handoff",
            Self::HandoffToken => "handoff_token",
            Self::PublicKey => "public_key",
            Self::Session => "session",
            Self::Status => "status",
            Self::UserHandle => "user_handle",
            Self::Verdict => "verdict",
        }
    }
}

/// What the client gets for the capture.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Client {
    /// Nothing.
    #[default]
    Nothing,
    /// What stands there, as it stands.
    Whole(Pointer),
    /// An object of what stands at each place.
    Parts(Vec<(String, Pointer)>),
}

/// Something that an answer must say about what was asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Same {
    /// Where it says it.
    pub at: Pointer,
    /// What it must be. Where that has no value (a recovery has no challenge), nothing may stand there.
    pub value: Template,
    /// It is one of the elements of a list that stands there.
    pub among: bool,
}

/// The only value that a client presents as it likes; all others were sealed by us or come from the orchestrator.
const OF_THE_CLIENT: &str = "continuation";

impl Same {
    /// Whether it is about something that a client presented.
    pub fn is_what_the_client_says(&self) -> bool {
        let mut found = false;
        self.value.placeholders(&mut |name| found |= name == OF_THE_CLIENT);
        found
    }

    /// Whether an answer says it.
    pub fn holds(&self, answer: &Value, values: &Values) -> bool {
        let found = answer.at(&self.at).filter(|found| **found != Value::Null);
        match (self.value.fill(values), found) {
            (None, _) if self.among => true,
            (None, found) => found.is_none(),
            (Some(expected), Some(Value::Array(elements))) if self.among => elements.contains(&expected),
            (Some(expected), Some(found)) => !self.among && *found == expected,
            (Some(_), None) => false,
        }
    }
}

/// Why an orchestrator did not do what it was asked, in our words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Cancelled.
    Cancelled,
    /// Too late.
    Expired,
    /// Ended without an answer.
    Failed,
    /// The face is not the enrolled person's.
    NotMatched,
    /// The check is not finished.
    NotReady,
    /// It was done before.
    Replayed,
    /// The orchestrator does not know it.
    Unknown,
}

impl Ended {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Cancelled,
        Self::Expired,
        Self::Failed,
        Self::NotMatched,
        Self::NotReady,
        Self::Replayed,
        Self::Unknown,
    ];

    /// As profiles write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Failed => "failed",
            Self::NotMatched => "not_matched",
            Self::NotReady => "not_ready",
            Self::Replayed => "replayed",
            Self::Unknown => "unknown",
        }
    }
}
