//! An orchestrator, a simulator and a clock in a test's hands.

pub(crate) mod calls;
pub(crate) mod clock;
pub(crate) mod race;
pub(crate) mod recorder;
pub(crate) mod world;
