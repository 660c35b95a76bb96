//! The plugin's configuration, once per worker.

use std::rc::Rc;

use countersign::policy::Policy;

use crate::gateway::KeptToken;
use crate::host::{self, Buffer, Level};
use crate::metrics::Metrics;
use crate::replay;

/// What every stream of a worker shares.
#[derive(Debug)]
pub(crate) struct Plugin {
    pub(crate) policy: Policy,
    pub(crate) metrics: Metrics,
    pub(crate) token: KeptToken,
}

#[derive(Debug, Default)]
pub(crate) struct Root {
    plugin: Option<Rc<Plugin>>,
}

impl Root {
    /// What its streams share, once it is configured.
    pub(crate) fn plugin(&self) -> Option<Rc<Plugin>> {
        self.plugin.clone()
    }

    /// False keeps Envoy from starting, or from taking the update: a bad configuration never loads.
    pub(crate) fn configure(&mut self, size: usize) -> bool {
        let text = host::buffer(Buffer::PluginConfiguration, size);
        match Policy::load(&text, &|name| std::env::var(name).ok()) {
            Ok(policy) => {
                for warning in &policy.warnings {
                    host::log(Level::Warn, &format!("countersign: configuration: {warning}"));
                }
                replay::prepare();
                if let Some(audit) = &policy.audit
                    && host::tick_every(audit.every_ms).is_err()
                {
                    host::log(Level::Error, "countersign: the host does not tick: nothing is audited");
                }
                self.plugin = Some(Rc::new(Plugin {
                    policy,
                    metrics: Metrics::default(),
                    token: KeptToken::default(),
                }));
                true
            }
            Err(errors) => {
                for error in &errors {
                    host::log(Level::Error, &format!("countersign: configuration: {error}"));
                }
                false
            }
        }
    }
}
