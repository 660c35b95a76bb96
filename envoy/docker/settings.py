"""What `envoy/compose.yaml` needs and no file of the project has: secrets, and envoy.yaml for a network of containers."""

import base64
import re
import secrets
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
ENVOY_YAML = ROOT / "envoy" / "envoy.yaml"


def write(folder, origin):
    """Writes `settings.env` and `envoy.yaml` into `folder`. Secrets that are there are kept: the database has one of
    them, and sealed with another is what was sealed before."""
    folder.mkdir(parents=True, exist_ok=True)
    variables = folder / "settings.env"
    kept = _read(variables) if variables.exists() else {}
    chosen = {**_secrets(), **kept, "COUNTERSIGN_ORIGIN": origin, "COUNTERSIGN_RP_ID": urlsplit(origin).hostname}
    variables.touch(mode=0o600)
    variables.write_text("".join(f"{name}={value}\n" for name, value in chosen.items()))
    (folder / "envoy.yaml").write_text(in_containers(ENVOY_YAML.read_text(), origin))
    return variables


def in_containers(text, origin):
    """envoy.yaml where the parts have names instead of ports on loopback, for a page with this origin."""
    # Not of what is left out.
    address = "\n      type: STATIC"
    names = "\n      type: STRICT_DNS\n      dns_refresh_rate: 1s"
    host = "address: {}, port_value: {}".format
    for old, new, times in [
        (host("127.0.0.1", 10000), host("0.0.0.0", 10000), 1),
        # Prometheus finds its one path of the admin interface where the interface was: compose.yaml puts it there.
        (host("127.0.0.1", 10001), host("127.0.0.1", 9901), 1),
        (host("127.0.0.1", 10002), host("bank", 10002), 1),
        (host("127.0.0.1", 10003), host("orchestrator", 10003), 1),
        (address, names, 2),
        ("http://localhost:10000", origin, 2),
        ('"localhost:10000"', f'"{urlsplit(origin).netloc}"', 1),
        ("rp_id: localhost", f"rp_id: {urlsplit(origin).hostname}", 1),
    ]:
        if text.count(old) != times:
            raise ValueError(f"{ENVOY_YAML} has `{old}` {text.count(old)} times, not {times}")
        text = text.replace(old, new)
    return text


def _secrets():
    keys = ["SEAL_KEY", "SURROGATE_KEY", "REFERENCE_KEY"]
    tokens = ["ORCHESTRATOR_TOKEN", "IDV_API_TOKEN", "WEBHOOK_TOKEN", "DATABASE_PASSWORD", "GRAFANA_PASSWORD"]
    made = {name: base64.b64encode(secrets.token_bytes(32)).decode() for name in keys}
    made.update((name, secrets.token_urlsafe(32)) for name in tokens)
    return {f"COUNTERSIGN_{name}": value for name, value in made.items()}


def _read(variables):
    lines = variables.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if re.match(r"\w+=", line))
