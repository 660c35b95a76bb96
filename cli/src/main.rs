//! `countersign`: checks a configuration before it is live, says what it would do, and makes what it needs. It asks
//! nobody: no command opens a connection.
#![forbid(unsafe_code)]

mod arguments;
mod check;
mod document;
mod evidence;
mod explain;
mod failure;
mod finding;
mod input;
mod inventory;
mod keys;
mod manual;
mod profile;
mod schema;
mod secrets;

use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;

use clap::Parser as _;

use arguments::{Arguments, Command};
use failure::Failure;

/// What a command has to say.
struct Answer {
    /// For standard output.
    text: String,
    /// Whether it is something that its user should do something about: exit code 1.
    found: bool,
}

impl Answer {
    fn fine(text: String) -> Self {
        Self { text, found: false }
    }
}

fn main() -> ExitCode {
    match run(Arguments::parse().command).and_then(|answer| say(&answer).map(|()| answer)) {
        Ok(answer) => ExitCode::from(u8::from(answer.found)),
        Err(failure) => {
            eprintln!("countersign: {failure}");
            failure.exit_code()
        }
    }
}

fn say(answer: &Answer) -> Result<(), Failure> {
    match std::io::stdout().write_all(answer.text.as_bytes()) {
        // A reader that has seen enough, such as `head`, is no failure.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::Unreadable(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

fn run(command: Command) -> Result<Answer, Failure> {
    match command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Profile { name } => profile::run(name.as_deref()),
        Command::Keys(keys) => keys::run(&keys),
        Command::Evidence(arguments) => evidence::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Inventory(arguments) => inventory::run(&arguments),
        Command::Schema => Ok(schema::run()),
        Command::Completions { shell } => Ok(manual::completions(shell)),
        Command::Man { directory } => manual::pages(directory.as_deref()),
    }
}
