//! The built `countersign`, run in a directory of its own.

pub(crate) mod rows;
pub(crate) mod texts;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// A configuration without a fault.
pub(crate) const SOUND: &str = include_str!("../sound.json");

/// Secrets that the configurations of the tests name: some good, each other wrong in its own way.
pub(crate) const ENVIRONMENT: [(&str, &str); 9] = [
    ("COUNTERSIGN_SEAL_KEY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="),
    ("COUNTERSIGN_ORCHESTRATOR_TOKEN", "t0ken"),
    ("COUNTERSIGN_WEBHOOK_TOKEN", "sixteen letters!"),
    ("SHORT", "c2hvcnQ="),
    ("EMPTY", ""),
    ("UNREADABLE", "not base64!"),
    ("NO_KEY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="),
    ("TWO_LINES", "a\nb"),
    ("FIFTEEN", "fifteen letters"),
];

/// What a command said, and its exit code.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

/// Runs it with these arguments and nothing on standard input.
pub(crate) fn countersign(directory: &Path, arguments: &[&str]) -> Said {
    with_input(directory, arguments, b"")
}

/// The same with something on standard input.
pub(crate) fn with_input(directory: &Path, arguments: &[&str], input: &[u8]) -> Said {
    run(directory, arguments, input, &ENVIRONMENT)
}

/// The same where no variable is set.
pub(crate) fn without_secrets(directory: &Path, arguments: &[&str]) -> Said {
    run(directory, arguments, b"", &[])
}

fn run(directory: &Path, arguments: &[&str], input: &[u8], environment: &[(&str, &str)]) -> Said {
    let mut child = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // A command that does not read its input may be gone by now.
    let _written = child.stdin.take().expect("it has an input").write_all(input);
    let output = child.wait_with_output().expect("the program ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it says UTF-8");
    Said {
        stdout: text(output.stdout),
        stderr: text(output.stderr),
        code: output.status.code().expect("an exit code"),
    }
}
