"""Every attack of the threat model names a test, and every test that it names exists."""

import re
import subprocess
import unittest

from markdown import ROOT

THREATS = ROOT / "docs" / "threat-model.md"
NAMED = re.compile(r"`([a-z_]+): ([A-Za-z0-9_]+/[A-Za-z0-9_]+)`")
# A unit test, where what answers is not to be seen from outside.
NAMED_IN_CORE = re.compile(r"`core: (\w+(?:::\w+)+)`")
TABLE = re.compile(r"(?:^\|.*\n)+", re.M)
PROGRAM = re.compile(r"^\s*Running \S*?([a-z0-9_]+)\.rs \(", re.M)
ROW = re.compile(r"^(?:\S*/)?([^/\s]+/[^/\s]+): test$")
UNIT_TEST = re.compile(r"^(\S+): test$", re.M)


class Threats(unittest.TestCase):
    def test_every_attack_names_a_test(self):
        attacks = 0
        for table in TABLE.findall(THREATS.read_text()):
            header, *lines = table.splitlines()
            self.assertRegex("".join(lines[:1]), r"^\|[-|]+\|$", f"a row that belongs to no table: {header}")
            if cells(header)[-1] != "test":
                continue
            for row in lines[1:]:
                with self.subTest(row):
                    attack, answer, tests = cells(row)
                    self.assertTrue(attack and answer and tests)
                    beside = NAMED.sub("", NAMED_IN_CORE.sub("", tests))
                    self.assertEqual(beside.strip(" ,"), "", "not the name of a test")
                attacks += 1
        self.assertGreater(attacks, 50, "the document is not read right")

    def test_every_row_named_exists(self):
        text = THREATS.read_text()
        named, existing = NAMED.findall(text), rows()
        self.assertGreater(len(named), 50, "the document is not read right")
        for suite, row in named:
            with self.subTest(f"{suite}: {row}"):
                self.assertIn((suite, row), existing)

    def test_every_unit_test_named_exists(self):
        named = NAMED_IN_CORE.findall(THREATS.read_text())
        existing = set(UNIT_TEST.findall(listed("countersign-core", "countersign-wire")))
        for name in named:
            with self.subTest(f"core: {name}"):
                self.assertIn(name, existing)


def cells(row):
    return [cell.strip() for cell in row.strip("|").split("|")]


def listed(*packages):
    chosen = [argument for package in packages for argument in ("-p", package)]
    command = ["cargo", "test", "--locked", "--profile", "tools", *chosen, "--", "--list"]
    run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True)
    return run.stdout


def rows():
    """`(suite, table/row)` of every row of the tests in a real Envoy."""
    suite, found = None, set()
    for line in listed("countersign-tests").splitlines():
        if program := PROGRAM.match(line):
            suite = program.group(1)
        elif row := ROW.match(line):
            found.add((suite, row.group(1)))
    return found


if __name__ == "__main__":
    unittest.main()
