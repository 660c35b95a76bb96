//! A profile with the operator's own values over it, member by member (RFC 7396).

use super::Need;
use super::operation;
use crate::config::node::{Members, Node, quoted};
use crate::config::suggest::closest;
use crate::config::{DEPTH, keys};
use crate::json::{self, Object, Value};
use crate::orchestrator::{Operation, Procedure, Text, Values};
use crate::profiles;

/// A profile as it counts.
pub(super) struct Profile {
    name: String,
    document: Value,
    /// What its templates call by name.
    pub(super) variables: Values,
    /// Variables without a value, and how to give them one.
    missing: Vec<(String, String)>,
}

#[inline(never)]
pub(super) fn read(members: &Members<'_>) -> Option<Profile> {
    let names = profiles::ORCHESTRATORS.map(|(name, _)| name);
    let node = members.required("profile", "`countersign`")?;
    let name = node.text("the name of a profile, such as `countersign`")?;
    let Some(text) = profiles::orchestrator(name) else {
        node.refuse(format!("there is no profile {}", quoted(name)), closest(name, &names));
        return None;
    };
    let mut document = json::parse(text.as_bytes(), DEPTH).ok()?;
    known_members(members);
    for own in ["operations", "token"] {
        if let (Some(node), Some(object)) = (members.optional(own), document.as_object_mut()) {
            let mut merged = object.remove(own).unwrap_or(Value::Null);
            merge(&mut merged, node.value);
            object.insert(own, merged);
        }
    }
    let mut profile =
        Profile { name: name.to_owned(), document, variables: Values::default(), missing: Vec::new() };
    profile.read_variables(members)?;
    Some(profile)
}

fn known_members(members: &Members<'_>) {
    let names = Operation::OF_ORCHESTRATOR.map(Operation::name);
    if let Some(node) = members.optional("operations") {
        let _members = node.members(&names);
    }
    if let Some(node) = members.optional("token").filter(is_there) {
        let _token = token(&node);
    }
}

/// Whether a member replaces the profile's; `null` takes it out.
fn is_there(node: &Node<'_>) -> bool {
    *node.value != Value::Null
}

/// What may stand there, used or not.
fn token(node: &Node<'_>) -> Option<()> {
    let token = node.members(&["path", "form", "token", "expires_in"])?;
    let replaced = |name| token.optional(name).filter(is_there);
    if let Some(path) = replaced("path") {
        let begins = |text: &str| text.starts_with(['/', '{']).then_some(());
        path.parsed("a path, such as `/oauth/token`", begins)?;
    }
    if let Some(form) = replaced("form") {
        for (_, field) in form.entries("an object of texts, such as `{ client_id: \"{client_id}\" }`")? {
            if is_there(&field) {
                field.text("a text, such as `{client_id}`")?;
            }
        }
    }
    for (name, example) in [("token", "/access_token"), ("expires_in", "/expires_in")] {
        if let Some(node) = replaced(name) {
            node.pointer(example)?;
        }
    }
    Some(())
}

/// RFC 7396: an object's members are merged, everything else is replaced, `null` takes out.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if target.as_object().is_none() {
        *target = Value::Object(Object::default());
    }
    let Some(object) = target.as_object_mut() else { return };
    for (name, value) in patch.iter() {
        match (value, object.get_mut(name)) {
            (Value::Null, _) => {
                object.remove(name);
            }
            (value, Some(known)) => merge(known, value),
            (value, None) => {
                let mut fresh = Value::Null;
                merge(&mut fresh, value);
                object.insert(name, fresh);
            }
        }
    }
}

impl Profile {
    /// A text member of the profile's own, with the variables in it.
    fn text(&self, outer: &str, inner: Option<&str>) -> Option<String> {
        let mut value = self.document.get(outer)?;
        if let Some(inner) = inner {
            value = value.get(inner)?;
        }
        Text::parse(value.as_str()?).fill(&self.variables)
    }

    pub(super) fn authority(&self) -> Option<String> {
        self.text("authority", None)
    }

    pub(super) fn header(&self) -> Option<String> {
        self.text("credentials", Some("header"))
    }

    pub(super) fn prefix(&self) -> String {
        self.text("credentials", Some("prefix")).unwrap_or_default()
    }

    pub(super) fn token(&self) -> Option<&Value> {
        self.document.get("token")
    }

    /// The variables: the operator's, else the profile's. A text, or `{ env: NAME }`.
    fn read_variables(&mut self, members: &Members<'_>) -> Option<()> {
        let own = match members.optional("variables") {
            None => Vec::new(),
            Some(node) => node.entries("an object of texts, such as `{ region: eu }`")?,
        };
        let declared = self.document.get("variables").and_then(Value::as_object).cloned().unwrap_or_default();
        for (name, node) in &own {
            if let Some(allowed) = declared.get(name).and_then(|value| value.get("one_of")) {
                let words: Vec<&str> =
                    allowed.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                let words: Vec<(&str, &str)> = words.iter().map(|word| (*word, *word)).collect();
                self.variables.set(name, node.word(&words)?.into());
                continue;
            }
            let value = match node.value {
                Value::Object(_) => {
                    let inner = node.members(&["env"])?;
                    let env = inner.required("env", "the name of an environment variable")?;
                    keys::variable(&env, "set it").map(|(_, value)| value.trim().to_owned())
                }
                _ => node.text("a text, or `{ env: NAME }`").map(str::to_owned),
            };
            self.variables.set(name, value?.into());
        }
        for (name, value) in declared.iter().filter(|(name, _)| own.iter().all(|(known, _)| known != name)) {
            let default = match value {
                Value::Object(object) => match object.get("env").and_then(Value::as_str) {
                    Some(variable) => {
                        members.node.reading.env(variable).filter(|value| !value.trim().is_empty())
                    }
                    None => object.get("default").and_then(Value::as_str).map(str::to_owned),
                },
                value => value.as_str().map(str::to_owned),
            };
            match default {
                Some(text) => self.variables.set(name, text.trim().into()),
                None => self.missing.push((name.to_owned(), how_to_give(name, value))),
            }
        }
        Some(())
    }

    /// Every operation that the profile, with what stands over it, describes.
    pub(super) fn procedures(&self, node: &Node<'_>, needs: &[Need]) -> Option<Vec<(Operation, Procedure)>> {
        let empty = Object::default();
        let operations = self.document.get("operations").and_then(Value::as_object).unwrap_or(&empty);
        let mut procedures = Vec::new();
        let mut whole = true;
        for operation in Operation::OF_ORCHESTRATOR {
            let need = needs.iter().find(|need| need.operation == operation);
            let Some(value) = resolved(operations, operation.name()) else {
                if let Some(need) = need {
                    self.cannot(node, operation, need);
                    whole = false;
                }
                continue;
            };
            let path = format!("{}/operations/{}", node.path, operation.name());
            let described = Node { value: &value, path, reading: node.reading };
            let unfilled = self.unfilled(&value);
            if !unfilled.is_empty() && need.is_none() {
                continue;
            }
            for (at, help) in &unfilled {
                let path = format!("{}{at}", described.path);
                node.reading.refuse(path, "the profile leaves this to you", help.as_str());
            }
            whole &= unfilled.is_empty();
            if unfilled.is_empty() {
                match operation::read(&described, &self.variables) {
                    Some(procedure) => procedures.push((operation, procedure)),
                    None => whole = false,
                }
            }
        }
        whole.then_some(procedures)
    }

    fn cannot(&self, node: &Node<'_>, operation: Operation, need: &Need) {
        node.reading.refuse(
            format!("{}/profile", node.path),
            format!(
                "the profile {} has no `{}`, which `{}` needs",
                quoted(&self.name),
                operation.name(),
                need.by
            ),
            format!(
                "describe it under `operations: {{ {}: … }}`, or take out what needs it",
                operation.name()
            ),
        );
    }

    /// What the profile could not know: members that are `null`, variables without a value.
    fn unfilled(&self, value: &Value) -> Vec<(String, String)> {
        let mut found = Vec::new();
        visit(value, &mut String::new(), &mut |at, value| match value {
            Value::Null => found.push((
                at.to_owned(),
                "copy it from the upstream's API guide; it is not public, so no profile can know it"
                    .to_owned(),
            )),
            Value::String(text) => {
                for name in Text::parse(text).placeholders() {
                    if let Some((_, help)) = self.missing.iter().find(|(missing, _)| missing == name) {
                        found.push((at.to_owned(), help.clone()));
                    }
                }
            }
            _ => {}
        });
        found
    }
}

fn how_to_give(name: &str, value: &Value) -> String {
    match value.get("env").and_then(Value::as_str) {
        Some(variable) => format!(
            "set the environment variable `{variable}` and name it under \
             `vm_config.environment_variables.host_env_keys` in Envoy's configuration, or write `variables: {{ {name}: … }}`"
        ),
        None => format!("write `variables: {{ {name}: … }}`"),
    }
}

/// Shows every leaf with its pointer.
fn visit(value: &Value, at: &mut String, see: &mut dyn FnMut(&str, &Value)) {
    let mut child = |name: &str, value: &Value, see: &mut dyn FnMut(&str, &Value)| {
        let before = at.len();
        at.push('/');
        at.push_str(&name.replace('~', "~0").replace('/', "~1"));
        visit(value, at, see);
        at.truncate(before);
    };
    match value {
        Value::Object(object) => object.iter().for_each(|(name, value)| child(name, value, see)),
        Value::Array(elements) => {
            elements.iter().enumerate().for_each(|(index, value)| child(&index.to_string(), value, see));
        }
        leaf => see(at, leaf),
    }
}

/// An operation, with the one that it is `like` beneath it.
fn resolved(operations: &Object, name: &str) -> Option<Value> {
    let own = operations.get(name)?;
    let Some(other) = own.get("like").and_then(Value::as_str) else { return Some(own.clone()) };
    let mut value = operations.get(other).filter(|other| other.get("like").is_none())?.clone();
    let mut patch = own.clone();
    patch.as_object_mut()?.remove("like");
    merge(&mut value, &patch);
    Some(value)
}
