"""The table fits the source and the rows as they are now, and the tool counts right. No mutant is built."""

import tempfile
import unittest
from pathlib import Path

import rows
from mutant import Also, DoesNotFit, Edit, Mutant
from mutants import HONEST, ROOT, honest_beside, judge, select, suite_of
from tree import Tree

# name, text, expected (None: it does not fit)
EDITS = [
    ("once", "if a {", "if false {"),
    ("never", "if b {", None),
    ("twice", "if a { if a {", None),
]

# name, row, mode, stands for the short one
NAMES = [
    ("waits/http1/evidence/none", "evidence/none", "waits", True),
    ("waits/http1/evidence/none_at_all", "evidence/none", "waits", False),
    ("streams/http1/evidence/none", "evidence/none", "waits", False),
    ("waits/http2/evidence/none", "evidence/none", "waits", False),
    ("waits/2_workers/http1/evidence/none", "evidence/none", "waits", False),
    ("waits/1_workers/http1/evidence/none", "evidence/none", "waits", True),
    ("waits/status/slow", "status/slow", "waits", True),
]

# name, rows that are wanted, rows that run: more than are wanted only where a name is the beginning of another
RUN = [
    ("one", ["w/b/one"], ["w/b/one"]),
    ("of two tables", ["w/a/two", "w/c/one"], ["w/a/two", "w/a/t", "w/c/one"]),
    ("the longer name", ["w/a/one_more"], ["w/a/one_more"]),
    ("the shorter name", ["w/a/one"], ["w/a/one"]),
]

# what fails with the mutant, what is said of it (None: it was noticed)
JUDGED = [
    ("all rows", {"s: a/b", "s: a/c"}, None),
    ("one of two", {"s: a/b"}, "SURVIVED: s: a/c passed without the check"),
    ("none", set(), "SURVIVED: s: a/b, s: a/c passed without the check"),
    ("everything", {"s: a/b", "s: a/c", HONEST[0]}, "BREAKS MORE THAN ITS CHECK: an honest sign-in fails too"),
]


class Table(unittest.TestCase):
    def test_every_mutant_fits_the_source(self):
        tree = Tree(ROOT, ROOT / ".local" / "mutants")
        for area, mutant in select([]):
            with self.subTest(f"{area}: {mutant.name}"):
                self.assertTrue(mutant.texts(tree.read))
                self.assertTrue(mutant.rows)

    def test_every_name_is_given_once(self):
        names = [f"{area}: {mutant.name}" for area, mutant in select([])]
        self.assertEqual(len(names), len(set(names)))

    def test_every_row_exists(self):
        chosen = select([])
        suites = rows.Suites(ROOT, {suite_of(row) for _, mutant in chosen for row in (*HONEST, *mutant.rows)})
        for area, mutant in chosen:
            for row in (honest_beside(mutant.rows), *mutant.rows):
                with self.subTest(f"{area}: {mutant.name}: {row}"):
                    self.assertTrue(suites.find(row, mutant.mode))


class Tool(unittest.TestCase):
    def test_edits(self):
        for name, text, expected in EDITS:
            with self.subTest(name):
                edit = Edit("f", "if a {", "if false {")
                if expected is None:
                    with self.assertRaises(DoesNotFit):
                        edit.on(text)
                else:
                    self.assertEqual(edit.on(text), expected)

    def test_edits_of_one_file_follow_each_other(self):
        mutant = Mutant("m", Edit("f", "a", "b"), ("s: a/b",), also=(Also("why", Edit("f", "b", "c")),))
        self.assertEqual(mutant.texts({"f": "a"}.get), {"f": "c"})

    def test_names(self):
        for name, short, mode, expected in NAMES:
            with self.subTest(name):
                self.assertEqual(rows.stands_for(name, short, mode), expected)

    def test_one_program_for_each_suite(self):
        found = [("s", ["w/a/one", "w/b/two"]), ("t", ["w/a/three"]), ("s", ["w/a/four"])]
        self.assertEqual(rows.together(found), {"s": ["w/a/one", "w/b/two", "w/a/four"], "t": ["w/a/three"]})

    def test_what_a_program_runs(self):
        names = ["w/a/one", "w/a/one_more", "w/a/two", "w/a/t", "w/b/one", "w/c/one", "x/a/one", "x/c/y"]
        for name, wanted, expected in RUN:
            with self.subTest(name):
                pattern, *skips = rows.arguments(wanted, names)
                runs = [row for row in names if pattern in row and not any(skip in row for skip in skips[1::2])]
                self.assertEqual(runs, expected)

    def test_judgement(self):
        mutant = Mutant("m", Edit("f", "a", "b"), ("s: a/b", "s: a/c"))
        for name, failing, expected in JUDGED:
            with self.subTest(name):
                with tempfile.NamedTemporaryFile(delete=False) as module:
                    self.assertEqual(judge(mutant, Built(module.name), StandIn(failing)), expected)
                self.assertFalse(Path(module.name).exists(), "the module is not kept")

    def test_a_mutated_copy_is_put_back(self):
        with tempfile.TemporaryDirectory() as place:
            tree = Tree(Path(place) / "root", Path(place))
            for name in ("one", "two"):
                (tree.root / name).parent.mkdir(exist_ok=True)
                (tree.root / name).write_text("as it was")
            tree.mutate({"one": "mutated"})
            tree.mutate({"two": "mutated"})
            self.assertEqual((tree.copy / "one").read_text(), "as it was")
            self.assertEqual((tree.copy / "two").read_text(), "mutated")
            self.assertEqual((tree.root / "two").read_text(), "as it was")


class Built:
    """A build that is done."""

    def __init__(self, module):
        self.module = module

    def result(self):
        return Path(self.module)


class StandIn:
    """Suites in which these rows fail."""

    def __init__(self, failing):
        self.failing = failing

    def failures(self, named, _mode, _module):
        return [row for row in named if row in self.failing]


if __name__ == "__main__":
    unittest.main()
