//! What the orchestrator says about a hand-off.

use super::Failure::{self, Fault};
use super::{is_id, procedure, read};
use crate::orchestrator::call::Answer;
use crate::orchestrator::identity::ExternalUserId;
use crate::orchestrator::operation::Operation;
use crate::orchestrator::procedure::Member;
use crate::orchestrator::template::Values;
use crate::policy::Orchestrator;
use crate::time::UnixTime;

/// The longest token of an orchestrator's, in bytes: it has to fit a QR code with everything around it.
const LONGEST_TOKEN: usize = 512;

/// A hand-off that was opened.
#[derive(Clone, Debug)]
pub struct OpenedHandoff {
    /// Its id.
    pub id: String,
    /// What the phone consumes it with.
    pub token: String,
    /// When it ends, where the orchestrator says so.
    pub expires: Option<UnixTime>,
}

/// Reads the answer to `open_cross_platform`.
pub fn handoff_opened(orchestrator: &Orchestrator, answer: &Answer) -> Result<OpenedHandoff, Failure> {
    let reading = &procedure(orchestrator, Operation::OpenCrossPlatform)?.answer;
    let body = read(orchestrator, Operation::OpenCrossPlatform, &Values::default(), answer)?;
    let id = reading.text(Member::Handoff, &body)?.filter(|id| is_id(id));
    let token = reading.text(Member::HandoffToken, &body)?;
    let token = token.filter(|token| (1..=LONGEST_TOKEN).contains(&token.len()));
    let expires = match reading.text(Member::ExpiresAt, &body)? {
        None => None,
        Some(text) => Some(UnixTime::parse(&text).ok_or(Fault("a time is not RFC 3339"))?),
    };
    Ok(OpenedHandoff {
        id: id.ok_or(Fault("no usable hand-off id"))?,
        token: token.ok_or(Fault("no usable hand-off token"))?,
        expires,
    })
}

/// A hand-off whose token was consumed, now and by us.
#[derive(Clone, Debug)]
pub struct Consumed {
    /// Its id.
    pub id: String,
    /// For whom it was opened.
    pub user: ExternalUserId,
}

/// Reads the answer to `consume_handoff`, asked with these values.
pub fn consumed(orchestrator: &Orchestrator, values: &Values, answer: &Answer) -> Result<Consumed, Failure> {
    let reading = &procedure(orchestrator, Operation::ConsumeHandoff)?.answer;
    let body = read(orchestrator, Operation::ConsumeHandoff, values, answer)?;
    let id = reading.text(Member::Handoff, &body)?.filter(|id| is_id(id));
    Ok(Consumed { id: id.ok_or(Fault("no usable hand-off id"))?, user: reading.user(&body)? })
}

/// How far a hand-off is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandoffStatus {
    /// Given up.
    Cancelled,
    /// The phone's finish was accepted.
    Completed,
    /// The phone has the token.
    Consumed,
    /// Too late.
    Expired,
    /// The enrolled person was seen.
    Matched,
    /// Somebody else was.
    NotMatched,
    /// Nobody has come.
    Waiting,
}

impl HandoffStatus {
    const ALL: [Self; 7] = [
        Self::Cancelled,
        Self::Completed,
        Self::Consumed,
        Self::Expired,
        Self::Matched,
        Self::NotMatched,
        Self::Waiting,
    ];

    /// The word of the contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Completed => "completed",
            Self::Consumed => "consumed",
            Self::Expired => "expired",
            Self::Matched => "matched",
            Self::NotMatched => "not_matched",
            Self::Waiting => "waiting",
        }
    }

    /// Whether it can still become something else.
    pub fn can_change(self) -> bool {
        matches!(self, Self::Consumed | Self::Matched | Self::Waiting)
    }
}

/// A hand-off as the orchestrator sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handoff {
    /// How far it is.
    pub status: HandoffStatus,
    /// When it was completed.
    pub completed: Option<UnixTime>,
}

/// Reads the answer to `handoff_status`, asked with these values.
pub fn handoff_status(
    orchestrator: &Orchestrator,
    values: &Values,
    answer: &Answer,
) -> Result<Handoff, Failure> {
    let reading = &procedure(orchestrator, Operation::HandoffStatus)?.answer;
    let body = read(orchestrator, Operation::HandoffStatus, values, answer)?;
    let word = reading.text(Member::Status, &body)?.ok_or(Fault("status without a status"))?;
    let ours = reading.word(&word);
    let status = HandoffStatus::ALL.into_iter().find(|status| Some(status.name()) == ours);
    let completed = match reading.text(Member::CompletedAt, &body)? {
        None => None,
        Some(text) => Some(UnixTime::parse(&text).ok_or(Fault("a time is not RFC 3339"))?),
    };
    Ok(Handoff { status: status.ok_or(Fault("a status of a hand-off that nobody knows"))?, completed })
}
