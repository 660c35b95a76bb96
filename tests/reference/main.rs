//! The parts of `docs/` that are made from the code, or from another page.
//!
//! usage: reference [--write]
//!
//! Without `--write` it says which page differs from the code, and fails.

mod figures;
mod members;
mod refusals;

use std::fs;
use std::process::ExitCode;

use countersign_tests::binaries;

const BEGIN: &str = "<!-- generated: begin -->\n";
const END: &str = "<!-- generated: end -->\n";

/// A page, and what makes a part of it.
type Page = (&'static str, fn() -> String);
const PAGES: [Page; 3] = [
    ("docs/alternatives.md", figures::text),
    ("docs/members.md", members::text),
    ("docs/refusals.md", refusals::text),
];

fn main() -> ExitCode {
    let write = std::env::args().any(|argument| argument == "--write");
    let mut differ = false;
    for (page, text) in PAGES {
        let path = binaries::root().join(page);
        let old = fs::read_to_string(&path).unwrap_or_else(|why| panic!("{page}: {why}"));
        let (before, rest) = old.split_once(BEGIN).unwrap_or_else(|| panic!("{page}: no {BEGIN}"));
        let (_, after) = rest.split_once(END).unwrap_or_else(|| panic!("{page}: no {END}"));
        let new = format!("{before}{BEGIN}\n{}\n{END}{after}", text().trim_end());
        if new == old {
            continue;
        }
        if write {
            fs::write(&path, new).unwrap_or_else(|why| panic!("{page}: {why}"));
        } else {
            eprintln!("{page} is not what the code says: run `make reference`");
            differ = true;
        }
    }
    ExitCode::from(u8::from(differ))
}
