//! What a request's host, method and path name.

use super::Captures;

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// To a host that neither a relying party nor a guard lists.
    Elsewhere,
    /// To a relying party, by its position in the policy, and there to this place.
    RelyingParty(usize, Place),
    /// To a host of the orchestrator's that guards list, and there to this.
    Orchestrator(Entrance),
}

/// What a request is for at the orchestrator. Of what several guards say, the last in this order counts: the
/// webhook's path may lie under the prefix of the Core API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entrance {
    /// Nothing that is guarded.
    Other,
    /// The Core API.
    CoreApi,
    /// The webhook of the guard at this position.
    Webhook(usize),
    /// A webhook's path with another method than `POST`.
    WrongMethod,
    /// A path that is a guarded one for some servers and not for others.
    Ambiguous,
}

/// A place at a relying party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A leg of a ceremony: the endpoint's position in the relying party, and what its template captured.
    Endpoint(usize, Captures),
    /// `OPTIONS` on a ceremony's path.
    Preflight,
    /// Any other method that is not listed, on a ceremony's path; on a resource's, one that is listed in other letters.
    WrongMethod,
    /// A path that is a guarded one for some servers and not for others.
    Ambiguous,
    /// Our own endpoints: what follows the prefix, empty or from its `/` on, without the query.
    BuiltIn(String),
    /// A resource that rules cover: their positions in the policy, in order, and what each one's template captured.
    Resource(Vec<(usize, Captures)>),
    /// The path of a resource, but no rule covers this method or host.
    BesideResource,
    /// Only rules that are watched cover it, and it is as if they were not there; whether it is beside a resource.
    Watched(Vec<(usize, Captures)>, bool),
    /// Everything else.
    Other,
}
