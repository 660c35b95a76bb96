//! A program of ours as a child process.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub(crate) const BEARER: &str = "bearer-token-of-the-tests";
pub(crate) const API_TOKEN: &str = "api_sandbox.of-the-tests";
pub(crate) const WEBHOOK_TOKEN: &str = "webhook-token-of-the-tests";

pub(crate) fn orchestrator() -> Command {
    with_settings(Command::new(env!("CARGO_BIN_EXE_countersign-orchestrator")))
}

pub(crate) fn simulator() -> Command {
    with_settings(Command::new(env!("CARGO_BIN_EXE_countersign-idv-simulator")))
}

fn with_settings(mut command: Command) -> Command {
    command
        .env("COUNTERSIGN_ORCHESTRATOR_TOKEN", BEARER)
        .env("COUNTERSIGN_REFERENCE_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
        .env("COUNTERSIGN_IDV_API_TOKEN", API_TOKEN)
        .env("COUNTERSIGN_WEBHOOK_TOKEN", WEBHOOK_TOKEN)
        // RFC 7515, appendix A.3.1
        .env(
            "COUNTERSIGN_VERDICT_KEY",
            r#"{"kty":"EC","crv":"P-256","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#,
        )
        .env("BIOMETRIC_PASSKEY_IDV_REGISTRATION_WORKFLOW_ID", "11111111-1111-4111-8111-111111111111")
        .env("BIOMETRIC_PASSKEY_IDV_STEP_UP_WORKFLOW_ID", "22222222-2222-4222-8222-222222222222");
    command
}

/// Ends with the test, also when that fails.
struct Ended(Child);

/// A program that listens.
pub(crate) struct Program {
    pub(crate) url: String,
    child: Ended,
    log: Arc<Log>,
    reader: JoinHandle<()>,
}

#[derive(Default)]
struct Log {
    text: Mutex<String>,
    grew: Condvar,
}

impl Program {
    /// Starts on a free port, which it reads from standard output.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let log = Arc::new(Log::default());
        let (lines, kept) = (BufReader::new(child.stderr.take().expect("a pipe")), Arc::clone(&log));
        let reader = thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                kept.text.lock().expect("no panic").push_str(&(line + "\n"));
                kept.grew.notify_all();
            }
        });
        let mut said = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut said).expect("a line");
        let url = said.trim().strip_prefix("listening on ").map(str::to_owned);
        let url = url.unwrap_or_else(|| panic!("it says `{said}`: {}", log.text.lock().expect("no panic")));
        Self { url, child: Ended(child), log, reader }
    }

    /// Waits until the log says `words`.
    pub(crate) fn wait_for_log(&self, words: &str) {
        let text = self.log.text.lock().expect("no panic");
        let limit = Duration::from_secs(10);
        let (text, waited) =
            self.log.grew.wait_timeout_while(text, limit, |text| !text.contains(words)).expect("no panic");
        assert!(!waited.timed_out(), "no `{words}` in: {text}");
    }

    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.0.id().to_string()]).status();
        assert!(sent.expect("kill starts").success());
    }

    /// How it ended, and its log.
    pub(crate) fn wait(mut self) -> (ExitStatus, String) {
        let status = self.child.0.wait().expect("it ends");
        self.reader.join().expect("no panic");
        (status, self.log.text.lock().expect("no panic").clone())
    }

    pub(crate) fn stop(self, signal: &str) -> (ExitStatus, String) {
        self.signal(signal);
        self.wait()
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        // an error says that it has ended already
        let _ = self.0.kill();
    }
}
