//! What our calls identify themselves with.

use super::profile::Profile;
use crate::config::node::{Members, Node, quoted};
use crate::config::{header_name, keys};
use crate::form;
use crate::json::{Object, Pointer, Value};
use crate::orchestrator::{Template, Text, Values};
use crate::policy::{Access, Secret, TokenSource};

#[inline(never)]
pub(super) fn read(members: &Members<'_>, profile: &Profile) -> Option<Access> {
    let Some(node) = members.optional("credentials") else { return Some(Access::Open) };
    let found = node.members(&["header", "prefix", "env", "client_id", "client_secret"])?;
    if found.present(&["client_id", "client_secret"]).is_empty() {
        header(&found, profile.header(), profile.prefix()).map(|(name, value)| Access::Header(name, value))
    } else {
        token(&found, profile).map(Access::Token)
    }
}

/// A header with a secret, of a service that has no profile.
pub(in crate::config) fn of_service(node: &Node<'_>) -> Option<(String, Secret)> {
    header(&node.members(&["header", "prefix", "env"])?, None, String::new())
}

fn header(members: &Members<'_>, usual: Option<String>, usual_prefix: String) -> Option<(String, Secret)> {
    let header = match (members.optional("header"), usual) {
        (None, Some(header)) => Some(header),
        (Some(node), _) => header_name(&node),
        (None, None) => {
            members.required("header", "a header's name, such as `authorization`").map(|_| String::new())
        }
    };
    let prefix = match members.optional("prefix") {
        None => Some(usual_prefix),
        Some(node) => node.parsed("what stands before the secret, such as `\"Bearer \"`", |text| {
            visible(text).then(|| text.to_owned())
        }),
    };
    let secret = members
        .required("env", "the name of an environment variable, such as `COUNTERSIGN_ORCHESTRATOR_TOKEN`");
    let secret = secret.and_then(|node| secret_of(&node));
    Some((header?, Secret::new(format!("{}{}", prefix?, secret?).into_bytes())))
}

/// OAuth 2.0 client credentials (RFC 6749 section 4.4), at the profile's token endpoint.
fn token(members: &Members<'_>, profile: &Profile) -> Option<TokenSource> {
    for (name, node) in members.present(&["header", "prefix", "env"]) {
        node.refuse(
            format!("`{name}` does not go with `client_id`"),
            "write a header with its secret, or `client_id` and `client_secret`",
        );
    }
    let part = |name| {
        const WANTED: &str = "`{ env: … }`, the environment variable that holds it";
        let node = members.required(name, WANTED)?;
        let inner = node.members(&["env"])?;
        secret_of(&inner.required("env", "the name of an environment variable")?)
    };
    let (id, secret) = (part("client_id"), part("client_secret"));
    let Some(source) = profile.token() else {
        members.refuse(
            "this profile has no token endpoint",
            "write `token: { path: …, form: { client_id: \"{client_id}\", client_secret: \"{client_secret}\" } }` \
             beside `credentials`, or credentials with a `header`",
        );
        return None;
    };
    let values = profile.variables.clone().with("client_id", id?).with("client_secret", secret?);
    let pointer = |name: &str, default: &str| {
        let text = source.get(name).and_then(Value::as_str).unwrap_or(default);
        Pointer::parse(text).ok()
    };
    let path = source.get("path").and_then(Value::as_str).and_then(|path| Text::parse(path).fill(&values));
    let form = source.get("form").cloned().unwrap_or_else(|| Value::Object(Object::default()));
    let form = Template::parse(&form, &Values::default()).fill(&values);
    let (Some(path), Some(form)) = (path.filter(|path| path.starts_with('/')), form) else {
        members.refuse(
            "the token endpoint cannot be called",
            "write `token` with a `path` and a `form` of texts",
        );
        return None;
    };
    Some(TokenSource {
        path,
        form: Secret::new(form::write(&form).into_bytes()),
        token: pointer("token", "/access_token")?,
        expires_in: pointer("expires_in", "/expires_in")?,
    })
}

/// A secret of visible characters, from the environment.
fn secret_of(node: &Node<'_>) -> Option<String> {
    let (name, value) = keys::variable(node, "set it to the orchestrator's token")?;
    let value = value.trim().to_owned();
    if !visible(&value) {
        let message = format!("the environment variable {} holds what no header may", quoted(name));
        node.refuse(message, "set it to a token of visible ASCII characters");
        return None;
    }
    Some(value)
}

/// Whether it can be part of a header's value.
fn visible(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
}
