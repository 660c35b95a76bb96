//! What the end-to-end tests are made of: a real Envoy with the built filter, and around it a relying
//! party, an orchestrator, an authenticator and a client that are in the test's hands.
//!
//! Start reading at [`lab`]: one Envoy with its stand-ins. [`stack`] has the real parts in their place,
//! [`vendor`] the API of a vendor in that of the orchestrator.
//! [`suite`] turns tables of rows into tests.
//! Everything here belongs to tests, so a broken precondition panics and says what is missing.
#![expect(clippy::missing_panics_doc, reason = "in tests a panic is a failed row, on every path")]

pub mod audit;
pub mod authenticator;
pub mod binaries;
pub mod ceremony;
pub mod client;
pub mod encoding;
pub mod envoy;
pub mod handoff;
pub mod journal;
pub mod lab;
pub mod orchestrator;
pub mod otlp;
pub mod patience;
pub mod plugin;
pub mod push;
pub mod raw;
pub mod recovery;
pub mod refusal;
pub mod relying_party;
pub mod resource;
pub mod serving;
pub mod shipped;
pub mod stack;
pub mod stage;
mod stand_in;
pub mod suite;
pub mod vendor;
