"""Each variant's filter, as its control plane hands it to Envoy; and Envoy's word about it."""

import base64
import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

import kustomize
import yaml
from kustomize import ROOT

ENVOY = ROOT / ".local" / "venv" / "bin" / "envoy"
WASM = ROOT / "dist" / "countersign.wasm"
TYPE = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm"
HTTP = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
ROUTER = {
    "name": "envoy.filters.http.router",
    "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"},
}
ENVIRONMENT = ("COUNTERSIGN_SEAL_KEY", "COUNTERSIGN_ORCHESTRATOR_TOKEN")
# The only form of path into a listener that is used here.
PATH = re.compile(r"^\.\.http_filters\[\?\(@\.name=='(.+)'\)\]\.typed_config\.config$")


def fetched(plugin):
    """As a control plane does it: what was to be fetched is a file."""
    plugin["vm_config"]["code"] = {"local": {"filename": str(WASM)}}
    return plugin


def generated(name, policy, configuration, keys):
    """What a control plane writes where only its own fields can be set."""
    return fetched(
        {
            "name": name,
            "root_id": name,
            "failure_policy": policy,
            "vm_config": {"runtime": "envoy.wasm.runtime.v8", "environment_variables": {"host_env_keys": keys}},
            "configuration": {
                "@type": "type.googleapis.com/google.protobuf.StringValue",
                "value": json.dumps(configuration),
            },
        }
    )


def wasm_plugin(built):
    spec = kustomize.one(built, "WasmPlugin")["spec"]
    policy = {"FAIL_CLOSE": "FAIL_CLOSED", "FAIL_OPEN": "FAIL_OPEN", "FAIL_RELOAD": "FAIL_RELOAD"}[spec["failStrategy"]]
    keys = [each["name"] for each in spec["vmConfig"]["env"] if each["valueFrom"] == "HOST"]
    return generated(spec["pluginName"], policy, spec["pluginConfig"], keys), spec["pluginConfig"]


def envoy_filter(built):
    value = kustomize.one(built, "EnvoyFilter")["spec"]["configPatches"][0]["patch"]["value"]
    plugin = fetched(value["typed_config"]["config"])
    return plugin, plugin["configuration"]["value"]


def extension_policy(built):
    (wasm,) = kustomize.one(built, "EnvoyExtensionPolicy")["spec"]["wasm"]
    policy = "FAIL_OPEN" if wasm["failOpen"] else "FAIL_CLOSED"
    return generated(wasm["name"], policy, wasm["config"], wasm["env"]["hostKeys"]), wasm["config"]


def patch_policy(built):
    plugin, configuration = extension_policy(built)
    metadata = kustomize.one(built, "EnvoyExtensionPolicy")["metadata"]
    called = f"envoy.filters.http.wasm/envoyextensionpolicy/{metadata['namespace']}/{metadata['name']}/wasm/0"
    gateway = kustomize.one(built, "Gateway")
    listener = "/".join((gateway["metadata"]["namespace"], gateway["metadata"]["name"], gateway["spec"]["listeners"][0]["name"]))
    for patch in kustomize.one(built, "EnvoyPatchPolicy")["spec"]["jsonPatches"]:
        assert patch["name"] == listener, patch["name"]
        operation = patch["operation"]
        assert PATH.match(operation["jsonPath"])[1] == called, operation["jsonPath"]
        kustomize.apply(plugin, operation)
    return plugin, configuration


def plain(_built):
    (filters,) = http_filters(yaml.safe_load((kustomize.FOLDER / "envoy" / "envoy.yaml").read_text()))
    plugin = fetched(filters[0]["typed_config"]["config"])
    return plugin, plugin["configuration"]["value"]


def http_filters(bootstrap):
    for listener in bootstrap["static_resources"]["listeners"]:
        for chain in listener["filter_chains"]:
            yield chain["filters"][0]["typed_config"]["http_filters"]


READERS = dict(zip(kustomize.VARIANTS, (wasm_plugin, envoy_filter, extension_policy, patch_policy, plain)))


def bootstrap(filters):
    """A listener around filters; a management server, for what is to come from one."""
    manager = {"@type": HTTP, "stat_prefix": "relying_parties", "route_config": {}, "http_filters": [*filters, ROUTER]}
    chain = {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
    address = {"socket_address": {"address": "127.0.0.1", "port_value": 0}}
    return {
        "node": {"id": "sample", "cluster": "sample"},
        "dynamic_resources": {
            "ads_config": {"api_type": "GRPC", "grpc_services": [{"envoy_grpc": {"cluster_name": "management"}}]}
        },
        "static_resources": {
            "listeners": [{"name": "relying_parties", "address": address, "filter_chains": [chain]}],
            "clusters": [{"name": "management", "type": "STATIC", "load_assignment": {"cluster_name": "management"}}],
        },
    }


def validate(configuration):
    """Whether Envoy takes it, and what it said."""
    key = base64.b64encode(os.urandom(32)).decode()
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "envoy.json"
        path.write_text(json.dumps(configuration))
        done = subprocess.run(
            [ENVOY, "--mode", "validate", "-c", path],
            env={**os.environ, **dict.fromkeys(ENVIRONMENT, key)},
            capture_output=True,
            text=True,
            timeout=120,
        )
    return done.returncode == 0, done.stderr


def loaded(plugin):
    return validate(bootstrap([{"name": "countersign", "typed_config": {"@type": TYPE, "config": plugin}}]))
