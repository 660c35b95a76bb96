//! The command line as people use it: the built program, run.

#[path = "cli/broken.rs"]
mod broken;
#[path = "cli/check.rs"]
mod check;
#[path = "cli/documents.rs"]
mod documents;
#[path = "cli/explain.rs"]
mod explain;
#[path = "cli/inventory.rs"]
mod inventory;
#[path = "cli/shipped.rs"]
mod shipped;
#[path = "cli/support/mod.rs"]
mod support;
#[path = "cli/tools.rs"]
mod tools;
