"""Reads what a test program printed and says how many tests passed, failed and were skipped."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Tally:
    """Counts of one suite, or of several added up."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other):
        return Tally(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
        )

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


class Unreadable(Exception):
    """The output holds no closing line of the runner, or none that counts a test."""


# cargo test prints one such line for each test binary and for the doc tests.
_CARGO = re.compile(r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;", re.M)
# node --test closes with `# pass 3` (tap) or `ℹ pass 3` (spec), by Node version and terminal.
_NODE = re.compile(r"^(?:#|ℹ) (pass|fail|cancelled|skipped|todo) (\d+)$", re.M)
_UNITTEST_RAN = re.compile(r"^Ran (\d+) tests? in ", re.M)
_UNITTEST_END = re.compile(r"^(?:OK|FAILED|NO TESTS RAN)(?: \((.*)\))?$", re.M)
# Surefire: one such line for each module; those of single classes go on with the time that they took.
_SUREFIRE = re.compile(r"^\[\w+\] Tests run: (\d+), Failures: (\d+), Errors: (\d+), Skipped: (\d+)$", re.M)
_PLAIN = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)


def cargo(output):
    return sum(
        (Tally(*map(int, line)) for line in _CARGO.findall(output)),
        start=Tally(),
    )


def node(output):
    counts = {"pass": 0, "fail": 0, "cancelled": 0, "skipped": 0, "todo": 0}
    for name, number in _NODE.findall(output):
        counts[name] += int(number)
    return Tally(
        counts["pass"],
        counts["fail"] + counts["cancelled"],
        counts["skipped"] + counts["todo"],
    )


def unittest(output):
    total = Tally()
    for ran, notes in zip(_UNITTEST_RAN.findall(output), _UNITTEST_END.findall(output)):
        noted = dict(re.findall(r"([a-z ]+)=(\d+)", notes.replace(", ", ",")))
        failed = sum(int(noted.get(k, 0)) for k in ("failures", "errors", "unexpected successes"))
        skipped = int(noted.get("skipped", 0))
        total += Tally(int(ran) - failed - skipped, failed, skipped)
    return total


def surefire(output):
    total = Tally()
    for line in _SUREFIRE.findall(output):
        ran, failures, errors, skipped = map(int, line)
        total += Tally(ran - failures - errors - skipped, failures + errors, skipped)
    return total


def plain(output):
    return sum(
        (Tally(int(p), int(f), int(s or 0)) for p, f, s in _PLAIN.findall(output)),
        start=Tally(),
    )


def exit_code(_output):
    """A check that is passed or not, with nothing to count: a linter, a build."""
    return Tally(passed=1)


def tally(reader, output, code):
    """The counts of one finished suite.

    `code` is the exit code. A suite that ended badly has failed at least once, whatever it printed
    (a test that does not compile prints no count), and a suite that ran nothing has not passed.
    """
    counted = reader(_without_colours(output))
    if code != 0:
        passed = 0 if reader is exit_code else counted.passed
        return Tally(passed, max(counted.failed, 1), counted.skipped)
    if counted == Tally():
        raise Unreadable("no test was counted")
    return counted


def _without_colours(output):
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", output)
