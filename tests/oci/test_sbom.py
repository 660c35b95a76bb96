"""The bill of materials: by the published schema, and about what is linked."""

import copy
import importlib.util
import json
import os
import re
import unittest
from pathlib import Path

import jsonschema
from built import BILL, ROOT, WASM, layout, sbom

SCHEMAS = Path(importlib.util.find_spec("cyclonedx").origin).parent / "schema" / "_res"
TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
RLIBS = TARGET / "wasm32-wasip1" / "release" / "deps"


def errors(bill):
    """What CycloneDX's own schema says of it; the two that it refers to lie beside it."""
    schema = json.loads((SCHEMAS / "bom-1.5.SNAPSHOT.schema.json").read_text())
    store = {
        f"http://cyclonedx.org/schema/{path.name}": json.loads(path.read_text())
        for path in SCHEMAS.glob("*.SNAPSHOT.schema.json")
    }
    resolver = jsonschema.RefResolver(schema["$id"], schema, store)
    return [each.message for each in jsonschema.Draft7Validator(schema, resolver=resolver).iter_errors(bill)]


class Sbom(unittest.TestCase):
    bill = json.loads(BILL)

    def test_it_is_valid(self):
        self.assertEqual(errors(self.bill), [])

    def test_the_schema_refuses_what_is_wrong(self):
        rows = {
            "an unknown member": lambda bill: bill.update(timestamp="now"),
            "a component without a name": lambda bill: bill["components"][0].pop("name"),
            "an unknown type": lambda bill: bill["components"][0].update(type="crate"),
            "a hash that is none": lambda bill: bill["components"][0]["hashes"][0].update(content="?"),
            "the same twice": lambda bill: bill["components"].append(bill["components"][0]),
        }
        for name, change in rows.items():
            with self.subTest(name):
                bill = copy.deepcopy(self.bill)
                change(bill)
                self.assertTrue(errors(bill))

    def test_it_is_about_this_filter(self):
        (digest,) = self.bill["metadata"]["component"]["hashes"]
        self.assertEqual(digest["content"], layout.digest(WASM).split(":")[1])

    def test_it_is_the_same_when_made_again(self):
        self.assertEqual(layout.encode(sbom.bill(ROOT, layout.digest(WASM))), BILL)

    def test_what_it_lists_was_compiled_for_the_filter(self):
        compiled = {re.match(r"lib(\w+)-", path.name)[1] for path in RLIBS.glob("lib*.rlib")}
        listed = {each["name"].replace("-", "_") for each in self.bill["components"]}
        # The core's library has another name than its package, and the compiler brings its own library along.
        self.assertEqual(listed - {"std", "countersign_core"} - compiled, set())

    def test_what_was_compiled_from_elsewhere_has_its_checksum(self):
        for each in self.bill["components"]:
            ours = each["name"].startswith("countersign-") or each["name"] == "std"
            self.assertEqual("hashes" in each, not ours, each["name"])

    def test_what_only_tests_and_tools_use_is_not_in_it(self):
        listed = {each["name"] for each in self.bill["components"]}
        self.assertLess({"p256", "sha2", "hmac"}, listed)
        self.assertFalse(listed & {"tokio", "serde", "sqlx", "proc-macro2", "countersign-orchestrator", "countersign-tests"})

    def test_every_dependency_is_a_component(self):
        known = {each["bom-ref"] for each in [*self.bill["components"], self.bill["metadata"]["component"]]}
        for each in self.bill["dependencies"]:
            self.assertLessEqual({each["ref"], *each["dependsOn"]}, known)
        self.assertEqual({each["ref"] for each in self.bill["dependencies"]}, known)


if __name__ == "__main__":
    unittest.main()
