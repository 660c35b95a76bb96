//! Where the programs under test are. What is missing fails loudly and says how to get it.

use std::path::{Path, PathBuf};

/// The project's root directory.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the project").to_owned()
}

/// Envoy: `$ENVOY`, or where the project's set-up puts it.
pub fn envoy() -> PathBuf {
    program("ENVOY", ".local/venv/bin/envoy", "`make test` installs it")
}

/// The built filter: `$COUNTERSIGN_WASM`, or `dist/countersign.wasm`.
pub fn filter() -> PathBuf {
    program("COUNTERSIGN_WASM", "dist/countersign.wasm", "`make wasm` builds it")
}

/// A program of ours that is not under test here: where `make build` puts it.
pub fn tool(name: &str) -> PathBuf {
    // This program is in a profile's folder of its own, `<target>/<profile>/deps`.
    let this = std::env::current_exe().expect("a test program knows where it is");
    let path = this.ancestors().nth(3).expect("a target folder").join("tools").join(name);
    assert!(path.is_file(), "{} is missing: `make build` builds it", path.display());
    path
}

/// The bank's folder, with its packages installed.
pub fn bank() -> PathBuf {
    let path = root().join("examples/bank");
    assert!(
        path.join("node_modules").is_dir(),
        "the bank's packages are missing: `make setup` installs them"
    );
    path
}

fn program(variable: &str, default: &str, remedy: &str) -> PathBuf {
    let path = std::env::var_os(variable).map_or_else(|| root().join(default), PathBuf::from);
    let path = if path.is_absolute() { path } else { root().join(path) };
    assert!(path.is_file(), "{} is missing: {remedy}, or set {variable}", path.display());
    path
}
