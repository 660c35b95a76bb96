//! The messages in the source of the core's loader: the first text behind each `refuse(` that is more than a path.

use std::fmt;
use std::fs;
use std::path::Path;

/// A message: the parts between its placeholders.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Text(Vec<String>);

impl Text {
    /// Whether a line has all its parts, in order.
    pub(crate) fn is_in(&self, said: &str) -> bool {
        said.lines().any(|line| {
            let mut rest = line;
            self.0.iter().all(|part| match rest.split_once(part.as_str()) {
                Some((_, after)) => {
                    rest = after;
                    true
                }
                None => false,
            })
        })
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("…"))
    }
}

/// All messages in the files under `directory`; the texts of tests are none.
pub(crate) fn of(directory: &Path) -> Vec<Text> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(directory).expect("the loader's source is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with("tests") {
            texts.extend(of(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).expect("source is text");
            let source = source.split("#[cfg(test)]").next().unwrap_or_default();
            texts.extend(source.split("refuse(").skip(1).filter_map(first_text));
        }
    }
    texts
}

fn first_text(after: &str) -> Option<Text> {
    let call = after.split(';').next()?;
    let literals = call.split('"').skip(1).step_by(2);
    let message = literals.into_iter().find(|literal| literal.contains(' '))?;
    Some(Text(parts(message)))
}

/// What stands between `{…}`.
fn parts(message: &str) -> Vec<String> {
    let pieces = message.split('{').map(|piece| piece.split_once('}').map_or(piece, |(_, after)| after));
    pieces.filter(|piece| !piece.trim().is_empty()).map(str::to_owned).collect()
}
