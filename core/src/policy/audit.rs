//! Where decisions are told, and how many may wait to be.

use super::Secret;

/// The receiver of the audit stream.
#[derive(Clone, Debug)]
pub struct Audit {
    /// Its Envoy cluster.
    pub cluster: String,
    /// The `:authority` of the posts.
    pub authority: String,
    /// What the posts identify themselves with: a header's name in lower case and its whole value.
    pub credential: Option<(String, Secret)>,
    /// The path they go to.
    pub path: String,
    /// How long one may take, in milliseconds: 1 to 30 000.
    pub timeout_ms: u32,
    /// How often what waits is posted, in milliseconds: 100 to 60 000.
    pub every_ms: u32,
    /// How many events wait in one worker at most: 1 to 100 000.
    pub events: usize,
    /// How many bytes of them: 1 KiB to 16 MiB.
    pub bytes: usize,
}
