//! Why a command could not do its work.

use std::fmt;
use std::process::ExitCode;

/// A command that could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It was asked for something that there is not: 2, as for any wrong usage.
    Usage(String),
    /// A file could not be read, or an answer not be written: 3.
    Unreadable(String),
}

impl Failure {
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            Self::Unreadable(_) => ExitCode::from(3),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Usage(text) | Self::Unreadable(text)) = self;
        f.write_str(text)
    }
}
