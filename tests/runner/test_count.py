"""The counting must not be fooled: a suite that broke, or ran nothing, is a failure."""

import unittest

import count
from count import Tally

CARGO_TWO_BINARIES = """
running 3 tests
test a ... ok
test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s
test result: FAILED. 4 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
"""
CARGO_NOTHING = "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 7 filtered out; finished in 0.00s\n"
NODE_TAP = "ok 1 - x\n# tests 6\n# suites 0\n# pass 2\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 1\n# duration_ms 9\n"
NODE_SPEC = "✔ x (1ms)\nℹ tests 2\nℹ suites 0\nℹ pass 2\nℹ fail 0\nℹ cancelled 0\nℹ skipped 0\nℹ todo 0\n"
UNITTEST_GOOD = "....\n-----\nRan 4 tests in 0.002s\n\nOK (skipped=1)\n"
UNITTEST_BAD = "Ran 6 tests in 0.002s\n\nFAILED (failures=1, errors=2, skipped=1)\n"
UNITTEST_EMPTY = "Ran 0 tests in 0.000s\n\nNO TESTS RAN\n"

SUREFIRE_GOOD = """[INFO] Tests run: 2, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.1 s -- in a.ATest
[INFO] Tests run: 3, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.2 s -- in a.BTest
[INFO]
[INFO] Results:
[INFO]
[INFO] Tests run: 5, Failures: 0, Errors: 0, Skipped: 0
[INFO] Tests run: 1, Failures: 0, Errors: 0, Skipped: 0
"""
SUREFIRE_BAD = """[ERROR] Tests run: 7, Failures: 1, Errors: 2, Skipped: 1, Time elapsed: 1 s <<< FAILURE! -- in a.ATest
[ERROR] Tests run: 7, Failures: 1, Errors: 2, Skipped: 1
"""
SUREFIRE_EMPTY = "[INFO] No tests to run.\n[INFO] BUILD SUCCESS\n"

# name, reader, output, exit code, expected (None: it must be refused as unreadable)
ROWS = [
    ("cargo adds up its binaries", count.cargo, CARGO_TWO_BINARIES, 101, Tally(6, 1, 1)),
    ("cargo with every test filtered out", count.cargo, CARGO_NOTHING, 0, None),
    ("cargo that did not compile", count.cargo, "error: could not compile\n", 101, Tally(0, 1, 0)),
    ("a result line inside a sentence is not one", count.cargo, "see test result: ok. 9 passed; 0 failed; 0 ignored;\n", 0, None),
    ("node tap", count.node, NODE_TAP, 1, Tally(2, 2, 2)),
    ("node spec", count.node, NODE_SPEC, 0, Tally(2, 0, 0)),
    ("node in colour", count.node, "\x1b[34mℹ pass 2\x1b[39m\n", 0, Tally(2, 0, 0)),
    ("unittest with a skipped one", count.unittest, UNITTEST_GOOD, 0, Tally(3, 0, 1)),
    ("unittest with failures and errors", count.unittest, UNITTEST_BAD, 1, Tally(2, 3, 1)),
    ("unittest that found nothing", count.unittest, UNITTEST_EMPTY, 0, None),
    ("surefire adds up modules, not classes", count.surefire, SUREFIRE_GOOD, 0, Tally(6, 0, 0)),
    ("surefire with failures, errors and a skipped one", count.surefire, SUREFIRE_BAD, 1, Tally(3, 3, 1)),
    ("surefire that found nothing", count.surefire, SUREFIRE_EMPTY, 0, None),
    ("Maven that did not compile", count.surefire, "[ERROR] COMPILATION ERROR : \n[INFO] BUILD FAILURE\n", 1, Tally(0, 1, 0)),
    ("surefire in colour", count.surefire, "[\x1b[1;34mINFO\x1b[m] \x1b[1;32mTests run: \x1b[0;1;32m2\x1b[m, Failures: 0, Errors: 0, Skipped: 0\n", 0, Tally(2, 0, 0)),
    ("a plain line", count.plain, "x\n12 passed, 1 failed\n", 1, Tally(12, 1, 0)),
    ("a plain line with skipped", count.plain, "12 passed, 0 failed, 3 skipped\n", 0, Tally(12, 0, 3)),
    ("a linter that is content", count.exit_code, "", 0, Tally(1, 0, 0)),
    ("a linter that is not", count.exit_code, "", 1, Tally(0, 1, 0)),
    ("all passed, but the program died", count.plain, "12 passed, 0 failed\n", 139, Tally(12, 1, 0)),
    ("silence", count.plain, "", 0, None),
]


class Counting(unittest.TestCase):
    def test_rows(self):
        for name, reader, output, code, expected in ROWS:
            with self.subTest(name):
                if expected is None:
                    with self.assertRaises(count.Unreadable):
                        count.tally(reader, output, code)
                else:
                    self.assertEqual(count.tally(reader, output, code), expected)

    def test_the_sum_is_one_plain_line(self):
        total = Tally(1, 0, 2) + Tally(3, 4, 0)
        self.assertEqual(str(total), "4 passed, 4 failed, 2 skipped")


if __name__ == "__main__":
    unittest.main()
