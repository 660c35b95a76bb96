//! The value that forwarding needs, and the proofs it is made of.
//!
//! Each proof can be made only by its check in `checks`; [`Cleared`] is made of proofs only. So a guarded
//! request that was not checked cannot be forwarded: it cannot be written down.

use super::checks::{Fits, Matched, Owned, UserVerified};
use super::elevate::Fit;
use crate::orchestrator::Failure;

/// Leave to send a finish to the relying party.
#[derive(Debug)]
pub struct Cleared(());

impl Cleared {
    /// Of a ceremony that no rule guards.
    pub(super) fn routine(_: &Fits) -> Self {
        Self(())
    }

    /// Of a request to a resource that a rule guards.
    pub(super) fn elevated(_: &Elevated) -> Self {
        Self(())
    }

    /// Of a ceremony that a rule guards.
    pub(super) fn guarded(_: &Fits, _: &UserVerified, _: &Owned, _: &Matched) -> Self {
        Self(())
    }
}

/// A request shows an elevation that fits its rule, and has not used it up.
#[derive(Debug)]
pub(super) struct Elevated(());

impl Elevated {
    /// By an elevation that is good for a while; one for a transaction must be spent first.
    pub(super) fn lasting(fit: &Fit) -> Option<Self> {
        fit.elevation().transaction.is_none().then_some(Self(()))
    }

    /// By an elevation that the orchestrator has counted, now and for the first time.
    pub(super) fn spent(_: &Fit, done: &Result<(), Failure>) -> Option<Self> {
        done.is_ok().then_some(Self(()))
    }
}
