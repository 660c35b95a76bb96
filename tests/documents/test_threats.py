"""Every row that the threat model names is a test that exists."""

import re
import subprocess
import unittest

from markdown import ROOT

NAMED = re.compile(r"`([a-z_]+): ([A-Za-z0-9_]+/[A-Za-z0-9_]+)`")
PROGRAM = re.compile(r"^\s*Running \S*?([a-z0-9_]+)\.rs \(", re.M)
ROW = re.compile(r"^(?:\S*/)?([^/\s]+/[^/\s]+): test$")


class Threats(unittest.TestCase):
    def test_every_row_named_exists(self):
        named = NAMED.findall((ROOT / "docs" / "threat-model.md").read_text())
        self.assertGreater(len(named), 50, "the document is not read right")
        existing = rows()
        for suite, row in named:
            with self.subTest(f"{suite}: {row}"):
                self.assertIn((suite, row), existing)


def rows():
    """`(suite, table/row)` of every row of the tests in a real Envoy."""
    command = ["cargo", "test", "--locked", "--profile", "tools", "-p", "countersign-tests", "--", "--list"]
    listed = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True)
    suite, found = None, set()
    for line in listed.stdout.splitlines():
        if program := PROGRAM.match(line):
            suite = program.group(1)
        elif row := ROW.match(line):
            found.add((suite, row.group(1)))
    return found


if __name__ == "__main__":
    unittest.main()
