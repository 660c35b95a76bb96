//! Every refusal, as a client gets it.

use countersign::refusal::{Code, Refusal};
use serde_json::Value;

pub(crate) fn text() -> String {
    let mut codes = Code::ALL;
    codes.sort_by_key(|code| code.name());
    let rows = codes.map(row).concat();
    format!("| code | status | `Retry-After` | `title` | `detail` |\n|---|---|---|---|---|\n{rows}")
}

fn row(code: Code) -> String {
    let problem = Refusal::new(code, "").problem("");
    let problem: Value = serde_json::from_slice(&problem).expect("a problem document is JSON");
    let text = |member: &str| problem[member].as_str().expect("a text").to_owned();
    let (name, status, retry) = (code.name(), code.status(), code.retry_after().unwrap_or(""));
    format!("| `{name}` | {status} | {retry} | {} | {} |\n", text("title"), text("detail"))
}
