"""Webex refuses single calls with the bot's own token: the person is still answered."""

import asyncio
import time

import pytest

from tests.database import locked
from tests.journeys.approving import heard
from tests.journeys.cards import code_of
from tests.journeys.world import TOM, VERA, World, in_progress, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def pace() -> dict[str, str]:
    """The bot is soon certain that Webex refuses its token."""
    return {"TESTS_INTERVALS_BY": "10"}


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/messages/*"), ("POST", "/messages"), ("GET", "/people/me")]
)
async def test_a_stray_401_costs_only_a_moment(world: World, method: str, path: str):
    await world.client.fault(method=method, path=path, status=401)

    assert "Roles: viewer" in (await world.say(VERA, "whoami"))["text"]
    await world.client.clear_faults()


async def test_a_press_that_webex_refuses_once_to_return_is_handled(world: World):
    plan = await world.say(TOM, "add phone D82E3EEF9101 8865 for bob@acme.example")
    await world.client.fault(method="GET", path="/attachment/actions/*", status=401)

    result = await world.press(TOM, plan, "Confirm")

    assert "now belongs to Bob Keller" in result["text"]
    assert len(await world.devices("D82E3EEF9101")) == 1


async def test_an_invalid_token_ends_the_process_although_the_socket_is_open(fresh: World):
    await fresh.client.fault(method="*", path="*", status=401, times=0, token="bot")
    began = time.monotonic()
    await fresh.client.say(VERA, "whoami")

    async with asyncio.timeout(30):
        assert await fresh.ended() == 3

    assert time.monotonic() - began < 30
    assert "does not accept WEBEX_BOT_TOKEN any more" in fresh.log.read_text()


async def test_a_message_that_webex_returns_three_seconds_late_is_answered(world: World):
    fault = await world.client.fault(method="GET", path="/messages/*", status=404, times=0)
    message = await world.client.say(VERA, "whoami")
    await asyncio.sleep(3)
    await world.client.end_fault(fault)

    assert "Roles: viewer" in (await world.answer(VERA, message["seq"]))["text"]


async def test_a_press_that_webex_returns_three_seconds_late_is_handled(world: World):
    plan = await world.say(TOM, "add phone D82E3EEF9102 8865 for bob@acme.example")
    fault = await world.client.fault(
        method="GET", path="/attachment/actions/*", status=404, times=0
    )
    pressed = await world.client.press(TOM, plan["id"], "Confirm")
    await asyncio.sleep(3)
    await world.client.end_fault(fault)

    result = await world.answer(TOM, pressed["seq"])
    assert "now belongs to Bob Keller" in result["text"]
    assert len(await world.devices("D82E3EEF9102")) == 1


async def test_a_press_during_a_database_lock_of_eight_seconds_is_handled(world: World):
    plan = await world.say(TOM, "add phone D82E3EEF9103 8865 for bob@acme.example")
    await world.at_rest()
    with locked(world.database):
        pressed = await world.client.press(TOM, plan["id"], "Confirm")
        await asyncio.sleep(8)

    result = await world.answer(TOM, pressed["seq"])
    assert "now belongs to Bob Keller" in result["text"]
    assert len(await world.devices("D82E3EEF9103")) == 1


async def test_a_press_that_was_not_stored_before_a_kill_is_asked_for_and_done_once(fresh: World):
    await fresh.say(TOM, "add phone D82E3EEF9104 8865 for bob@acme.example")
    await fresh.at_rest()
    plan = await fresh.say(TOM, "add phone D82E3EEF9105 8865 for bob@acme.example")
    await fresh.at_rest()
    seq = await fresh.client.seq()

    async def is_in_memory_only() -> bool:
        return "event_kept_in_memory" in fresh.log.read_text()

    with locked(fresh.database):
        await fresh.client.press(TOM, plan["id"], "Confirm")
        await until(is_in_memory_only, "the bot gave up waiting for the database")
        await fresh.kill()
    await fresh.start()

    # Webex delivers once more what was not acknowledged: before or after that, or it never does.
    await heard(fresh, TOM, "please press it again", after=seq)
    await fresh.say(TOM, f"confirm {code_of(plan)}")
    await fresh.at_rest()
    assert len(await fresh.devices("D82E3EEF9105")) == 1


async def test_a_slow_command_shows_progress(world: World):
    await world.client.fault(method="GET", path="/devices", latency=4)
    message = await world.client.say(VERA, "devices erin")

    line = await world.answer(VERA, message["seq"], where=in_progress)
    assert line["text"] == "⏳ Looking that up …"
    assert "2 devices" in (await world.answer(VERA, message["seq"]))["text"]
    await world.gone(VERA, line)
