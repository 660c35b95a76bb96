//! From a request's host, method and path to the place they name.

use crate::route::{Found, Location, PathTable, Place, without_query};

use super::{Endpoint, Policy, RelyingParty};

/// The guarded paths of a relying party and what is at each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    paths: PathTable,
    /// By id of a template: positions of the endpoints at it.
    endpoints: Vec<Vec<usize>>,
}

impl Places {
    /// The built-in endpoints under the prefix, and the relying party's own.
    pub(crate) fn new(prefix: &str, endpoints: &[Endpoint]) -> Self {
        let mut places = Self::default();
        let builtin = places.paths.add_prefix(prefix);
        places.endpoints.resize(builtin.saturating_add(1), Vec::new());
        for (position, endpoint) in endpoints.iter().enumerate() {
            let template = places.paths.add(&endpoint.path);
            if template >= places.endpoints.len() {
                places.endpoints.resize(template.saturating_add(1), Vec::new());
            }
            if let Some(there) = places.endpoints.get_mut(template) {
                there.push(position);
            }
        }
        places
    }
}

impl Policy {
    /// Where a request goes, from its `:authority`, `:method` and `:path`.
    pub fn locate(&self, authority: &[u8], method: &[u8], path: &[u8]) -> Location {
        let found =
            self.hosts.find(authority).and_then(|index| Some((index, self.relying_parties.get(index)?)));
        if let Some((index, party)) = found {
            return Location::RelyingParty(index, party.place(method, path));
        }
        let entrance = self.guards.entrance(authority, method, path);
        entrance.map_or(Location::Elsewhere, Location::Orchestrator)
    }
}

impl RelyingParty {
    fn place(&self, method: &[u8], path: &[u8]) -> Place {
        let templates = match self.places.paths.find(without_query(path)) {
            Found::Nothing => return Place::Other,
            Found::Ambiguous => return Place::Ambiguous,
            Found::Under(_, rest) => return Place::BuiltIn(rest),
            Found::Templates(templates) => templates,
        };
        for (template, captures) in templates {
            let there = self.places.endpoints.get(template).map(Vec::as_slice).unwrap_or_default();
            let serves = |position: &&usize| {
                self.endpoints.get(**position).is_some_and(|e| e.method.as_bytes() == method)
            };
            if let Some(position) = there.iter().find(serves) {
                return Place::Endpoint(*position, captures);
            }
        }
        if method == b"OPTIONS" { Place::Preflight } else { Place::WrongMethod }
    }
}
