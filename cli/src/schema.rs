//! `schema`: the structure of a configuration, for editors.

use crate::Answer;

/// JSON Schema 2020-12, held against the loader by the tests below.
const SCHEMA: &str = include_str!("../schema/configuration.json");

pub(crate) fn run() -> Answer {
    Answer::fine(SCHEMA.to_owned())
}

#[cfg(test)]
mod tests;
