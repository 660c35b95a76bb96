//! `countersign`: checks a configuration before it is live, says what it would do, and makes what it needs. It asks
//! nobody: no command opens a connection.
#![forbid(unsafe_code)]

mod arguments;
mod check;
mod document;
mod failure;
mod finding;
mod input;
mod secrets;

use std::process::ExitCode;

use clap::Parser as _;

use arguments::{Arguments, Command};
use failure::Failure;

/// What a command found, and so its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// Nothing to complain about: 0.
    Nothing,
    /// Something that its user wants to know: 1.
    Something,
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(Found::Nothing) => ExitCode::SUCCESS,
        Ok(Found::Something) => ExitCode::from(1),
        Err(failure) => {
            eprintln!("countersign: {failure}");
            failure.exit_code()
        }
    }
}

fn run(command: Command) -> Result<Found, Failure> {
    match command {
        Command::Check(arguments) => check::run(&arguments),
    }
}
