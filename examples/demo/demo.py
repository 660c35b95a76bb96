#!/usr/bin/env python3
"""Starts the whole of Countersign on localhost: a bank, an orchestrator with a simulated face check,
and Envoy with the filter in front. Ctrl-C stops it. `make demo` builds what is needed and calls this.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import asdict, fields
from pathlib import Path

import ports as port_numbers
from parts import ROOT, fresh_keys, parts
from process import Failed, Running
from walk import walk

READY_WITHIN = 60  # seconds, for each part


def main():
    options = read_options()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    logs = Path(options.log_dir)
    data = tempfile.mkdtemp(prefix="countersign-demo-")
    started = []
    try:
        logs.mkdir(parents=True, exist_ok=True)
        ports = port_numbers.choose(vars(options))
        start_all(parts(ports, fresh_keys(os.environ), data), logs, started)
        announce(ports, logs, started, options.json)
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


def read_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="when all is up, print one line of JSON with the addresses")
    parser.add_argument("--log-dir", default=str(ROOT / ".local" / "logs" / "demo"), help="where each part's output goes")
    for field in fields(port_numbers.Ports):
        variable = port_numbers.variable(field.name)
        parser.add_argument(
            f"--{field.name}-port",
            dest=field.name,
            type=int,
            default=os.environ.get(variable),
            metavar="N",
            help=f"port of {field.name}; 0 for any free one (default {field.default}, or ${variable})",
        )
    return parser.parse_args()


def start_all(all_parts, logs, started):
    for number, part in enumerate(all_parts, start=1):
        say(f"[{number}/{len(all_parts)}] starting {part.name}")
        running = Running(part, logs, os.environ)
        started.append(running)
        running.wait_until_ready(READY_WITHIN)


def announce(ports, logs, started, as_json):
    page = f"http://localhost:{ports.envoy}"
    prometheus = f"http://localhost:{ports.admin}/stats/prometheus"
    if as_json:
        told = {
            "page": page,
            "prometheus": prometheus,
            "ports": asdict(ports),
            "pids": {running.part.name: running.child.pid for running in started},
            "logs": str(logs),
        }
        print(json.dumps(told), flush=True)
        return
    print(
        f"""
{walk(page)}

  What was decided    {logs / 'envoy.log'}
  Counters            {prometheus}

Ctrl-C stops everything.
""",
        flush=True,
    )


def say(text):
    """Progress, apart from what --json prints."""
    print(text, file=sys.stderr, flush=True)


def _stop(_number, _frame):
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
