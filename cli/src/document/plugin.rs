//! Where in a file the plugin's configuration is: the whole of it, or a part of Envoy's, Istio's or Envoy Gateway's.

use countersign::json::Value;

use super::{Document, Place, joined, read};

/// A configuration of the plugin's, as the filter gets it.
#[derive(Debug)]
pub(crate) struct Plugin {
    pub(crate) bytes: Vec<u8>,
    /// Where it is in the document.
    at: String,
    /// Where its text begins, if it is JSON inside a text that keeps its lines: a line, and by how much it is indented.
    text: Option<(Document, Place)>,
}

impl Plugin {
    /// Where a part of it stands in the file.
    pub(crate) fn place(&self, document: &Document, path: &str) -> Option<Place> {
        match &self.text {
            None => document.places.find(&format!("{}{path}", self.at)),
            Some((inner, start)) => inner.places.find(path).map(|place| Place {
                line: start.line + place.line - 1,
                column: start.column + place.column - 1,
            }),
        }
    }
}

/// Every configuration in a document. `source` is the file's text.
pub(crate) fn plugins(document: &Document, source: &[u8]) -> Vec<Plugin> {
    if ["kind", "static_resources", "resources"].iter().all(|name| document.value.get(name).is_none()) {
        return vec![Plugin { bytes: document.value.to_vec(), at: String::new(), text: None }];
    }
    let mut found = Vec::new();
    search(&document.value, "", &mut |at, value| {
        if let Some(plugin) = plugin(document, source, at, value) {
            found.push(plugin);
        }
    });
    found
}

/// Shows what stands where a plugin's configuration may.
fn search(value: &Value, at: &str, see: &mut dyn FnMut(String, &Value)) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                search(item, &joined(at, &index.to_string()), see);
            }
        }
        Value::Object(object) => {
            for (name, member) in object.iter() {
                let at = joined(at, name);
                match name {
                    // Of Envoy a message with its type, of Istio and Envoy Gateway an object.
                    "configuration" if member.get("@type").is_some() => {
                        if let Some(value) = member.get("value") {
                            see(joined(&at, "value"), value);
                        }
                    }
                    "pluginConfig" => see(at, member),
                    "config" if is_ours(member) => see(at, member),
                    _ => search(member, &at, see),
                }
            }
        }
        _ => {}
    }
}

/// Other plugins have configurations too.
fn is_ours(value: &Value) -> bool {
    ["relying_parties", "orchestrator", "rules"].iter().any(|name| value.get(name).is_some())
}

fn plugin(document: &Document, source: &[u8], at: String, value: &Value) -> Option<Plugin> {
    let Value::String(text) = value else {
        return is_ours(value).then(|| Plugin { bytes: value.to_vec(), at, text: None });
    };
    let bytes = text.as_bytes().to_vec();
    let Ok([inner]) = read(&bytes).map(<[Document; 1]>::try_from).map(|inner| inner.map_err(|_| ())).ok()?
    else {
        return None;
    };
    if !is_ours(&inner.value) {
        return None;
    }
    let start = document.places.find(&at).and_then(|place| block(source, place, text));
    Some(Plugin { bytes, at, text: start.map(|start| (inner, start)) })
}

/// Where a text begins that is written as a literal block below its member's name.
fn block(source: &[u8], name: Place, text: &str) -> Option<Place> {
    let source = std::str::from_utf8(source).ok()?;
    let (first, line) = (text.lines().next()?, name.line + 1);
    let written = source.lines().nth(usize::try_from(name.line).ok()?)?;
    let indent = written.strip_suffix(first)?;
    let indented = indent.bytes().all(|byte| byte == b' ');
    indented.then(|| Place { line, column: u32::try_from(indent.len()).unwrap_or_default() + 1 })
}
