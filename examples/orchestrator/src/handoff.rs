//! A hand-off: a user who is signed in on one device is to be matched on another.

use serde::Serialize;

use crate::session::{Session, Status, UnknownWord};

/// How far a hand-off came by itself. Once it has a session, that says the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Given up, or replaced by the user's next one.
    Cancelled,
    /// The other device showed the token.
    Consumed,
    /// Too late for a session.
    Expired,
    /// It has its session.
    Opened,
    /// Nobody showed the token yet.
    Waiting,
}

/// Where a hand-off stands; the words of the `countersign` profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HandoffStatus {
    /// Given up, replaced, or its check ended without a verdict.
    Cancelled,
    /// The relying party accepted the credential on the other device.
    Completed,
    /// The other device has the token, and is to do the check.
    Consumed,
    /// Too late.
    Expired,
    /// The live person on the other device is the enrolled person.
    Matched,
    /// The live person on the other device is somebody else.
    NotMatched,
    /// Nobody showed the token yet.
    Waiting,
}

/// A transaction as the capture shows it.
#[derive(Debug, Clone)]
pub struct Transaction {
    /// Digest of its members.
    pub hash: String,
    /// The text shown.
    pub display: String,
}

/// One stored hand-off.
#[derive(Debug, Clone)]
pub struct Handoff {
    /// `hof_` and 128 random bits.
    pub id: String,
    /// Who is to be matched.
    pub external_user_id: String,
    /// What the person agrees to, if it is for one transaction.
    pub transaction: Option<Transaction>,
    /// The stage as stored; ask [`Handoff::stage_at`] for the one that counts.
    pub stage: Stage,
    /// Its session, or the one that is being opened.
    pub session_id: Option<String>,
    /// Seconds since 1970; from this second on it gets no session any more.
    pub expires_at: i64,
    /// Whether the token was shown, whatever came of it.
    pub is_consumed: bool,
}

impl Stage {
    const ALL: [Self; 5] = [Self::Cancelled, Self::Consumed, Self::Expired, Self::Opened, Self::Waiting];

    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Consumed => "consumed",
            Self::Expired => "expired",
            Self::Opened => "opened",
            Self::Waiting => "waiting",
        }
    }
}

impl Handoff {
    /// The stage at `now`.
    pub const fn stage_at(&self, now: i64) -> Stage {
        match self.stage {
            Stage::Waiting | Stage::Consumed if now >= self.expires_at => Stage::Expired,
            stage => stage,
        }
    }

    /// Where it stands at `now`, with its session where it has one.
    pub fn status_at(&self, session: Option<&Session>, now: i64) -> HandoffStatus {
        match (self.stage_at(now), session.map(|session| session.status_at(now))) {
            (Stage::Waiting, _) => HandoffStatus::Waiting,
            (Stage::Consumed, _) | (Stage::Opened, Some(Status::Pending)) => HandoffStatus::Consumed,
            (Stage::Opened, Some(Status::Matched)) => HandoffStatus::Matched,
            (Stage::Opened, Some(Status::NotMatched)) => HandoffStatus::NotMatched,
            (Stage::Opened, Some(Status::Completed)) => HandoffStatus::Completed,
            (Stage::Expired, _) | (Stage::Opened, Some(Status::Expired)) => HandoffStatus::Expired,
            // a check that failed says nothing about the person
            (Stage::Cancelled, _) | (Stage::Opened, Some(Status::Cancelled | Status::Failed) | None) => {
                HandoffStatus::Cancelled
            }
        }
    }
}

impl std::str::FromStr for Stage {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == word).ok_or_else(|| UnknownWord::new(word))
    }
}
