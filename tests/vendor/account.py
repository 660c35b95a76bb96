"""A simulated account at IDV, and whoever uses it."""

import json
import secrets
import urllib.request
import uuid
from contextlib import contextmanager

import onfido
import programs


class Account:
    """Secrets and workflows; `settings` is the environment that tells a program of ours about them."""

    def __init__(self):
        self.api_token = secrets.token_urlsafe(24)
        self.webhook_token = secrets.token_urlsafe(24)
        self.client_id, self.client_secret = "a client", secrets.token_urlsafe(24) + "+/=&"
        self.registration, self.step_up, self.recovery = (str(uuid.uuid4()) for _ in range(3))
        self.address = None

    @property
    def workflows(self):
        return {
            "BIOMETRIC_PASSKEY_IDV_REGISTRATION_WORKFLOW_ID": self.registration,
            "BIOMETRIC_PASSKEY_IDV_STEP_UP_WORKFLOW_ID": self.step_up,
            "BIOMETRIC_PASSKEY_IDV_RECOVERY_VERIFY_WORKFLOW_ID": self.recovery,
        }

    @property
    def settings(self):
        return {
            **self.workflows,
            "COUNTERSIGN_IDV_API_TOKEN": self.api_token,
            "COUNTERSIGN_WEBHOOK_TOKEN": self.webhook_token,
            "COUNTERSIGN_IDV_CLIENT_ID": self.client_id,
            "COUNTERSIGN_IDV_CLIENT_SECRET": self.client_secret,
        }

    def client(self, **access):
        """The vendor's client, told nothing but where the API is and how to get in."""
        configuration = onfido.Configuration(host=f"http://{self.address}/v3.6", **access)
        return onfido.DefaultApi(onfido.ApiClient(configuration))

    def capture(self, run_id, face):
        """Shows a face to the simulated camera. Webhooks have been tried once when this returns."""
        request = urllib.request.Request(
            f"http://{self.address}/capture/{run_id}",
            json.dumps({"face": face}).encode(),
            {"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)["status"]


@contextmanager
def account():
    """An account whose simulator runs."""
    opened = Account()
    with programs.simulator(opened.settings) as opened.address:
        yield opened


def leftovers(model):
    """Members that the vendor's models know nothing of, anywhere inside one; `output` and the like are free."""
    found = [f"{type(model).__name__}.{name}" for name in getattr(model, "additional_properties", {})]
    for name in type(model).model_fields:
        value = getattr(model, name)
        for inner in value if isinstance(value, list) else [value]:
            if hasattr(type(inner), "model_fields"):
                found += leftovers(inner)
    return found
