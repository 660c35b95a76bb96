"""Makes the orchestrator know a person's face, as a finished registration would."""

import base64
import json
import secrets
import time
import urllib.request


def enrol(orchestrator, token, person):
    """Registers `person` with a face that the simulated check takes for theirs."""
    opened = call(
        f"{orchestrator}/v1/sessions",
        token,
        {"flow": "registration", "external_user_id": person, "rp_id": "localhost", "challenge": text(32)},
    )
    send(opened["client"]["captureUrl"], {"face": "mine"}, {})
    session = f"{orchestrator}/v1/sessions/{opened['id']}"
    for _attempt in range(100):
        if call(session, token)["status"] == "matched":
            break
        time.sleep(0.1)
    call(f"{session}/complete", token, {"credential_id": text(16), "public_key": None, "user_handle": None})


def call(url, token, body=None):
    if body is not None:
        body = {name: value for name, value in body.items() if value is not None}
    headers = {"authorization": f"Bearer {token}", "idempotency-key": text(16)}
    return json.loads(send(url, body, headers))


def send(url, body, headers):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {**headers, "content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read()


def text(size):
    return base64.urlsafe_b64encode(secrets.token_bytes(size)).decode().rstrip("=")
