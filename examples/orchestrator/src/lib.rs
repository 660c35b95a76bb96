//! A reference orchestrator for Countersign, and the identity-verification simulator beside it.
//!
//! It stands in for a biometric-passkey backend: it opens a capture for a user and a `WebAuthn` challenge,
//! learns the verdict from the IDV API, keeps the biometric reference encrypted, and lets a session be
//! completed exactly once. Hand-offs bring a session to another device, recoveries to a user without a passkey.
//! Start reading at [`service`], which has one file per operation.
#![forbid(unsafe_code)]

pub mod api;
pub mod clock;
pub mod decision;
pub mod handoff;
pub mod ident;
pub mod idv;
pub mod log;
pub mod opaque;
pub mod outgoing;
pub mod refusal;
pub mod seal;
pub mod secret;
pub mod serve;
pub mod service;
pub mod session;
pub mod settings;
pub mod simulator;
pub mod store;
pub mod verdict;
