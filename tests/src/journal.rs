//! One order of events over all stand-ins: who was asked what, and when relative to the others.

use std::sync::{Arc, Mutex, PoisonError};

/// A shared, ordered list of what the stand-ins were asked: `orchestrator status`,
/// `relying party POST /verify-authentication`.
#[derive(Clone, Default)]
pub struct Journal(Arc<Mutex<Vec<String>>>);

impl Journal {
    /// Adds one step at the end.
    pub fn note(&self, step: impl Into<String>) {
        self.steps_mut(|steps| steps.push(step.into()));
    }

    /// Everything noted since the last [`clear`](Self::clear), oldest first.
    pub fn steps(&self) -> Vec<String> {
        self.steps_mut(|steps| steps.clone())
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.steps_mut(Vec::clear);
    }

    fn steps_mut<T>(&self, act: impl FnOnce(&mut Vec<String>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
