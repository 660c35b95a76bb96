//! What is on the wire, read strictly: headers, cookies, paths, JSON, forms, base64url. Decides nothing.
//!
//! A crate of its own because every request spends most of its time here: the filter compiles it for speed and
//! all the rest for size. As in the core, nothing may panic, index or allocate without a bound.
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

pub mod audit;
pub mod canary;
pub mod cookies;
pub mod encoding;
pub mod form;
pub mod headers;
pub mod json;
pub mod order;
pub mod route;
