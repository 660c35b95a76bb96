"""An application to sign in to: it shows what Keycloak tells it (OpenID Connect, authorization code with PKCE)."""

import base64
import hashlib
import html
import json
import os
import secrets
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = int(os.environ["PORT"])
REALM = os.environ["REALM"]
BACK = f"http://localhost:{PORT}/back"
LINKS = [
    ("portal", {}, "Sign in to the portal", "a password is enough"),
    ("payroll", {}, "Sign in to payroll", "a rule wants a live look"),
    ("portal", {"acr_values": "biometric"}, "Ask for the level biometric", "the application asks for it"),
    ("portal", {"kc_action": "countersign-enrol"}, "Enrol a passkey", "it is kept once your face was seen"),
]
SHOWN = ("preferred_username", "acr", "amr", "auth_time")
# What each sign-in needs to be finished: by its state.
begun = {}


class App(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if url.path == "/healthz":
            self.answer(200, "ok")
        elif url.path == "/":
            self.answer(200, page(home()))
        elif url.path == "/begin" and query.get("link") in {str(number) for number in range(len(LINKS))}:
            client, more, *_ = LINKS[int(query["link"])]
            self.send_response(302)
            self.send_header("location", begin(client, more))
            self.end_headers()
        elif url.path == "/back":
            self.answer(200, page(back(query)))
        else:
            self.answer(404, page("<p>There is nothing here.</p>"))

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("cache-control", "no-store")
        self.end_headers()
        self.wfile.write(body.encode())


def home():
    rows = "".join(
        f'<li><a href="/begin?link={number}">{title}</a>: {why}</li>' for number, (_, _, title, why) in enumerate(LINKS)
    )
    out = html.escape(f"{REALM}/protocol/openid-connect/logout")
    return f'<ul>{rows}</ul><p><a href="{out}">Sign out</a></p>'


def begin(client, more):
    state, verifier = secrets.token_urlsafe(16), secrets.token_urlsafe(32)
    begun[state] = (client, verifier)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    asked = {
        "response_type": "code",
        "client_id": client,
        "redirect_uri": BACK,
        "scope": "openid",
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        **more,
    }
    return f"{REALM}/protocol/openid-connect/auth?{urllib.parse.urlencode(asked)}"


def back(query):
    client, verifier = begun.pop(query.get("state"), (None, None))
    if client is None or "code" not in query:
        said = html.escape(query.get("error_description") or query.get("error") or "nothing that was asked for")
        return f'<p>Not signed in: {said}.</p><p><a href="/">Back</a></p>'
    form = {
        "grant_type": "authorization_code",
        "client_id": client,
        "redirect_uri": BACK,
        "code": query["code"],
        "code_verifier": verifier,
    }
    try:
        request = urllib.request.Request(
            f"{REALM}/protocol/openid-connect/token", urllib.parse.urlencode(form).encode()
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            token = json.load(answer)["id_token"]
    except urllib.error.HTTPError as error:
        return f"<p>Keycloak refused the code: {error.code}.</p>"
    part = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    rows = "".join(f"<tr><th>{name}</th><td>{html.escape(json.dumps(claims.get(name)))}</td></tr>" for name in SHOWN)
    return f'<p>Signed in to {client}. Keycloak says:</p><table>{rows}</table><p><a href="/">Back</a></p>'


def page(body):
    style = "body{font:16px/1.5 system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem}th{text-align:left;padding-right:1rem}"
    return (
        f'<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Example bank</title>'
        f"<style>{style}</style><h1>Example bank</h1>{body}</html>"
    )


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", PORT), App).serve_forever()
