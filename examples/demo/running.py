"""Starts parts, keeps them until Ctrl-C or until one of them ends, and stops them the other way round."""

import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from process import Failed, Running

READY_WITHIN = 60  # seconds, for each part


def run(parts_in, announce, logs, ready_within=READY_WITHIN):
    """`parts_in(data)` says what to start, given a directory that is gone after the run; `announce(started)` is called
    when all are ready. The exit code."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    data = tempfile.mkdtemp(prefix="countersign-demo-")
    started = []
    try:
        Path(logs).mkdir(parents=True, exist_ok=True)
        start_all(parts_in(data), logs, started, ready_within)
        announce(started)
        while True:
            time.sleep(0.3)
            for running in started:
                running.check()
    except Failed as why:
        print(f"\n{why}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        # From here a second Ctrl-C does not leave anything behind.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        if started:
            say("stopping")
        for running in reversed(started):
            running.stop()
        shutil.rmtree(data, ignore_errors=True)
        if started:
            say("all stopped")


def start_all(all_parts, logs, started, ready_within):
    for number, part in enumerate(all_parts, start=1):
        say(f"[{number}/{len(all_parts)}] starting {part.name}")
        running = Running(part, logs, os.environ)
        started.append(running)
        running.wait_until_ready(ready_within)


def say(text):
    """Progress, apart from what --json prints."""
    print(text, file=sys.stderr, flush=True)


def _stop(_number, _frame):
    raise KeyboardInterrupt
