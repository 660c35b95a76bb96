"""A container engine: the one that runs, or one of our own. As root Debian's is installed and started for the tests."""

import os
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

STARTS_WITHIN = 30  # seconds
# What a machine may lack: the right to filter packets, then a file system for layers.
WAYS = [[], ["--iptables=false"], ["--iptables=false", "--storage-driver=vfs"]]


class NoEngine(Exception):
    """There is none, and none may be started here."""


@contextmanager
def running(data, log):
    """The environment in which `docker` finds an engine. One that is started here keeps its images in `data`."""
    if _answers(os.environ):
        yield dict(os.environ)
        return
    lack = cannot_be_had()
    if lack:
        raise NoEngine(lack)
    if shutil.which("dockerd") is None:
        _install()
    with tempfile.TemporaryDirectory(prefix="countersign-docker-") as folder:
        environment = {**os.environ, "DOCKER_HOST": f"unix://{folder}/docker.sock"}
        engine = _start(Path(folder), data, log, environment)
        try:
            yield environment
        finally:
            engine.terminate()
            engine.wait()


def cannot_be_had():
    """Why there is no engine and none can be started, if so."""
    if _answers(os.environ):
        return None
    if os.geteuid() != 0:
        return "no container engine answers (`docker info`), and only root may start one"
    if shutil.which("dockerd") is None and shutil.which("apt-get") is None:
        return "there is no container engine, and no apt-get to install Debian's with"
    return None


def _answers(environment):
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "info"], env=environment, capture_output=True, check=False).returncode == 0


def _install():
    print("installing Debian's docker.io and docker-compose", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "docker.io", "docker-compose"]
    for command in (["apt-get", "update", "-qq"], apt):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NoEngine(f"{' '.join(command)} has failed: {done.stderr.strip()[-300:]}")


def _start(folder, data, log, environment):
    for way in WAYS:
        command = ["dockerd", "--data-root", data, "--exec-root", folder / "exec", "--pidfile", folder / "pid", *way]
        with log.open("ab") as output:
            engine = subprocess.Popen(
                [*command, "--host", environment["DOCKER_HOST"]],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + STARTS_WITHIN
        while engine.poll() is None and time.monotonic() < deadline:
            if _answers(environment):
                return engine
            time.sleep(0.1)
        engine.kill()
        engine.wait()
    raise NoEngine(f"dockerd does not start here: {log}")
