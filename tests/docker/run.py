#!/usr/bin/env python3
"""Starts envoy/compose.yaml with images of what is on this machine, and runs the tests against it from outside.

usage: run.py [what `cargo test` takes after its `--` …]
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import engine
import images

ROOT = images.ROOT
sys.path.insert(0, str(ROOT / "envoy" / "docker"))
import sandbox  # noqa: E402
import settings  # noqa: E402

LOGS = ROOT / ".local" / "logs" / "docker"
TESTS = ["cargo", "test", "--locked", "--profile", "tools", "-p", "countersign-docker-tests", "--"]
# The origin that the tests' clients are at, by any other name than the port's.
ORIGIN = "https://bank.example"
PROJECT = f"countersign-tests-{os.getpid()}"
SERVICES = ["envoy", "bank", "orchestrator", "simulator", "database"]
SERVES_WITHIN = 30  # seconds, once all containers are up


def main(arguments):
    LOGS.mkdir(parents=True, exist_ok=True)
    try:
        with engine.running(ROOT / ".local" / "docker-engine", LOGS / "engine.log") as environment:
            os.environ.update(environment)
            with started() as addresses:
                return subprocess.run([*TESTS, *arguments], cwd=ROOT, env={**os.environ, **addresses}, check=False).returncode
    except engine.NoEngine as why:
        # Counted as one that was skipped.
        print(f"SKIPPED: {why}\ntest result: ok. 0 passed; 0 failed; 1 ignored;")
        return 0
    except images.Missing as what:
        print(f"missing: {what}", file=sys.stderr)
        return 1


@contextmanager
def started():
    """The containers; what the tests must know of them, as environment variables."""
    tags = {variable: image.build() for variable, image in images.all_of(tools()).items()}
    images.forget_all_but(tags.values())
    with tempfile.TemporaryDirectory(prefix="countersign-docker-") as folder:
        gateway, capture = free_ports(2)
        variables = settings.write(Path(folder), ORIGIN)
        with variables.open("a") as file:
            for name, value in {
                **tags,
                "COUNTERSIGN_SETTINGS": folder,
                "COUNTERSIGN_PORT": gateway,
                "COUNTERSIGN_CAPTURE_PORT": capture,
                "COUNTERSIGN_CAPTURE_URL": f"http://127.0.0.1:{capture}",
            }.items():
                file.write(f"{name}={value}\n")
        os.chmod(folder, 0o755)
        try:
            observed = "COUNTERSIGN_PROMETHEUS_IMAGE" in tags
            # One that is named is started, though its profile is not.
            named = SERVICES + (["prometheus"] if observed else [])
            compose(folder, "up", "--detach", "--no-build", *named)
            wait_for(f"http://127.0.0.1:{gateway}/")
            yield {
                "COUNTERSIGN_DOCKER_GATEWAY": f"127.0.0.1:{gateway}",
                "COUNTERSIGN_DOCKER_CAPTURE": f"127.0.0.1:{capture}",
                "COUNTERSIGN_DOCKER_PROJECT": PROJECT,
                **({"COUNTERSIGN_DOCKER_OBSERVED": "1"} if observed else {}),
            }
        finally:
            with (LOGS / "containers.log").open("wb") as log:
                compose(folder, "logs", "--no-color", output=log, check=False)
            compose(folder, "down", "--volumes", "--timeout", "1", check=False)


def compose(folder, *words, output=subprocess.DEVNULL, check=True):
    command = sandbox.command(folder, PROJECT, *words)
    done = subprocess.run(command, stdout=output, stderr=subprocess.PIPE, text=True, check=False)
    if check and done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}:\n{done.stderr}")


def wait_for(page):
    deadline = time.monotonic() + SERVES_WITHIN
    while True:
        try:
            urllib.request.urlopen(urllib.request.Request(page, headers={"host": urlsplit(ORIGIN).netloc}), timeout=2)
            return
        except OSError as error:
            if time.monotonic() > deadline:
                raise SystemExit(f"{page} is not served: {error}; see {LOGS}") from error
            time.sleep(0.1)


def tools():
    told = subprocess.run(
        ["cargo", "metadata", "--no-deps", "--offline", "--format-version", "1"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return Path(json.loads(told.stdout)["target_directory"]) / "tools"


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listening.getsockname()[1] for listening in sockets]
    for listening in sockets:
        listening.close()
    return ports


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
