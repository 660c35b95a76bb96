//! Countersign's core: it is told what was seen and what time it is, and says what to do.
//!
//! No network, clock, randomness, log or global. Everything a gateway or an identity provider hands
//! in is hostile until parsed, so nothing here may panic, index or allocate without a bound.
#![forbid(unsafe_code)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    clippy::unreachable,
    clippy::arithmetic_side_effects
)]

pub mod assertion;
pub mod audit;
pub mod config;
pub mod es256;
pub mod evidence;
pub mod exchange;
pub mod guard;
pub mod jws;
pub mod metrics;
pub mod orchestrator;
pub mod policy;
pub mod profiles;
pub mod refusal;
pub mod time;
pub mod webauthn;

pub use countersign_wire::{canary, cookies, encoding, form, headers, json, order, route};
