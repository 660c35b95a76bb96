//! Guards in front of the orchestrator itself, where this gateway is its ingress.

use crate::route::{Entrance, Found, HostPattern, HostTable, PathTable, PathTemplate, without_query};

use super::Secret;

/// All guards, in the order of the configuration.
#[derive(Debug, Default)]
pub struct Guards(Vec<Guard>);

/// One thing of the orchestrator's that is reached through this gateway.
#[derive(Debug)]
pub struct Guard {
    hosts: Vec<HostPattern>,
    table: HostTable,
    paths: PathTable,
    protects: Protects,
}

/// What a guard stands in front of.
#[derive(Debug)]
pub enum Protects {
    /// The receiver of the IDV API's webhooks.
    Webhook {
        /// Its path, without captures.
        path: PathTemplate,
        /// The tokens that may sign: one, or two while they are changed.
        secrets: Vec<Secret>,
    },
    /// The API by which a backend opens and completes sessions.
    CoreApi {
        /// Every path under this one; it ends with `/` and has no captures.
        prefix: PathTemplate,
    },
}

impl Guard {
    /// In front of this, on these hosts.
    pub fn new(hosts: Vec<HostPattern>, protects: Protects) -> Self {
        let mut paths = PathTable::default();
        match &protects {
            Protects::Webhook { path, .. } => paths.add(path),
            Protects::CoreApi { prefix } => paths.add_prefix(prefix.as_str().trim_end_matches('/')),
        };
        let table = HostTable::new(hosts.iter().map(|host| (host.clone(), 0)).collect());
        Self { hosts, table, paths, protects }
    }

    /// Whether some request would come to both, as the same thing.
    pub fn overlaps(&self, other: &Self) -> bool {
        let same_host = self.hosts.iter().any(|host| other.hosts.iter().any(|theirs| host.overlaps(theirs)));
        same_host
            && std::mem::discriminant(&self.protects) == std::mem::discriminant(&other.protects)
            && (self.covers(other) || other.covers(self))
    }

    fn covers(&self, other: &Self) -> bool {
        let (Protects::Webhook { path, .. } | Protects::CoreApi { prefix: path }) = &other.protects;
        self.paths.find(path.as_str().as_bytes()) != Found::Nothing
    }

    fn entrance(&self, position: usize, method: &[u8], path: &[u8]) -> Entrance {
        match (self.paths.find(without_query(path)), &self.protects) {
            (Found::Nothing, _) => Entrance::Other,
            (Found::Ambiguous, _) => Entrance::Ambiguous,
            (_, Protects::CoreApi { .. }) => Entrance::CoreApi,
            (_, Protects::Webhook { .. }) if method == b"POST" => Entrance::Webhook(position),
            (_, Protects::Webhook { .. }) => Entrance::WrongMethod,
        }
    }
}

impl Guards {
    /// These guards, no two of which overlap.
    pub fn new(guards: Vec<Guard>) -> Self {
        Self(guards)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a request is for; `None` on a host that no guard lists.
    pub fn entrance(&self, authority: &[u8], method: &[u8], path: &[u8]) -> Option<Entrance> {
        let here = self.0.iter().enumerate().filter(|(_, guard)| guard.table.find(authority).is_some());
        here.map(|(position, guard)| guard.entrance(position, method, path)).max()
    }

    /// The tokens of the webhook guard at this position; none for anything else, which refuses every signature.
    pub fn secrets(&self, position: usize) -> &[Secret] {
        match self.0.get(position).map(|guard| &guard.protects) {
            Some(Protects::Webhook { secrets, .. }) => secrets,
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(host: &str, prefix: Option<&str>, path: &str) -> Guard {
        let template = |text| PathTemplate::parse(text).unwrap();
        let protects = match prefix {
            Some(prefix) => Protects::CoreApi { prefix: template(prefix) },
            None => Protects::Webhook { path: template(path), secrets: vec![Secret::new(vec![7])] },
        };
        Guard::new(vec![HostPattern::parse(host).unwrap()], protects)
    }

    fn webhook(host: &str, path: &str) -> Guard {
        guard(host, None, path)
    }

    fn core_api(host: &str, prefix: &str) -> Guard {
        guard(host, Some(prefix), "")
    }

    #[test]
    fn what_a_request_is_for() {
        use Entrance::{Ambiguous, CoreApi, Other, Webhook, WrongMethod};
        let guards = Guards::new(vec![
            core_api("o.example", "/v1/"),
            webhook("o.example", "/v1/webhooks/idv"),
            core_api("all.example", "/"),
        ]);
        for (name, authority, method, path, expected) in [
            ("the webhook", "o.example", "POST", "/v1/webhooks/idv", Some(Webhook(1))),
            ("the webhook with a query", "o.example", "POST", "/v1/webhooks/idv?a=/b", Some(Webhook(1))),
            ("the webhook, another method", "o.example", "GET", "/v1/webhooks/idv", Some(WrongMethod)),
            ("the webhook, method in lower case", "o.example", "post", "/v1/webhooks/idv", Some(WrongMethod)),
            ("the webhook, a preflight", "o.example", "OPTIONS", "/v1/webhooks/idv", Some(WrongMethod)),
            ("the webhook, a slash more", "o.example", "POST", "/v1/webhooks/idv/", Some(Ambiguous)),
            ("the webhook, escaped", "o.example", "POST", "/v1/webhooks/%69dv", Some(Ambiguous)),
            ("the webhook in capitals", "o.example", "POST", "/v1/webhooks/IDV", Some(Ambiguous)),
            ("below the webhook", "o.example", "POST", "/v1/webhooks/idv/x", Some(CoreApi)),
            ("the Core API", "o.example", "POST", "/v1/sessions", Some(CoreApi)),
            ("by any method", "o.example", "DELETE", "/v1/sessions", Some(CoreApi)),
            ("the prefix itself", "o.example", "POST", "/v1/", Some(CoreApi)),
            ("the prefix without its slash", "o.example", "POST", "/v1", Some(CoreApi)),
            ("a doubled slash under it", "o.example", "POST", "/v1//sessions", Some(CoreApi)),
            ("out of it", "o.example", "POST", "/v1/../admin", Some(Ambiguous)),
            ("into it", "o.example", "POST", "/x/%2e%2e/v1/sessions", Some(Ambiguous)),
            ("in capitals", "o.example", "POST", "/V1/sessions", Some(Ambiguous)),
            ("a doubled slash before it", "o.example", "POST", "//v1/sessions", Some(Ambiguous)),
            ("a longer name", "o.example", "POST", "/v10/sessions", Some(Other)),
            ("another path", "o.example", "GET", "/health", Some(Other)),
            ("everything", "all.example:443", "GET", "/x", Some(CoreApi)),
            ("everything in any spelling", "all.example", "GET", "/X//..;/y/", Some(CoreApi)),
            ("another host", "x.example", "POST", "/v1/sessions", None),
            ("another port", "o.example:8443", "POST", "/v1/sessions", None),
            ("another spelling of the host", "O.example.", "POST", "/v1/sessions", Some(CoreApi)),
        ] {
            let found = guards.entrance(authority.as_bytes(), method.as_bytes(), path.as_bytes());
            assert_eq!(found, expected, "{name}");
        }
        assert_eq!((guards.secrets(1).len(), guards.secrets(0).len(), guards.secrets(3).len()), (1, 0, 0));
    }

    #[test]
    fn guards_that_overlap() {
        for (name, a, b, expected) in [
            ("a webhook twice", webhook("o.example", "/w"), webhook("o.example:443", "/w"), true),
            ("in another spelling", webhook("o.example", "/w"), webhook("o.example", "/W/"), true),
            ("another path", webhook("o.example", "/w"), webhook("o.example", "/x"), false),
            ("another host", webhook("o.example", "/w"), webhook("p.example", "/w"), false),
            ("an API twice", core_api("o.example", "/v1/"), core_api("o.example", "/v1/"), true),
            ("one in the other", core_api("o.example", "/v1/"), core_api("o.example", "/v1/x/"), true),
            ("the whole host", core_api("o.example", "/v1/"), core_api("o.example", "/"), true),
            ("beside", core_api("o.example", "/v1/"), core_api("o.example", "/v2/"), false),
            ("a webhook in an API", core_api("o.example", "/v1/"), webhook("o.example", "/v1/w"), false),
        ] {
            assert_eq!((a.overlaps(&b), b.overlaps(&a)), (expected, expected), "{name}");
        }
    }
}
