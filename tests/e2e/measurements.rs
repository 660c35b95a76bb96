//! `make bench` works, and what it measures is what `docs/performance.md` tells.

use std::collections::BTreeSet;
use std::process::Command;

use countersign_tests::binaries;

#[test]
fn a_quick_run_measures_every_row_of_the_document() {
    let run = Command::new(env!("CARGO_BIN_EXE_bench")).arg("--quick").output().expect("bench runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let printed = String::from_utf8_lossy(&run.stdout);
    let measured = rows(&printed);
    assert!(measured.len() > 25, "{measured:?}");
    let document = std::fs::read_to_string(binaries::root().join("docs/performance.md"));
    let document = document.expect("docs/performance.md");
    let (_, document) = document.split_once("<!-- measured: begin -->").expect("the first marker");
    let (document, _) = document.split_once("<!-- measured: end -->").expect("the second marker");
    assert_eq!(rows(document), measured, "`make bench` writes the document's tables anew");
}

/// The first cell of every line of every table, the heads included.
fn rows(markdown: &str) -> BTreeSet<&str> {
    let lines = markdown.lines().filter_map(|line| line.strip_prefix("| "));
    lines.filter_map(|line| line.split(" |").next()).collect()
}
