//! How a phone is brought in for a session elsewhere.

use crate::orchestrator::{Request, Text};

use super::Secret;

/// What hand-offs are offered with.
#[derive(Clone, Debug, Default)]
pub struct Handoffs {
    /// What the phone opens; `{token}` stands for the token. `None`: the token itself is what the QR code holds.
    pub deep_link: Option<Text>,
    /// A service that tells the phone.
    pub push: Option<Push>,
}

/// A push service, asked once for each hand-off. Nothing depends on its answer: QR code and deep link work without.
#[derive(Clone, Debug)]
pub struct Push {
    /// Its Envoy cluster.
    pub cluster: String,
    /// The `:authority` of the call.
    pub authority: String,
    /// How long the call may take, in milliseconds: 1 to 30 000.
    pub timeout_ms: u32,
    /// What the call identifies itself with: a header's name in lower case and its whole value.
    pub credential: Option<(String, Secret)>,
    /// The call: a template of `{external_user_id}`, `{handoff}`, `{token}`, `{deep_link}` and `{display}`. Never of the
    /// number, which only the person at the other screen may see.
    pub request: Request,
}
