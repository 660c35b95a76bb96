//! An orchestrator, a simulator and a clock in a test's hands.

pub(crate) mod clock;
pub(crate) mod postgres;
pub(crate) mod world;
