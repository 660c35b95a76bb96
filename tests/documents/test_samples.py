"""Every configuration in the documents loads, in the real Envoy with the built filter."""

import base64
import os
import re
import subprocess
import tempfile
import textwrap
import unittest
from pathlib import Path

import markdown
from markdown import ROOT

ENVOY = ROOT / ".local" / "venv" / "bin" / "envoy"
ENVOY_YAML = ROOT / "envoy" / "envoy.yaml"
RESOURCES = ROOT / "docs" / "resources.md"
# What samples name, and a value that each of them takes.
VARIABLES = (
    "COUNTERSIGN_SEAL_KEY",
    "COUNTERSIGN_SEAL_KEY_BEFORE",
    "COUNTERSIGN_SURROGATE_KEY",
    "COUNTERSIGN_ASSERTION_KEY",
    "COUNTERSIGN_ORCHESTRATOR_TOKEN",
    "COUNTERSIGN_IDV_CLIENT_ID",
    "COUNTERSIGN_IDV_CLIENT_SECRET",
    "COUNTERSIGN_IDAAS_APPLICATION_ID",
    "COUNTERSIGN_WEBHOOK_TOKEN",
    "BIOMETRIC_PASSKEY_IDV_REGISTRATION_WORKFLOW_ID",
    "BIOMETRIC_PASSKEY_IDV_STEP_UP_WORKFLOW_ID",
    "BIOMETRIC_PASSKEY_IDV_RECOVERY_VERIFY_WORKFLOW_ID",
)
# A P-256 key as PKCS #8 (RFC 5915 inside RFC 5958); behind it come 32 bytes.
P256 = bytes.fromhex("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420")
# The filter that checks assertions where a service does not do it itself, and what is around it.
CHECKING = """
static_resources:
  clusters:
    - {{ name: gateway, type: STATIC, load_assignment: {{ cluster_name: gateway }} }}
  listeners:
    - name: sample
      address: {{ socket_address: {{ address: 127.0.0.1, port_value: 0 }} }}
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: sample
                route_config: {{}}
                http_filters:
                  - name: envoy.filters.http.jwt_authn
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication
{providers}
                  - name: envoy.filters.http.router
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
"""
# What is around the plugin's configuration; `{configuration}` is put in with its indentation.
AROUND = """
static_resources:
  listeners:
    - name: sample
      address: {{ socket_address: {{ address: 127.0.0.1, port_value: 0 }} }}
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: sample
                route_config: {{}}
                http_filters:
                  - name: countersign
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
                      config:
                        name: countersign
                        allow_on_headers_stop_iteration: true
                        vm_config:
                          runtime: envoy.wasm.runtime.v8
                          code: {{ local: {{ filename: dist/countersign.wasm }} }}
                          environment_variables:
                            host_env_keys: [{variables}]
                        configuration:
                          "@type": type.googleapis.com/google.protobuf.Struct
                          value:
{configuration}
                  - name: envoy.filters.http.router
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
"""
# A cluster for routes to lead to.
BANK = """
  clusters: [ {{ name: bank, type: STATIC, load_assignment: {{ cluster_name: bank }} }} ]
"""


class Samples(unittest.TestCase):
    def test_the_configurations_in_the_documents_load(self):
        samples = [
            (path, block)
            for path in markdown.files()
            for block in markdown.blocks(path, "yaml")
            if block.startswith("version:")
        ]
        self.assertIn(ROOT / "README.md", [path for path, _ in samples])
        for path, block in samples:
            with self.subTest(path.name):
                accepted, said = load(block)
                self.assertTrue(accepted, said)

    def test_the_clusters_in_the_documents_load(self):
        samples = [
            (path, block)
            for path in markdown.files()
            for block in markdown.blocks(path, "yaml")
            if block.startswith("clusters:")
        ]
        self.assertTrue(samples)
        for path, block in samples:
            with self.subTest(path.name), tempfile.TemporaryDirectory() as directory:
                bootstrap = Path(directory) / "envoy.yaml"
                bootstrap.write_text("static_resources:\n" + textwrap.indent(block, "  "))
                accepted, said = validate(bootstrap)
                self.assertTrue(accepted, said)

    def test_the_routes_in_the_documents_load(self):
        samples = [
            block
            for path in markdown.files()
            for block in markdown.blocks(path, "yaml")
            if block.startswith("routes:")
        ]
        self.assertTrue(samples)
        for sample in samples:
            accepted, said = load_routes(sample)
            self.assertTrue(accepted, said)
            accepted, said = load_routes(sample.replace("config: {}", "configs: {}"))
            self.assertFalse(accepted, "the routes were not read")

    def test_the_filter_that_checks_assertions_loads(self):
        (sample,) = [block for block in markdown.blocks(RESOURCES, "yaml") if block.startswith("providers:")]
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "envoy.yaml"
            path.write_text(CHECKING.format(providers=textwrap.indent(sample, " " * 22)))
            accepted, said = validate(path)
            self.assertTrue(accepted, said)

    def test_the_page_about_guarded_routes_has_its_samples(self):
        samples = [block for block in markdown.blocks(RESOURCES, "yaml") if block.startswith("version:")]
        self.assertEqual(len(samples), 2)
        # Each is loaded with all the others. That it is read, too:
        for sample, member in zip(samples, ("greater_than:", "acr: [")):
            accepted, said = load(sample.replace(member, f"un{member}"))
            self.assertFalse(accepted, member)
            self.assertIn("/rules/", said)

    def test_the_configuration_in_the_readme_has_ten_lines(self):
        (sample,) = markdown.blocks(ROOT / "README.md", "yaml")
        self.assertEqual(len(sample.splitlines()), 10)

    def test_an_unknown_member_is_refused_with_its_path(self):
        (sample,) = markdown.blocks(ROOT / "README.md", "yaml")
        accepted, said = load(sample.replace("rp_id:", "rpid:"))
        self.assertFalse(accepted)
        self.assertIn("/relying_parties/bank/rpid", said)

    def test_envoy_yaml_loads_as_it_stands(self):
        accepted, said = validate(ENVOY_YAML)
        self.assertTrue(accepted, said)

    def test_envoy_yaml_loads_with_the_settings_that_it_leaves_out(self):
        text = re.sub(r"^( +)#(?! )", r"\1", ENVOY_YAML.read_text(), flags=re.M)
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "envoy.yaml"
            path.write_text(text)
            accepted, said = validate(path)
            self.assertTrue(accepted, said)
            path.write_text(text.replace("- core_api:", "- core_apis:"))
            accepted, said = validate(path)
            self.assertFalse(accepted, "the guards were not read")
            self.assertIn("/guards/1", said)

    def test_envoy_yaml_without_its_keys_does_not(self):
        accepted, said = validate(ENVOY_YAML, keys={})
        self.assertFalse(accepted)
        self.assertIn("COUNTERSIGN_SEAL_KEY", said)


def load(configuration, around=AROUND):
    """Whether the plugin takes this configuration, and what Envoy said."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "envoy.yaml"
        indented = textwrap.indent(configuration, " " * 28)
        path.write_text(around.format(configuration=indented, variables=", ".join(VARIABLES)))
        return validate(path)


def load_routes(routes):
    """The same of routes to a cluster `bank`, with the plugin of the README."""
    (configuration,) = markdown.blocks(ROOT / "README.md", "yaml")
    literal = textwrap.indent(routes, " " * 22).replace("{", "{{").replace("}", "}}")
    host = f'virtual_hosts:\n                    - name: sample\n                      domains: ["*"]\n{literal}'
    around = AROUND.replace("route_config: {{}}\n", f"route_config:\n                  {host}")
    return load(configuration, f"{around}{BANK}")


def validate(path, keys=None):
    if keys is None:
        key = base64.b64encode(os.urandom(32)).decode()
        keys = dict.fromkeys(VARIABLES, key)
        keys["COUNTERSIGN_ASSERTION_KEY"] = base64.b64encode(P256 + os.urandom(32)).decode()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERSIGN_")}
    done = subprocess.run(
        [ENVOY, "--mode", "validate", "-c", path],
        cwd=ROOT,
        env={**environment, **keys},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode == 0, done.stderr


if __name__ == "__main__":
    unittest.main()
