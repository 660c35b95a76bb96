//! What is checked of requests to the orchestrator itself, where this gateway is its ingress.

mod core_api;
mod webhook;

pub use core_api::check;
pub use webhook::Signature;
