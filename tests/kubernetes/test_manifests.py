"""Every manifest by the published schema of its kind, and what all variants promise."""

import copy
import re
import shutil
import subprocess
import unittest

import gateways
import kustomize
import schema
import yaml
from kustomize import FOLDER, VARIANTS

FILES = sorted(path for path in FOLDER.rglob("*.yaml") if path != FOLDER / "envoy" / "envoy.yaml")


def broken(kind, change):
    """A copy of the first manifest of a kind, changed."""
    found = [each for path in FILES for each in kustomize.documents(path) if each["kind"] == kind]
    document = copy.deepcopy(found[0])
    change(document)
    return document


class Schemas(unittest.TestCase):
    def test_every_manifest_is_valid(self):
        self.assertGreater(len(FILES), 12)
        for path in FILES:
            for document in kustomize.documents(path):
                with self.subTest(f"{path.relative_to(FOLDER)}: {document['kind']}"):
                    self.assertEqual(schema.errors(document), [])

    def test_what_is_patched_is_valid(self):
        for variant in VARIANTS:
            for document in kustomize.build(variant):
                self.assertEqual(schema.errors(document), [], variant)

    def test_what_istio_lays_over_its_pod_is_valid(self):
        overlay = yaml.safe_load(self.overlay()["data"]["deployment"])
        spec = overlay["spec"]["template"]["spec"]
        self.assertEqual(schema.pod_errors(spec), [])
        spec["containers"][0]["env"][0]["valueFrom"]["secretRef"] = {}
        self.assertTrue(schema.pod_errors(spec))

    def overlay(self):
        (found,) = [each for each in kustomize.build("istio") if "deployment" in each.get("data", {})]
        return found

    def test_a_broken_one_of_each_sort_is_not(self):
        rows = {
            "WasmPlugin": [
                lambda each: each["spec"].update(failStrategy="FAIL_CLOSED"),
                lambda each: each["spec"].update(allow_on_headers_stop_iteration=True),
                lambda each: each["spec"].pop("url"),
            ],
            "EnvoyFilter": [
                lambda each: each["spec"]["configPatches"][0].update(applyTo="EXTENSIONS"),
                lambda each: each["spec"]["configPatches"][1]["match"].update(listeners={}),
            ],
            "EnvoyExtensionPolicy": [
                lambda each: each["spec"]["wasm"][0].update(failOpen="no"),
                lambda each: each["spec"]["wasm"][0].update(allowOnHeadersStopIteration=True),
                lambda each: each["spec"]["wasm"][0]["code"].update(type="OCI"),
            ],
            "EnvoyPatchPolicy": [
                lambda each: each["spec"].update(type="Merge"),
                lambda each: each["spec"]["jsonPatches"][0]["operation"].pop("op"),
            ],
            "EnvoyProxy": [lambda each: each["spec"]["bootstrap"].update(type="Append")],
            "Gateway": [lambda each: each["spec"]["listeners"][0].update(port="443")],
            "HTTPRoute": [lambda each: each["spec"]["rules"][0].update(backends=[])],
            "NetworkPolicy": [
                lambda each: each["spec"].update(policyType=["Ingress"]),
                lambda each: each["spec"]["ingress"][0].update(sources=[]),
            ],
            "Deployment": [
                lambda each: each["spec"]["template"]["spec"]["volumes"][1]["image"].update(digest=""),
                lambda each: each["spec"].pop("selector"),
            ],
            "Service": [lambda each: each["spec"]["ports"][0].update(targetport=1)],
            "ConfigMap": [lambda each: each.update(dat={})],
            "Namespace": [lambda each: each["metadata"].update(title="gateway")],
            "Kustomization": [lambda each: each.update(resource=[]), lambda each: each.pop("resources")],
        }
        kinds = {each["kind"] for path in FILES for each in kustomize.documents(path)}
        self.assertEqual(set(rows), kinds)
        for kind, changes in rows.items():
            for number, change in enumerate(changes):
                with self.subTest(f"{kind} {number}"):
                    self.assertTrue(schema.errors(broken(kind, change)))

    def test_a_kind_without_a_schema_is_not_taken_for_a_valid_one(self):
        self.assertTrue(schema.errors({"apiVersion": "extensions.istio.io/v1", "kind": "WasmPlugin"}))


class Folders(unittest.TestCase):
    def test_every_file_is_named_by_its_kustomization(self):
        for path in FOLDER.rglob("*.yaml"):
            if path.name != "kustomization.yaml":
                settings = kustomize.kustomization(path.parent)
                generated = [name for each in settings.get("configMapGenerator", []) for name in each["files"]]
                self.assertIn(path.name, [*settings["resources"], *generated], path)

    @unittest.skipUnless(shutil.which("kubectl"), "there is no kubectl: what kustomize builds is not looked at")
    def test_kustomize_builds_what_is_checked_here(self):
        image = kustomize.one([each for each in kustomize.build("base") if "data" in each], "ConfigMap")["data"]["image"]
        for variant in VARIANTS:
            with self.subTest(variant):
                done = subprocess.run(["kubectl", "kustomize", FOLDER / variant], capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stderr)
                # The one place that names the filter has reached the one place that loads it.
                self.assertEqual(done.stdout.count(image), 1)
                theirs = list(yaml.safe_load_all(done.stdout.replace(image, "registry.example/countersign@sha256:0")))
                for document in kustomize.build(variant):
                    if document["metadata"].get("annotations", {}).get("config.kubernetes.io/local-config") != "true":
                        if document["kind"] != "Deployment":
                            self.assertIn(document, theirs)


class Promises(unittest.TestCase):
    def test_each_variant_says_what_its_configuration_says(self):
        expected = dict(zip(VARIANTS, (False, True, False, True, True)))
        for variant in VARIANTS:
            with self.subTest(variant):
                top = (FOLDER / variant / "kustomization.yaml").read_text().split("apiVersion:")[0]
                (said,) = re.findall(r"Gives `headers_can_wait: (true|false)`", top)
                plugin, configuration = gateways.READERS[variant](kustomize.build(variant))
                self.assertEqual(said == "true", expected[variant])
                self.assertEqual(configuration["headers_can_wait"], expected[variant])
                self.assertEqual(plugin.get("allow_on_headers_stop_iteration", False), expected[variant])

    def test_none_lets_requests_pass_when_the_filter_fails(self):
        for variant in VARIANTS:
            plugin, _ = gateways.READERS[variant](kustomize.build(variant))
            self.assertIn(plugin["failure_policy"], ("FAIL_CLOSED", "FAIL_RELOAD"), variant)
            self.assertNotIn("fail_open", plugin)

    def test_secrets_are_named_and_never_written(self):
        for variant in VARIANTS:
            with self.subTest(variant):
                built = kustomize.build(variant)
                self.assertNotIn("Secret", [each["kind"] for each in built])
                overlays = [yaml.safe_load(each["data"]["deployment"]) for each in built if "deployment" in each.get("data", {})]
                given = [each for each in members([*built, *overlays]) if each.get("name") in gateways.ENVIRONMENT]
                self.assertFalse([each for each in given if "value" in each])
                references = [each["valueFrom"] for each in given if each["valueFrom"] != "HOST"]
                expected = [{"secretKeyRef": {"name": "countersign", "key": key}} for key in ("seal-key", "orchestrator-token")]
                self.assertEqual(references, expected)

    def test_only_the_gateway_reaches_relying_party_and_orchestrator(self):
        for variant in VARIANTS:
            built = kustomize.build(variant)
            policies = [each for each in built if each["kind"] == "NetworkPolicy"]
            self.assertEqual({each["metadata"]["namespace"] for each in policies}, {"bank", "orchestrator"})
            where = "envoy-gateway-system" if variant.startswith("gateway-") else "gateway"
            for policy in policies:
                self.assertEqual((policy["spec"]["podSelector"], policy["spec"]["policyTypes"]), ({}, ["Ingress"]))
                (gateway, *inside) = [each["from"] for each in policy["spec"]["ingress"]]
                (only,) = gateway
                self.assertEqual(only["namespaceSelector"]["matchLabels"], {"kubernetes.io/metadata.name": where})
                self.assertEqual(only["podSelector"]["matchLabels"], {"countersign-gateway": "relying-parties"})
                self.assertEqual(inside, [[{"podSelector": {}}]] * (policy["metadata"]["namespace"] == "orchestrator"))
            self.assertIn("countersign-gateway: relying-parties", yaml.safe_dump(self.gateway(built)))

    def gateway(self, built):
        """What puts the label on the gateway's pods."""
        kinds = ("EnvoyProxy", "Deployment")
        return next((each for each in built if each["kind"] in kinds), None) or kustomize.one(built, "Gateway")


def members(value):
    """Every object inside."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from members(each)


if __name__ == "__main__":
    unittest.main()
