//! JSON as it is read here.

use serde::de::DeserializeOwned;

use crate::refusal::Refusal;

/// One JSON value and nothing after it.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| {
        let text = error.to_string();
        // those messages quote the value, which may be a secret
        let quotes = ["invalid type", "invalid value", "invalid length"].iter().any(|p| text.starts_with(p));
        Refusal::Malformed(if quotes {
            format!("a value of the wrong type at line {} column {}", error.line(), error.column())
        } else {
            text
        })
    })
}

/// `application/json`, with or without parameters.
pub(super) fn is_json(content_type: &[u8]) -> bool {
    let essence = content_type.split(|byte| *byte == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(b"application/json")
}
