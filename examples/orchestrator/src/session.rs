//! A session: the record of one biometric check.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What the check is for. The fifth flow of the contract, `routine`, has no check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// A live match on another device than the one that asked for it; opened for a hand-off.
    CrossPlatform,
    /// A live match that lets a user without a passkey register another.
    Recovery,
    /// The first capture of a user, or a further passkey of an enrolled one.
    Registration,
    /// A live match against the reference that registration left.
    StepUp,
}

/// Where a session stands; the words of the `countersign` profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Given up by the client or the gateway.
    Cancelled,
    /// Used: the relying party accepted the credential.
    Completed,
    /// Nobody finished in time.
    Expired,
    /// Ended without a verdict: error, abandoned, review, no biometric reference.
    Failed,
    /// The live person is the enrolled person.
    Matched,
    /// The live person is somebody else.
    NotMatched,
    /// The capture is not finished.
    Pending,
}

impl Flow {
    const ALL: [Self; 4] = [Self::CrossPlatform, Self::Recovery, Self::Registration, Self::StepUp];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CrossPlatform => "cross_platform",
            Self::Recovery => "recovery",
            Self::Registration => "registration",
            Self::StepUp => "step_up",
        }
    }
}

impl Status {
    const ALL: [Self; 7] = [
        Self::Cancelled,
        Self::Completed,
        Self::Expired,
        Self::Failed,
        Self::Matched,
        Self::NotMatched,
        Self::Pending,
    ];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Completed => "completed",
            Self::Expired => "expired",
            Self::Failed => "failed",
            Self::Matched => "matched",
            Self::NotMatched => "not_matched",
            Self::Pending => "pending",
        }
    }

    /// Whether time alone can still end a session in this status.
    const fn can_expire(self) -> bool {
        matches!(self, Self::Matched | Self::Pending)
    }
}

/// One stored session.
#[derive(Debug, Clone)]
pub struct Session {
    /// `ses_` and 128 random bits.
    pub id: String,
    /// What the check is for.
    pub flow: Flow,
    /// Whose face is expected.
    pub external_user_id: String,
    /// Which ceremony; none in a recovery, where the gateway's evidence ties the session to one later.
    pub ceremony: Option<Ceremony>,
    /// In a recovery.
    pub continuation: Option<Continuation>,
    /// The status as stored; ask [`Session::status_at`] for the one that counts.
    pub status: Status,
    /// The IDV workflow run behind this session.
    pub run_id: String,
    /// The IDV applicant that the run was started for.
    pub applicant_id: String,
    /// The IDV workflow that the run was started from.
    pub workflow_id: String,
    /// Seconds since 1970.
    pub created_at: i64,
    /// Seconds since 1970; from this second on the session is expired unless it ended before.
    pub expires_at: i64,
    /// When the IDV API was last asked about the run.
    pub checked_at: i64,
    /// Seconds since 1970.
    pub completed_at: Option<i64>,
}

/// The ceremony that a session belongs to.
#[derive(Debug, Clone)]
pub struct Ceremony {
    /// The relying party id, audience of a signed verdict.
    pub rp_id: String,
    /// base64url of the SHA-256 of the `WebAuthn` challenge.
    pub challenge: String,
}

/// What the client of a recovery shows before it may register another passkey.
#[derive(Debug, Clone)]
pub struct Continuation {
    /// [`crate::opaque::Opaque::digest`].
    pub digest: String,
    /// Whether it was shown.
    pub is_exchanged: bool,
}

impl Session {
    /// The status at `now`: a match that nobody used in time is worth nothing.
    pub const fn status_at(&self, now: i64) -> Status {
        if self.status.can_expire() && now >= self.expires_at { Status::Expired } else { self.status }
    }
}

/// A word in the database that this program did not write.
#[derive(Debug, thiserror::Error)]
#[error("unknown word in the database: {0}")]
pub struct UnknownWord(String);

impl UnknownWord {
    /// That `word` is none.
    pub fn new(word: &str) -> Self {
        Self(word.to_owned())
    }
}

impl std::str::FromStr for Flow {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|flow| flow.as_str() == word).ok_or_else(|| UnknownWord::new(word))
    }
}

impl std::str::FromStr for Status {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|status| status.as_str() == word).ok_or_else(|| UnknownWord::new(word))
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
