//! What comes with the project is in order: the files of Envoy, Istio and Envoy Gateway, and the configurations in
//! documents.

use std::fs;
use std::path::{Path, PathBuf};

use super::support::without_secrets;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_dir() {
        fs::read_dir(path).unwrap().flat_map(|entry| files(&entry.unwrap().path())).collect()
    } else {
        vec![path.to_owned()]
    }
}

fn checked(directory: &Path, name: &str, text: &str) -> super::support::Said {
    fs::write(directory.join(name), text).unwrap();
    without_secrets(directory, &["check", "--assume-env", name])
}

#[test]
fn every_file_that_loads_the_filter() {
    let directory = tempfile::tempdir().unwrap();
    let mut seen = Vec::new();
    for path in files(&root().join("envoy")) {
        let is_yaml = path.extension().is_some_and(|extension| extension == "yaml");
        let text = if is_yaml { fs::read_to_string(&path).unwrap() } else { String::new() };
        if !text.contains("relying_parties:") {
            continue;
        }
        let said = checked(directory.path(), "file.yaml", &text);
        assert_eq!(said.code, 0, "{}: {}", path.display(), said.stdout);
        assert!(said.stdout.contains("file.yaml: nothing to complain about\n"), "{}", said.stdout);
        // It was this file's own configuration that was read.
        let line = 1 + text.lines().position(|line| line.contains("rp_id:")).unwrap();
        let said = checked(directory.path(), "file.yaml", &text.replace("rp_id:", "rpid:"));
        assert_eq!(said.code, 1, "{}", path.display());
        let place = format!("file.yaml:{line}:");
        let found = said
            .stdout
            .lines()
            .any(|said| said.starts_with(&place) && said.contains("unknown member `rpid`"));
        assert!(found, "{}: {}", path.display(), said.stdout);
        seen.push(path.file_name().unwrap().to_str().unwrap().to_owned());
    }
    seen.sort();
    let expected =
        ["envoy.yaml", "envoy.yaml", "envoyfilter.yaml", "extensionpolicy.yaml", "wasmplugin.yaml"];
    assert_eq!(seen, expected);
}

#[test]
fn every_whole_configuration_of_the_documents() {
    let directory = tempfile::tempdir().unwrap();
    let mut seen = 0;
    for path in [files(&root().join("docs")), vec![root().join("README.md")]].concat() {
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for after in text.split("\n```yaml\n").skip(1).filter(|block| block.starts_with("version:")) {
            let sample = after.split("\n```").next().unwrap();
            let mut said = checked(directory.path(), "sample.yaml", sample);
            if said.code != 0 {
                // A realm's, then.
                let command = ["check", "--assume-env", "--for", "identity-provider", "sample.yaml"];
                said = without_secrets(directory.path(), &command);
            }
            assert_eq!(said.code, 0, "{}: {sample}\n{}", path.display(), said.stdout);
            seen += 1;
        }
    }
    assert!(seen >= 5, "{seen}");
}
