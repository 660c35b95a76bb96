"""The demo starts, serves, says what is wrong, and leaves nothing behind."""

import json
import re
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import parts
from ports import Ports, choose
from process import Failed
from walk import walk

DEMO = Path(__file__).with_name("demo.py")
ANY_PORT = [word for name in vars(Ports()) for word in (f"--{name}-port", "0")]
STOPS_WITHIN = 30  # seconds


class Settings(unittest.TestCase):
    def test_ports_in_envoy_yaml_are_the_defaults_and_all_are_replaced(self):
        text = parts.ENVOY_YAML.read_text()
        for name in ("envoy", "admin", "bank", "orchestrator"):
            self.assertIn(str(getattr(Ports(), name)), text, name)
        other = parts.with_ports(text, Ports(20000, 20001, 20002, 20003, 20004))
        self.assertNotRegex(other, r"1000\d\b")
        self.assertIn('hosts: ["localhost:20000"]', other)

    def test_a_port_in_use_is_named_and_the_way_out(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            with self.assertRaisesRegex(Failed, f"port {port} for bank .*--bank-port"):
                choose({"envoy": 0, "admin": 0, "bank": port, "orchestrator": 0, "simulator": 0})

    def test_keys_are_new_each_time_and_long_enough(self):
        first, second = parts.fresh_keys({}), parts.fresh_keys({})
        self.assertFalse(set(first.values()) & set(second.values()))
        self.assertTrue(all(len(key) >= 43 for key in first.values()))

    def test_a_key_of_the_environment_is_kept(self):
        given = {"COUNTERSIGN_ORCHESTRATOR_TOKEN": "given"}
        self.assertEqual(parts.fresh_keys(given)["COUNTERSIGN_ORCHESTRATOR_TOKEN"], "given")


class Walk(unittest.TestCase):
    def test_what_it_says_to_press_is_there(self):
        public = parts.ROOT / "examples" / "bank" / "public"
        capture = parts.ROOT / "examples" / "orchestrator" / "src" / "simulator" / "capture.rs"
        sources = [*public.glob("*.html"), capture]
        there = " ".join(" ".join(source.read_text() for source in sources).split())
        named = re.findall(r'"([^"]+)"', " ".join(walk("").split()))
        self.assertGreater(len(named), 10, "the walk is not read right")
        for name in named:
            with self.subTest(name):
                self.assertRegex(there, rf"[>\"] ?{re.escape(name)} ?[<\"]")

    def test_the_pages_it_names_are_there(self):
        public = parts.ROOT / "examples" / "bank" / "public"
        for name in re.findall(r"/(\w+\.html)", walk("")):
            self.assertTrue((public / name).exists(), name)


class Run(unittest.TestCase):
    def test_serves_and_stops_on_sigterm(self):
        with demo() as (process, told):
            self.assertEqual(fetch(f"{told['page']}/healthz")[0], 200)
            status, metrics = fetch(told["prometheus"])
            self.assertEqual(status, 200)
            self.assertIn("envoy_cluster_upstream_rq_total", metrics)
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(STOPS_WITHIN), 0)
            self.assert_all_closed(told["ports"])

    def test_stops_the_rest_when_one_part_dies(self):
        with demo() as (process, told):
            end(told["pids"]["bank"])
            self.assertEqual(process.wait(STOPS_WITHIN), 1)
            self.assertRegex(process.stderr.read(), "bank has stopped")
            self.assert_all_closed(told["ports"])

    def test_ports_of_a_running_demo_are_refused(self):
        with demo() as (_, told):
            second = subprocess.run(
                [sys.executable, DEMO, "--json", *ANY_PORT, "--envoy-port", str(told["ports"]["envoy"])],
                capture_output=True,
                text=True,
                timeout=STOPS_WITHIN,
            )
            self.assertEqual(second.returncode, 1)
            self.assertIn(f"port {told['ports']['envoy']} for envoy cannot be had", second.stderr)

    def assert_all_closed(self, ports):
        for name, port in ports.items():
            with socket.socket() as probe:
                self.assertNotEqual(probe.connect_ex(("127.0.0.1", port)), 0, f"{name} still listens")


@contextmanager
def demo():
    """A demo on free ports, with what it told once it was up."""
    with tempfile.TemporaryDirectory() as logs:
        process = subprocess.Popen(
            [sys.executable, DEMO, "--json", "--log-dir", logs, *ANY_PORT],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            line = process.stdout.readline()
            if not line:
                raise AssertionError(f"the demo did not start:\n{process.stderr.read()}")
            yield process, json.loads(line)
        finally:
            process.terminate()
            process.wait(STOPS_WITHIN)
            process.stdout.close()
            process.stderr.close()


def end(pid):
    subprocess.run(["kill", "-KILL", str(pid)], check=True)


def fetch(address):
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.status, answer.read().decode()


if __name__ == "__main__":
    unittest.main()
