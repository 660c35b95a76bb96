"""One part of the demo as a child process: started, watched, stopped."""

import ctypes
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

STOP_AFTER = 8  # seconds between asking a part to stop and ending it
PR_SET_PDEATHSIG = 1  # prctl(2): a signal for the child when its parent has gone


class Failed(Exception):
    """A part did not start, or has stopped; the message is for a person."""


@dataclass
class Part:
    """What is to be started. `ready` is an address that answers 200 once the part serves."""

    name: str
    command: list
    ready: str
    environment: dict = field(default_factory=dict)
    directory: Path = Path()


class Running:
    """A part that was started, with its output in a log file."""

    def __init__(self, part, logs, environment):
        self.part = part
        self.log = Path(logs) / f"{part.name}.log"
        with self.log.open("wb") as log:
            try:
                self.child = subprocess.Popen(
                    [str(word) for word in part.command],
                    cwd=part.directory,
                    env={**environment, **part.environment},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    # Ctrl-C goes to us alone, so that the parts stop in order.
                    start_new_session=True,
                    preexec_fn=_end_with_parent if sys.platform == "linux" else None,
                )
            except OSError as error:
                raise Failed(f"{part.name} cannot be started: {error}") from error

    def wait_until_ready(self, seconds):
        deadline = time.monotonic() + seconds
        while not _answers(self.part.ready):
            self.check()
            if time.monotonic() > deadline:
                raise Failed(f"{self.part.name} does not answer after {seconds} s{self._last_lines()}")
            time.sleep(0.05)

    def check(self):
        """Raises when the process has ended."""
        code = self.child.poll()
        if code is not None:
            raise Failed(f"{self.part.name} has stopped (exit code {code}){self._last_lines()}")

    def stop(self):
        if self.child.poll() is not None:
            return
        self.child.terminate()
        try:
            self.child.wait(STOP_AFTER)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def _last_lines(self):
        lines = self.log.read_text(errors="replace").splitlines()[-15:]
        return "".join(f"\n    {line}" for line in [f"the end of {self.log}:", *lines])


def _answers(address):
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:
            return answer.status == 200
    except (OSError, urllib.error.HTTPError):
        return False


def _end_with_parent():
    """Runs in the child: should the launcher be killed outright, its parts go too."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
