"""When a fault strikes, and how it is defined."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from sandbox.clock import ManualClock
from sandbox.faults import Fault, FaultAction, FaultRegistry
from sandbox.faults.parser import FAULT_KINDS, activate_fault, parse_fault
from sandbox.faults.validation import RULES, InvalidDefinition
from sandbox.scheduler import Scheduler
from tests.sandbox.organization import NOW


class FaultHarness:
    """Faults on a manual clock, and the actions they performed."""

    def __init__(self, seed: int = 1) -> None:
        self.clock = ManualClock(NOW)
        self.scheduler = Scheduler(self.clock)
        self.faults = FaultRegistry(self.clock, self.scheduler, seed)
        self.done: list[FaultAction] = []
        self.faults.perform = self.done.append

    def order(self, **values: Any) -> Fault:
        return activate_fault(parse_fault(values, "fault 1"), self.faults, self.clock.now())

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.scheduler.run_due()

    def struck(self, *call: str) -> bool:
        """Return whether a call goes wrong: method, path, kind of token."""
        return bool(self.faults.faults_for_call(*(call or ("GET", "/v1/devices/x", "bot"))))

    def pattern(self, count: int, path: str = "/v1/devices/x") -> str:
        return "".join("x" if self.struck("GET", path, "bot") else "." for _ in range(count))


@pytest.mark.parametrize(
    ("order", "pattern"),
    [
        ({}, "x....."),
        ({"nth": 2, "times": 2}, ".xx..."),
        ({"times": 0}, "xxxxxx"),
        ({"everyNth": 3}, "x..x.."),
        ({"every_nth": 2, "nth": 2, "times": 2}, ".x.x.."),
        ({"probability": 0}, "......"),
        ({"probability": 1}, "xxxxxx"),
    ],
)
def test_a_fault_strikes_the_calls_it_is_ordered_for(order: dict[str, Any], pattern: str):
    play = FaultHarness()
    fault = play.order(method="get", path="/devices/*", status=500, **order)

    assert play.pattern(6) == pattern
    assert fault.hits == pattern.count("x")


@pytest.mark.parametrize(
    ("method", "path", "token", "struck"),
    [
        ("POST", "/v1/messages", "bot", True),
        ("GET", "/v1/messages", "bot", False),
        ("POST", "/v1/devices", "bot", False),
        ("POST", "/v1/messages/secret", "bot", False),
        ("POST", "/v1/messages", "person", False),
    ],
)
def test_a_fault_is_meant_for_some_calls(method: str, path: str, token: str, *, struck: bool):
    play = FaultHarness()
    play.order(
        status=500, method="POST", path="/messages*", exceptPath="*/secret", token="bot", times=0
    )

    assert play.struck(method, path, token) is struck


def test_the_whole_path_may_be_named():
    play = FaultHarness()
    play.order(path="/wdm/api/v1/*", status=503)

    assert play.struck("POST", "/wdm/api/v1/devices", "bot")


def test_each_path_may_be_counted_by_itself():
    play = FaultHarness()
    play.order(path="/messages/*", status=404, eachPath=True)

    assert play.pattern(2, "/v1/messages/a") == "x."
    assert play.pattern(2, "/v1/messages/b") == "x."


def test_the_seed_makes_random_faults_reproducible():
    def pattern(seed: int) -> str:
        play = FaultHarness(seed)
        play.order(status=500, probability=0.2)
        return play.pattern(100)

    assert pattern(7) == pattern(7) != pattern(8)
    assert 5 < pattern(7).count("x") < 40


def test_only_one_fault_sets_the_answer():
    play = FaultHarness()
    play.order(status=500)
    play.order(status=429)
    play.order(what="slow", latency=0.5)

    first, second = (play.faults.faults_for_call("GET", "/v1/rooms", "bot") for _ in range(2))

    assert [(fault.status, fault.latency) for fault in first] == [(500, 0), (None, 0.5)]
    assert [(fault.status, fault.latency) for fault in second] == [(429, 0), (None, 0.5)]


def test_a_window_opens_and_closes_on_the_clock():
    play = FaultHarness()
    fault = play.order(what="outage", at=5, lasts=30)
    observed = [(play.struck(), fault.state(play.clock.now()))]
    for seconds in (5, 29.9, 0.1):
        play.advance(seconds)
        observed.append((play.struck(), fault.state(play.clock.now())))

    assert observed == [(False, "waiting"), (True, "on"), (True, "on"), (False, "over")]
    assert [act.name for act in play.done] == ["drop"]
    assert fault.when.ends == NOW + timedelta(seconds=35)


def test_a_window_may_open_again_and_again():
    play = FaultHarness()
    play.order(what="unavailable", lasts=2, every=10)
    observed = ""
    for _ in range(12):
        observed += play.pattern(1)
        play.advance(2)

    assert observed == "x....x....x."


def test_an_action_runs_at_its_time_and_again():
    play = FaultHarness()
    once = play.order(what="drop", at=3)
    play.order(what="close", every=10, code=4000)
    for _ in range(4):
        play.advance(5)

    assert [act.name for act in play.done] == ["close", "drop", "close", "close"]
    assert once.state(play.clock.now()) == "over"
    assert play.done[0].arguments == {"code": 4000}


def test_the_number_of_actions_can_be_limited():
    play = FaultHarness()
    fault = play.order(what="drop", every=1, times=2)
    for _ in range(5):
        play.advance(1)

    assert len(play.done) == fault.hits == 2


def test_a_removed_fault_has_no_effect():
    play = FaultHarness()
    fault = play.order(what="drop", at=3)
    play.order(status=500, times=0)

    assert play.faults.remove(fault.id)
    play.faults.clear()
    play.advance(5)

    assert (play.done, play.struck(), list(play.faults)) == ([], False, [])
    assert not play.faults.remove(fault.id)


def test_finished_faults_are_dropped_eventually():
    play = FaultHarness()
    for _ in range(500):
        play.order(what="drop")

    assert len(list(play.faults)) < 250


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        ({"what": "rain"}, "fault 3: 'what' must be one of call, too_many_requests"),
        ({"what": 5}, "fault 3: 'what' must be one of"),
        ({"stauts": 500}, "fault 3 (call) has no 'stauts'. It may have: after, after_commit"),
        (
            {"status": "500"},
            "fault 3 (call): 'status' must be an HTTP status from 200 to 599, not '500'.",
        ),
        ({"probability": 2}, "fault 3 (call): 'probability' must be a number from 0 to 1, not 2."),
        ({"nth": True}, "fault 3 (call): 'nth' must be a whole number, 1 or more, not True."),
        ({"what": "press", "title": "OK"}, "fault 3 (press) needs 'people'."),
        ({"at": 1, "after": 1}, "fault 3 (call) has both 'at' and 'after'; use only one of them."),
    ],
)
def test_an_invalid_fault_is_refused_with_place_and_reason(order: Mapping[str, Any], sentence: str):
    with pytest.raises(InvalidDefinition) as refused:
        parse_fault(order, "fault 3")

    assert str(refused.value).startswith(sentence)


def test_every_field_that_can_be_ordered_has_a_rule():
    assert {name for kind in FAULT_KINDS.values() for name in kind.takes} <= RULES.keys()
