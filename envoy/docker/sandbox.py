#!/usr/bin/env python3
"""Countersign in containers: `up` starts it and prints the page, `down` ends it. `make docker` calls this."""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import settings

ROOT = settings.ROOT
COMPOSE = ROOT / "envoy" / "compose.yaml"
FOLDER = ROOT / ".local" / "docker"
PROJECT = "countersign"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["up", "down"])
    parser.add_argument("--observe", action="store_true", help="with Prometheus and Grafana")
    parser.add_argument("--volumes", action="store_true", help="down: forget accounts, keys and sessions too")
    options = parser.parse_args()
    try:
        return up(options.observe) if options.what == "up" else down(options.volumes)
    except FileNotFoundError as missing:
        print(f"there is no {missing.filename}", file=sys.stderr)
        return 1


def up(observe):
    port = os.environ.get("COUNTERSIGN_PORT", "10000")
    page = os.environ.get("COUNTERSIGN_ORIGIN", f"http://localhost:{port}")
    capture = os.environ.get("COUNTERSIGN_CAPTURE_PORT", "10004")
    os.environ.setdefault("COUNTERSIGN_CAPTURE_URL", f"http://localhost:{capture}")
    settings.write(FOLDER, page)
    profile = ["--profile", "observe"] if observe else []
    ended = subprocess.run(command(FOLDER, PROJECT, *profile, "up", "--detach"), check=False).returncode
    if ended == 0:
        print(f"\nCountersign is up. Open {page}\n`make docker-down` ends it.")
    return ended


def down(volumes):
    if not (FOLDER / "settings.env").exists():
        print("nothing was started here")
        return 0
    more = ["--volumes"] if volumes else []
    ended = subprocess.run(command(FOLDER, PROJECT, "--profile", "observe", "down", *more), check=False).returncode
    if volumes:
        shutil.rmtree(FOLDER)
    return ended


def command(folder, project, *words):
    """Compose, whichever the machine has: Docker's plugin, or the program of before."""
    plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    compose = ["docker", "compose"] if plugin.returncode == 0 else ["docker-compose"]
    return [*compose, "--file", COMPOSE, "--env-file", Path(folder) / "settings.env", "--project-name", project, *words]


if __name__ == "__main__":
    sys.exit(main())
