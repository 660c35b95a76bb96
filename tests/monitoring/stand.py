"""The demo's parts, each of which can be taken away, brought back and changed, and somebody who uses them."""

import os
import re
import secrets
import subprocess
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import ports as port_numbers
from in_front import front_of
from parts import ENVOY_YAML, fresh_keys, parts, target_directory, with_ports
from process import Running
from shipped import ROOT

READY_WITHIN = 60
ACT_WITHIN = 120
# A rule that is only watched, before the others.
WATCHED = "{ id: watched, relying_party: bank, ceremony: authentication, require: step_up, enforcement: observe }"
IN_FRONT = """
    - name: with_certificate
      type: STATIC
      load_assignment: { cluster_name: with_certificate }
      transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
          common_tls_context:
            tls_certificates: [ { certificate_chain: { filename: CERTIFICATE }, private_key: { filename: KEY } } ]
"""


class Stand:
    """`orchestrator` and `bank` are what stands between Envoy and these."""

    def __init__(self, data, logs):
        self.data, self.logs = Path(data), Path(logs)
        self.ports = port_numbers.choose({name: 0 for name in vars(port_numbers.Ports())})
        self.keys = {**fresh_keys({}), "COUNTERSIGN_WEBHOOK_TOKEN": secrets.token_urlsafe(32)}
        self.running = {}
        self.wasm = "dist/countersign.wasm"
        self.clusters = ""
        # What else is changed in envoy.yaml: text for text.
        self.changes = {}

    def start(self, orchestrator, bank):
        self.orchestrator, self.bank = orchestrator, bank
        parts_in_order = parts(self.ports, self.keys, self.data)
        self.parts = {part.name: part for part in parts_in_order}
        for name in self.parts:
            self.bring_back(name)

    def take_away(self, name):
        self.running[name].stop()

    def bring_back(self, name):
        part = self.parts[name]
        if name == "envoy":
            (self.data / "envoy.yaml").write_text(self.envoy_yaml())
            part = replace(part, environment=self.keys)
        self.running[name] = Running(part, self.logs, os.environ)
        self.running[name].wait_until_ready(READY_WITHIN)

    def again(self, name):
        self.take_away(name)
        self.bring_back(name)

    def envoy_yaml(self):
        """The shipped one with what is left out of it, a rule that is only watched, and these ports."""
        in_front = replace(self.ports, orchestrator=self.orchestrator.port, bank=self.bank.port)
        text = with_ports(ENVOY_YAML.read_text(), in_front)
        text = re.sub(r"^( *)#(?=\S)", r"\1", text, flags=re.M)
        text = re.sub(r"^( *)rules:$", rf"\g<0>\n\1  - {WATCHED}", text, count=1, flags=re.M)
        for before, after in {"dist/countersign.wasm": self.wasm, **self.changes}.items():
            if before not in text:
                raise AssertionError(f"envoy.yaml has no {before}")
            text = text.replace(before, after)
        return text + self.clusters

    def rules(self):
        return set(re.findall(r"\bid: ([\w-]+)", self.envoy_yaml().split(" rules:", 1)[1].split("handoff:", 1)[0]))

    def with_a_certificate(self, days):
        certificate, key = self.data / "certificate.pem", self.data / "key.pem"
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        command += ["-subj", "/CN=gateway", "-days", str(days), "-out", certificate, "-keyout", key]
        subprocess.run(command, check=True, capture_output=True)
        self.clusters = IN_FRONT.replace("CERTIFICATE", str(certificate)).replace("KEY", str(key))

    def play(self, *acts):
        done = subprocess.run(self._traffic(acts), capture_output=True, text=True, timeout=ACT_WITHIN)
        if done.returncode:
            raise AssertionError(f"{acts} went wrong:\n{done.stderr}")

    def play_around(self, act, between):
        """An act that says a line and waits for one: in between something happens."""
        pipe = subprocess.PIPE
        with subprocess.Popen(self._traffic([act]), stdin=pipe, stdout=pipe, stderr=pipe, text=True) as acting:
            if not acting.stdout.readline():
                raise AssertionError(f"{act} did not begin:\n{acting.stderr.read()}")
            between()
            _, said = acting.communicate("go on\n", timeout=ACT_WITHIN)
        if acting.returncode:
            raise AssertionError(f"{act} went wrong:\n{said}")

    def _traffic(self, acts):
        program = target_directory() / "tools" / "traffic"
        return [program, str(self.ports.envoy), str(self.ports.simulator), *acts]


@contextmanager
def stand():
    with ExitStack() as stack:
        data = stack.enter_context(tempfile.TemporaryDirectory())
        # Kept, for whoever has to find out why.
        standing = Stand(data, ROOT / "tests" / "artifacts" / "logs" / "monitoring")
        standing.logs.mkdir(parents=True, exist_ok=True)
        orchestrator = stack.enter_context(front_of(standing.ports.orchestrator))
        bank = stack.enter_context(front_of(standing.ports.bank))
        stack.callback(lambda: [running.stop() for running in reversed(standing.running.values())])
        standing.start(orchestrator, bank)
        yield standing
