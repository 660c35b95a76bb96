//! Reading a configuration value by value, each knowing its path, without stopping at the first error.

use std::cell::RefCell;

use crate::json::{Object, Pointer, Value};
use crate::policy::Decimal;

use super::ConfigError;
use super::suggest::{choices, closest};

/// One reading: the errors so far, and the environment.
pub(super) struct Reading<'e> {
    errors: RefCell<Vec<ConfigError>>,
    env: &'e dyn Fn(&str) -> Option<String>,
}

impl<'e> Reading<'e> {
    pub(super) fn new(env: &'e dyn Fn(&str) -> Option<String>) -> Self {
        Self { errors: RefCell::default(), env }
    }

    pub(super) fn env(&self, name: &str) -> Option<String> {
        (self.env)(name)
    }

    pub(super) fn refuse(
        &self,
        path: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let error = ConfigError { path: path.into(), message: message.into(), help: help.into() };
        self.errors.borrow_mut().push(error);
    }

    pub(super) fn into_errors(self) -> Vec<ConfigError> {
        self.errors.into_inner()
    }
}

/// A value and where it stands. Every reader below says what is wrong and answers `None`.
#[derive(Clone)]
pub(super) struct Node<'a> {
    pub(super) value: &'a Value,
    pub(super) path: String,
    pub(super) reading: &'a Reading<'a>,
}

impl<'a> Node<'a> {
    pub(super) fn refuse(&self, message: impl Into<String>, help: impl Into<String>) {
        self.reading.refuse(self.path.as_str(), message, help);
    }

    /// Says that the value is of another type than `wanted`, which is also what to write.
    fn mistyped<T>(&self, wanted: &str) -> Option<T> {
        let found = match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(_) => "a text",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        self.refuse(format!("this is {found}"), format!("write {wanted}"));
        None
    }

    /// A text. `wanted` says what, with an example.
    pub(super) fn text(&self, wanted: &str) -> Option<&'a str> {
        match self.value {
            Value::String(text) => Some(text),
            _ => self.mistyped(wanted),
        }
    }

    /// A text that `read` understands.
    pub(super) fn parsed<T>(&self, wanted: &str, read: impl FnOnce(&'a str) -> Option<T>) -> Option<T> {
        let text = self.text(wanted)?;
        let value = read(text);
        if value.is_none() {
            self.refuse(format!("{} will not do", quoted(text)), format!("write {wanted}"));
        }
        value
    }

    pub(super) fn flag(&self) -> Option<bool> {
        match self.value {
            Value::Bool(flag) => Some(*flag),
            _ => self.mistyped("`true` or `false`, without quotes"),
        }
    }

    pub(super) fn number(&self, wanted: &str) -> Option<Decimal> {
        match self.value {
            Value::Number(number) => {
                let number = Decimal::parse(number.as_str());
                number.or_else(|| self.mistyped("a number with a smaller exponent"))
            }
            _ => self.mistyped(wanted),
        }
    }

    pub(super) fn pointer(&self, example: &str) -> Option<Pointer> {
        let wanted = format!("a JSON pointer, such as `{example}`");
        let text = self.text(&wanted)?;
        let pointer = Pointer::parse(text).ok();
        if pointer.is_none() {
            let help = match Pointer::parse(&format!("/{text}")) {
                Ok(pointer) if !text.starts_with('/') => {
                    format!("did you mean {}?", quoted(&pointer.to_string()))
                }
                _ => format!("write {wanted}; a `~` in it is `~0`, a `/` within a name `~1`"),
            };
            self.refuse(format!("{} is no JSON pointer", quoted(text)), help);
        }
        pointer
    }

    /// One of several words.
    pub(super) fn word<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
        let text = self.text(&choices(&names))?;
        let found = words.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
        if found.is_none() {
            self.refuse(format!("{} is none of the choices", quoted(text)), closest(text, &names));
        }
        found
    }

    /// The items of a list, each with its path.
    pub(super) fn items(&self, wanted: &str) -> Option<Vec<Self>> {
        let Value::Array(items) = self.value else { return self.mistyped(wanted) };
        Some(items.iter().enumerate().map(|(index, value)| self.child(&index.to_string(), value)).collect())
    }

    /// The items of a list that must have some.
    pub(super) fn some_items(&self, wanted: &str) -> Option<Vec<Self>> {
        let items = self.items(wanted)?;
        if items.is_empty() {
            self.refuse("the list is empty", format!("write {wanted}"));
            return None;
        }
        Some(items)
    }

    /// An object whose names are free.
    pub(super) fn entries(&self, wanted: &str) -> Option<Vec<(&'a str, Self)>> {
        let Value::Object(object) = self.value else { return self.mistyped(wanted) };
        Some(object.iter().map(|(name, value)| (name, self.child(name, value))).collect())
    }

    /// An object whose names are known; says which are not.
    pub(super) fn members(&self, known: &[&str]) -> Option<Members<'a>> {
        let Value::Object(object) = self.value else {
            return self.mistyped(&format!("an object with {}", choices(known)));
        };
        let mut all_known = true;
        for (name, value) in object.iter().filter(|(name, _)| !known.contains(name)) {
            self.child(name, value).refuse(format!("unknown member {}", quoted(name)), closest(name, known));
            all_known = false;
        }
        Some(Members { node: self.clone(), object, all_known })
    }

    fn child(&self, name: &str, value: &'a Value) -> Self {
        Self { value, path: joined(&self.path, name), reading: self.reading }
    }
}

/// The members of an object.
pub(super) struct Members<'a> {
    pub(super) node: Node<'a>,
    object: &'a Object,
    all_known: bool,
}

impl<'a> Members<'a> {
    pub(super) fn optional(&self, name: &str) -> Option<Node<'a>> {
        self.object.get(name).map(|value| self.node.child(name, value))
    }

    /// A member that must be there; `wanted` says what to write.
    pub(super) fn required(&self, name: &str, wanted: &str) -> Option<Node<'a>> {
        let found = self.optional(name);
        if found.is_none() {
            self.node.reading.refuse(
                joined(&self.node.path, name),
                "it is missing",
                format!("write {wanted}"),
            );
        }
        found
    }

    /// Says what is wrong with the members as a whole, unless an unknown one explains it.
    pub(super) fn refuse(&self, message: &str, help: &str) {
        if self.all_known {
            self.node.refuse(message, help);
        }
    }

    /// Those of `names` that are there.
    pub(super) fn present(&self, names: &[&'static str]) -> Vec<(&'static str, Node<'a>)> {
        names.iter().filter_map(|name| Some((*name, self.optional(name)?))).collect()
    }
}

/// A path with one more name (RFC 6901 section 3).
fn joined(path: &str, name: &str) -> String {
    format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// A text of the operator's in a message: on one line, and not too much of it.
pub(super) fn quoted(text: &str) -> String {
    const MOST: usize = 60;
    let shown: String = text.chars().take(MOST).flat_map(char::escape_debug).collect();
    let more = if text.chars().nth(MOST).is_some() { "…" } else { "" };
    format!("`{shown}{more}`")
}
