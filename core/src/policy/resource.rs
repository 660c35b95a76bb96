//! Routes that are no ceremony, and what a rule about one asks for.

use crate::route::{HostTable, PathTemplate};

/// Where a rule about a resource applies.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// The methods, in upper case; none: all but `OPTIONS`.
    pub methods: Vec<String>,
    /// The path, without a query.
    pub path: PathTemplate,
    /// Which of the relying party's hosts; `None`: all.
    pub hosts: Option<HostTable>,
}

impl Resource {
    /// Whether a request to its path is one of those that it is about.
    pub(super) fn covers(&self, authority: &[u8], method: &[u8]) -> bool {
        // Whatever serves GET serves HEAD (RFC 9110 section 9.3.2).
        let asked = if method == b"HEAD" { b"GET" } else { method };
        let listed = self.methods.iter().any(|known| [method, asked].contains(&known.as_bytes()));
        let method = listed || (self.methods.is_empty() && method != b"OPTIONS");
        method && self.hosts.as_ref().is_none_or(|hosts| hosts.find(authority).is_some())
    }

    /// Whether some servers would take this method for one that it lists: they ignore case.
    pub(super) fn almost_lists(&self, method: &[u8]) -> bool {
        let same = |known: &String| known.as_bytes() == method;
        let similar = |known: &String| known.as_bytes().eq_ignore_ascii_case(method);
        self.methods.iter().any(similar) && !self.methods.iter().any(same)
    }
}
