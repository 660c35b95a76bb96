"""Envoy with the filter and the profile `entrust-idv`, between a relying party and the vendor."""

import base64
import os

import programs


def gateway(account, vendor, relying_party):
    """A running one: its address."""
    return programs.envoy(_bootstrap(account, vendor, relying_party))


def _plugin(account):
    return {
        "version": 1,
        "headers_can_wait": True,
        "trusted_headers": ["x-risk"],
        "relying_parties": {
            "bank": {
                "hosts": ["bank.example"],
                "rp_id": "bank.example",
                "origins": ["https://bank.example"],
                "session": {"cookie": "sid"},
                "cluster": "bank",
                "prior_biometric": "/prior_biometric",
                "user": [{"introspect": {"path": "/me", "pointer": "/id"}}],
                "ceremonies": {
                    "profile": "simplewebauthn",
                    "endpoints": [{"leg": "recovery", "method": "POST", "path": "/recovery/start", "user": "/user/id"}],
                },
            }
        },
        "rules": [
            {"id": "enrolment", "relying_party": "bank", "ceremony": "registration", "require": "registration"},
            {
                "id": "risky",
                "relying_party": "bank",
                "ceremony": "authentication",
                "require": "step_up",
                "workflow_input": {"custom_data": {"branch": "web", "tries": 3}},
            },
            {"id": "recover", "relying_party": "bank", "ceremony": "recovery", "require": "recovery"},
        ],
        "orchestrator": {
            "profile": "entrust-idv",
            "cluster": "vendor",
            "timeout": "10s",
            "credentials": {
                "client_id": {"env": "COUNTERSIGN_IDV_CLIENT_ID"},
                "client_secret": {"env": "COUNTERSIGN_IDV_CLIENT_SECRET"},
            },
        },
        "keys": {
            "seal": [{"id": "k1", "env": "COUNTERSIGN_SEAL_KEY"}],
            "surrogate": {"env": "COUNTERSIGN_SURROGATE_KEY"},
        },
    }


def _bootstrap(account, vendor, relying_party):
    key = base64.b64encode(os.urandom(32)).decode()
    keys = {"COUNTERSIGN_SEAL_KEY": key, "COUNTERSIGN_SURROGATE_KEY": key}
    google = "type.googleapis.com"
    extensions = f"{google}/envoy.extensions.filters"
    wasm = {
        "@type": f"{extensions}.http.wasm.v3.Wasm",
        "config": {
            "name": "countersign",
            "allow_on_headers_stop_iteration": True,
            "vm_config": {
                "runtime": "envoy.wasm.runtime.v8",
                "code": {"local": {"filename": str(programs.WASM)}},
                "environment_variables": {"key_values": {**keys, **account.settings}},
            },
            "configuration": {"@type": f"{google}/google.protobuf.Struct", "value": _plugin(account)},
        },
    }
    manager = {
        "@type": f"{extensions}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "ingress",
        "http_filters": [
            {"name": "countersign", "typed_config": wasm},
            {"name": "router", "typed_config": {"@type": f"{extensions}.http.router.v3.Router"}},
        ],
        "route_config": {
            "virtual_hosts": [
                {"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "bank"}}]}
            ]
        },
    }
    return {
        "admin": {"address": _address("127.0.0.1:0")},
        "static_resources": {
            "listeners": [
                {
                    "name": "ingress",
                    "address": _address("127.0.0.1:0"),
                    "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
                }
            ],
            "clusters": [_cluster("bank", relying_party), _cluster("vendor", vendor)],
        },
    }


def _cluster(name, address):
    endpoint = {"endpoint": {"address": _address(address)}}
    return {
        "name": name,
        "type": "STATIC",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }


def _address(text):
    host, port = text.split(":")
    return {"socket_address": {"address": host, "port_value": int(port)}}
