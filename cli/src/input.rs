//! Files, and `-` for standard input.

use std::io::Read as _;

use crate::failure::Failure;

/// A text that was read, and what to call it.
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// Reads a file, or standard input where it is `-`.
pub(crate) fn read(path: &str) -> Result<Input, Failure> {
    let mut bytes = Vec::new();
    let (name, read) = if path == "-" {
        ("standard input", std::io::stdin().read_to_end(&mut bytes).map(|_| bytes))
    } else {
        (path, std::fs::read(path))
    };
    match read {
        Ok(bytes) => Ok(Input { name: name.to_owned(), bytes }),
        Err(error) => Err(Failure::Unreadable(format!("{name}: {error}"))),
    }
}
