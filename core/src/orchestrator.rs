//! The orchestrator's side (contract section 8): what is asked, and what an answer must say to count.
//!
//! A profile describes each [`Operation`] as data ([`Procedure`]): templates of the requests, pointers into the
//! answer, vocabularies. Calls are descriptions; the host sends them. An answer is read strictly: one that is not
//! exactly what the profile says about *this* session is a [`Failure`], which refuses.

mod answer;
mod call;
mod identity;
mod operation;
mod procedure;
mod refused;
mod replay;
mod template;
mod token;

pub use answer::{
    Consumed, Failure, Handoff, HandoffStatus, Opened, OpenedHandoff, Owner, SessionId, Status, Verdict,
    consumed, done, handoff_opened, handoff_status, opened, owner, status,
};
pub use call::{Answer, Call, Exchanged, Rest, Trace, ask, push};
pub use identity::{ExternalUserId, external_user_id};
pub use operation::Operation;
pub use procedure::{Body, Client, Ended, Member, Procedure, Reading, Request, Same};
pub use refused::{ended, handoff_refused, refused, unavailable, unopened};
pub use replay::{Progress, replay};
pub use template::{Template, Text, Values};
