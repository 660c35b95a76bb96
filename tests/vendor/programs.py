"""Child processes that tell by a line of their output that they serve, and where."""

import json
import os
import re
import subprocess
import tempfile
import threading
import urllib.request
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "tools"
ENVOY = Path(os.environ.get("ENVOY", ROOT / ".local" / "venv" / "bin" / "envoy"))
WASM = Path(os.environ.get("COUNTERSIGN_WASM", ROOT / "dist" / "countersign.wasm"))


@contextmanager
def simulator(environment):
    """The IDV simulator: its address, `127.0.0.1:port`."""
    environment = {"COUNTERSIGN_SIMULATOR_LISTEN": "127.0.0.1:0", **environment}
    program = _there(TOOLS / "countersign-idv-simulator", "make build")
    with _running([program], environment, subprocess.PIPE, subprocess.DEVNULL) as child:
        yield _line(child.stdout, r"listening on http://(\S+)")


@contextmanager
def envoy(bootstrap):
    """An Envoy with this configuration: the address of its first listener."""
    command = [_there(ENVOY, "make setup"), "--use-dynamic-base-id", "--disable-hot-restart", "--concurrency", "1"]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(bootstrap, file)
        file.flush()
        with _running([*command, "-c", file.name], {}, subprocess.DEVNULL, subprocess.PIPE) as child:
            admin = _line(child.stderr, r"admin address: (\S+)")
            _line(child.stderr, r"starting main dispatch loop")
            _leave_unread(child.stderr)
            with urllib.request.urlopen(f"http://{admin}/listeners?format=json", timeout=10) as answer:
                address = json.load(answer)["listener_statuses"][0]["local_address"]["socket_address"]
            yield f"{address['address']}:{address['port_value']}"


@contextmanager
def _running(command, environment, stdout, stderr):
    child = subprocess.Popen(
        [str(word) for word in command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        text=True,
        errors="replace",
    )
    try:
        yield child
    finally:
        child.terminate()
        child.wait(30)
        for stream in filter(None, (child.stdout, child.stderr)):
            stream.close()


def _line(stream, pattern):
    """What the next line with this says."""
    said = []
    for line in stream:
        said.append(line)
        if found := re.search(pattern, line):
            return found.group(found.lastindex or 0)
    raise AssertionError(f"the program ended and never said {pattern}:\n{''.join(said)}")


def _leave_unread(stream):
    """Nobody reads on; the pipe must not fill up all the same."""
    threading.Thread(target=_drain, args=(stream,), daemon=True).start()


def _drain(stream):
    try:
        for _ in stream:
            pass
    except ValueError:
        pass  # closed: the program is gone


def _there(path, remedy):
    if not path.exists():
        raise AssertionError(f"{path} is missing: run `{remedy}`")
    return path
