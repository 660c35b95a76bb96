//! One Envoy, a listener for each thing that is compared.

use countersign_tests::envoy::Setup;
use countersign_tests::plugin;
use serde_json::{Value, json};

use crate::plugins;
use crate::upstream::Upstreams;

/// What stands between a client and the relying party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Between {
    /// Nothing but Envoy's router.
    Nothing,
    /// `ext_authz` over HTTP, with the request's body.
    ExtAuthz,
    /// `jwt_authn`, ES256, no cache of verified tokens.
    JwtAuthn,
    /// Lua that reads two headers.
    LuaHeaders,
    /// Lua that reads the body and makes the two calls of a guarded finish, without looking at the answers.
    LuaCallouts,
    /// Countersign.
    Countersign,
    /// Countersign, disabled but on the ceremony's routes.
    CountersignDisabled,
    /// Countersign that learns keys, and so checks signatures.
    CountersignKeys,
    /// Countersign that takes signed verdicts only.
    CountersignSigned,
    /// Countersign with a rule on the resource that is asked for.
    CountersignResource,
    /// Countersign with a rule that looks into the body.
    CountersignPayments,
    /// Countersign with so many rules on other paths.
    CountersignElsewhere(usize),
}

impl Between {
    pub(crate) const ALL: [Self; 14] = [
        Self::Nothing,
        Self::ExtAuthz,
        Self::JwtAuthn,
        Self::LuaHeaders,
        Self::LuaCallouts,
        Self::Countersign,
        Self::CountersignDisabled,
        Self::CountersignKeys,
        Self::CountersignSigned,
        Self::CountersignResource,
        Self::CountersignPayments,
        Self::CountersignElsewhere(10),
        Self::CountersignElsewhere(100),
        Self::CountersignElsewhere(1000),
    ];

    /// The listener's name.
    pub(crate) fn name(self) -> String {
        let name = match self {
            Self::Nothing => "nothing",
            Self::ExtAuthz => "ext_authz",
            Self::JwtAuthn => "jwt_authn",
            Self::LuaHeaders => "lua_headers",
            Self::LuaCallouts => "lua_callouts",
            Self::Countersign => "countersign",
            Self::CountersignDisabled => "countersign_disabled",
            Self::CountersignKeys => "countersign_keys",
            Self::CountersignSigned => "countersign_signed",
            Self::CountersignResource => "countersign_resource",
            Self::CountersignPayments => "countersign_payments",
            Self::CountersignElsewhere(rules) => return format!("countersign_elsewhere_{rules}"),
        };
        name.to_owned()
    }

    /// Where the evidence in its requests is from: what compares with Countersign gives none itself.
    pub(crate) fn evidence(self) -> Self {
        match self {
            Self::ExtAuthz | Self::LuaCallouts => Self::Countersign,
            Self::JwtAuthn => Self::CountersignResource,
            own => own,
        }
    }

    fn filters(self, setup: &Setup, upstreams: &Upstreams) -> Vec<Value> {
        match self {
            Self::Nothing => Vec::new(),
            Self::ExtAuthz => vec![filter(
                "ext_authz",
                "ext_authz.v3.ExtAuthz",
                json!({
                    "http_service": {
                        "server_uri": { "uri": "http://orchestrator", "cluster": "orchestrator", "timeout": "2s" },
                        "path_prefix": "/authz",
                    },
                    "with_request_body": { "max_request_bytes": 65536, "allow_partial_message": false },
                    "transport_api_version": "V3",
                }),
            )],
            Self::JwtAuthn => vec![filter(
                "jwt_authn",
                "jwt_authn.v3.JwtAuthentication",
                json!({
                    "providers": { "bench": {
                        "issuer": "bench",
                        "local_jwks": { "inline_string": json!({ "keys": [upstreams.signer.jwk()] }).to_string() },
                    } },
                    "rules": [{ "match": { "prefix": "/" }, "requires": { "provider_name": "bench" } }],
                }),
            )],
            Self::LuaHeaders => vec![lua(LUA_HEADERS)],
            Self::LuaCallouts => vec![lua(LUA_CALLOUTS)],
            Self::Countersign => vec![setup.filter(&plugins::plain())],
            Self::CountersignDisabled => {
                let mut filter = setup.filter(&plugins::plain());
                filter["disabled"] = true.into();
                vec![filter]
            }
            Self::CountersignKeys => vec![setup.filter(&plugins::keys())],
            Self::CountersignSigned => vec![setup.filter(&plugins::signed(upstreams))],
            Self::CountersignResource => vec![setup.filter(&plugins::resource())],
            Self::CountersignPayments => vec![setup.filter(&plugins::payments())],
            Self::CountersignElsewhere(rules) => vec![setup.filter(&plugins::elsewhere(rules))],
        }
    }

    fn routes(self) -> Value {
        let bank = json!({ "cluster": "bank" });
        let everything = json!({ "match": { "prefix": "/" }, "route": bank });
        if self != Self::CountersignDisabled {
            return json!([everything]);
        }
        let enabled = json!({
            "@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "config": {},
        });
        json!([
            {
                "match": { "path": "/verify-authentication" },
                "route": bank,
                "typed_per_filter_config": { "envoy.filters.http.wasm": enabled },
            },
            everything,
        ])
    }
}

/// The bootstrap of an Envoy with these listeners.
pub(crate) fn bootstrap(wanted: &[Between], upstreams: &Upstreams) -> Value {
    let [(_, bank), (_, orchestrator), _] = upstreams.clusters();
    let setup = Setup { environment: plugin::environment(), ..Setup::plain(bank, orchestrator) };
    let clusters = upstreams.clusters().map(|(name, at)| Setup::cluster(name, at));
    let listeners: Vec<Value> = wanted.iter().map(|between| listener(*between, &setup, upstreams)).collect();
    let mut bootstrap = setup.bootstrap();
    bootstrap["static_resources"] = json!({ "listeners": listeners, "clusters": clusters });
    bootstrap
}

fn listener(between: Between, setup: &Setup, upstreams: &Upstreams) -> Value {
    let mut filters = between.filters(setup, upstreams);
    filters.push(filter("router", "router.v3.Router", json!({})));
    json!({
        "name": between.name(),
        "address": { "socket_address": { "address": "127.0.0.1", "port_value": 0 } },
        "filter_chains": [{ "filters": [{
            "name": "envoy.filters.network.http_connection_manager",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                "stat_prefix": between.name(),
                "http_filters": filters,
                "route_config": {
                    "virtual_hosts": [{ "name": "all", "domains": ["*"], "routes": between.routes() }],
                },
            },
        }] }],
    })
}

fn filter(name: &str, message: &str, mut configuration: Value) -> Value {
    configuration["@type"] = format!("type.googleapis.com/envoy.extensions.filters.http.{message}").into();
    json!({ "name": format!("envoy.filters.http.{name}"), "typed_config": configuration })
}

fn lua(source: &str) -> Value {
    filter("lua", "lua.v3.Lua", json!({ "default_source_code": { "inline_string": source } }))
}

const LUA_HEADERS: &str = r#"
function envoy_on_request(handle)
  local path = handle:headers():get(":path")
  local risk = handle:headers():get("x-risk")
  if path == "/never" and risk ~= nil then
    handle:respond({[":status"] = "403"}, "")
  end
end
"#;

const LUA_CALLOUTS: &str = r#"
local function call(handle, method, path, body)
  local headers = handle:httpCall("orchestrator",
    {[":method"] = method, [":path"] = path, [":authority"] = "orchestrator", ["content-type"] = "application/json"},
    body, 2000)
  return headers[":status"] == "200"
end
function envoy_on_request(handle)
  local body = handle:body()
  if body == nil or not call(handle, "GET", "/v1/sessions/ses_lua", nil) then
    handle:respond({[":status"] = "403"}, "")
  end
end
function envoy_on_response(handle)
  handle:body()
  if not call(handle, "POST", "/v1/sessions/ses_lua/complete", "{\"credential_id\":\"bHVh\"}") then
    handle:headers():replace(":status", "502")
  end
end
"#;
