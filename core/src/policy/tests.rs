//! Rules against requests.

mod conditions;
mod order;

use super::{Body, Content, CredentialFacts, Decision, Facts, Policy};
use crate::form;
use crate::headers::Headers;
use crate::json::parse;
use crate::route::Captures;

/// A policy with these rules for authentication at `/begin/{name}`; each is an id, what it requires and its `when`.
fn policy(rules: &[(&str, &str, &str)]) -> Policy {
    let rules: Vec<String> = rules
        .iter()
        .map(|(id, require, when)| {
            let when = if when.is_empty() { String::new() } else { format!(r#", "when": {when}"#) };
            format!(r#"{{"id":"{id}","relying_party":"bank","ceremony":"authentication","require":"{require}"{when}}}"#)
        })
        .collect();
    let text = format!(
        r#"{{
            "version": 1,
            "headers_can_wait": true,
            "trusted_headers": ["x-risk", "x-score"],
            "relying_parties": {{ "bank": {{
                "hosts": ["bank.example"], "rp_id": "bank.example", "origins": ["https://bank.example"],
                "session": {{ "cookie": "sid" }}, "cluster": "bank", "user": [{{ "credential_owner": true }}],
                "ceremonies": {{ "endpoints": [
                    {{ "leg": "authentication_begin", "method": "POST", "path": "/begin/{{name}}" }},
                    {{ "leg": "authentication_finish", "method": "POST", "path": "/finish" }} ] }} }} }},
            "rules": [{}],
            "orchestrator": {{ "profile": "countersign", "cluster": "o" }},
            "keys": {{ "seal": [{{ "id": "k1", "env": "KEY" }}] }}
        }}"#,
        rules.join(",")
    );
    let env = |_: &str| Some("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=".to_owned());
    Policy::load(text.as_bytes(), &env).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

/// `None`: not asked for yet; `Some(None)`: nobody knows.
type User = Option<Option<&'static str>>;

/// A request, with what is around it.
struct Request {
    headers: Headers,
    captures: Captures,
    body: Option<Body>,
    user: User,
}

impl Request {
    /// `POST /begin/alice?…` with these headers and this body; nobody asked yet who the user is.
    fn new(target: &str, headers: &[(&str, &[u8])], body: &str) -> Self {
        let mut all = Headers::default();
        all.push(b":path", target.as_bytes());
        for (name, value) in headers {
            all.push(name.as_bytes(), value);
        }
        let policy = policy(&[]);
        let location = policy.locate(b"bank.example", b"POST", target.as_bytes());
        let captures = match location {
            crate::route::Location::RelyingParty(_, crate::route::Place::Endpoint(_, captures)) => captures,
            other => panic!("{target}: {other:?}"),
        };
        let body = parse(body.as_bytes(), 16).ok().map(|value| Body { content: Content::Json, value });
        Self { headers: all, captures, body, user: None }
    }

    /// The same with a form.
    fn with_form(form: &str) -> Self {
        let value = form::parse(form.as_bytes()).unwrap();
        Self { body: Some(Body { content: Content::Form, value }), ..Self::new("/begin/alice", &[], "") }
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            headers: &self.headers,
            captures: &self.captures,
            body: self.body.as_ref(),
            user: self.user,
            elevation_age: None,
            credential: None,
        }
    }
}

/// A decision in a word: `routine`, `user`, `finish`, or the id of the rule.
fn word(decision: &Decision<'_>) -> String {
    match decision {
        Decision::Routine => "routine".to_owned(),
        Decision::Require(rule) => rule.id.clone(),
        Decision::NeedUser => "user".to_owned(),
        Decision::Deferred(_) => "finish".to_owned(),
    }
}

const HARDWARE: CredentialFacts<'_> = CredentialFacts {
    backed_up: false,
    backup_eligible: false,
    user_verified: true,
    attachment: Some("cross-platform"),
};

const SYNCED: CredentialFacts<'_> =
    CredentialFacts { backed_up: true, backup_eligible: true, user_verified: true, attachment: None };
