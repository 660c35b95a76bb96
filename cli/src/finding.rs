//! What a command says about a file, for people and for programs.

use countersign::json::{Object, Value};

use crate::document::Place;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    /// The configuration does not load.
    Error,
    /// It loads, but is weaker than it looks.
    Warning,
}

impl Severity {
    fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One thing to say.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    /// A pointer into the configuration; `None`: it is about no place in it.
    pub(crate) path: Option<String>,
    /// Where it stands in the file.
    pub(crate) place: Option<Place>,
    pub(crate) message: String,
    /// What to write instead.
    pub(crate) help: Option<String>,
}

impl Finding {
    /// As a compiler would say it: editors find the place.
    pub(crate) fn text(&self, file: &str) -> String {
        let place = self.place.map(|place| format!("{}:{}:", place.line, place.column)).unwrap_or_default();
        let path = match self.path.as_deref() {
            None => String::new(),
            Some("") => "/: ".to_owned(),
            Some(path) => format!("{path}: "),
        };
        let mut text = format!("{file}:{place} {}: {path}{}\n", self.severity.name(), self.message);
        if let Some(help) = &self.help {
            text.push_str("    ");
            text.push_str(help);
            text.push('\n');
        }
        text
    }

    pub(crate) fn json(&self) -> Value {
        let mut object = Object::default();
        object.insert("severity", self.severity.name().into());
        let texts = [("path", &self.path), ("message", &Some(self.message.clone())), ("help", &self.help)];
        for (name, text) in texts {
            if let Some(text) = text {
                object.insert(name, text.as_str().into());
            }
        }
        for (name, number) in
            self.place.iter().flat_map(|place| [("line", place.line), ("column", place.column)])
        {
            object.insert(name, u64::from(number).into());
        }
        Value::Object(object)
    }
}
