//! Evidence: sealed tokens that carry a ceremony's state through the client, so that any replica can go
//! on with it (contract section 4). Authentic, not secret.

mod carrier;
mod ceremony;
mod elevation;
mod handoff;
mod payload;
mod recovery;
mod seal;
#[cfg(test)]
mod tests;

pub use carrier::{Carried, cookie_name, deliver, expire, find, find_all, forget, offered, supersede};
pub use ceremony::{Ceremony, Known, Match, Requirement, RuleReference, Sealed, digest16};
pub use elevation::{Asked, Elevation};
pub use handoff::{Handoff, Token, number_commitment};
pub use recovery::Recovery;
pub use seal::{Opened, commit, open, seal};
