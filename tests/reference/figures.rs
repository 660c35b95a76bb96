//! What a comparison takes from the measured table: some rows of it, some columns.

use std::fs;

use countersign_tests::binaries;

const ROWS: [&str; 8] = [
    "`ext_authz` HTTP, a GET",
    "Countersign, other route",
    "Countersign, begin, routine",
    "Countersign, guarded resource, elevation valid",
    "`ext_authz` HTTP with the body, a finish",
    "Lua, body + 2 `httpCall`, no parsing",
    "Countersign, finish, routine",
    "Countersign, finish, guarded",
];
const COLUMNS: [&str; 5] = ["row", "callouts", "CPU µs", "CPU × no filter", "p50 ×"];

pub(crate) fn text() -> String {
    let page = binaries::root().join("docs/performance.md");
    let page = fs::read_to_string(page).expect("docs/performance.md");
    // Another table, about what the columns mean, stands before it.
    let (_, measured) = page.split_once("## Measured\n").expect("what was measured");
    let header = line(measured, "row");
    let columns = COLUMNS.map(|column| {
        header.iter().position(|cell| *cell == column).unwrap_or_else(|| panic!("no column {column}"))
    });
    let rows = ROWS.map(|row| {
        let cells = line(measured, row);
        format!("| {} |\n", columns.map(|column| cells[column]).join(" | "))
    });
    format!("| {} |\n|---|---|---|---|---|\n{}", COLUMNS.join(" | "), rows.concat())
}

/// The cells of the line that begins with this one.
fn line<'p>(page: &'p str, first: &str) -> Vec<&'p str> {
    let start = format!("| {first} | ");
    let line = page.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("no row {first}"));
    line.trim_matches('|').split('|').map(str::trim).collect()
}
