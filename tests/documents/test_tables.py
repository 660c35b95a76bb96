"""What the documents list is what the code has."""

import re
import unittest

import markdown
from markdown import ROOT

WIRE = ROOT / "docs" / "wire.md"
OPERATIONS = ROOT / "docs" / "operations.md"
REFUSALS = ROOT / "core" / "src" / "refusal.rs"
METRICS = ROOT / "filter" / "src" / "metrics.rs"
CONFIGURATION = ROOT / "docs" / "configuration.md"
READERS = ROOT / "core" / "src" / "config"
ROW = re.compile(r'"([a-z_]+)",\s*(\d{3}),')


class Tables(unittest.TestCase):
    def test_refusals_in_wire_md_are_those_of_the_core(self):
        documented = {row[0].strip("`"): row[1] for row in markdown.table(WIRE, "### Refusals")}
        built = dict(ROW.findall(REFUSALS.read_text()))
        self.assertGreater(len(built), 15, "refusal.rs is not read right")
        self.assertEqual(documented, built)

    def test_counters_in_operations_md_are_those_of_the_filter(self):
        documented = {row[0].strip("`") for row in markdown.table(OPERATIONS, "## Metrics")}
        names = re.findall(r'"(countersign\.[a-z]+)', METRICS.read_text())
        self.assertEqual(documented, {name.replace(".", "_") for name in names})

    def test_every_member_that_can_be_configured_is_in_configuration_md(self):
        source = "".join(path.read_text() for path in READERS.rglob("*.rs")) + READERS.with_suffix(".rs").read_text()
        members = {
            name for found in re.findall(r"\bmembers\(&\[([^\]]*)\]", source) for name in re.findall(r'"(\w+)"', found)
        }
        self.assertGreater(len(members), 30, "the configuration's source is not read right")
        documented = set(re.findall(r"`(\w+)(?::[^`]*)?`", CONFIGURATION.read_text()))
        self.assertEqual(members - documented, set())


if __name__ == "__main__":
    unittest.main()
