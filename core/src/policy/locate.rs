//! From a request's host, method and path to the place they name.

use crate::order::sorted_by_key;
use crate::route::{Found, Location, PathTable, PathTemplate, Place, without_query};

use super::{Endpoint, Policy, RelyingParty, Resource};

/// The guarded paths of a relying party and what is at each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    paths: PathTable,
    /// By id of a template: what is at it.
    here: Vec<Here>,
    /// The paths of rules that are only watched. They are apart because they make nothing else suspicious: neither
    /// another spelling of the path nor another method.
    watched: PathTable,
    /// By id of a template of these: positions of rules.
    watching: Vec<Vec<usize>>,
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

    /// The same of a rule that is only watched.
    pub(crate) fn watch_resource(&mut self, path: &PathTemplate, rule: usize) {
        let template = self.watched.add(path);
        entry(&mut self.watching, template, |rules| rules.push(rule));
    }

    fn at(&mut self, path: &PathTemplate, add: impl FnOnce(&mut Here)) {
        let template = self.paths.add(path);
        entry(&mut self.here, template, add);
    }
}

/// Changes what a list has under an id, which is at most one behind its end.
fn entry<T: Clone + Default>(list: &mut Vec<T>, id: usize, change: impl FnOnce(&mut T)) {
    if id >= list.len() {
        list.resize(id.saturating_add(1), T::default());
    }
    if let Some(entry) = list.get_mut(id) {
        change(entry);
    }
}

impl Policy {
    /// Where a request goes, from its `:authority`, `:method` and `:path`.
    pub fn locate(&self, authority: &[u8], method: &[u8], path: &[u8]) -> Location {
        let found =
            self.hosts.find(authority).and_then(|index| Some((index, self.relying_parties.get(index)?)));
        if let Some((index, party)) = found {
            let place = self.place(party, authority, method, path);
            return Location::RelyingParty(index, self.watched_place(party, place, authority, method, path));
        }
        let entrance = self.guards.entrance(authority, method, path);
        entrance.map_or(Location::Elsewhere, Location::Orchestrator)
    }

    /// With the rules that are only watched: beside those that are enforced, or alone.
    fn watched_place(
        &self,
        party: &RelyingParty,
        place: Place,
        authority: &[u8],
        method: &[u8],
        path: &[u8],
    ) -> Place {
        if party.places.watching.is_empty() {
            return place;
        }
        let Found::Templates(templates) = party.places.watched.find(without_query(path)) else {
            return place;
        };
        let mut covering = Vec::new();
        for (template, captures) in templates {
            for position in party.places.watching.get(template).into_iter().flatten() {
                if self.resource(*position).is_some_and(|resource| resource.covers(authority, method)) {
                    covering.push((*position, captures.clone()));
                }
            }
        }
        if covering.is_empty() {
            return place;
        }
        let beside = match place {
            Place::Resource(enforced) => {
                covering.extend(enforced);
                None
            }
            Place::Other => Some(false),
            Place::BesideResource => Some(true),
            other => return other,
        };
        let covering = sorted_by_key(covering, |(position, _)| *position);
        match beside {
            None => Place::Resource(covering),
            Some(beside) => Place::Watched(covering, beside),
        }
    }

    fn resource(&self, position: usize) -> Option<&Resource> {
        self.rules.get(position)?.resource.as_ref()
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
                let Some(resource) = self.resource(*position) else { continue };
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
        let covering = sorted_by_key(covering, |(position, _)| *position);
        match (covering.is_empty(), of_a_ceremony) {
            (false, _) => Place::Resource(covering),
            (true, false) if of_a_resource => Place::BesideResource,
            (true, false) => Place::Other,
            (true, true) if method == b"OPTIONS" => Place::Preflight,
            (true, true) => Place::WrongMethod,
        }
    }
}
