//! The schema says what the loader says: the same members, the same words, the same samples.

#[path = "../../tests/cli/support/rows.rs"]
mod rows;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use countersign::config::ConfigError;
use countersign::policy::Policy;
use serde_json::Value;

use super::SCHEMA;
use crate::arguments::Environment;
use crate::document::{plugins, read};
use crate::secrets::Secrets;

/// A configuration with every member there is.
const COMPLETE: &str = include_str!("complete.json");

/// What no configuration has.
const STRANGE: &str = "zzzzzzzzzzzzzzzzzzzzzzzz";

fn validator() -> jsonschema::Validator {
    jsonschema::draft202012::new(&parsed(SCHEMA)).unwrap()
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn errors(configuration: &Value) -> Vec<ConfigError> {
    let secrets = Secrets::new(&Environment { env: Vec::new(), assume_env: true }).unwrap();
    let text = configuration.to_string();
    Policy::load(text.as_bytes(), &|name| secrets.value(name)).err().unwrap_or_default()
}

/// Every schema that speaks of the value at a pointer.
fn schemas_at<'s>(root: &'s Value, pointer: &str) -> Vec<&'s Value> {
    let mut schemas = expanded(root, vec![root]);
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        let below = schemas.iter().flat_map(|schema| {
            let property = schema["properties"].get(&token);
            let other = schema.get("additionalProperties").filter(|_| property.is_none());
            property.or(other).into_iter().chain(schema.get("items"))
        });
        schemas = expanded(root, below.collect());
    }
    schemas
}

/// Each schema with those that it refers to.
fn expanded<'s>(root: &'s Value, schemas: Vec<&'s Value>) -> Vec<&'s Value> {
    let mut all = Vec::new();
    for schema in schemas {
        all.push(schema);
        if let Some(reference) = schema["$ref"].as_str() {
            all.extend(expanded(root, vec![root.pointer(&reference[1..]).unwrap()]));
        }
        if let Some(choices) = schema["anyOf"].as_array() {
            all.extend(expanded(root, choices.iter().collect()));
        }
    }
    all
}

/// Every value in a document, with its pointer.
fn walk(value: &Value, pointer: &str, see: &mut dyn FnMut(&str, &Value)) {
    see(pointer, value);
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                walk(member, &format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")), see);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &format!("{pointer}/{index}"), see);
            }
        }
        _ => {}
    }
}

/// What stands between backquotes.
fn quoted(text: &str) -> BTreeSet<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_complete_configuration_is_one() {
    let complete = parsed(COMPLETE);
    assert_eq!(errors(&complete), []);
    let wrong: Vec<String> = validator().iter_errors(&complete).map(|error| error.to_string()).collect();
    assert_eq!(wrong, [""; 0]);
}

/// To a member that it does not know the loader says all that it knows there.
#[test]
fn the_same_members() {
    let (complete, schema, validator) = (parsed(COMPLETE), parsed(SCHEMA), validator());
    let mut compared = 0;
    walk(&complete, "", &mut |pointer, value| {
        if !value.is_object() {
            return;
        }
        let mut changed = complete.clone();
        changed.pointer_mut(pointer).unwrap()[STRANGE] = "x".into();
        let at = format!("{pointer}/{STRANGE}");
        let refused =
            errors(&changed).into_iter().find(|error| error.path == at && error.message.contains("unknown"));
        let Some(refused) = refused else { return };
        assert!(!validator.is_valid(&changed), "the schema takes any member at {pointer}");
        let known = quoted(&refused.help);
        let listed = schemas_at(&schema, pointer);
        let listed =
            listed.iter().filter_map(|schema| schema["properties"].as_object()).flat_map(|all| all.keys());
        assert_eq!(listed.cloned().collect::<BTreeSet<_>>(), known, "at {pointer}");
        compared += 1;
    });
    assert!(compared > 40, "{compared}");
}

/// The reverse: every member of the schema stands in the complete configuration, so the loader takes it.
#[test]
fn every_member_is_seen() {
    let (complete, schema) = (parsed(COMPLETE), parsed(SCHEMA));
    let mut seen = BTreeSet::new();
    walk(&complete, "", &mut |pointer, value| {
        for name in value.as_object().into_iter().flat_map(|members| members.keys()) {
            for known in schemas_at(&schema, pointer) {
                if known["properties"].get(name).is_some() {
                    seen.insert(std::ptr::from_ref(&known["properties"][name]));
                }
            }
        }
    });
    let mut unseen = Vec::new();
    walk(&schema, "", &mut |pointer, value| {
        let conditional = pointer.contains("/then/")
            || pointer.contains("/if/")
            || pointer.contains("/else/")
            || pointer.contains("/oneOf/");
        let member = pointer.rsplit('/').nth(1) == Some("properties");
        if member && !conditional && !seen.contains(&std::ptr::from_ref(value)) {
            unseen.push(pointer.to_owned());
        }
    });
    let elsewhere = ["/client_id", "/client_secret", "/form", "/form", "/form", "/like", "/d"];
    let all: Vec<&String> =
        unseen.iter().filter(|pointer| !elsewhere.iter().any(|end| pointer.ends_with(end))).collect();
    // An operation of a name is one like any other; `the_same_members` compares the names.
    let all: Vec<_> =
        all.into_iter().filter(|pointer| !pointer.contains("/operations/properties/")).collect();
    assert!(all.is_empty(), "{all:#?}");
}

/// To a word that it does not know the loader says all words.
#[test]
fn the_same_words() {
    let (complete, schema) = (parsed(COMPLETE), parsed(SCHEMA));
    let mut compared = 0;
    walk(&complete, "", &mut |pointer, value| {
        if !value.is_string() {
            return;
        }
        let mut changed = complete.clone();
        *changed.pointer_mut(pointer).unwrap() = STRANGE.into();
        let refused = errors(&changed).into_iter().find(|error| {
            error.path == pointer
                && (error.message.ends_with("is none of the choices")
                    || error.message.starts_with("there is no profile"))
        });
        let Some(refused) = refused else { return };
        let listed = schemas_at(&schema, pointer);
        let words = listed.iter().flat_map(|schema| {
            schema["enum"]
                .as_array()
                .into_iter()
                .flatten()
                .chain(schema.get("const"))
                .filter_map(Value::as_str)
        });
        assert_eq!(words.map(str::to_owned).collect::<BTreeSet<_>>(), quoted(&refused.help), "at {pointer}");
        compared += 1;
    });
    assert!(compared > 25, "{compared}");
}

/// What only shows when parts are held together, or inside a text, or in the environment: beyond a schema.
const BEYOND: &str = include_str!("beyond.txt");

#[test]
fn broken_configurations_are_refused() {
    let sound = include_str!("../../tests/cli/sound.json");
    let validator = validator();
    assert!(validator.is_valid(&parsed(sound)));
    let mut taken = BTreeSet::new();
    let tables = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/broken");
    for table in fs::read_dir(tables).unwrap() {
        for row in rows::rows(&fs::read_to_string(table.unwrap().path()).unwrap()) {
            let configuration = row.configuration(sound);
            let parts = read(configuration.as_bytes());
            // A number may be too large for this reader, and that is refused, too.
            let value = serde_json::from_str(&configuration).ok().filter(|_| parts.is_ok());
            if value.is_some_and(|value| validator.is_valid(&value)) {
                taken.insert(row.name);
            }
        }
    }
    let beyond: BTreeSet<String> =
        BEYOND.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    assert_eq!(taken, beyond);
}

#[test]
fn samples_are_valid() {
    let validator = validator();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut checked = 0;
    for name in ["README.md", "docs", "envoy"] {
        for path in files(&root.join(name)) {
            for sample in samples(&path) {
                for document in read(sample.as_bytes()).unwrap_or_default() {
                    for plugin in plugins(&document, sample.as_bytes()) {
                        let value = serde_json::from_slice(&plugin.bytes).unwrap();
                        let wrong: Vec<String> = validator
                            .iter_errors(&value)
                            .map(|error| format!("{}: {error}", error.instance_path()))
                            .collect();
                        assert!(wrong.is_empty(), "{}: {wrong:#?}", path.display());
                        checked += 1;
                    }
                }
            }
        }
    }
    assert!(checked >= 7, "{checked}");
}

/// A file, or all below a directory.
fn files(path: &Path) -> Vec<std::path::PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    fs::read_dir(path).unwrap().flat_map(|entry| files(&entry.unwrap().path())).collect()
}

/// Whole configurations in a file: an Envoy's, or the blocks in Markdown that begin like one.
fn samples(path: &Path) -> Vec<String> {
    let text = || fs::read_to_string(path).unwrap();
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("yaml") => {
            Some(text()).filter(|text| text.contains("\nstatic_resources:")).into_iter().collect()
        }
        Some("md") => {
            let text = text();
            let blocks = text.split("```yaml\n").skip(1).filter_map(|after| after.split("\n```").next());
            blocks.filter(|block| block.starts_with("version:")).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}
