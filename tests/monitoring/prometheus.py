"""A real Prometheus with the shipped configuration, in a hurry."""

import json
import math
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import ports as port_numbers
from shipped import ALERTS, PROMETHEUS, shortened

# Fifteen seconds between two scrapes are one here, five minutes ten seconds.
FASTER_SCRAPES = ("15s", "1s")
FASTER_RULES = 30
POLL = 0.2
READY_WITHIN = 60


class Prometheus:
    def __init__(self, address):
        self.address = address
        self.began = time.time()

    def ask(self, path, **parameters):
        query = urllib.parse.urlencode(parameters)
        try:
            with urllib.request.urlopen(f"{self.address}/api/v1/{path}?{query}", timeout=20) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path} {parameters}: {error.read().decode()}") from error

    def query(self, expression):
        return self.ask("query", query=expression)["result"]

    def numbers(self, expression):
        """Every number that an expression had since the start."""
        begin, end = self.began, time.time()
        step = max(1, math.ceil((end - begin) / 5000))
        series = self.ask("query_range", query=expression, start=begin, end=end, step=step)["result"]
        return [float(value) for one in series for _, value in one["values"]]

    def firing(self):
        alerts = self.ask("alerts")["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    def rules(self):
        return [rule for group in self.ask("rules")["groups"] for rule in group["rules"]]

    def wait(self, what, holds, seconds=READY_WITHIN):
        """Until something holds; returns it."""
        deadline = time.monotonic() + seconds
        while not (found := holds()):
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {seconds} s: {what}")
            time.sleep(POLL)
        return found


@contextmanager
def prometheus(target):
    """That scrapes `target`, every second, with rules that look back a thirtieth of what is shipped."""
    with tempfile.TemporaryDirectory() as directory:
        directory = Path(directory)
        configuration = (PROMETHEUS / "prometheus.yml").read_text().replace(*FASTER_SCRAPES)
        (directory / "prometheus.yml").write_text(configuration.replace("envoy:10001", target))
        (directory / "alerts.yml").write_text(shortened(ALERTS.read_text(), FASTER_RULES))
        port = port_numbers.choose({"envoy": 0}).envoy
        command = [
            "prometheus",
            f"--config.file={directory / 'prometheus.yml'}",
            f"--storage.tsdb.path={directory / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        with (directory / "log").open("w") as log:
            child = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            served = Prometheus(f"http://127.0.0.1:{port}")
            served.wait("Prometheus is ready", lambda: _ready(served, child, directory / "log"))
            yield served
        finally:
            child.terminate()
            child.wait(30)


def _ready(served, child, log):
    if child.poll() is not None:
        raise AssertionError(f"Prometheus has stopped:\n{log.read_text()}")
    try:
        return bool(served.query("up == 1"))
    except OSError:
        return False
