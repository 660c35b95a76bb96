"""HTTP servers in the test's hands: a tap in front of the vendor, a relying party, a receiver of webhooks."""

import base64
import http.client
import json
import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Heard:
    """One request, byte for byte."""

    method: str
    path: str
    headers: dict
    body: bytes


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def serve(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        heard = Heard(self.command, self.path, headers, body)
        self.server.heard.append(heard)
        status, answer = self.server.answer(heard)
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = serve

    def log_message(self, *_):
        """Nothing: what matters is in `heard`."""


@contextmanager
def server(answer):
    """Serves `answer(heard) -> (status, bytes)`; has `address`, and `heard`, what it was asked so far."""
    serving = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    serving.answer, serving.heard = answer, []
    serving.address = "{}:{}".format(*serving.server_address)
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    try:
        yield serving
    finally:
        serving.shutdown()
        serving.server_close()
        thread.join()


def tap(vendor):
    """A server that passes on what it hears."""

    def pass_on(heard):
        connection = http.client.HTTPConnection(vendor, timeout=10)
        kept = {name: value for name, value in heard.headers.items() if name not in ("connection", "content-length")}
        connection.request(heard.method, heard.path, heard.body or None, kept)
        answer = connection.getresponse()
        try:
            return answer.status, answer.read()
        finally:
            connection.close()

    return server(pass_on)


def receiver():
    """A server that takes everything."""
    return server(lambda _: (200, b"{}"))


def relying_party():
    """A server that does what `makes_options` says."""
    return server(lambda _: (404, b"{}"))


def makes_options(user, more):
    """Answers for a user who is signed in; `more` goes into creation options too."""

    def answer(heard):
        challenge = base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode()
        creation = {
            "challenge": challenge,
            "rp": {"name": "Bank", "id": "bank.example"},
            "user": {"id": "YW5u", "name": "ann", "displayName": "Ann"},
            "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
        }
        answers = {
            "/me": {"id": user},
            "/generate-registration-options": {**creation, **more},
            "/generate-authentication-options": {"challenge": challenge, "rpId": "bank.example"},
            "/recovery/start": {"user": {"id": user}},
        }
        return (200, json.dumps(answers[heard.path]).encode()) if heard.path in answers else (404, b"{}")

    return answer
