"""What docs/orchestrators.md says of the profiles is what they can do, and `make profile` prints them."""

import json
import re
import subprocess
import unittest

import markdown
from markdown import ROOT

PAGE = ROOT / "docs" / "orchestrators.md"
PROFILES = ROOT / "core" / "profiles" / "orchestrators"


class Profiles(unittest.TestCase):
    def test_what_they_can_do(self):
        header, rows = re.search(r"^(\| what \|.*)\n\|---.*\n((?:\|.*\n)+)", PAGE.read_text(), re.M).groups()
        names = re.findall(r"`([a-z-]+)`", header)
        self.assertEqual(set(names), {path.stem for path in PROFILES.glob("*.json")} - {"custom"})
        for row in rows.splitlines():
            _, needed, *cells = [cell.strip() for cell in row.strip("|").split("|")]
            needed = re.findall(r"`(\w+)`", needed)
            for name, cell in zip(names, cells):
                with self.subTest(f"{name}: {', '.join(needed)}"):
                    operations = json.loads((PROFILES / f"{name}.json").read_text())["operations"]
                    can = all(operations.get(operation, "none") != "none" for operation in needed)
                    self.assertEqual(cell, "yes" if can else "no")

    def test_every_variable_of_a_profile_is_named(self):
        text = PAGE.read_text()
        for path in PROFILES.glob("entrust-id*.json"):
            for name in re.findall(r'"env": "(\w+)"', path.read_text()):
                self.assertIn(f"`{name}`", text)

    def test_every_path_that_is_asked_is_named(self):
        text = PAGE.read_text()
        for path in PROFILES.glob("entrust-id*.json"):
            for asked in re.findall(r'"path": "(?:\{base\})?([^"]+)"', path.read_text()):
                self.assertIn(asked.replace("{session}", "{id}"), text)

    def test_make_prints_one(self):
        for path in PROFILES.glob("*.json"):
            with self.subTest(path.stem):
                done = make(f"NAME={path.stem}")
                self.assertEqual((done.returncode, done.stdout), (0, path.read_text()))

    def test_make_says_which_there_are(self):
        for wrong in ("NAME=", "NAME=idv"):
            with self.subTest(wrong):
                done = make(wrong)
                self.assertNotEqual(done.returncode, 0)
                self.assertEqual(done.stdout, "")
                self.assertIn("entrust-idv", done.stderr)


def make(name):
    command = ["make", "--no-print-directory", "-s", "profile", name]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


if __name__ == "__main__":
    unittest.main()
