"""The log has a line for each event and each run, with ids and durations, and no text of people."""

import json

import pytest

from tests.journeys.cards import code_of
from tests.journeys.world import SAM, TOM, VERA, Json, World, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALWAYS = {
    "activity",
    "kind",
    "space",
    "outcome",
    "queued_ms",
    "total_ms",
    "calls",
    "api_ms",
    "limited_ms",
    "retries",
    "tracking_ids",
    "part",
    "event",
    "level",
    "timestamp",
}


def lines(world: World, event: str) -> list[Json]:
    """What was logged under that name."""
    entries = [json.loads(line) for line in world.log.read_text().splitlines()]
    return [request for request in entries if request["event"] == event]


async def test_each_event_is_a_line_with_outcome_and_duration(fresh: World):
    seq = await fresh.client.seq()
    plan = await fresh.say(TOM, "add phone D82E3EEF7E01 8865 for bob@acme.example")
    code = code_of(plan)
    await fresh.client.fault(
        method="POST", path="*validateMacs*", status=429, headers={"Retry-After": "1"}, times=1
    )
    await fresh.press(TOM, plan, "Confirm")
    await fresh.client.fault(method="GET", path="/devices", status=503, times=1)
    await fresh.say(VERA, "devices erin")
    await fresh.say(SAM, "xyzzy plugh")
    await fresh.at_rest()

    # The line is written after the answer was noted, and that after the last call.
    async def all_four() -> list[Json] | None:
        entries = lines(fresh, "event")
        return entries if len(entries) == 4 else None

    events = await until(all_four, "each of four events has its line")

    rows = fresh.rows("select id from events where handled_at is not null")
    assert sorted(event["activity"] for event in events) == sorted(row["id"] for row in rows)
    assert all(event.keys() >= ALWAYS for event in events)
    typed, pressed, asked, stranger = events
    assert [event["outcome"] for event in events] == ["answered", "answered", "answered", "denied"]
    assert [event.get("what") for event in events] == ["add phone", None, "devices", "unknown"]
    assert typed["request"] == pressed["request"] == code
    assert (typed["kind"], pressed["kind"], typed["space"]) == ("message", "card_action", "direct")
    assert typed["person"] == pressed["person"] != asked["person"]
    for line in events:
        assert 0 <= line["queued_ms"] <= line["first_reply_ms"] <= line["total_ms"]
        assert line["api_ms"] <= line["total_ms"]
    assert 900 <= pressed["limited_ms"] <= pressed["total_ms"]
    assert (pressed["retries"], asked["retries"], stranger["retries"]) == (1, 1, 0)
    # What was said, the account, the name of the admin, and the answer.
    assert stranger["calls"] == 4

    made = {call["tracking_id"] for call in await fresh.client.calls(seq)}
    for event in events:
        assert len(event["tracking_ids"]) == event["calls"]
        assert set(event["tracking_ids"]) <= made
    (run,) = lines(fresh, "run")
    assert (run["request"], run["what"], run["state"]) == (code, "add phone", "done")
    assert run["calls"] >= 1
    assert "outcome" not in run


async def test_the_log_holds_no_text_of_people(fresh: World):
    await fresh.say(TOM, "add phone D82E3EEF7E02 8865 for bob@acme.example")
    await fresh.say(VERA, "devices quetzalcoatl")
    await fresh.say(SAM, "xyzzy plugh")
    await fresh.at_rest()

    log = fresh.log.read_text()

    for word in ("D82E3EEF7E02", "bob@", "quetzalcoatl", "xyzzy", "plugh", "tom@", "Bob Keller"):
        assert word not in log


async def test_each_call_is_a_line_at_debug_level(fresh: World):
    assert lines(fresh, "call") == []
    await fresh.stop()
    fresh._env["PROVBOT_LOG_LEVEL"] = "debug"
    await fresh.start()
    await fresh.say(VERA, "devices")

    calls = lines(fresh, "call")

    assert ("GET", "devices", 200) in [
        (call["method"], call["path"], call["status"]) for call in calls
    ]
    assert all(call["level"] == "debug" and call["tracking_id"] for call in calls)
