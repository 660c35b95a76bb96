//! How the orchestrator is reached, and whose signature its verdicts bear.

use super::Secret;

/// The upstream that runs the biometric check.
#[derive(Debug)]
pub struct Orchestrator {
    /// Its Envoy cluster.
    pub cluster: String,
    /// The `:authority` of our calls.
    pub authority: String,
    /// How long one call may take, in milliseconds: 1 to 30 000.
    pub timeout_ms: u32,
    /// What our calls identify themselves with: a header's name in lower case and its whole value.
    pub credential: Option<(String, Secret)>,
    /// The keys that sign verdicts. Unless empty, a verdict that none of them signed is no verdict.
    pub verdict_keys: Vec<VerdictKey>,
}

/// An ES256 public key (RFC 7518 section 6.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerdictKey {
    /// Its `kid`, if it has one.
    pub id: Option<String>,
    /// The x coordinate, big-endian.
    pub x: [u8; 32],
    /// The y coordinate, big-endian.
    pub y: [u8; 32],
}
