"""Dashboards, rules, runbook and the table of metrics agree, as far as that can be read without running anything."""

import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import shipped

# What Grafana calls the units that are used (packages/grafana-data/src/valueFormats/categories.ts).
UNITS = {"short", "reqps", "ms", "bytes", "d", "percentunit"}
KINDS = {"timeseries", "bargauge"}
# Grafana's grid has so many columns.
COLUMNS = 24


class Metrics(unittest.TestCase):
    def test_nothing_names_a_metric_that_is_not_in_the_table(self):
        known = shipped.our_metrics() | shipped.envoy_metrics() | set(shipped.recorded_names())
        self.assertGreater(len(known), 10, "docs/metrics.md is not read right")
        expressions = [expression for _, _, expression in shipped.queries()] + expressions_of_rules()
        for expression in expressions:
            with self.subTest(expression):
                named = shipped.metrics_of(expression)
                self.assertTrue(named, "no metric is named")
                self.assertEqual(named - known, set())

    def test_every_metric_of_the_table_is_used(self):
        used = set().union(*(shipped.metrics_of(expression) for _, _, expression in shipped.queries()))
        used |= set().union(*map(shipped.metrics_of, expressions_of_rules()))
        self.assertEqual((shipped.our_metrics() | shipped.envoy_metrics()) - used, set())

    def test_codes_and_operations_in_expressions_are_those_of_the_table(self):
        rows = shipped.markdown.table(shipped.METRICS, "### Labels")
        values = {row[0].strip("`"): set(re.findall(r"`(\w+)`", row[1])) for row in rows}
        for expression in [expression for _, _, expression in shipped.queries()] + expressions_of_rules():
            for label, text in re.findall(r'\b(code|operation|result|verdict|flow)(?:!?=~|!?=)"([^"]+)"', expression):
                for value in text.split("|"):
                    with self.subTest(expression):
                        self.assertIn(value.removesuffix(".*"), values[label])


class Dashboards(unittest.TestCase):
    def test_each_is_in_order(self):
        boards = shipped.dashboards()
        self.assertEqual(set(boards), {"platform", "product", "security"})
        self.assertEqual(len({board["uid"] for board in boards.values()}), len(boards))
        for name, board in boards.items():
            with self.subTest(name):
                variables = {variable["name"] for variable in board["templating"]["list"]}
                self.assertEqual(variables, {"datasource", "instance"})
                panels = board["panels"]
                self.assertEqual(len({panel["id"] for panel in panels}), len(panels))
                self.assertEqual(len({panel["title"] for panel in panels}), len(panels))
                for panel in panels:
                    self.check_panel(panel)
                self.check_grid(panels)

    def check_panel(self, panel):
        self.assertTrue(panel["title"] and panel["description"].endswith("."), panel["title"])
        self.assertIn(panel["type"], KINDS)
        self.assertIn(panel["fieldConfig"]["defaults"]["unit"], UNITS)
        references = [target["refId"] for target in panel["targets"]]
        self.assertTrue(references)
        self.assertEqual(len(set(references)), len(references))
        for target in [panel, *panel["targets"]]:
            self.assertEqual(target["datasource"], {"type": "prometheus", "uid": "${datasource}"})
        for target in panel["targets"]:
            self.assertIn("$instance", target["expr"], panel["title"])

    def check_grid(self, panels):
        taken = set()
        for panel in panels:
            at = panel["gridPos"]
            self.assertLessEqual(at["x"] + at["w"], COLUMNS, panel["title"])
            fields = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            self.assertFalse(taken & fields, f"{panel['title']} lies on another")
            taken |= fields


class Rules(unittest.TestCase):
    def test_every_alert_has_a_part_in_the_runbook_and_the_reverse(self):
        headings = re.findall(r"^### (Countersign\w+)$", shipped.RUNBOOK.read_text(), re.M)
        self.assertEqual(sorted(headings), sorted(shipped.alert_names()))
        text = shipped.RUNBOOK.read_text()
        for name in headings:
            with self.subTest(name):
                part = text.split(f"### {name}\n", 1)[1].split("\n#", 1)[0]
                self.assertIn("**First look:**", part)
                self.assertIn("**Do:**", part)

    def test_every_alert_says_what_and_where_to_read_on(self):
        for name in shipped.alert_names():
            with self.subTest(name):
                rule = shipped.ALERTS.read_text().split(f"- alert: {name}\n", 1)[1].split("- alert:", 1)[0]
                self.assertRegex(rule, r"severity: (critical|warning|info), persona: (platform|security|product)")
                self.assertRegex(rule, r"summary: \S+")
                self.assertRegex(rule, r"description: >-\n +\S+")
                self.assertIn(f"runbook: docs/runbook.md#{name.lower()}\n", rule)
        self.assertIn("## Rollout\n", shipped.RUNBOOK.read_text())

    def test_promtool_finds_nothing(self):
        for command in (["config", shipped.PROMETHEUS / "prometheus.yml"], ["rules", "--lint-fatal", shipped.ALERTS]):
            done = subprocess.run(["promtool", "check", *command], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_shortened_rules_are_the_same_rules_with_shorter_windows(self):
        short = shipped.shortened(shipped.ALERTS.read_text(), 30)
        self.assertNotRegex(short, r"\[5m\]|offset 5m|for: \d+m")
        self.assertEqual(re.sub(r"\d+[smh]\b", "", short), re.sub(r"\d+[smh]\b", "", shipped.ALERTS.read_text()))
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "alerts.yml"
            path.write_text(short)
            done = subprocess.run(["promtool", "check", "rules", path], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


def expressions_of_rules():
    """Without a YAML reader: an expression is the block below `expr: |`."""
    blocks = re.findall(r"^( +)expr: \|\n((?:\1  .*\n)+)", shipped.ALERTS.read_text(), re.M)
    return [" ".join(body.split()) for _, body in blocks]


if __name__ == "__main__":
    unittest.main()
