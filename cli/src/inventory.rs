//! `inventory`: routes of a relying party that may mint a session or a credential, and that the configuration does not
//! name. Each could be a way round the check.

mod suspicion;

use countersign::json::Value;
use countersign::policy::{Policy, RelyingParty};
use countersign::route::{Location, Place};

use crate::Answer;
use crate::arguments::Inventory;
use crate::check;
use crate::document;
use crate::failure::Failure;
use crate::input;
use crate::secrets::Secrets;

/// What to do about routes that nothing names.
const ADVICE: &str = "    write a rule with a `resource` for each, name it under `ceremonies`, or make sure that it gives \
                      nobody a way round\n";

pub(crate) fn run(arguments: &Inventory) -> Result<Answer, Failure> {
    let secrets = Secrets::new(&arguments.environment)?;
    let policy = match check::load(&arguments.file, &secrets)? {
        Ok(policy) => policy,
        Err(answer) => return Ok(answer),
    };
    let party = party(&policy, arguments.relying_party.as_deref())?;
    let input = input::read(&arguments.openapi)?;
    let unreadable = |why: &str| Failure::Unreadable(format!("{}: {why}", input.name));
    let documents = document::read(&input.bytes).map_err(|error| unreadable(&error.message))?;
    let spec = documents.first().map(|document| &document.value).ok_or_else(|| unreadable("it is empty"))?;
    let routes =
        routes(spec).ok_or_else(|| unreadable("it has no `paths`: this is no OpenAPI 3 document"))?;
    let suspicious: Vec<_> = routes
        .iter()
        .map(|route| (route, suspicion::of(route)))
        .filter(|(_, reasons)| !reasons.is_empty())
        .collect();
    let unnamed: Vec<String> = suspicious
        .iter()
        .filter(|(route, _)| !is_named(&policy, party, route))
        .map(|(route, why)| {
            format!("{} {}: nothing names it; {}\n", route.method, route.path, why.join(", "))
        })
        .collect();
    let advice = if unnamed.is_empty() { "" } else { ADVICE };
    let text = format!(
        "{}{}: {} routes, {} that may mint a session or a credential, {} of these that nothing names\n{advice}",
        unnamed.concat(),
        input.name,
        routes.len(),
        suspicious.len(),
        unnamed.len()
    );
    Ok(Answer { text, found: !unnamed.is_empty() })
}

fn party<'p>(policy: &'p Policy, name: Option<&str>) -> Result<&'p RelyingParty, Failure> {
    let names =
        || policy.relying_parties.iter().map(|party| party.name.as_str()).collect::<Vec<_>>().join(", ");
    match (name, policy.relying_parties.as_slice()) {
        (None, [party]) => Ok(party),
        (None, _) => Err(Failure::Usage(format!("`--relying-party`: name one of {}", names()))),
        (Some(name), parties) => parties.iter().find(|party| party.name == name).ok_or_else(|| {
            Failure::Usage(format!("`--relying-party {name}`: there is none; name one of {}", names()))
        }),
    }
}

/// A method at a path.
struct Route<'s> {
    method: String,
    path: String,
    operation: &'s Value,
}

/// What an OpenAPI 3 document describes, under the path of its first server.
fn routes(spec: &Value) -> Option<Vec<Route<'_>>> {
    const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
    let server = spec.get("servers").and_then(Value::as_array).and_then(<[Value]>::first);
    let url = server.and_then(|server| server.get("url")).and_then(Value::as_str).unwrap_or_default();
    let base = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
        None => url,
    };
    let mut routes = Vec::new();
    for (path, item) in spec.get("paths")?.as_object()?.iter() {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                let path = format!("{}{path}", base.trim_end_matches('/'));
                routes.push(Route { method: method.to_ascii_uppercase(), path, operation });
            }
        }
    }
    Some(routes)
}

/// Whether an endpoint, a rule or the gateway itself is at it, on any host of the relying party's.
fn is_named(policy: &Policy, party: &RelyingParty, route: &Route<'_>) -> bool {
    // What stands in a capture is anything; a segment that no template spells out stands for it.
    let path: Vec<&str> =
        route.path.split('/').map(|segment| if segment.contains('{') { "~any" } else { segment }).collect();
    let path = path.join("/");
    party.hosts.iter().any(|host| {
        let location = policy.locate(host.to_string().as_bytes(), route.method.as_bytes(), path.as_bytes());
        matches!(
            location,
            Location::RelyingParty(_, Place::Endpoint(..) | Place::Resource(_) | Place::BuiltIn(_))
        )
    })
}
