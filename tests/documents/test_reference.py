"""The pages that are made from the code are what the code says now."""

import re
import subprocess
import unittest

import markdown
from markdown import ROOT
from test_tables import CONFIGURATION, KEYCLOAK, READERS, REFUSALS, ROW, documented

MEMBERS = ROOT / "docs" / "members.md"
PAGE = ROOT / "docs" / "refusals.md"
CLIENTS = ROOT / "docs" / "how-to" / "refusals.md"
MAKE = ["cargo", "run", "--quiet", "--locked", "--profile", "tools", "-p", "countersign-tests", "--bin", "reference"]
# Of Keycloak's configuration, which has its own page.
ELSEWHERE = READERS / "identity_provider.rs"


class Reference(unittest.TestCase):
    def test_the_pages_are_what_the_code_says(self):
        done = subprocess.run(MAKE, cwd=ROOT, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_every_member_that_the_code_names_is_there(self):
        sources = [*READERS.rglob("*.rs"), READERS.with_suffix(".rs")]
        source = "".join(path.read_text() for path in sources if path != ELSEWHERE)
        named = set(re.findall(r'"(\w+)"', "".join(re.findall(r"\bmembers\(&\[([^\]]*)\]", source))))
        self.assertGreater(len(named), 30, "the configuration's source is not read right")
        made = set(re.findall(r"^\| `(\w+)` \|", MEMBERS.read_text(), re.M))
        self.assertEqual(named - made, set())
        self.assertEqual(made - documented(CONFIGURATION) - documented(KEYCLOAK), set())

    def test_every_refusal_is_there_and_a_client_is_told_what_to_do(self):
        built = dict(ROW.findall(REFUSALS.read_text()))
        made = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", PAGE.read_text(), re.M))
        self.assertEqual(made, built)
        told = [code for row in markdown.table(CLIENTS, "## What to do") for code in re.findall(r"`(\w+)`", row[0])]
        self.assertEqual(sorted(told), sorted(built))


if __name__ == "__main__":
    unittest.main()
