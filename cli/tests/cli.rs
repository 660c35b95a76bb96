//! The command line as people use it: the built program, run.

#[path = "cli/broken.rs"]
mod broken;
#[path = "cli/check.rs"]
mod check;
#[path = "cli/support/mod.rs"]
mod support;
