"""What the documents list is what the code has."""

import json
import re
import unittest

import markdown
from markdown import ROOT

WIRE = ROOT / "docs" / "wire.md"
REFUSALS = ROOT / "core" / "src" / "refusal.rs"
METRICS = ROOT / "core" / "src" / "metrics.rs"
CONFIGURATION = ROOT / "docs" / "configuration.md"
KEYCLOAK = ROOT / "docs" / "keycloak.md"
READERS = ROOT / "core" / "src" / "config"
ROW = re.compile(r'"([a-z_]+)",\s*(\d{3}),')
ASSERTION = ROOT / "core" / "src" / "assertion.rs"
STEP_UP = [ROOT / "core" / "src" / "exchange" / name for name in ("step_up.rs", "resource/instructions.rs")]
PROCEDURE = ROOT / "core" / "src" / "orchestrator" / "procedure.rs"
PROFILE = ROOT / "core" / "profiles" / "orchestrators" / "countersign.json"


class Tables(unittest.TestCase):
    def test_refusals_in_wire_md_are_those_of_the_core(self):
        written = {row[0].strip("`"): row[1] for row in markdown.table(WIRE, "### Refusals")}
        built = dict(ROW.findall(REFUSALS.read_text()))
        self.assertGreater(len(built), 15, "refusal.rs is not read right")
        self.assertEqual(written, built)

    def test_what_exchanges_come_to_is_in_the_table_of_metrics(self):
        exchanges = (ROOT / "core" / "src" / "exchange").rglob("*.rs")
        noted = {word for path in exchanges for word in re.findall(r'\.note\("(\w+)"\)', path.read_text())}
        decided = METRICS.read_text().split("pub const DECIDED", 1)[1].split("];", 1)[0]
        self.assertGreater(len(noted), 5, "the core is not read right")
        self.assertEqual(noted - set(dict(ROW.findall(REFUSALS.read_text()))), set(re.findall(r'"(\w+)"', decided)))

    def test_every_member_that_can_be_configured_is_in_configuration_md(self):
        source = "".join(path.read_text() for path in READERS.rglob("*.rs")) + READERS.with_suffix(".rs").read_text()
        members = {
            name for found in re.findall(r"\bmembers\(&\[([^\]]*)\]", source) for name in re.findall(r'"(\w+)"', found)
        }
        self.assertGreater(len(members), 30, "the configuration's source is not read right")
        self.assertEqual(members - documented(CONFIGURATION) - documented(KEYCLOAK), set())

    def test_every_word_that_a_configuration_may_hold_is_in_configuration_md(self):
        source = "".join(path.read_text() for path in READERS.rglob("*.rs"))
        lists = re.findall(r"(?:const \w+: \[&str; \d+\] =\s*|known\.extend\(|known = vec!)\[([^\]]*)\]", source)
        words = {word for found in lists for word in re.findall(r'"(\w+)"', found)}
        # What an answer can say, and what a refusal can mean, as profiles write it.
        words |= set(re.findall(r'Self::\w+ => "(\w+)"', PROCEDURE.read_text()))
        self.assertGreater(len(words), 60, "the configuration's source is not read right")
        self.assertEqual(words - documented(CONFIGURATION) - documented(KEYCLOAK), set())

    def test_calls_in_wire_md_are_those_of_the_countersign_profile(self):
        rows = markdown.table(WIRE, "## To the orchestrator")
        written = {name: anonymous(row[0]) for row in rows for name in re.findall(r"`(\w+)`", row[1])}
        built = {}
        operations = json.loads(PROFILE.read_text())["operations"]
        for name, operation in operations.items():
            operation = {**operations.get(operation.get("like"), {}), **operation}
            built[name] = anonymous(f"{operation['method']} {operation['path'].removeprefix('/v1')}")
        self.assertEqual(written, built)

    def test_claims_in_wire_md_are_those_of_the_assertion(self):
        written = {name for row in markdown.table(WIRE, "### The assertion") for name in re.findall(r"`(\w+)`", row[0])}
        source = ASSERTION.read_text().split("let mut claims", 1)[1].split("let part", 1)[0]
        self.assertEqual(written, set(re.findall(r'\("(\w+)", ', source)))

    def test_members_of_step_up_in_wire_md_are_those_of_the_core(self):
        written = {name for row in markdown.table(WIRE, "### A begin answer") for name in re.findall(r"`(\w+)`", row[0])}
        source = "".join(path.read_text() for path in STEP_UP)
        built = set(re.findall(r'(?:\bput|step_up\.insert)\("(\w+)"', source))
        self.assertEqual(written, built)


def documented(path):
    """What stands between backticks, without what follows a colon."""
    return set(re.findall(r"`(\w+)(?::[^`]*)?`", path.read_text()))


def anonymous(call):
    """Method and path, whatever the placeholders are called."""
    return re.sub(r"\{\w+\}", "{}", call.strip("`"))


if __name__ == "__main__":
    unittest.main()
