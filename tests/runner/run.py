#!/usr/bin/env python3
"""Runs the suites of suites.py and ends with one line, `N passed, N failed, N skipped`.

usage: run.py [SUITE ...]     without a name: all of them

The whole output of each suite is kept under .local/logs/test/; the terminal gets it without the
lines that say that a single test passed.
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import count
from suites import SUITES

ROOT = Path(__file__).resolve().parents[2]
LOGS = ROOT / ".local" / "logs" / "test"
QUIET_FOR = 30  # seconds without a line before we say that the suite is still running
# Lines that say that one test passed (cargo test, TAP, unittest, node's spec), and TAP's decoration.
NOISE = re.compile(r"^(\s*ok \d+ - .*|.* \.\.\. ok|\s*✔ .*|\s*(# Subtest: .*|---|\.\.\.|duration_ms: .*|))$")


def main(names):
    known = {suite.name: suite for suite in SUITES}
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"no suite is called {', '.join(unknown)}; there are: {', '.join(known)}")
        return 2
    chosen = [known[name] for name in names] or SUITES
    LOGS.mkdir(parents=True, exist_ok=True)
    results = []
    for number, suite in enumerate(chosen, start=1):
        print(f"\n[{number}/{len(chosen)}] {suite.name}: {suite.says}", flush=True)
        results.append((suite, *run(suite)))
    return report(results)


def run(suite):
    """One suite: its tally and the seconds it took."""
    lack = suite.missing()
    if lack:
        print(f"    SKIPPED: {lack}", flush=True)
        fails = os.environ.get("CI") == "true" and not suite.optional
        return count.Tally(failed=int(fails), skipped=int(not fails)), 0.0
    started = time.monotonic()
    log = LOGS / f"{suite.name}.log"
    try:
        output, code = stream(suite, log)
    except FileNotFoundError as error:
        print(f"    cannot start: {error.filename} is not installed", flush=True)
        return count.Tally(failed=1), 0.0
    seconds = time.monotonic() - started
    try:
        tally = count.tally(suite.reader, output, code)
    except count.Unreadable as why:
        print(f"    {suite.name}: {why}: counted as a failure", flush=True)
        tally = count.Tally(failed=1)
    if tally.failed:
        print(f"    whole output: {log.relative_to(ROOT)}", flush=True)
    print(f"    done in {seconds:.0f} s, exit code {code}: {tally}", flush=True)
    return tally, seconds


def stream(suite, log):
    """Runs the command in a process group of its own, so that an interrupt ends all of it."""
    child = subprocess.Popen(
        suite.command,
        cwd=ROOT,
        env={**os.environ, **suite.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    heard = threading.Event()
    over = threading.Event()
    threading.Thread(target=still_running, args=(suite, heard, over), daemon=True).start()
    lines = []
    try:
        with log.open("w") as kept:
            for line in child.stdout:
                heard.set()
                lines.append(line)
                kept.write(line)
                kept.flush()
                if not NOISE.match(line.rstrip()):
                    print("    " + line.rstrip(), flush=True)
        return "".join(lines), child.wait()
    except BaseException:
        os.killpg(child.pid, signal.SIGTERM)
        raise
    finally:
        over.set()


def still_running(suite, heard, over):
    started = time.monotonic()
    while not over.wait(QUIET_FOR):
        if not heard.is_set():
            print(f"    … {suite.name} still running, {time.monotonic() - started:.0f} s", flush=True)
        heard.clear()


def report(results):
    total = sum((tally for _, tally, _ in results), start=count.Tally())
    print("\nsuite           passed  failed  skipped  seconds")
    for suite, tally, seconds in results:
        print(f"{suite.name:<14} {tally.passed:>7} {tally.failed:>7} {tally.skipped:>8} {seconds:>8.0f}")
    print(f"\n{total}", flush=True)
    return 1 if total.failed else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("\ninterrupted", flush=True)
        sys.exit(130)
