#!/usr/bin/env python3
"""Takes each check out of the filter, and sees whether the rows that are about it fail.

usage: mutants.py [--list] [--only TEXT ...]

Every mutant of the table is built in a copy of the tree (.local/mutants/) and put before its rows, which
must fail; a row that passes with its check taken out shows nothing. The rows pass first with the filter as it is, and
an honest sign-in passes with every mutant, so that none fails because nothing works any more.
Ends with one line, `N passed, N failed, N skipped`: a mutant that was noticed as expected has passed.
"""

import argparse
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mutant import DoesNotFit
from rows import NoSuchRow, Suites
from table import AREAS
from tree import DoesNotBuild, Tree

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / ".local" / "mutants"
# What passes with every mutant, in the suites where something does; the first is for the others.
HONEST = (
    "flows: carriers/both_carriers_may_say_the_same",
    "bypass: handoff/the_honest_twin",
    "verdicts: good/plain",
    "guards: webhook/as_signed",
    "forms: flows/a_guarded_sign_in",
)


def main(arguments):
    chosen = select(arguments.only)
    if arguments.list:
        for area, mutant in chosen:
            print(f"{area}: {mutant.name}")
            for row in mutant.rows:
                print(f"    {row}")
            for also in mutant.also:
                print(f"    taken out too, because {also.why}")
        return 0
    if not chosen:
        print("no mutant has that in its name")
        return 2
    tree = Tree(ROOT, PLACE)
    # Everything that can be wrong with the table is said before anything is built.
    texts = [mutant.texts(tree.read) for _, mutant in chosen]
    print("building the test programs", flush=True)
    suites = Suites(ROOT, {suite_of(row) for _, mutant in chosen for row in (*HONEST, *mutant.rows)})
    for _, mutant in chosen:
        for row in mutant.rows:
            suites.find(row, mutant.mode)
    sound(chosen, tree, suites)
    builder = ThreadPoolExecutor(1)
    try:
        builds = [builder.submit(tree.mutant, number, changed) for number, changed in enumerate(texts, start=1)]
        outcomes = []
        for number, ((area, mutant), build) in enumerate(zip(chosen, builds), start=1):
            why = judged(f"[{number}/{len(chosen)}] {area}", mutant, build, suites)
            outcomes.append((area, mutant, why))
        return report(outcomes)
    finally:
        builder.shutdown(cancel_futures=True)


def select(texts):
    named = [(area, mutant) for area, mutants in AREAS.items() for mutant in mutants]
    return [
        (area, mutant) for area, mutant in named if not texts or any(text in f"{area}: {mutant.name}" for text in texts)
    ]


def sound(chosen, tree, suites):
    """The filter as it is passes all the rows: only then does a failure say something."""
    print("the filter as it is", flush=True)
    tree.update()
    module = tree.build()
    for mode in sorted({mutant.mode for _, mutant in chosen}):
        rows = {row for _, mutant in chosen if mutant.mode == mode for row in mutant.rows}
        failed = suites.failures(sorted(rows | set(HONEST)), mode, module)
        if failed:
            sys.exit(f"these rows fail with no mutant at all, in {mode}: {', '.join(failed)}")


def judged(where, mutant, build, suites):
    """As `judge`, aloud."""
    print(f"{where}: {mutant.name}", flush=True)
    started = time.monotonic()
    why = judge(mutant, build, suites)
    print(f"    {why or 'noticed'} ({time.monotonic() - started:.0f} s)", flush=True)
    return why


def judge(mutant, build, suites):
    """What is wrong with the rows about this check, or `None`."""
    try:
        module = build.result()
    except DoesNotBuild as said:
        return f"DOES NOT BUILD: {said}"
    honest = honest_beside(mutant.rows)
    failed = suites.failures([*mutant.rows, honest], mutant.mode, module)
    module.unlink()
    if honest in failed:
        return "BREAKS MORE THAN ITS CHECK: an honest sign-in fails too"
    passed = [row for row in mutant.rows if row not in failed]
    return f"SURVIVED: {', '.join(passed)} passed without the check" if passed else None


def honest_beside(rows):
    """An honest row, in a program that runs anyhow where there is one."""
    suites = {suite_of(row) for row in rows}
    return next((honest for honest in HONEST if suite_of(honest) in suites), HONEST[0])


def suite_of(row):
    return row.partition(":")[0]


def report(outcomes):
    failed = [(area, mutant, why) for area, mutant, why in outcomes if why]
    for area, mutant, why in failed:
        print(f"\n{area}: {mutant.name}\n    {why}")
    print(f"\n{len(outcomes) - len(failed)} passed, {len(failed)} failed, 0 skipped", flush=True)
    return 1 if failed else 0


def parse(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__.partition("\n")[0], epilog="Leaves the tree alone: works in a copy, .local/mutants/."
    )
    parser.add_argument("--list", action="store_true", help="print the mutants and their rows, and do nothing")
    parser.add_argument("--only", metavar="TEXT", action="append", default=[], help="those with TEXT in `area: name`")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main(parse(sys.argv[1:])))
    except (DoesNotFit, NoSuchRow) as wrong:
        sys.exit(f"the table does not fit: {wrong}")
    except KeyboardInterrupt:
        sys.exit(130)
