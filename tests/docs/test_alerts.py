"""The dashboard and the alerts speak of what is measured, and the runbook of each alert."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from bot.chat.events import KIND_LABELS
from bot.core import metrics
from bot.core.call_stats import EventOutcome
from bot.requests.lifecycle import State

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
RULES = yaml.safe_load((DEPLOY / "alerts.yaml").read_text("utf-8"))["groups"][0]["rules"]
ALERTS = [rule["alert"] for rule in RULES]
DASHBOARD = json.loads((DEPLOY / "grafana-dashboard.json").read_text("utf-8"))
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text("utf-8")

# What PromQL itself brings, as far as it is used here.
FUNCTIONS = {
    "absent",
    "changes",
    "count",
    "histogram_quantile",
    "increase",
    "label_values",
    "max",
    "min",
    "rate",
    "sum",
    "time",
    "vector",
}
WORDS = {"and", "by", "instance", "le", "on", "or", "unless"}
OUTSIDE = {"up"}  # Prometheus makes it
VALUES: dict[str, set[str]] = {
    "outcome": set(get_args(EventOutcome)),
    "kind": set(KIND_LABELS.values()),
    "state": {state.value for state in State},
    "check": {"service app", "database"},
    "token": {"access", "refresh"},
    "job": {"provbot", "$job"},
}


def panels() -> Iterator[dict[str, Any]]:
    """Those that draw something."""
    return (panel for panel in DASHBOARD["panels"] if panel["type"] != "row")


def expressions() -> list[str]:
    """All of them."""
    drawn = [target["expr"] for panel in panels() for target in panel["targets"]]
    asked = [
        variable["definition"]
        for variable in DASHBOARD["templating"]["list"]
        if "definition" in variable
    ]
    return [*(str(rule["expr"]) for rule in RULES), *drawn, *asked]


def samples() -> dict[str, set[str]]:
    """The names of samples as they are scraped, with their labels."""
    labels: dict[str, set[str]] = {}
    for metric in vars(metrics).values():
        if hasattr(metric, "_labelnames"):
            endings = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}
            for ending in endings.get(metric._type, [""]):
                labels[metric._name + ending] = set(metric._labelnames) | (
                    {"le"} if ending == "_bucket" else set()
                )
    process = [
        name for family in metrics.REGISTRY.collect() for name in (s.name for s in family.samples)
    ]
    return {**{name: set() for name in process}, **labels}


@pytest.mark.parametrize("expression", expressions())
def test_an_expression_names_what_is_measured_and_is_whole(expression: str):
    bare = re.sub(r'"[^"]*"', '""', expression)
    for opens, closes in ("()", "{}", "[]"):
        assert bare.count(opens) == bare.count(closes)
    known = samples()
    outside_labels = re.sub(r"\{[^}]*\}|by \([^)]*\)|\[[^\]]*\]", " ", bare)
    names = set(re.findall(r"[a-zA-Z_][a-zA-Z0-9_]*", outside_labels)) - FUNCTIONS - WORDS - OUTSIDE
    assert names - known.keys() - {"job"} == set()
    labels = {label for name in names & known.keys() for label in known[name]} | {"job", "instance"}
    for label, _, value in re.findall(r'(\w+)(=~|=)"([^"]*)"', expression):
        assert label in labels
        assert set(value.split("|")) <= VALUES[label]
    for group in re.findall(r"by \(([^)]*)\)", expression):
        assert {name.strip() for name in group.split(",")} <= labels


def test_there_are_nine_alerts_and_each_says_what_happens_and_where_it_says_what_to_do():
    assert len(ALERTS) == len(set(ALERTS)) == 9
    for rule in RULES:
        assert rule["labels"]["severity"] in ("page", "ticket")
        notes = rule["annotations"]
        assert set(notes) == {"summary", "description", "runbook"}
        assert notes["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"
        assert f"\n### {rule['alert']}\n" in RUNBOOK


def test_the_runbook_explains_no_alert_that_there_is_not():
    assert sorted(re.findall(r"^### (Provbot\w+)$", RUNBOOK, re.MULTILINE)) == sorted(ALERTS)


def test_each_alert_is_tried_both_ways():
    """`make alerts` has promtool do so."""
    trials = yaml.safe_load((DEPLOY / "alerts.test.yaml").read_text("utf-8"))["tests"]
    wanted = [check for trial in trials for check in trial["alert_rule_test"]]
    fired = {alert["alertname"] for alert in wanted if alert.get("exp_alerts")}
    quiet = {alert["alertname"] for alert in wanted if not alert.get("exp_alerts")}
    assert fired == quiet == set(ALERTS)


def test_the_dashboard_shows_each_metric_once_at_least():
    drawn = " ".join(expressions())
    families = [metric._name for metric in vars(metrics).values() if hasattr(metric, "_labelnames")]
    assert [name for name in families if name not in drawn] == []


def test_panels_do_not_lie_on_one_another():
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not taken & cells, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
