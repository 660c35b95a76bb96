//! What an Envoy is told by xDS: here, by a file that is moved to where it looks.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Setup;

/// What of the configuration is found in a file, which [`Setup::write_discovered`] writes.
#[derive(Clone)]
pub enum Discovered {
    /// Our filter (ECDS).
    Filter(PathBuf),
    /// The whole listener, our filter in it (LDS).
    Listener(PathBuf),
}

impl Setup {
    /// Writes what is discovered where Envoy finds it, in one piece.
    pub fn write_discovered(&self) {
        let discovered = self.discovered.as_ref().expect("something is discovered");
        let (file, resource) = match discovered {
            Discovered::Filter(file) => {
                let filter = self.filter(self.plugin.as_ref().expect("a plugin"));
                let resource = json!({ "name": filter["name"], "typed_config": filter["typed_config"] });
                (file, typed("envoy.config.core.v3.TypedExtensionConfig", resource))
            }
            Discovered::Listener(file) => (file, typed("envoy.config.listener.v3.Listener", self.listener())),
        };
        let discovery = json!({ "version_info": "1", "resources": [resource] });
        // Envoy looks when a file is moved there.
        let beside = file.with_extension("new");
        std::fs::write(&beside, discovery.to_string()).expect("the file can be written");
        std::fs::rename(&beside, file).expect("the file can be moved");
    }
}

fn typed(name: &str, mut resource: Value) -> Value {
    resource["@type"] = json!(format!("type.googleapis.com/{name}"));
    resource
}

/// A file as a source of configuration.
pub(super) fn source(file: &Path) -> Value {
    json!({ "resource_api_version": "V3", "path_config_source": { "path": file } })
}

/// Our filter as one that is found there, as an entry of `http_filters`.
pub(super) fn filter(file: &Path) -> Value {
    json!({
        "name": "envoy.filters.http.wasm",
        "config_discovery": {
            "config_source": source(file),
            "type_urls": ["type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm"],
        },
    })
}
