#!/usr/bin/env python3
"""Starts Keycloak with the example realm, an orchestrator with a simulated face check, and an application to sign in
to, on localhost. Ctrl-C stops it. `make keycloak-demo` builds what is needed and calls this.
"""

import argparse
import json
import os
import secrets
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "examples" / "demo"))

import faces  # noqa: E402
from parts import face_check, fresh_keys, target_directory  # noqa: E402
from process import Failed, Part  # noqa: E402
from running import run, say  # noqa: E402

REALM = ROOT / "keycloak-spi-wasm" / "example" / "realm.json"
JAR = ROOT / "dist" / "countersign-keycloak.jar"
KEYCLOAK = ROOT / ".local" / "keycloak"
READY_WITHIN = 300  # seconds; the first start builds Keycloak around the provider


@dataclass(frozen=True)
class Ports:
    keycloak: int = 8080
    management: int = 9000
    app: int = 10005
    orchestrator: int = 10003
    simulator: int = 10004


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="when all is up, print one line of JSON with the addresses")
    parser.add_argument("--log-dir", default=str(ROOT / ".local" / "logs" / "keycloak-demo"), help="where each part's output goes")
    for name, default in vars(Ports()).items():
        parser.add_argument(f"--{name}-port", dest=name, type=int, default=default, metavar="N", help=f"default {default}")
    options = parser.parse_args()
    ports = Ports(*(getattr(options, name) for name in vars(Ports())))
    keys = {**fresh_keys(os.environ), "ADMIN": secrets.token_urlsafe(12)}
    logs = Path(options.log_dir)

    def announce(started):
        orchestrator = f"http://127.0.0.1:{ports.orchestrator}"
        for user in json.loads(REALM.read_text())["users"]:
            faces.enrol(orchestrator, keys["COUNTERSIGN_ORCHESTRATOR_TOKEN"], user["id"])
        told = {
            "app": f"http://localhost:{ports.app}/",
            "keycloak": f"http://localhost:{ports.keycloak}",
            "password": keys["ADMIN"],
            "logs": str(logs),
        }
        print(json.dumps(told) if options.json else walk(told), flush=True)

    return run(lambda data: parts(ports, keys, data), announce, logs, READY_WITHIN)


def parts(ports, keys, data):
    """In the order in which they are started."""
    return [
        *face_check(ports, keys, data, target_directory() / "tools"),
        Part(
            "keycloak",
            [
                *[home(ports, data) / "bin" / "kc.sh", "start-dev", "--import-realm", "--health-enabled=true"],
                *[f"--http-port={ports.keycloak}", f"--http-management-port={ports.management}"],
            ],
            f"http://127.0.0.1:{ports.management}/health/ready",
            {
                "COUNTERSIGN_ORCHESTRATOR_TOKEN": keys["COUNTERSIGN_ORCHESTRATOR_TOKEN"],
                "KC_BOOTSTRAP_ADMIN_USERNAME": "admin",
                "KC_BOOTSTRAP_ADMIN_PASSWORD": keys["ADMIN"],
                "JAVA_OPTS_KC_HEAP": "-Xms128m -Xmx768m",
            },
        ),
        Part(
            "app",
            [sys.executable, Path(__file__).with_name("app.py")],
            f"http://127.0.0.1:{ports.app}/healthz",
            {"PORT": str(ports.app), "REALM": f"http://localhost:{ports.keycloak}/realms/bank"},
        ),
    ]


def home(ports, data):
    """A copy of the distribution with the provider and the realm in it, gone after the run."""
    found = sorted(KEYCLOAK.glob("keycloak-*"))
    for path, remedy in [(JAR, "make keycloak"), (found[0] if found else KEYCLOAK / "keycloak-*", "make keycloak-demo")]:
        if not path.exists():
            raise Failed(f"{path} is missing: run `{remedy}`")
    say("copying Keycloak")
    copy = Path(data) / "keycloak"
    shutil.copytree(found[0], copy, ignore=shutil.ignore_patterns("data"))
    shutil.copy(JAR, copy / "providers")
    (copy / "bin" / "kc.sh").chmod(0o755)
    imported = copy / "data" / "import"
    imported.mkdir(parents=True)
    realm = REALM.read_text().replace("http://localhost:10003", f"http://localhost:{ports.orchestrator}")
    (imported / "bank.json").write_text(realm)
    return copy


def walk(told):
    return f"""
Countersign in Keycloak is running. Open {told["app"]}

  1. "Sign in to the portal" as alice, password alice: a password is enough.
  2. "Sign in to payroll": the rule for payroll wants a live look. Press "my face": the application is told
     acr and amr. Sign out, try again with "someone else": no session, and an event says why.
  3. "Ask for the level biometric": an application may ask for it itself (acr_values).
  4. "Enrol a passkey": it waits for your face, and is kept only then. Next time it is offered beside the name.
  5. Sign out, go to a sign-in, "Forgot Password?": a name and the face, and a new passkey takes the place of the old.

  Keycloak's console    {told["keycloak"]}/admin   admin, {told["password"]}
  The realm             keycloak-spi-wasm/example/realm.json
  What happened         {told["logs"]}/keycloak.log, and the realm's events in the console

Ctrl-C stops everything.
"""


if __name__ == "__main__":
    sys.exit(main())
