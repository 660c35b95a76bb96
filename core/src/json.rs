//! Strict JSON: one value, no name twice, numbers kept as they stood (RFC 8259 within I-JSON, RFC 7493).
//!
//! Two parsers that read a document differently are a way past one of them (`docs/threat-model.md`), so what
//! any relying party might read differently is refused, and what goes on is printed anew from what was read.

mod name;
mod parse;
mod pointer;
mod print;
#[cfg(test)]
mod tests;

pub use name::{is_variant, reads_as};
pub use parse::{Ambiguous, JsonError, parse, parse_ambiguous};
pub use pointer::{Pointer, PointerError};

/// No document is read deeper than this, whatever a caller asks for: parsing recurses.
pub const DEEPEST: usize = 64;

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as it stood.
    Number(Number),
    /// A string, unescaped.
    String(String),
    /// An array.
    Array(Vec<Value>),
    /// An object.
    Object(Object),
}

/// A number as it stood: no float comes between what was read and what is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number(String);

impl Number {
    /// The text as it stood.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A whole number without sign, point or exponent.
    pub fn as_u64(&self) -> Option<u64> {
        self.0.parse().ok()
    }
}

/// An object: names are unique (but see [`Ambiguous`]), the order is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object(Vec<(String, Value)>);

impl Object {
    /// The member of this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(candidate, _)| candidate == name).map(|(_, value)| value)
    }

    /// The member of this name, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.0.iter_mut().find(|(candidate, _)| candidate == name).map(|(_, value)| value)
    }

    /// Sets a member: in its place when it stands already, else at the end.
    pub fn insert(&mut self, name: &str, value: Value) {
        match self.get_mut(name) {
            Some(member) => *member = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// Takes a member out.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let at = self.0.iter().position(|(candidate, _)| candidate == name)?;
        Some(self.0.remove(at).1)
    }

    /// All members in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no member.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Value {
    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// A boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// A whole number without sign, point or exponent.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    /// The elements of an array.
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// An object.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// An object, to change it.
    pub fn as_object_mut(&mut self) -> Option<&mut Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The member of an object.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.as_object()?.get(name)
    }
}

impl Value {
    /// A double as the shortest decimal that reads back to it; `None` for what is no number.
    pub fn from_f64(number: f64) -> Option<Self> {
        number.is_finite().then(|| Self::Number(Number(number.to_string())))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(Number(number.to_string()))
    }
}
