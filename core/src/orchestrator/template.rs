//! Texts and JSON with `{placeholders}`, as a profile writes what an operation sends.

use crate::json::{Object, Value};

/// The values that an operation is asked with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values(Vec<(String, Value)>);

impl Values {
    /// Adds a value, or replaces the one of this name.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.set(name, value.into());
        self
    }

    /// Adds a value where there is one.
    #[must_use]
    pub fn with_some(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The value of a placeholder.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// As [`Values::with`], in place.
    pub fn set(&mut self, name: &str, value: Value) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }
}

/// A text with placeholders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Placeholder(String),
}

impl Text {
    /// Reads it. A brace that is not around a name of lower-case letters, digits and `_` stands for itself.
    pub fn parse(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            literal.push_str(before);
            match after.split_once('}') {
                Some((name, after)) if is_name(name) => {
                    if !literal.is_empty() {
                        pieces.push(Piece::Literal(core::mem::take(&mut literal)));
                    }
                    pieces.push(Piece::Placeholder(name.to_owned()));
                    rest = after;
                }
                _ => {
                    literal.push('{');
                    rest = after;
                }
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Self(pieces)
    }

    /// With the values that are known already in their places.
    #[must_use]
    pub fn bound(self, known: &Values) -> Self {
        let mut pieces: Vec<Piece> = Vec::new();
        for piece in self.0 {
            let piece = match piece {
                Piece::Placeholder(name) => match known.get(&name) {
                    Some(Value::String(text)) => Piece::Literal(text.clone()),
                    _ => Piece::Placeholder(name),
                },
                literal @ Piece::Literal(_) => literal,
            };
            match (pieces.last_mut(), piece) {
                (Some(Piece::Literal(before)), Piece::Literal(text)) => before.push_str(&text),
                (_, piece) => pieces.push(piece),
            }
        }
        Self(pieces)
    }

    /// The names of its placeholders.
    pub fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Placeholder(name) => Some(name.as_str()),
            Piece::Literal(_) => None,
        })
    }

    /// The text with the values in their places; `None` where a value is missing or is no text and no number.
    pub fn fill(&self, values: &Values) -> Option<String> {
        self.write(values, &|text| Some(text.to_owned()))
    }

    /// As [`Text::fill`], for a path: each value stands as one segment or a part of one, so only RFC 3986's unreserved
    /// characters get in; any other value is `None`.
    pub fn fill_path(&self, values: &Values) -> Option<String> {
        self.write(values, &|text| {
            let plain = text.bytes().all(super::identity::unreserved) && !matches!(text, "" | "." | "..");
            plain.then(|| text.to_owned())
        })
    }

    fn write(&self, values: &Values, encode: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Literal(text) => out.push_str(text),
                Piece::Placeholder(name) => match values.get(name)? {
                    Value::String(text) => out.push_str(&encode(text)?),
                    Value::Number(number) => out.push_str(&encode(number.as_str())?),
                    _ => return None,
                },
            }
        }
        Some(out)
    }

    /// The text itself, where nothing is left to fill in.
    pub fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// The one placeholder that it consists of.
    fn whole(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Piece::Placeholder(name)] => Some(name),
            _ => None,
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// The member whose value's members stand in its place.
const SPREAD: &str = "...";

/// JSON with placeholders. A text that is one placeholder stands for its value, whatever its type; in an object it
/// takes its member with it where there is no value. The member `...` stands for the members of its value.
#[derive(Clone, Debug, PartialEq)]
pub enum Template {
    /// Without placeholders.
    Literal(Value),
    /// A text.
    Text(Text),
    /// A list.
    Array(Vec<Self>),
    /// An object, in order.
    Object(Vec<(String, Self)>),
}

impl Template {
    /// Reads one, with what is known already in its place. Recursion ends with the depth at which the configuration
    /// was read.
    pub fn parse(value: &Value, known: &Values) -> Self {
        match value {
            Value::String(text) => {
                let text = Text::parse(text).bound(known);
                match text.literal() {
                    Some(text) => Self::Literal(Value::String(text.to_owned())),
                    None => Self::Text(text),
                }
            }
            Value::Array(elements) => {
                Self::Array(elements.iter().map(|element| Self::parse(element, known)).collect())
            }
            Value::Object(object) => Self::Object(
                object.iter().map(|(name, value)| (name.to_owned(), Self::parse(value, known))).collect(),
            ),
            other => Self::Literal(other.clone()),
        }
    }

    /// Shows the name of every placeholder.
    pub fn placeholders<'t>(&'t self, visit: &mut dyn FnMut(&'t str)) {
        match self {
            Self::Literal(_) => {}
            Self::Text(text) => text.placeholders().for_each(visit),
            Self::Array(elements) => elements.iter().for_each(|element| element.placeholders(visit)),
            Self::Object(members) => members.iter().for_each(|(_, member)| member.placeholders(visit)),
        }
    }

    /// The JSON with the values in their places; `None` where one is missing that cannot be left out.
    pub fn fill(&self, values: &Values) -> Option<Value> {
        match self {
            Self::Literal(value) => Some(value.clone()),
            Self::Text(text) => match text.whole() {
                Some(name) => values.get(name).cloned(),
                None => text.fill(values).map(Value::String),
            },
            Self::Array(elements) => {
                elements.iter().map(|element| element.fill(values)).collect::<Option<_>>().map(Value::Array)
            }
            Self::Object(members) => {
                let mut object = Object::default();
                for (name, member) in members {
                    match (member.fill(values), member.may_be_absent(values)) {
                        (Some(Value::Object(inner)), _) if name == SPREAD => {
                            inner.iter().for_each(|(name, value)| object.insert(name, value.clone()));
                        }
                        (Some(_), _) if name == SPREAD => return None,
                        (Some(value), _) => object.insert(name, value),
                        (None, true) => {}
                        (None, false) => return None,
                    }
                }
                // An object of nothing but absent values is absent itself.
                (!object.is_empty() || members.is_empty()).then_some(Value::Object(object))
            }
        }
    }

    fn may_be_absent(&self, values: &Values) -> bool {
        match self {
            Self::Text(text) => text.whole().is_some_and(|name| values.get(name).is_none()),
            Self::Object(members) => members.iter().all(|(_, member)| member.may_be_absent(values)),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn values() -> Values {
        Values::default()
            .with("session", "ses_1")
            .with("at", 7)
            .with("prior", json::parse(br#"{"t":"x"}"#, 4).unwrap())
    }

    #[test]
    fn texts() {
        for (text, filled, path) in [
            ("/v1/sessions", Some("/v1/sessions"), Some("/v1/sessions")),
            ("/v1/{session}/x", Some("/v1/ses_1/x"), Some("/v1/ses_1/x")),
            ("{session}{at}", Some("ses_17"), Some("ses_17")),
            ("{prior}", None, None),
            ("{missing}", None, None),
            ("{ not a name } {", Some("{ not a name } {"), Some("{ not a name } {")),
            ("{{session}}", Some("{ses_1}"), Some("{ses_1}")),
        ] {
            let parsed = Text::parse(text);
            assert_eq!(parsed.fill(&values()).as_deref(), filled, "{text}");
            assert_eq!(parsed.fill_path(&values()).as_deref(), path, "{text}");
        }
        for value in ["a/b", "..", ".", "", "a b", "a%2fb", "ä"] {
            let values = Values::default().with("x", value);
            assert_eq!(Text::parse("/{x}").fill_path(&values), None, "{value}");
        }
    }

    #[test]
    fn json_templates() {
        for (template, expected) in [
            (r#"{"a":"{session}","b":"x-{at}","c":1}"#, Some(r#"{"a":"ses_1","b":"x-7","c":1}"#)),
            (r#"{"a":"{prior}"}"#, Some(r#"{"a":{"t":"x"}}"#)),
            (r#"{"a":"{missing}","b":2}"#, Some(r#"{"b":2}"#)),
            (r#"{"a":"x-{missing}"}"#, None),
            (r#"{"a":{"b":"{missing}"},"c":3}"#, Some(r#"{"c":3}"#)),
            (r#"{"...":"{prior}","u":1}"#, Some(r#"{"t":"x","u":1}"#)),
            (r#"{"...":"{missing}","u":1}"#, Some(r#"{"u":1}"#)),
            (r#"["{session}","{at}"]"#, Some(r#"["ses_1",7]"#)),
            (r#"["{missing}"]"#, None),
            ("{}", Some("{}")),
        ] {
            let parsed = Template::parse(&json::parse(template.as_bytes(), 8).unwrap(), &Values::default());
            let filled = parsed.fill(&values()).map(|value| value.to_vec());
            assert_eq!(filled.as_deref(), expected.map(str::as_bytes), "{template}");
        }
    }
}
