"""The shipped rules and dashboards on the demo's own numbers: each alert fires when its fault is made, and not before."""

import re
import unittest
import urllib.request
from contextlib import ExitStack

import shipped
from prometheus import prometheus
from stand import stand
from trap import trapping

FLOWS = ["registration", "routine", "step_up", "cross_platform", "recovery", "payment", "mismatch", "walk_away"]
FIRES_WITHIN = 90
# Half an hour of people who walked away is a minute here.
QUIET_AGAIN_WITHIN = 120
SERIES = re.compile(r"^(countersign_\w+)\{(.*)\} \S+$", re.M)


class Live(unittest.TestCase):
    """In the order of the names: what is asked of the numbers needs what was counted before."""

    @classmethod
    def setUpClass(cls):
        cls.parts = ExitStack()
        cls.addClassCleanup(cls.parts.close)
        cls.stand = cls.parts.enter_context(stand())
        cls.prometheus = cls.parts.enter_context(prometheus(f"127.0.0.1:{cls.stand.ports.admin}"))

    def test_1_no_alert_fires_while_people_do_what_they_do(self):
        # A new series counts as new where the gateway was scraped a window before.
        self.prometheus.wait("a window of scrapes", lambda: self.prometheus.query("up offset 12s == 1"))
        self.stand.play(*FLOWS)
        self.stand.play(*FLOWS)
        seen = self.prometheus.wait("what was counted", lambda: self.prometheus.query("countersign_verdict"))
        self.assertTrue(seen)
        self.assert_quiet()

    def test_2_hostile_traffic_makes_no_series(self):
        self.stand.play("hostile", "canary", "malformed", "unsigned_webhook")
        before = self.series()
        self.stand.play("hostile")
        self.assertEqual(set(self.series()), set(before), "other words, the same series")
        values = label_values(self.stand.rules())
        for name, labels in before:
            for label, value in labels:
                if label != "le":
                    self.assertIn(value, values[label], f"{name} {label}")
        for name in shipped.our_metrics():
            self.assertLessEqual(sum(1 for have, _ in before if have == name), bound(name, values), name)
        self.become_quiet()

    def test_3_each_alert_fires_when_its_fault_is_made(self):
        for alert, (make, mend) in self.faults().items():
            with self.subTest(alert):
                self.assertNotIn(alert, self.prometheus.firing(), "before the fault")
                try:
                    self.until_firing(alert, make)
                finally:
                    mend()
                self.become_quiet(alert)

    def test_4_there_is_a_fault_for_every_alert(self):
        self.assertEqual(set(self.faults()), set(shipped.alert_names()))
        self.assertEqual({rule["name"] for rule in self.prometheus.rules() if rule["type"] == "alerting"}, set(self.faults()))

    def test_5_every_query_has_data(self):
        for board, panel, expression in shipped.queries():
            with self.subTest(f"{board}: {panel}: {expression}"):
                numbers = self.prometheus.numbers(filled(expression))
                self.assertTrue(any(number == number for number in numbers), "no data")

    def test_6_every_recorded_number_is_there(self):
        for name in shipped.recorded_names():
            self.assertTrue(any(self.prometheus.numbers(name)), name)

    def faults(self):
        """By alert: what makes it, again and again, and what mends it."""
        stand = self.stand

        def act(*acts):
            return (lambda: stand.play(*acts)), (lambda: None)

        return {
            "CountersignOrchestratorUnavailable": (self.without("orchestrator", "no_orchestrator"), self.back("orchestrator")),
            "CountersignCompletionFailed": self.breaking(stand.orchestrator, "/complete", 500, "not_completed"),
            "CountersignCalloutsSlow": self.slow(stand.orchestrator, 1.5, "abandon"),
            "CountersignRelyingPartyUnreadable": self.breaking(stand.bank, "/generate-registration-options", 200, *["no_options"] * 4),
            "CountersignUnlistedCeremony": act("canary"),
            "CountersignMismatches": act("mismatches"),
            "CountersignCodesGuessed": act("codes"),
            "CountersignBypassAttempts": act(*["malformed"] * 60),
            "CountersignWebhookRejected": act(*["unsigned_webhook"] * 5),
            "CountersignChecksAbandoned": act(*["abandon"] * 25),
            "CountersignAuditWaits": self.breaking(stand.orchestrator, "/v1/audit", 500, "routine"),
            "CountersignAuditLost": (self.little_room, self.room),
            "CountersignEvidenceUnknown": (self.other_keys, lambda: None),
            "CountersignCertificateExpires": (self.certificate, self.no_certificate),
            "CountersignFilterFailed": (self.trap, self.no_trap),
            "CountersignGatewayDown": (lambda: stand.take_away("envoy"), self.back("envoy")),
        }

    def without(self, part, *acts):
        def make():
            self.stand.take_away(part)
            self.stand.play(*acts)

        return make

    def back(self, part):
        return lambda: self.stand.bring_back(part)

    def breaking(self, front, path, status, *acts):
        def make():
            front.breaks = (path, status)
            self.stand.play(*acts)

        return make, lambda: setattr(front, "breaks", None)

    def slow(self, front, seconds, act):
        def make():
            front.delay = seconds
            self.stand.play(act)

        return make, lambda: setattr(front, "delay", 0)

    def little_room(self):
        """For one event of the audit stream, and nobody to take it."""
        self.stand.orchestrator.breaks = ("/v1/audit", 500)
        if "audit: {}" not in self.stand.changes:
            self.stand.changes["audit: {}"] = "audit: { events: 1 }"
            self.stand.again("envoy")
        self.stand.play("routine")

    def room(self):
        self.stand.orchestrator.breaks = None
        self.stand.changes.pop("audit: {}")
        self.stand.again("envoy")

    def other_keys(self):
        def change():
            other = type(self.stand)(self.stand.data, self.stand.logs).keys
            self.stand.keys = {**self.stand.keys, "COUNTERSIGN_SEAL_KEY": other["COUNTERSIGN_SEAL_KEY"]}
            self.stand.again("envoy")
            self.prometheus.wait("scraped again", lambda: self.prometheus.query("up == 1"))

        self.stand.play_around("other_key", change)

    def certificate(self):
        if not self.stand.clusters:
            self.stand.with_a_certificate(days=2)
            self.stand.again("envoy")

    def no_certificate(self):
        self.stand.clusters = ""
        self.stand.again("envoy")

    def trap(self):
        if self.stand.wasm == "dist/countersign.wasm":
            broken = self.stand.data / "trapping.wasm"
            module = (shipped.ROOT / self.stand.wasm).read_bytes()
            broken.write_bytes(trapping(module, "proxy_on_request_headers"))
            self.stand.wasm = str(broken)
            self.stand.again("envoy")
        try:
            urllib.request.urlopen(f"http://localhost:{self.stand.ports.envoy}/", timeout=5)
        except OSError as refused:
            self.assertRegex(str(refused), "503|refused")

    def no_trap(self):
        self.stand.wasm = "dist/countersign.wasm"
        self.stand.again("envoy")

    def until_firing(self, alert, make):
        def fires():
            make()
            try:
                # The rules are evaluated every second.
                return self.prometheus.wait(alert, lambda: alert in self.prometheus.firing(), 3)
            except AssertionError:
                return False

        self.prometheus.wait(f"{alert} fires", fires, FIRES_WITHIN)

    def become_quiet(self, *alerts):
        def quiet():
            firing = self.prometheus.firing()
            return not firing.intersection(alerts) if alerts else not firing

        self.prometheus.wait("the alerts end with their faults", quiet, QUIET_AGAIN_WITHIN)

    def assert_quiet(self):
        """No alert, and by rules that were evaluated after what has just happened."""
        self.assertEqual(self.prometheus.firing(), set())
        seen = {rule["name"]: rule["lastEvaluation"] for rule in self.prometheus.rules()}
        self.prometheus.wait(
            "every rule is evaluated again",
            lambda: all(rule["lastEvaluation"] > seen[rule["name"]] for rule in self.prometheus.rules()),
        )
        self.assertEqual(self.prometheus.firing(), set())

    def series(self):
        address = f"http://127.0.0.1:{self.stand.ports.admin}/stats/prometheus"
        with urllib.request.urlopen(address, timeout=20) as answer:
            found = SERIES.findall(answer.read().decode())
        self.assertTrue(found, "no series of ours")
        # A histogram once, by its count.
        kept = [(name, labels) for name, labels in found if not name.endswith(("_bucket", "_sum"))]
        return [(shipped.SUFFIX.sub("", name), tuple(re.findall(r'(\w+)="([^"]*)"', labels))) for name, labels in kept]


def label_values(rules):
    """Label to its values, as docs/metrics.md has them."""
    rows = shipped.markdown.table(shipped.METRICS, "### Labels")
    values = {row[0].strip("`"): set(re.findall(r"`([a-z_0-9]+)`", row[1])) - {"would_"} for row in rows}
    values["code"] |= {f"would_{code}" for code in values["code"]}
    values["rule"] |= rules
    return values


def bound(name, values):
    """The product of what its labels can be."""
    row = next(row for row in shipped.markdown.table(shipped.METRICS, "## Countersign's") if row[0] == f"`{name}`")
    product = 1
    for label in re.findall(r"`(\w+)`", row[2]):
        product *= len(values[label])
    return product


def filled(expression):
    """With what Grafana would put into it."""
    known = {"$__rate_interval": "5s", "$__range": "1h", "$instance": ".*"}
    for name, value in known.items():
        expression = expression.replace(name, value)
    if "$" in expression.replace('"$1"', ""):
        raise AssertionError(f"a variable that nobody fills in: {expression}")
    return expression


if __name__ == "__main__":
    unittest.main()
