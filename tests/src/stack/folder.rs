//! A folder of its own for what the programs write, gone when dropped.

use std::fs;
use std::path::{Path, PathBuf};

use crate::encoding::{base64url, random};

pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("countersign-{}", base64url(random::<9>())));
        fs::create_dir(&path).expect("a fresh folder among the temporary files");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A row has passed or failed before; what is left behind is found in the system's temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}
