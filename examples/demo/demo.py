#!/usr/bin/env python3
"""Starts the whole of Countersign on localhost: a bank, an orchestrator with a simulated face check,
and Envoy with the filter in front. Ctrl-C stops it. `make demo` builds what is needed and calls this.
"""

import argparse
import json
import os
import sys
from dataclasses import asdict, fields
from pathlib import Path

import ports as port_numbers
from parts import ROOT, fresh_keys, parts
from process import Failed
from running import run
from walk import walk


def main():
    options = read_options()
    logs = Path(options.log_dir)
    try:
        ports = port_numbers.choose(vars(options))
    except Failed as why:
        print(f"\n{why}", file=sys.stderr)
        return 1
    keys = fresh_keys(os.environ)
    return run(lambda data: parts(ports, keys, data), lambda started: announce(ports, logs, started, options.json), logs)


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


if __name__ == "__main__":
    sys.exit(main())
