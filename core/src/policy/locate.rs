//! From a request's host, method and path to the place they name.

use crate::route::{Found, Location, PathTable, PathTemplate, Place, without_query};

use super::{Endpoint, Policy, RelyingParty};

/// The guarded paths of a relying party and what is at each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    paths: PathTable,
    /// By id of a template: what is at it.
    here: Vec<Here>,
}

/// What is at a path: endpoints, or resources.
#[derive(Clone, Debug, Default)]
struct Here {
    /// Positions in the relying party.
    endpoints: Vec<usize>,
    /// Positions of rules in the policy.
    resources: Vec<usize>,
}

impl Places {
    /// The built-in endpoints under the prefix, and the relying party's own.
    pub(crate) fn new(prefix: &str, endpoints: &[Endpoint]) -> Self {
        let mut places = Self::default();
        places.paths.add_prefix(prefix);
        for (position, endpoint) in endpoints.iter().enumerate() {
            places.at(&endpoint.path, |here| here.endpoints.push(position));
        }
        places
    }

    /// A rule, by its position, about a resource at this path.
    pub(crate) fn add_resource(&mut self, path: &PathTemplate, rule: usize) {
        self.at(path, |here| here.resources.push(rule));
    }

    fn at(&mut self, path: &PathTemplate, add: impl FnOnce(&mut Here)) {
        let template = self.paths.add(path);
        if template >= self.here.len() {
            self.here.resize(template.saturating_add(1), Here::default());
        }
        if let Some(here) = self.here.get_mut(template) {
            add(here);
        }
    }
}

impl Policy {
    /// Where a request goes, from its `:authority`, `:method` and `:path`.
    pub fn locate(&self, authority: &[u8], method: &[u8], path: &[u8]) -> Location {
        let found =
            self.hosts.find(authority).and_then(|index| Some((index, self.relying_parties.get(index)?)));
        if let Some((index, party)) = found {
            return Location::RelyingParty(index, self.place(party, authority, method, path));
        }
        let entrance = self.guards.entrance(authority, method, path);
        entrance.map_or(Location::Elsewhere, Location::Orchestrator)
    }

    fn place(&self, party: &RelyingParty, authority: &[u8], method: &[u8], path: &[u8]) -> Place {
        let templates = match party.places.paths.find(without_query(path)) {
            Found::Nothing => return Place::Other,
            Found::Ambiguous => return Place::Ambiguous,
            Found::Under(_, rest) => return Place::BuiltIn(rest),
            Found::Templates(templates) => templates,
        };
        let here = |template: usize| party.places.here.get(template);
        let (mut of_a_ceremony, mut of_a_resource) = (false, false);
        let mut covering = Vec::new();
        for (template, captures) in templates {
            let Some(here) = here(template) else { continue };
            let serves = |position: &&usize| {
                party.endpoints.get(**position).is_some_and(|e| e.method.as_bytes() == method)
            };
            if let Some(position) = here.endpoints.iter().find(serves) {
                return Place::Endpoint(*position, captures);
            }
            of_a_ceremony |= !here.endpoints.is_empty();
            for position in &here.resources {
                let resource = self.rules.get(*position).and_then(|rule| rule.resource.as_ref());
                let Some(resource) = resource else { continue };
                if resource.almost_lists(method) {
                    return Place::WrongMethod;
                }
                of_a_resource = true;
                if resource.covers(authority, method) {
                    covering.push((*position, captures.clone()));
                }
            }
        }
        // In the order of the rules, whichever template they are at.
        covering.sort_by_key(|(position, _)| *position);
        match (covering.is_empty(), of_a_ceremony) {
            (false, _) => Place::Resource(covering),
            (true, false) if of_a_resource => Place::BesideResource,
            (true, false) => Place::Other,
            (true, true) if method == b"OPTIONS" => Place::Preflight,
            (true, true) => Place::WrongMethod,
        }
    }
}
