//! The examples of `docs/cli.md`, run.

use std::fs;
use std::path::Path;

use super::support::{countersign, without_secrets};

fn document(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

/// The blocks of a language in a Markdown text.
fn blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let start = format!("```{language}\n");
    text.split(start.as_str()).skip(1).filter_map(|after| after.split("```").next()).collect()
}

/// A command line's words: quotes hold words together.
fn words(line: &str) -> Vec<String> {
    let parts = line.split('\'').enumerate();
    let words = parts.flat_map(|(index, part)| {
        if index % 2 == 1 {
            vec![part.to_owned()]
        } else {
            part.split_whitespace().map(str::to_owned).collect()
        }
    });
    words.collect()
}

#[test]
fn examples_say_what_they_say() {
    let directory = tempfile::tempdir().unwrap();
    let readme = document("README.md");
    let [bank] = blocks(&readme, "yaml")[..] else { panic!("one configuration in the README") };
    let api = "paths:\n  /verify-authentication: { post: {} }\n  /password/reset: { post: {} }\n";
    for (name, text) in
        [("bank.yaml", bank), ("misspelled.yaml", &bank.replace("rp_id:", "rpid:")), ("api.yaml", api)]
    {
        fs::write(directory.path().join(name), text).unwrap();
    }
    let page = document("docs/cli.md");
    let examples = blocks(&page, "console");
    assert!(examples.len() >= 4, "{}", examples.len());
    for example in examples {
        let (command, says) = example.split_once('\n').unwrap();
        let words = words(command.strip_prefix("$ countersign ").unwrap());
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        // Documents are written for who has set nothing yet.
        let said = without_secrets(directory.path(), &words);
        assert_eq!((said.stdout.as_str(), said.stderr.as_str()), (says, ""), "{command}");
    }
}

#[test]
fn every_command_is_on_the_page() {
    let page = document("docs/cli.md");
    let help = countersign(Path::new("."), &["--help"]).stdout;
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names: Vec<&str> = commands.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() >= 9, "{names:?}");
    for name in names.into_iter().filter(|name| *name != "help") {
        assert!(page.contains(&format!("`{name}")), "{name}");
    }
}
