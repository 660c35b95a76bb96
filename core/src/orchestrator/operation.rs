//! What an orchestrator can be asked (contract section 8), and what the gateway asks a relying party.

/// What a callout is for; names the callout counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// Events of the audit stream.
    Audit,
    /// A begin, sent to the relying party by the gateway itself.
    Begin,
    /// `cancel`
    Cancel,
    /// A hand-off is given up.
    CancelHandoff,
    /// `complete`
    Complete,
    /// `consume_elevation`
    ConsumeElevation,
    /// `consume_handoff`
    ConsumeHandoff,
    /// `credential_owner`
    CredentialOwner,
    /// `exchange_continuation`
    ExchangeContinuation,
    /// How far a hand-off is.
    HandoffStatus,
    /// Who the relying party's session belongs to.
    Introspect,
    /// `open_cross_platform`
    OpenCrossPlatform,
    /// `open_cross_platform_authentication`
    OpenCrossPlatformAuthentication,
    /// `open_recovery`
    OpenRecovery,
    /// `open_registration`
    OpenRegistration,
    /// `open_step_up`
    OpenStepUp,
    /// A message to the phone, by a push service.
    Push,
    /// `status`
    Status,
    /// An access token for the orchestrator (RFC 6749 section 4.4).
    Token,
}

impl Operation {
    /// What is asked of others than the orchestrator, or beside its operations.
    pub const BESIDE: [Self; 5] = [Self::Begin, Self::Introspect, Self::Push, Self::Token, Self::Audit];

    /// Those of an orchestrator, each a template of its profile.
    pub const OF_ORCHESTRATOR: [Self; 14] = [
        Self::OpenRegistration,
        Self::OpenStepUp,
        Self::OpenCrossPlatform,
        Self::ConsumeHandoff,
        Self::OpenCrossPlatformAuthentication,
        Self::HandoffStatus,
        Self::CancelHandoff,
        Self::OpenRecovery,
        Self::ExchangeContinuation,
        Self::Status,
        Self::Complete,
        Self::Cancel,
        Self::CredentialOwner,
        Self::ConsumeElevation,
    ];

    /// The contract's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Audit => "audit",
            Self::Begin => "begin",
            Self::Cancel => "cancel",
            Self::CancelHandoff => "cancel_handoff",
            Self::Complete => "complete",
            Self::ConsumeElevation => "consume_elevation",
            Self::ConsumeHandoff => "consume_handoff",
            Self::CredentialOwner => "credential_owner",
            Self::ExchangeContinuation => "exchange_continuation",
            Self::HandoffStatus => "handoff_status",
            Self::Introspect => "introspect",
            Self::OpenCrossPlatform => "open_cross_platform",
            Self::OpenCrossPlatformAuthentication => "open_cross_platform_authentication",
            Self::OpenRecovery => "open_recovery",
            Self::OpenRegistration => "open_registration",
            Self::OpenStepUp => "open_step_up",
            Self::Push => "push",
            Self::Status => "status",
            Self::Token => "token",
        }
    }

    /// The operation of this name, of those that a profile describes.
    pub fn of_orchestrator(name: &str) -> Option<Self> {
        Self::OF_ORCHESTRATOR.into_iter().find(|operation| operation.name() == name)
    }

    /// Whether the same call may be sent again by the network below us: it changes nothing, or carries a key of its
    /// own that the upstream knows it by.
    pub fn is_safe_to_repeat(self) -> bool {
        matches!(self, Self::CredentialOwner | Self::HandoffStatus | Self::Introspect | Self::Status)
    }
}
