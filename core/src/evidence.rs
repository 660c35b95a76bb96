//! Evidence: sealed tokens that carry a ceremony's state through the client, so that any replica can go
//! on with it (contract section 4). Authentic, not secret.

mod carrier;
mod ceremony;
mod seal;
#[cfg(test)]
mod tests;

pub use carrier::{cookie_name, deliver, expire, forget, of_session, offered};
pub use ceremony::{Ceremony, Known, Requirement, RuleReference, Sealed, digest16};
pub use seal::{Opened, commit, open, seal};
