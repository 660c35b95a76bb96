//! A file as a JSON value of which it is known where each part stands.

mod json;
mod plugin;
mod yaml;

use std::collections::BTreeMap;

use countersign::json::Value;

pub(crate) use plugin::{Plugin, plugins};

/// A line and a column, both from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// Where the parts of a document stand, by their JSON pointers: a member where its name is, an item where it begins.
#[derive(Debug, Default)]
pub(crate) struct Places(BTreeMap<String, Place>);

impl Places {
    fn insert(&mut self, pointer: &str, place: Place) {
        self.0.insert(pointer.to_owned(), place);
    }

    /// Where it stands; where it is missing, what should hold it.
    pub(crate) fn find(&self, pointer: &str) -> Option<Place> {
        let mut pointer = pointer;
        loop {
            if let Some(place) = self.0.get(pointer) {
                return Some(*place);
            }
            pointer = pointer.rsplit_once('/')?.0;
        }
    }
}

/// What one file holds.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) value: Value,
    pub(crate) places: Places,
}

/// Why a file is none.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) place: Option<Place>,
    pub(crate) message: String,
    pub(crate) help: String,
}

/// Reads JSON (what begins like an object or a list) or YAML, of which one file may hold several documents.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Document>, Unreadable> {
    if looks_like_json(bytes) { json::read(bytes).map(|document| vec![document]) } else { yaml::read(bytes) }
}

/// YAML that begins so would have to be one flow mapping: nobody writes a configuration like that.
pub(crate) fn looks_like_json(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    text.trim_ascii_start().first().is_none_or(|first| matches!(first, b'{' | b'['))
}

/// A pointer with one more name (RFC 6901 section 3).
pub(crate) fn joined(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// The place of a byte.
fn place_of(text: &str, at: usize) -> Place {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Place {
        line: count(before.matches('\n').count() + 1),
        column: count(before[line_start..].chars().count() + 1),
    }
}
