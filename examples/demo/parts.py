"""What the demo consists of: which programs, with which settings, in which order."""

import base64
import json
import re
import secrets
import subprocess
import uuid
from dataclasses import fields
from pathlib import Path

from ports import Ports
from process import Failed, Part

ROOT = Path(__file__).resolve().parents[2]
ENVOY = ROOT / ".local" / "venv" / "bin" / "envoy"
ENVOY_YAML = ROOT / "envoy" / "envoy.yaml"
WASM = ROOT / "dist" / "countersign.wasm"


def fresh_keys(environment):
    """The secrets of this run, made now. One that is in the environment already is kept."""
    made = {
        "COUNTERSIGN_SEAL_KEY": _key(),
        "COUNTERSIGN_SURROGATE_KEY": _key(),
        "COUNTERSIGN_ORCHESTRATOR_TOKEN": secrets.token_urlsafe(32),
    }
    return {name: environment.get(name) or value for name, value in made.items()}


def parts(ports, keys, data):
    """In the order in which they are started; stopped the other way round.

    `data` is a directory that the parts may write to, empty and gone after the run.
    """
    programs = target_directory() / "tools"
    for path, remedy in [
        (ENVOY, "make setup"),
        (WASM, "make wasm"),
        (programs / "countersign-orchestrator", "make build"),
        (ROOT / "examples" / "bank" / "node_modules", "make setup"),
    ]:
        if not path.exists():
            raise Failed(f"{path} is missing: run `{remedy}`, or `make demo`, which does all of it")
    envoy_yaml = Path(data) / "envoy.yaml"
    envoy_yaml.write_text(with_ports(ENVOY_YAML.read_text(), ports))
    return [
        *face_check(ports, keys, data, programs),
        Part(
            "bank",
            ["node", "server.mjs"],
            f"http://127.0.0.1:{ports.bank}/healthz",
            {"PORT": str(ports.bank), "ORIGIN": f"http://localhost:{ports.envoy}"},
            ROOT / "examples" / "bank",
        ),
        Part(
            "envoy",
            [ENVOY, "-c", envoy_yaml, "--log-level", "info", "--disable-hot-restart", "--concurrency", "2"],
            f"http://127.0.0.1:{ports.admin}/ready",
            keys,
            ROOT,
        ),
    ]


def face_check(ports, keys, data, programs):
    """The orchestrator, and behind it the simulated identity verification with the capture page."""
    shared = {
        "COUNTERSIGN_IDV_API_TOKEN": secrets.token_urlsafe(32),
        "COUNTERSIGN_WEBHOOK_TOKEN": secrets.token_urlsafe(32),
        "BIOMETRIC_PASSKEY_IDV_REGISTRATION_WORKFLOW_ID": str(uuid.uuid4()),
        "BIOMETRIC_PASSKEY_IDV_STEP_UP_WORKFLOW_ID": str(uuid.uuid4()),
        "BIOMETRIC_PASSKEY_IDV_RECOVERY_VERIFY_WORKFLOW_ID": str(uuid.uuid4()),
    }
    orchestrator = f"http://127.0.0.1:{ports.orchestrator}"
    simulator = f"http://127.0.0.1:{ports.simulator}"
    return [
        Part(
            "simulator",
            [programs / "countersign-idv-simulator"],
            f"{simulator}/assets/capture.css",
            {
                **shared,
                "COUNTERSIGN_SIMULATOR_LISTEN": f"127.0.0.1:{ports.simulator}",
                "COUNTERSIGN_SIMULATOR_PUBLIC_URL": f"http://localhost:{ports.simulator}",
                "COUNTERSIGN_SIMULATOR_WEBHOOK_URL": f"{orchestrator}/v1/webhooks/idv",
            },
        ),
        Part(
            "orchestrator",
            [programs / "countersign-orchestrator"],
            f"{orchestrator}/healthz",
            {
                **shared,
                "COUNTERSIGN_ORCHESTRATOR_TOKEN": keys["COUNTERSIGN_ORCHESTRATOR_TOKEN"],
                "COUNTERSIGN_REFERENCE_KEY": _key(),
                "COUNTERSIGN_ORCHESTRATOR_LISTEN": f"127.0.0.1:{ports.orchestrator}",
                "COUNTERSIGN_DATABASE_URL": f"sqlite:{Path(data) / 'orchestrator.sqlite3'}",
                "COUNTERSIGN_IDV_BASE_URL": f"{simulator}/v3.6",
            },
        ),
    ]


def with_ports(text, ports):
    """envoy.yaml with other ports: each of the five numbers stands there for one thing only."""
    chosen = {str(field.default): str(getattr(ports, field.name)) for field in fields(Ports)}
    return re.sub(r"\b1000[0-4]\b", lambda found: chosen[found.group()], text)


def _key():
    return base64.b64encode(secrets.token_bytes(32)).decode()


def target_directory():
    command = ["cargo", "metadata", "--no-deps", "--offline", "--format-version", "1"]
    try:
        told = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Failed(f"cargo does not say where it builds: {error}") from error
    return Path(json.loads(told.stdout)["target_directory"])
