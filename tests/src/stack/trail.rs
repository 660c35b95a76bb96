//! One order over real programs: all of them append to the same file, so the kernel keeps it.
//!
//! The bank writes a line before it answers a request, the orchestrator when its answer is ready and before
//! that leaves. So what was caused by an answer stands below it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use hyper::Method;
use serde_json::Value;

use crate::orchestrator::Operation;

pub(crate) struct Trail {
    path: PathBuf,
    begins: AtomicUsize,
}

impl Trail {
    pub(crate) fn new(path: PathBuf) -> Self {
        File::create(&path).expect("the trail can be created");
        Self { path, begins: AtomicUsize::new(0) }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where a child process may print to.
    pub(super) fn appending(&self) -> File {
        File::options().append(true).open(&self.path).expect("the trail can be written")
    }

    pub(super) fn begin(&self) {
        self.begins.store(self.text().len(), Ordering::SeqCst);
    }

    pub(super) fn text(&self) -> String {
        fs::read_to_string(&self.path).expect("the trail can be read")
    }

    pub(super) fn steps(&self) -> Vec<String> {
        self.lines().iter().filter_map(step).collect()
    }

    /// The bank's lines.
    pub(super) fn received(&self) -> Vec<Value> {
        self.lines().into_iter().filter(is_of_the_bank).collect()
    }

    /// Programs also print what is no JSON, at their start for example.
    fn lines(&self) -> Vec<Value> {
        let text = self.text();
        let since = text.get(self.begins.load(Ordering::SeqCst)..).expect("the trail only grows");
        since.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

fn is_of_the_bank(line: &Value) -> bool {
    line["path"].is_string()
}

fn step(line: &Value) -> Option<String> {
    if is_of_the_bank(line) {
        // Without headers that wait, the head of what is refused may arrive, and its body never does.
        if line["error"].is_string() {
            return None;
        }
        return Some(format!("relying party {} {}", line["method"].as_str()?, line["path"].as_str()?));
    }
    let request = line.get("span").filter(|span| span["name"] == "request")?;
    let (method, route) = (request["method"].as_str()?, request["route"].as_str()?);
    if route.contains("/webhooks/") {
        return None;
    }
    let method: Method = method.parse().ok()?;
    Some(format!("orchestrator {}", Operation::of(&method, route).word()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::step;

    #[test]
    fn lines_become_steps() {
        let asked =
            |method, route| json!({ "span": { "name": "request", "method": method, "route": route } });
        for (name, line, expected) in [
            (
                "the bank's",
                json!({ "method": "POST", "path": "/verify-registration" }),
                Some("relying party POST /verify-registration"),
            ),
            (
                "one that never came to its end",
                json!({ "method": "POST", "path": "/verify-registration", "error": "request aborted" }),
                None,
            ),
            ("a status", asked("GET", "/v1/sessions/{id}"), Some("orchestrator status")),
            ("a completion", asked("POST", "/v1/sessions/{id}/complete"), Some("orchestrator complete")),
            (
                "an owner",
                asked("GET", "/v1/credentials/{credential_id}"),
                Some("orchestrator credential_owner"),
            ),
            ("a webhook", asked("POST", "/v1/webhooks/idv"), None),
            ("a log line about something else", json!({ "level": "INFO" }), None),
        ] {
            assert_eq!(step(&line).as_deref(), expected, "{name}");
        }
    }
}
