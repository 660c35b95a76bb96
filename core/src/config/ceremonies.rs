//! Where a relying party's ceremonies are: a profile, endpoints spelled out, or both.

use super::node::{Node, Reading, quoted};
use super::suggest::{choices, closest};
use super::{form, quantity};
use crate::json::{self, Pointer, Value};
use crate::policy::{Accepted, Content, Endpoint, Leg, Locator};
use crate::profiles;
use crate::route::{PathTemplate, TemplateError};

/// All endpoints of a relying party.
#[inline(never)]
pub(super) fn read(node: &Node<'_>, prefix: &str) -> Option<Vec<Endpoint>> {
    if let Value::String(_) = node.value {
        return profile(node, prefix);
    }
    let members = node.members(&["profile", "endpoints"])?;
    let profiled = match members.optional("profile") {
        None => Some(Vec::new()),
        Some(node) => profile(&node, prefix),
    };
    let own = match members.optional("endpoints") {
        None if members.optional("profile").is_none() => {
            node.refuse("there is no endpoint", "write `{ profile: simplewebauthn }` or `endpoints`");
            None
        }
        None => Some(Vec::new()),
        Some(node) => endpoints(&node, prefix),
    };
    let (mut all, own) = (profiled?, own?);
    all.retain(|endpoint| own.iter().all(|(own, _)| own.leg != endpoint.leg));
    let mut paths: Vec<Option<String>> = vec![None; all.len()];
    for (endpoint, path) in own {
        all.push(endpoint);
        paths.push(Some(path));
    }
    collisions(node, &all, &paths);
    halves(node, &all);
    Some(all)
}

fn names() -> [&'static str; profiles::RELYING_PARTIES.len()] {
    profiles::RELYING_PARTIES.map(|(name, _)| name)
}

/// The endpoints of a built-in profile.
fn profile(node: &Node<'_>, prefix: &str) -> Option<Vec<Endpoint>> {
    let name =
        node.text(&format!("the name of a profile ({}), or an object with `endpoints`", choices(&names())))?;
    let Some(text) = profiles::relying_party(name) else {
        node.refuse(format!("there is no profile {}", quoted(name)), closest(name, &names()));
        return None;
    };
    let value = json::parse(text.as_bytes(), super::DEPTH).ok()?;
    let reading = Reading::new(&|_| None);
    let root = Node { value: &value, path: String::new(), reading: &reading };
    let endpoints = endpoints(&root.members(&["endpoints"])?.optional("endpoints")?, prefix)?;
    Some(endpoints.into_iter().map(|(endpoint, _)| endpoint).collect())
}

/// Endpoints and the paths at which they are written.
fn endpoints(node: &Node<'_>, prefix: &str) -> Option<Vec<(Endpoint, String)>> {
    const WANTED: &str = "a list of endpoints, such as \
                          `[ { leg: authentication_begin, method: POST, path: /login/options, options: /publicKey } ]`";
    let items = node.some_items(WANTED)?;
    let read: Vec<_> = items.iter().map(|node| Some((endpoint(node, prefix)?, node.path.clone()))).collect();
    read.into_iter().collect()
}

fn endpoint(node: &Node<'_>, prefix: &str) -> Option<Endpoint> {
    let members = node.members(&[
        "leg",
        "method",
        "path",
        "content",
        "options",
        "credential",
        "user",
        "accepted",
        "raw_id_optional",
    ])?;
    let leg = members.required("leg", &choices(&Leg::ALL.map(Leg::as_str)));
    let leg = leg.and_then(|node| node.word(&Leg::ALL.map(|leg| (leg.as_str(), leg))));
    let method = members.required("method", "`GET` or `POST`").and_then(|node| method(&node, leg));
    let path =
        members.required("path", "a path, such as `/login/finish`").and_then(|node| path(&node, prefix));
    let content = match members.optional("content") {
        None => Some(Content::Json),
        Some(node) => node.word(&[("json", Content::Json), ("form", Content::Form)]),
    };
    let (mine, others): (_, &[_]) = match leg {
        Some(Leg::Recovery) => ("user", &["options", "credential"]),
        Some(leg) if leg.is_begin() => ("options", &["credential"]),
        _ => ("credential", &["options", "user"]),
    };
    let mut in_place = true;
    if leg.is_some_and(Leg::is_begin) {
        for (name, node) in members.present(&["accepted", "raw_id_optional"]) {
            node.refuse(format!("`{name}` belongs to a finish"), "take it out: a begin has none");
            in_place = false;
        }
    }
    for (other, node) in leg.map(|_| members.present(others)).unwrap_or_default() {
        node.refuse(format!("`{other}` does not belong to this leg"), format!("did you mean `{mine}`?"));
        in_place = false;
    }
    let locator = match members.optional(mine).filter(|_| leg != Some(Leg::Recovery)) {
        None => Some(Locator::Pointer(Pointer::default())),
        Some(node) => locator(&node),
    };
    let user = match members.optional("user") {
        None if leg == Some(Leg::Recovery) => {
            members.required("user", "where the answer says who it is, such as `/user/id`").map(|_| None)
        }
        None => Some(None),
        Some(node) => node.pointer("/user/id").map(Some),
    };
    let locator = locator.filter(|locator| form::holds(&members, leg, content, locator));
    let accepted = match members.optional("accepted") {
        None => Some(Accepted::default()),
        Some(node) => accepted(&node),
    };
    let raw_id_optional = match members.optional("raw_id_optional") {
        None => Some(false),
        Some(node) => node.flag(),
    };
    let endpoint = Endpoint {
        leg: leg?,
        method: method?,
        path: path?,
        content: content?,
        locator: locator?,
        user: user?,
        accepted: accepted?,
        raw_id_optional: raw_id_optional?,
    };
    in_place.then_some(endpoint)
}

fn method(node: &Node<'_>, leg: Option<Leg>) -> Option<String> {
    let methods = ["GET", "POST", "PUT", "PATCH"].map(|name| (name, name));
    let method = node.word(&methods)?;
    if method == "GET" && leg.is_some_and(|leg| !leg.is_begin()) {
        node.refuse("a finish carries the credential in its body, and `GET` has none", "write `POST`");
        return None;
    }
    Some(method.to_owned())
}

fn path(node: &Node<'_>, prefix: &str) -> Option<PathTemplate> {
    let text = node.text("a path, such as `/login/finish` or `/login/{username}`")?;
    let help = match PathTemplate::parse(text) {
        Ok(template) if template.is_under(prefix) => {
            node.refuse(
                format!("the gateway's own endpoints are under `{prefix}`"),
                "write the relying party's path",
            );
            return None;
        }
        Ok(template) => return Some(template),
        Err(TemplateError::NotAbsolute) if text.contains("://") => {
            "write the path alone, from the `/` after the host on"
        }
        Err(TemplateError::NotAbsolute) => "begin it with `/`",
        Err(TemplateError::QueryOrFragment) => "write it without `?` and `#` and what follows them",
        Err(TemplateError::NotCanonical) => {
            "write it as the client sends it: no empty or dot segments, no `;`, no `\\`, other characters percent-encoded"
        }
        Err(TemplateError::BadCapture) => "write a capture as a whole segment: `/login/{username}`",
        Err(TemplateError::RepeatedCapture) => "give each capture a name of its own",
    };
    node.refuse(format!("{} is no path", quoted(text)), help);
    None
}

fn locator(node: &Node<'_>) -> Option<Locator> {
    if let Value::Object(_) = node.value {
        let members = node.members(&["text", "then"])?;
        let text = members
            .required("text", "a JSON pointer to the string that holds JSON")
            .map(|node| node.pointer("/value"));
        let then =
            members.required("then", "a JSON pointer into that JSON").map(|node| node.pointer("/publicKey"));
        return Some(Locator::Text { text: text??, then: then?? });
    }
    node.pointer("/publicKey").map(Locator::Pointer)
}

fn accepted(node: &Node<'_>) -> Option<Accepted> {
    let members = node.members(&["status", "pointer", "equals"])?;
    let statuses = match members.optional("status") {
        None => Some(Vec::new()),
        Some(node) => statuses(&node),
    };
    let pointer = members.optional("pointer").map(|node| node.pointer("/verified"));
    let equals = members.optional("equals").map(|node| node.value.clone());
    let body = match (pointer, equals) {
        (None, None) => Some(None),
        (Some(pointer), Some(expected)) => pointer.map(|pointer| Some((pointer, expected))),
        (Some(_), None) => {
            members.required("equals", "what the answer says there on success, such as `true`").and(None)
        }
        (None, Some(_)) => {
            members.required("pointer", "where the answer says so, such as `/verified`").and(None)
        }
    };
    Some(Accepted { statuses: statuses?, body: body? })
}

fn statuses(node: &Node<'_>) -> Option<Vec<u16>> {
    let items = node.some_items("a list of statuses, such as `[200]`")?;
    let read: Vec<_> = items.iter().map(|node| quantity::count(node, 100, 599)).collect();
    read.into_iter().map(|status| u16::try_from(status?).ok()).collect()
}

/// Two endpoints that one request could mean.
fn collisions(node: &Node<'_>, endpoints: &[Endpoint], paths: &[Option<String>]) {
    for (position, (later, path)) in endpoints.iter().zip(paths).enumerate() {
        for earlier in endpoints.iter().take(position) {
            let same = earlier.path == later.path;
            if !earlier.path.overlaps(&later.path) || (same && earlier.method != later.method) {
                continue;
            }
            let message = format!(
                "`{} {}` ({}) and `{} {}` ({}) cannot be told apart",
                earlier.method,
                earlier.path.as_str(),
                earlier.leg.as_str(),
                later.method,
                later.path.as_str(),
                later.leg.as_str()
            );
            node.reading.refuse(
                path.as_deref().unwrap_or(&node.path),
                message,
                "give each endpoint a path or a method of its own",
            );
        }
    }
}

/// A begin without a finish, or the other way round.
fn halves(node: &Node<'_>, endpoints: &[Endpoint]) {
    let has = |leg: Leg| endpoints.iter().any(|endpoint| endpoint.leg == leg);
    for (begin, finish) in [
        (Leg::RegistrationBegin, Leg::RegistrationFinish),
        (Leg::AuthenticationBegin, Leg::AuthenticationFinish),
    ] {
        let (there, missing) = match (has(begin), has(finish)) {
            (true, false) => (begin, finish),
            (false, true) => (finish, begin),
            _ => continue,
        };
        node.refuse(
            format!("there is a `{}` and no `{}`", there.as_str(), missing.as_str()),
            format!("add an endpoint with `leg: {}`", missing.as_str()),
        );
    }
}
