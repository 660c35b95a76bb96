//! Envoy's own configuration, as an operator would write it, with the knobs that tests turn.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::discovery::{self, Discovered};
use crate::binaries;

const HTTP_PROTOCOL_OPTIONS: &str = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

/// What an Envoy of ours calls itself in its spans.
pub const INSIDE: &str = "inside";

/// What Envoy does once the filter's VM has trapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailurePolicy {
    /// Every later request on that worker is refused.
    Closed,
    /// The VM is made anew; refused until then.
    Reload,
}

/// Whether Envoy cleans up request paths before the filter sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paths {
    /// As they came: ambiguous paths are the filter's to refuse.
    AsTheyCame,
    /// Normalised, slashes merged, escaped slashes refused (Envoy's edge guide).
    Normalised,
}

/// Everything that differs between the Envoys of the tests.
#[derive(Clone)]
pub struct Setup {
    /// The plugin's configuration; `None` leaves the filter out.
    pub plugin: Option<Value>,
    /// Filters in front of ours, as entries of `http_filters`.
    pub before: Vec<Value>,
    /// Hand it over as a `Struct` (YAML inside Envoy's own) instead of text.
    pub plugin_as_struct: bool,
    /// Envoy's `allow_on_headers_stop_iteration`.
    pub headers_can_wait: bool,
    /// See [`FailurePolicy`].
    pub failure_policy: FailurePolicy,
    /// See [`Paths`].
    pub paths: Paths,
    /// Worker threads.
    pub workers: u8,
    /// The environment that the filter sees.
    pub environment: BTreeMap<String, String>,
    /// The only host functions and callbacks that are allowed (see [`super::capabilities`]); `None` allows all.
    pub capabilities: Option<Vec<String>>,
    /// Whether Envoy lets a connection become a WebSocket.
    pub upgrades: bool,
    /// Virtual hosts beside the one that takes every host to the relying party.
    pub virtual_hosts: Vec<Value>,
    /// Upstreams beside these two.
    pub clusters: Vec<Value>,
    /// After how many requests a connection to the orchestrator ends; `None` keeps it.
    pub requests_per_connection: Option<u32>,
    /// What of the configuration comes by xDS; `None`: nothing.
    pub discovered: Option<Discovered>,
    /// Where it listens; 0 is any free port.
    pub port: u16,
    /// Which of several processes that take over from each other this is; `None`: it is alone.
    pub epoch: Option<u32>,
    /// The built filter; `None`: the one under test.
    pub wasm: Option<PathBuf>,
    /// Where it tells its spans, by OTLP; `None`: it makes none.
    pub collector: Option<SocketAddr>,
    /// The relying party.
    pub bank: SocketAddr,
    /// The orchestrator.
    pub orchestrator: SocketAddr,
}

impl Setup {
    /// Plain proxying to these two, without the filter.
    pub fn plain(bank: SocketAddr, orchestrator: SocketAddr) -> Self {
        Self {
            plugin: None,
            before: Vec::new(),
            plugin_as_struct: false,
            headers_can_wait: true,
            failure_policy: FailurePolicy::Closed,
            paths: Paths::AsTheyCame,
            workers: 1,
            environment: BTreeMap::new(),
            capabilities: None,
            upgrades: false,
            virtual_hosts: Vec::new(),
            clusters: Vec::new(),
            requests_per_connection: None,
            discovered: None,
            port: 0,
            epoch: None,
            wasm: None,
            collector: None,
            bank,
            orchestrator,
        }
    }

    /// The bootstrap document. Ports are 0: Envoy picks free ones.
    pub fn bootstrap(&self) -> Value {
        let mut clusters = self.clusters.clone();
        clusters.push(Self::cluster("bank", self.bank));
        let mut orchestrator = Self::cluster("orchestrator", self.orchestrator);
        if let Some(requests) = self.requests_per_connection {
            orchestrator["typed_extension_protocol_options"][HTTP_PROTOCOL_OPTIONS]["common_http_protocol_options"] =
                json!({ "max_requests_per_connection": requests });
        }
        clusters.push(orchestrator);
        clusters.extend(self.collector.map(|collector| Self::cluster("collector", collector)));
        let mut bootstrap = json!({
            "node": { "id": "gateway", "cluster": "gateways" },
            "admin": { "address": address("127.0.0.1:0".parse().expect("an address")) },
            "static_resources": { "clusters": clusters },
            "layered_runtime": spans_at_once(),
        });
        if let Some(Discovered::Listener(file)) = &self.discovered {
            bootstrap["dynamic_resources"] = json!({ "lds_config": discovery::source(file) });
        } else {
            bootstrap["static_resources"]["listeners"] = json!([self.listener()]);
        }
        bootstrap
    }

    /// Where clients connect.
    pub(super) fn listener(&self) -> Value {
        json!({
            "name": "ingress",
            "address": address(SocketAddr::from(([127, 0, 0, 1], self.port))),
            "filter_chains": [{ "filters": [self.connection_manager()] }],
        })
    }

    /// An upstream with one endpoint, as an entry of `clusters`.
    pub fn cluster(name: &str, at: SocketAddr) -> Value {
        json!({
            "name": name,
            "type": "STATIC",
            "connect_timeout": "1s",
            "load_assignment": {
                "cluster_name": name,
                "endpoints": [{ "lb_endpoints": [{ "endpoint": { "address": address(at) } }] }],
            },
            "typed_extension_protocol_options": {
                HTTP_PROTOCOL_OPTIONS: {
                    "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                    "explicit_http_config": { "http_protocol_options": { "enable_trailers": true } },
                },
            },
        })
    }

    /// Prefixes of paths and the clusters they lead to, for these hosts.
    pub fn virtual_host(name: &str, domains: &[&str], routes: &[(&str, &str)]) -> Value {
        let routes: Vec<Value> = routes
            .iter()
            .map(|(prefix, cluster)| {
                json!({ "match": { "prefix": prefix }, "route": { "cluster": cluster, "timeout": "20s" } })
            })
            .collect();
        json!({ "name": name, "domains": domains, "routes": routes })
    }

    fn connection_manager(&self) -> Value {
        let mut filters = self.before.clone();
        filters.extend(self.plugin.iter().map(|plugin| match &self.discovered {
            Some(Discovered::Filter(file)) => discovery::filter(file),
            _ => self.filter(plugin),
        }));
        filters.push(json!({
            "name": "envoy.filters.http.router",
            "typed_config": { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
        }));
        let mut virtual_hosts = self.virtual_hosts.clone();
        virtual_hosts.push(Self::virtual_host("everything", &["*"], &[("/", "bank")]));
        let mut manager = json!({
            "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "ingress",
            "codec_type": "AUTO",
            "http_protocol_options": { "enable_trailers": true },
            "stream_idle_timeout": "20s",
            "request_timeout": "20s",
            "generate_request_id": true,
            "http_filters": filters,
            "route_config": { "name": "everything", "virtual_hosts": virtual_hosts },
            "access_log": [access_log()],
        });
        if self.collector.is_some() {
            manager["tracing"] = tracing();
        }
        if self.upgrades {
            manager["upgrade_configs"] = json!([{ "upgrade_type": "websocket" }]);
        }
        if self.paths == Paths::Normalised {
            manager["normalize_path"] = json!(true);
            manager["merge_slashes"] = json!(true);
            manager["path_with_escaped_slashes_action"] = json!("REJECT_REQUEST");
        }
        json!({ "name": "envoy.filters.network.http_connection_manager", "typed_config": manager })
    }

    /// The filter with this configuration, as an entry of `http_filters`.
    pub fn filter(&self, plugin: &Value) -> Value {
        let mut vm = json!({
            "vm_id": "countersign",
            "runtime": "envoy.wasm.runtime.v8",
            "code": { "local": { "filename": self.wasm.clone().unwrap_or_else(binaries::filter) } },
            "environment_variables": { "key_values": self.environment },
        });
        if let Some(capabilities) = &self.capabilities {
            let allowed: serde_json::Map<String, Value> =
                capabilities.iter().map(|name| (name.clone(), json!({}))).collect();
            vm["capability_restriction_config"] = json!({ "allowed_capabilities": allowed });
        }
        json!({
            "name": "envoy.filters.http.wasm",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
                "config": {
                    "name": "countersign",
                    "root_id": "countersign",
                    "failure_policy": match self.failure_policy {
                        FailurePolicy::Closed => "FAIL_CLOSED",
                        FailurePolicy::Reload => "FAIL_RELOAD",
                    },
                    "allow_on_headers_stop_iteration": self.headers_can_wait,
                    "vm_config": vm,
                    "configuration": if self.plugin_as_struct {
                        json!({ "@type": "type.googleapis.com/google.protobuf.Struct", "value": plugin })
                    } else {
                        json!({
                            "@type": "type.googleapis.com/google.protobuf.StringValue",
                            "value": plugin.to_string(),
                        })
                    },
                },
            },
        })
    }
}

fn tracing() -> Value {
    json!({
        "provider": {
            "name": "envoy.tracers.opentelemetry",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig",
                "service_name": INSIDE,
                "http_service": {
                    "http_uri": { "uri": "http://collector/v1/traces", "cluster": "collector", "timeout": "1s" },
                },
            },
        },
    })
}

/// A span is told when it ends, and not some seconds later with others.
pub(crate) fn spans_at_once() -> Value {
    json!({ "layers": [{ "name": "tests", "static_layer": { "tracing.opentelemetry.min_flush_spans": 1 } }] })
}

fn access_log() -> Value {
    json!({
        "name": "envoy.access_loggers.stdout",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
            "log_format": { "text_format_source": { "inline_string":
                "%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS% \
                 %REQ(X-REQUEST-ID)% countersign=%FILTER_STATE(wasm.countersign.decision:PLAIN)%\n" } },
        },
    })
}

fn address(at: SocketAddr) -> Value {
    json!({ "socket_address": { "address": at.ip().to_string(), "port_value": at.port() } })
}
