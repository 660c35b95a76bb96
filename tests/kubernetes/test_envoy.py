"""Every variant's filter and configuration in the real Envoy."""

import copy
import subprocess
import tempfile
import unittest
from pathlib import Path

import gateways
import kustomize
import yaml
from kustomize import FOLDER, VARIANTS


class Loads(unittest.TestCase):
    def test_the_filter_of_each_variant_loads(self):
        for variant in VARIANTS:
            with self.subTest(variant):
                plugin, _ = gateways.READERS[variant](kustomize.build(variant))
                accepted, said = gateways.loaded(plugin)
                self.assertTrue(accepted, said)
                self.assertNotIn("countersign: configuration: ", said, "a warning")

    def test_one_with_an_unknown_member_does_not(self):
        for variant in VARIANTS:
            with self.subTest(variant):
                plugin, _ = gateways.READERS[variant](kustomize.build(variant))
                value = plugin["configuration"]["value"]
                if isinstance(value, str):
                    plugin["configuration"]["value"] = value.replace('"rp_id"', '"rpid"')
                else:
                    value["relying_parties"]["bank"]["rpid"] = value["relying_parties"]["bank"].pop("rp_id")
                accepted, said = gateways.loaded(plugin)
                self.assertFalse(accepted)
                self.assertIn("/relying_parties/bank/rpid", said)

    def test_a_patch_on_a_field_that_envoy_does_not_have_is_refused(self):
        plugin, _ = gateways.patch_policy(kustomize.build("gateway-patchpolicy"))
        plugin["allow_on_header_stop_iteration"] = plugin.pop("allow_on_headers_stop_iteration")
        accepted, said = gateways.loaded(plugin)
        self.assertFalse(accepted)
        self.assertIn("allow_on_header_stop_iteration", said)

    def test_the_place_of_the_envoyfilter_is_a_filter(self):
        place = kustomize.one(kustomize.build("istio-envoyfilter"), "EnvoyFilter")["spec"]["configPatches"][1]["patch"]["value"]
        accepted, said = gateways.validate(gateways.bootstrap([place]))
        self.assertTrue(accepted, said)
        wrong = copy.deepcopy(place)
        wrong["config_discovery"]["type_url"] = wrong["config_discovery"].pop("type_urls")
        accepted, said = gateways.validate(gateways.bootstrap([wrong]))
        self.assertFalse(accepted)
        self.assertIn("type_url", said)

    def test_it_waits_for_the_filter_that_it_names(self):
        extension, place = (
            each["patch"]["value"]
            for each in kustomize.one(kustomize.build("istio-envoyfilter"), "EnvoyFilter")["spec"]["configPatches"]
        )
        discovery = place["config_discovery"]
        self.assertEqual(extension["name"], place["name"])
        self.assertIn(extension["typed_config"]["@type"], discovery["type_urls"])
        # No default that would stand in for the filter, and no end to the waiting.
        self.assertEqual(set(discovery), {"config_source", "type_urls"})
        self.assertEqual(discovery["config_source"]["initial_fetch_timeout"], "0s")

    def test_the_clusters_for_envoy_gateway_load(self):
        proxy = kustomize.one(kustomize.build("gateway-extensionpolicy"), "EnvoyProxy")
        accepted, said = gateways.validate(yaml.safe_load(proxy["spec"]["bootstrap"]["value"]))
        self.assertTrue(accepted, said)

    def test_the_plain_configuration_loads_whole(self):
        text = (FOLDER / "envoy" / "envoy.yaml").read_text()
        with tempfile.TemporaryDirectory() as directory:
            certificate(Path(directory))
            moved = text.replace("/plugin/plugin.wasm", str(gateways.WASM)).replace("/tls/", f"{directory}/")
            self.assertEqual(moved.count(directory), 2)
            accepted, said = gateways.validate(yaml.safe_load(moved))
            self.assertTrue(accepted, said)
            accepted, said = gateways.validate(yaml.safe_load(moved.replace("merge_slashes", "merge_slash")))
            self.assertFalse(accepted)

    def test_the_files_that_the_plain_configuration_reads_are_mounted(self):
        deployment = kustomize.one(kustomize.build("envoy"), "Deployment")
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        mounts = {each["mountPath"] for each in container["volumeMounts"]}
        self.assertEqual(mounts, {"/etc/envoy", "/plugin", "/tls"})
        self.assertEqual(container["args"], ["-c", "/etc/envoy/envoy.yaml"])


def certificate(directory):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=bank.example", "-days", "1"]
        + ["-keyout", directory / "tls.key", "-out", directory / "tls.crt"],
        check=True,
        capture_output=True,
    )


if __name__ == "__main__":
    unittest.main()
