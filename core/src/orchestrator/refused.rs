//! What a failure or a verdict that is no match means to whoever waits for it: the contract's refusals.

use super::answer::{Failure, Verdict};
use super::procedure::Ended;
use crate::policy::Flow;
use crate::refusal::{Code, Refusal};

/// A failure where every reason of the orchestrator's is as bad as no answer.
pub fn unavailable(failure: Failure) -> Refusal {
    let why = match failure {
        Failure::Fault(why) => why,
        Failure::Ended(ended) => ended.name(),
    };
    Refusal::new(Code::OrchestratorUnavailable, why)
}

/// A failure to open a session: an orchestrator that does not know the user will not know them later either.
pub fn unopened(failure: Failure) -> Refusal {
    match failure {
        Failure::Ended(Ended::Unknown) => Refusal::new(Code::UserUnknown, "unknown to the orchestrator"),
        failure => unavailable(failure),
    }
}

/// A failure of an operation on a session of this flow.
pub fn refused(failure: Failure, flow: Flow) -> Refusal {
    match failure {
        Failure::Fault(_) => unavailable(failure),
        Failure::Ended(Ended::Unknown) => Refusal::new(Code::CeremonyUnknown, "unknown to the orchestrator"),
        Failure::Ended(reason) => ended(reason.into(), flow),
    }
}

/// A failure of an operation on a hand-off.
pub fn handoff_refused(failure: Failure) -> Refusal {
    let code = match failure {
        Failure::Fault(_) => return unavailable(failure),
        Failure::Ended(Ended::Expired) => Code::CeremonyExpired,
        Failure::Ended(Ended::Unknown) => Code::CeremonyUnknown,
        Failure::Ended(_) => Code::CeremonyReplayed,
    };
    Refusal::new(code, "hand-off is over")
}

/// The refusal for a verdict that is no match.
pub fn ended(verdict: Verdict, flow: Flow) -> Refusal {
    let code = match (verdict, flow) {
        (Verdict::Pending, _) => Code::VerdictPending,
        (Verdict::Completed, _) => Code::CeremonyReplayed,
        (_, Flow::Registration) => Code::RegistrationUnverified,
        (Verdict::NotMatched, Flow::Recovery) => Code::RecoveryMismatch,
        (Verdict::NotMatched, _) => Code::BiometricMismatch,
        _ => Code::VerdictFailed,
    };
    Refusal::new(code, verdict.name())
}
