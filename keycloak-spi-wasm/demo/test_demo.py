"""The demo starts all its parts with the example realm, asks for a face where a rule does, and stops them."""

import json
import re
import signal
import socket
import subprocess
import sys
import unittest
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path

DEMO = Path(__file__).with_name("demo.py")
PORTS = ("keycloak", "management", "app", "orchestrator", "simulator")


class Demo(unittest.TestCase):
    def setUp(self):
        ports = free(len(PORTS))
        chosen = [word for name, port in zip(PORTS, ports) for word in (f"--{name}-port", str(port))]
        self.ports = ports
        self.child = subprocess.Popen(
            [sys.executable, str(DEMO), "--json", *chosen], stdout=subprocess.PIPE, text=True, start_new_session=True
        )

    def tearDown(self):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        self.child.stdout.close()

    def test_walks_and_stops(self):
        told = json.loads(self.child.stdout.readline())
        # Browsers take localhost for secure.
        cookies = CookieJar(DefaultCookiePolicy(secure_protocols=("https", "http")))
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))

        def get(url, form=None):
            body = urllib.parse.urlencode(form).encode() if form else None
            with browser.open(url, body, timeout=30) as answer:
                return answer.read().decode()

        def action(page):
            return re.search(r'action="([^"]+)"', page).group(1).replace("&amp;", "&")

        self.assertIn("Sign in to payroll", get(told["app"]))
        page = get(told["app"] + "begin?link=1")
        page = get(action(page), {"username": "alice", "password": "alice"})
        capture = re.search(r'href="([^"]+/capture/[^"]+)"', page).group(1)
        self.assertIn("countersign_secret", page)
        get(capture, {"face": "mine"})
        secret = re.search(r'name="countersign_secret" value="([^"]+)"', page).group(1)
        page = get(action(page), {"countersign_secret": secret})
        self.assertIn("Signed in to payroll", page)
        self.assertIn("face", page)

        self.child.send_signal(signal.SIGINT)
        self.assertEqual(self.child.wait(60), 0)
        for port in self.ports:
            with socket.socket() as one:
                self.assertNotEqual(one.connect_ex(("127.0.0.1", port)), 0, f"something still listens at {port}")


def free(count):
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


if __name__ == "__main__":
    unittest.main()
