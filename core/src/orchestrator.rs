//! The orchestrator's side (contract section 8): what is asked, and what an answer must say to count.
//!
//! Calls are descriptions; the host sends them. An answer is read strictly: one that is not exactly
//! what the contract says about *this* session is [`Fault`], which refuses.

mod answer;
mod call;
mod identity;

pub use answer::{
    Completion, Fault, Opened, Owner, Status, Verdict, cancelled, completed, opened, owner, status,
};
pub use call::{Answer, Call, Exchanged, Operation, Trace, cancel, complete, credential_owner, open, show};
pub use identity::{ExternalUserId, external_user_id};
