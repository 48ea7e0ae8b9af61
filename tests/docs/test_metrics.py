"""docs/metrics.md names what is measured, as it is measured."""

import re
from pathlib import Path
from typing import get_args

from bot.chat import events
from bot.core import metrics
from bot.core.call_stats import EventOutcome

PAGE = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text("utf-8")


def tables() -> dict[str, list[list[str]]]:
    """The rows of each table, by the first word of its head."""
    by_head: dict[str, list[list[str]]] = {}
    for block in re.split(r"\n\n", PAGE):
        lines = [line for line in block.splitlines() if line.startswith("|")]
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        if rows:
            by_head[rows[0][0]] = rows[2:]
    return by_head


def quoted(cell: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def test_each_metric_is_there_with_its_type_and_labels():
    documented = {
        quoted(name)[0]: (kind, sorted(quoted(labels)))
        for name, kind, labels, *_ in tables()["name"]
    }
    families = {
        metric._name: (metric._type, sorted(metric._labelnames))
        for metric in vars(metrics).values()
        if hasattr(metric, "_labelnames")
    }
    assert documented == families


def test_each_outcome_of_an_event_is_explained():
    assert {quoted(row[0])[0] for row in tables()["outcome"]} == set(get_args(EventOutcome))


def test_each_kind_of_event_is_named():
    meaning = next(row[3] for row in tables()["name"] if "provbot_events`" in row[0])
    assert set(events.KIND_LABELS.values()) <= set(quoted(meaning))
