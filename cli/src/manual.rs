//! `completions` and `man`: what the arguments are, for shells and for readers.

use std::path::Path;

use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::Answer;
use crate::arguments::Arguments;
use crate::failure::Failure;

pub(crate) fn completions(shell: Shell) -> Answer {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "countersign", &mut text);
    Answer::fine(String::from_utf8_lossy(&text).into_owned())
}

pub(crate) fn pages(directory: Option<&Path>) -> Result<Answer, Failure> {
    let mut text = Vec::new();
    let written = match directory {
        None => Man::new(Arguments::command()).render(&mut text),
        Some(directory) => clap_mangen::generate_to(Arguments::command(), directory),
    };
    match written {
        Ok(()) => Ok(Answer::fine(String::from_utf8_lossy(&text).into_owned())),
        Err(error) => Err(Failure::Unreadable(format!("the manual: {error}"))),
    }
}
