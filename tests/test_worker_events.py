"""Workers send what is counted or shown, and nothing else."""

from typing import Any

import pytest

from tests.worker_events import without_unused


@pytest.fixture
def sent() -> list[tuple[str, dict[str, Any]]]:
    return []


@pytest.fixture
def send(sent):
    return without_unused(lambda name, **content: sent.append((name, content)))


@pytest.mark.parametrize(
    ("when", "outcome"),
    [("call", "passed"), ("call", "failed"), ("setup", "skipped"), ("teardown", "failed")],
)
def test_a_report_that_is_counted_or_shown_is_sent(send, sent, when, outcome):
    report = {"when": when, "outcome": outcome}
    send("testreport", data=report)
    assert sent == [("testreport", {"data": report})]


@pytest.mark.parametrize("when", ["setup", "teardown"])
def test_what_went_well_around_a_test_is_not(send, sent, when):
    send("logstart", nodeid="a")
    send("testreport", data={"when": when, "outcome": "passed"})
    send("logfinish", nodeid="a")
    assert sent == []


def test_the_end_of_a_test_is_sent(send, sent):
    send("runtest_protocol_complete", item_index=1)
    assert sent == [("runtest_protocol_complete", {"item_index": 1})]
