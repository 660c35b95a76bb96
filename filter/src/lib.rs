//! Countersign as a proxy-wasm filter: callbacks to events, effects to host calls. Decides nothing.
//!
//! A trap would leave a worker dead or a request hanging (docs/decisions/0005), so nothing here may panic.
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

mod audit;
mod callbacks;
mod gateway;
mod host;
mod metrics;
mod replay;
mod root;
mod stream;
