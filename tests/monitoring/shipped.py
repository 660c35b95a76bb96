"""What is shipped for Prometheus and Grafana, and the metrics that it may name, as the tests read them."""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "examples" / "demo"), str(ROOT / "tests" / "documents")]

import markdown  # noqa: E402

METRICS = ROOT / "docs" / "metrics.md"
RUNBOOK = ROOT / "docs" / "runbook.md"
PROMETHEUS = ROOT / "envoy" / "monitoring" / "prometheus"
GRAFANA = ROOT / "envoy" / "monitoring" / "grafana"
ALERTS = PROMETHEUS / "alerts.yml"

# A histogram is three metrics to Prometheus.
SUFFIX = re.compile(r"_(bucket|sum|count)$")
STRING = re.compile(r'"[^"]*"')
RANGE = re.compile(r"\b(\d+)([smh])\b")
SECONDS = {"s": 1, "m": 60, "h": 3600}


def dashboards():
    return {path.stem: json.loads(path.read_text()) for path in sorted((GRAFANA / "dashboards").glob("*.json"))}


def queries():
    """Dashboard, panel and expression of every target."""
    for name, board in dashboards().items():
        for panel in board["panels"]:
            for target in panel["targets"]:
                yield name, panel["title"], target["expr"]


def alert_names():
    return re.findall(r"^ +- alert: (\w+)$", ALERTS.read_text(), re.M)


def recorded_names():
    return re.findall(r"^ +- record: (\S+)$", ALERTS.read_text(), re.M)


def metrics_of(expression):
    """The metrics that an expression names."""
    # Labels stand in braces and in `by (…)`; a window in brackets.
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\b(by|on) \([^)]*\)", "", STRING.sub('""', expression))
    return {SUFFIX.sub("", name) for name in re.findall(r"\bup\b|\bcountersign[_:][\w:]+|\benvoy_\w+", bare)}


def our_metrics():
    return _names("## Countersign's")


def envoy_metrics():
    return _names("## Envoy's")


def _names(heading):
    return {row[0].strip("`") for row in markdown.table(METRICS, heading)}


def shortened(rules, by):
    """The shipped rules with every window, offset and `for` that many times as short; thresholds stay."""

    def shorter(found):
        seconds = int(found.group(1)) * SECONDS[found.group(2)]
        return f"{max(seconds // by, 1)}s"

    kept = []
    for line in rules.splitlines():
        # Comments and what people read stay as they are.
        text = line.strip()
        is_rule = not text.startswith(("#", "summary:", "description:", "runbook:", "- record:", "- alert:"))
        kept.append(RANGE.sub(shorter, line) if is_rule and _has_duration(text) else line)
    return "\n".join(kept) + "\n"


def _has_duration(text):
    return text.startswith("for: ") or re.search(r"\[\d+[smh]\]|offset \d+[smh]", text) is not None
