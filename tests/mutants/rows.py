"""The rows of the tests in a real Envoy: which there are, and which of them fail with a module."""

import json
import os
import re
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor

BUILD = ["cargo", "test", "--locked", "--profile", "tools", "-p", "countersign-tests"]
LISTED = re.compile(r"^(\S+): test$", re.M)
PASSED = re.compile(r"^test (\S+) +\.\.\. ok$", re.M)
AT_ONCE = 2  # programs; more, and the rows that measure time would fail for want of it
LONGEST = 600  # seconds for one program: a row that hangs ends itself after a minute


class NoSuchRow(Exception):
    """The table names a row that no suite has."""


class Suites:
    """The built test programs, by name, and their rows."""

    def __init__(self, root, wanted):
        self.root = root
        self.programs = programs(root)
        self.names = {suite: self.listed(suite) for suite in wanted}

    def listed(self, suite):
        if suite not in self.programs:
            raise NoSuchRow(f"there is no suite {suite}; there are: {', '.join(sorted(self.programs))}")
        command = [self.programs[suite], "--list"]
        return LISTED.findall(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    def find(self, row, mode):
        """The suite and the full names of a row: `bypass: evidence/none` stands for `waits/http1/evidence/none`."""
        suite, _, short = row.partition(": ")
        names = [name for name in self.names[suite] if stands_for(name, short, mode)]
        if not names:
            raise NoSuchRow(f"{row}: no such row in {mode}")
        return suite, names

    def failures(self, rows, mode, module):
        """Which of these rows fail with this module."""
        full = {row: self.find(row, mode) for row in rows}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            wanted = together(full.values())
            runs = [(suite, pool.submit(self.run, suite, names, module)) for suite, names in wanted.items()]
        passed = {(suite, name) for suite, run in runs for name in run.result()}
        return [row for row, (suite, names) in full.items() if not all((suite, name) in passed for name in names)]

    def run(self, suite, names, module):
        """The rows that said they passed. One that said nothing has not: it hung, or took the program with it."""
        child = subprocess.Popen(
            [self.programs[suite], *arguments(names, self.names[suite])],
            cwd=self.root / "tests",
            env={**os.environ, "COUNTERSIGN_WASM": str(module)},
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        try:
            output, _ = child.communicate(timeout=LONGEST)
        except subprocess.TimeoutExpired:
            output = ""
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.communicate()
        return PASSED.findall(output)


def programs(root):
    """Builds the test programs, where they are not built, and says where they are."""
    command = [*BUILD, "--no-run", "--message-format", "json-render-diagnostics"]
    built = subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE, text=True)
    messages = [json.loads(line) for line in built.stdout.splitlines() if line.startswith("{")]
    tests = [message for message in messages if message.get("executable") and "test" in message["target"]["kind"]]
    return {message["target"]["name"]: message["executable"] for message in tests}


def stands_for(name, short, mode):
    """Whether a full name is the short one's in this mode. A row that is there for each protocol runs once."""
    parts = name.split("/")
    return name.endswith(f"/{short}") and parts[0] == mode and not {"http2", "2_workers"} & set(parts)


def together(found):
    """The full names of several rows, by suite: a program, and its Envoy, starts once for all of them."""
    wanted = {}
    for suite, names in found:
        wanted.setdefault(suite, []).extend(names)
    return wanted


def arguments(wanted, names):
    """What makes a program run these of its rows. It takes one pattern and any number of `--skip`, and both mean any
    row with that text in its name."""
    tables = {name.rpartition("/")[0] + "/" for name in names}
    idle = {table for table in tables if not any(table in name for name in wanted)}
    single = [name for name in names if not any(table in name for table in idle) and name not in wanted]
    skipped = [*sorted(idle), *(name for name in single if not any(name in other for other in wanted))]
    return [os.path.commonprefix(wanted), *(argument for text in skipped for argument in ("--skip", text))]
