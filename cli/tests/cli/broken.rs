//! Configurations that are wrong, and the whole of what a person sees of each (contract section 5).
//!
//! A row of `broken/*.txt` is a name behind `##`, what is taken out of `sound.json` behind `-`, what is put there behind
//! `+`, and what `countersign check bank.json` says behind `=`.

use std::fs;
use std::path::Path;

use super::support::rows::{Row, rows};
use super::support::{SOUND, countersign};

const TABLES: [(&str, &str); 8] = [
    ("top", include_str!("broken/top.txt")),
    ("relying parties", include_str!("broken/relying-parties.txt")),
    ("ceremonies", include_str!("broken/ceremonies.txt")),
    ("rules", include_str!("broken/rules.txt")),
    ("conditions", include_str!("broken/conditions.txt")),
    ("orchestrator", include_str!("broken/orchestrator.txt")),
    ("keys and guards", include_str!("broken/keys-and-guards.txt")),
    ("audit", include_str!("broken/audit.txt")),
];

fn all() -> Vec<(&'static str, Row)> {
    TABLES.iter().flat_map(|(table, text)| rows(text).into_iter().map(|row| (*table, row))).collect()
}

#[test]
fn each_says_exactly_this() {
    let directory = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    for (table, row) in all() {
        fs::write(directory.path().join("bank.json"), row.configuration(SOUND)).unwrap();
        let said = countersign(directory.path(), &["check", "bank.json"]);
        if said.stdout != row.says || said.code != 1 || !said.stderr.is_empty() {
            wrong.push(format!(
                "{table}: {}\n--- expected\n{}--- said ({})\n{}",
                row.name, row.says, said.code, said.stdout
            ));
        }
    }
    assert!(wrong.is_empty(), "{} rows are wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn there_are_sixty_and_each_is_another() {
    let rows = all();
    assert!(rows.len() >= 60, "{}", rows.len());
    for (position, (table, row)) in rows.iter().enumerate() {
        let again = rows.iter().take(position).any(|(_, other)| other.says == row.says);
        assert!(!again, "{table}: {} says what another says", row.name);
    }
}

/// What no row can show, and why.
const UNSHOWN: [&str; 1] = [
    // Of a text that cannot be parsed the command line says where and why: see the first rows of `top`.
    "this is not strict JSON",
];

#[test]
fn every_text_of_the_loader_is_seen() {
    let seen: String = all().into_iter().map(|(_, row)| row.says).collect();
    let loader = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/src/config");
    let texts = super::support::texts::of(&loader);
    assert!(texts.len() > 80, "only {} texts were found", texts.len());
    let unseen: Vec<String> =
        texts.into_iter().filter(|text| !text.is_in(&seen)).map(|text| text.to_string()).collect();
    assert_eq!(unseen, UNSHOWN, "texts that no row shows");
}
