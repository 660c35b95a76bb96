//! The value that forwarding needs, and the proofs it is made of.
//!
//! Each proof can be made only by its check in `checks`; [`Cleared`] is made of proofs only. So a guarded
//! request that was not checked cannot be forwarded: it cannot be written down.

use super::checks::{Fits, Matched, Owned, UserVerified};

/// Leave to send a finish to the relying party.
#[derive(Debug)]
pub struct Cleared(());

impl Cleared {
    /// Of a ceremony that no rule guards.
    pub(super) fn routine(_: &Fits) -> Self {
        Self(())
    }

    /// Of a ceremony that a rule guards.
    pub(super) fn guarded(_: &Fits, _: &UserVerified, _: &Owned, _: &Matched) -> Self {
        Self(())
    }
}
