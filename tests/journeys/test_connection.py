"""The connection: lost, refused, drained, dead; found again, and nothing said meanwhile is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat import events, reconnect
from bot.chat.listener import Listener, ListenerCallbacks
from bot.webex.client import ssl_context
from bot.webex.http_client import MayNotSend
from sandbox.faults.parser import activate_fault, parse_fault
from sandbox.ids import key_of
from sandbox.server import Sandbox
from tests.journeys import cards
from tests.journeys.approving import card_of
from tests.journeys.world import ANA, ELI, TOM, VERA, Json, World, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONNECTED = '"event": "connected"'
SOON = 0.05  # seconds


@pytest.fixture(scope="module")
def pace() -> dict[str, str]:
    """The bot connects again soon."""
    return {"TESTS_INTERVALS_BY": "10"}


def connections(world: World) -> int:
    """How often the bot has connected so far."""
    return world.log.read_text().count(CONNECTED)


async def again_online(world: World, before: int) -> None:
    """Wait until the bot has connected once more."""

    async def is_online() -> bool:
        return connections(world) > before and (await world.client.settings())["botOnline"]

    await until(is_online, "the bot was connected again")


async def answers_still(world: World) -> None:
    """Fail if the bot does not get a message."""
    assert "viewer" in (await world.say(VERA, "whoami"))["text"]


async def registrations(world: World) -> int:
    """How many the bot has."""
    return len((await world.client.sockets())["devices"])


@pytest.mark.parametrize("action", [{"action": "drop"}, {"action": "close", "code": 1000}])
async def test_it_reconnects_after_a_disconnection(world: World, action: Json):
    before = connections(world)

    await world.client.mercury(**action)

    await again_online(world, before)
    await answers_still(world)
    assert await registrations(world) == 1


async def test_with_too_many_registrations_it_keeps_trying(fresh: World):
    await fresh.stop()
    await fresh.client.fault(what="device_cap", times=3)

    await fresh.start()

    await answers_still(fresh)


async def test_messages_during_an_outage_are_answered_once_afterwards(fresh: World):
    await fresh.say(TOM, "whoami")
    room = await fresh.client.room(ELI, "Phone rollout")
    before = connections(fresh)
    await fresh.client.mercury("offline")
    seq = await fresh.client.seq()
    await fresh.client.say(TOM, "whoami")
    await fresh.client.say(TOM, "devices 8845")
    await fresh.client.say(VERA, "help")
    await fresh.client.say(ELI, "whoami", roomId=room, mention=True)
    await fresh.client.say(ELI, "lunch, anybody?", roomId=room)  # not for us

    await fresh.client.mercury("online")
    await again_online(fresh, before)

    await fresh.answer(ELI, seq, room=room, where=lambda message: "engineer" in message["text"])
    await fresh.answer(VERA, seq, where=lambda message: "What I can do" in message["text"])
    await fresh.answer(TOM, seq, where=lambda message: "8845" in message["text"])
    texts = [answer["text"] for answer in await fresh.answers(TOM, seq)]
    assert len(texts) == 2
    assert "technician" in texts[0]  # in the order of asking
    assert len(await fresh.answers(ELI, seq, room)) == 1


async def test_messages_during_downtime_are_answered_by_the_next_process(fresh: World):
    await fresh.say(TOM, "whoami")
    await fresh.at_rest()
    await fresh.kill()
    seq = await fresh.client.seq()
    await fresh.client.say(TOM, "add phone D82E3EEF7B01 8865 for bob@acme.example")

    await fresh.start()
    plan = await fresh.answer(
        TOM, seq, where=lambda message: cards.is_plan_for(message, "D82E3EEF7B01")
    )

    await fresh.press(TOM, plan, "Confirm")
    assert len(await fresh.devices("D82E3EEF7B01")) == 1


async def test_messages_before_the_very_first_start_are_ignored(fresh: World):
    await fresh.stop()
    fresh.write("delete from marks")
    fresh.write("delete from events")
    await fresh.start()
    seq = await fresh.client.seq()

    await answers_still(fresh)

    assert len(await fresh.answers(VERA, seq)) == 1


async def test_late_answers_say_so_and_very_late_ones_ask_for_a_repetition(fresh: World):
    await fresh.say(TOM, "whoami")
    await fresh.stop()
    seq = await fresh.client.seq()
    old = await fresh.client.say(TOM, "devices")
    late = await fresh.client.say(VERA, "whoami")
    for sent, hours in ((old, 30), (late, 3)):
        message = fresh.sandbox.cloud.chat._messages[key_of(sent["id"], "MESSAGE")]
        message.created -= timedelta(hours=hours)
    fresh.write("update marks set heard_until = heard_until - 200000")

    await fresh.start()

    answer = await fresh.answer(TOM, seq)
    assert "That is too long ago to act on: please ask again" in answer["text"]
    first = await fresh.answer(VERA, seq)
    assert first["text"].startswith("You asked ")  # early in the day, it was yesterday
    assert "I was away until now" in first["text"]
    assert "viewer" in (await fresh.answer(VERA, first["seq"]))["text"]
    assert len(await fresh.answers(TOM, seq)) == 1


async def test_people_whose_press_may_be_lost_are_told_and_the_card_works(fresh: World):
    plan = await fresh.say(ELI, "add phone D82E3EEF7B02 8865 for bob@acme.example")
    waiting = await fresh.press(ELI, await fresh.say(ELI, "delete device 001122334455"), "Confirm")
    code, other = cards.code_of(plan), cards.code_of(waiting)
    approval = await card_of(fresh, ANA, other)
    await fresh.at_rest()
    await fresh.kill()
    seq = await fresh.client.seq()
    await fresh.client.press(ELI, plan["id"], "Confirm")
    await fresh.client.press(ANA, approval["id"], "Approve")
    fresh.write("update marks set heard_until = heard_until - 600")

    await fresh.start()

    answer = await fresh.answer(ELI, seq, where=lambda message: "I was away" in message["text"])
    assert code in answer["text"]
    assert other in answer["text"]
    asked = await fresh.answer(ANA, seq, where=lambda message: "I was away" in message["text"])
    assert other in asked["text"]
    await fresh.press(ELI, plan, "Confirm")
    assert len(await fresh.devices("D82E3EEF7B02")) == 1
    await fresh.client.press(ANA, approval["id"], "Approve")
    await fresh.answer(ELI, seq, where=lambda message: "was deleted" in message["text"])


async def test_a_short_restart_is_not_announced(fresh: World):
    plan = await fresh.say(TOM, "add phone D82E3EEF7B03 8865 for bob@acme.example")
    await fresh.stop()
    seq = await fresh.client.seq()

    await fresh.start()
    await fresh.press(TOM, plan, "Cancel")

    assert not [
        answer for answer in await fresh.answers(TOM, seq) if "I was away" in answer["text"]
    ]


async def test_a_drained_socket_is_replaced_without_losing_events(world: World):
    before = connections(world)
    seq = await world.client.seq()

    await world.client.mercury("shutdown", seconds=1.0)
    await world.client.say(VERA, "whoami")
    await again_online(world, before)
    await answers_still(world)

    assert len(await world.answers(VERA, seq)) == 2


@pytest.mark.parametrize("size", [2 * 2**20, 20 * 2**20])
async def test_a_huge_frame_does_no_harm(world: World, size: int):
    await world.client.mercury("huge_frame", bytes=size)

    await answers_still(world)


async def test_it_deletes_its_registration_at_the_end(fresh: World):
    assert await registrations(fresh) == 1

    await fresh.stop()

    assert await registrations(fresh) == 0


async def test_many_kills_leave_one_registration(fresh: World):
    for _ in range(3):
        await fresh.kill()
        await fresh.start()

    assert await registrations(fresh) == 1


async def test_a_revoked_token_ends_it_when_webex_closes_the_socket(fresh: World):
    fresh.sandbox.cloud.tokens.revoke(fresh.sandbox.env["WEBEX_BOT_TOKEN"])

    await fresh.client.mercury("close", code=4401, reason="Authorization failed")

    assert await fresh.ended() == 3
    assert "Webex does not accept WEBEX_BOT_TOKEN" in fresh.log.read_text()


# What takes a minute to be noticed is tried with the listener alone, which is told to be impatient.


class Heard:
    """Ears that remember."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.received: list[events.Event] = []
        self.connections = 0
        self.may_lead = True
        self.callbacks = ListenerCallbacks(
            sandbox.cloud.bot_key,
            self._take,
            self._connected,
            lambda: None,
            self._lives,
            self._leads,
        )

    async def _take(self, event: events.Event) -> None:
        self.received.append(event)

    def _connected(self) -> None:
        self.connections += 1

    async def _lives(self) -> bool:
        return True

    async def _leads(self) -> None:
        if not self.may_lead:
            raise MayNotSend("The database does not say whether this process still leads.")


@asynccontextmanager
async def listening(sandbox: Sandbox) -> AsyncIterator[tuple[Heard, Listener]]:
    """The listener and what it hears."""
    listener = await Listener.open(
        sandbox.env["WEBEX_BOT_TOKEN"],
        name="provbot-test",
        u2c_url=sandbox.u2c_url,
        context=ssl_context(Path(sandbox.ca_file)),
    )
    listener.ping_interval, listener.silence_timeout = 0.5, 1.5
    heard = Heard(sandbox)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reconnect, "MIN_WAIT", SOON)
        task = asyncio.create_task(listener.listen(heard.callbacks))
        try:
            await reached(heard, 1)
            yield heard, listener
        finally:
            task.cancel()
            await asyncio.wait([task])


async def reached(heard: Heard, times: int) -> None:
    """Wait for so many connections."""

    async def is_reached() -> bool:
        return heard.connections >= times

    await until(is_reached, f"it connected {times} times")


async def test_the_registration_stays_where_another_process_may_use_it():
    async with Sandbox() as sandbox:
        async with listening(sandbox) as (heard, _):
            heard.may_lead = False
        assert len((await sandbox.client.sockets())["devices"]) == 1
        async with listening(sandbox):
            assert len((await sandbox.client.sockets())["devices"]) == 1
        assert (await sandbox.client.sockets())["devices"] == []


async def test_nothing_is_left_that_calls_the_commercial_cloud_with_the_token():
    async with Sandbox() as sandbox, listening(sandbox) as (_, listener):
        assert listener.teams is None


async def hears(sandbox: Sandbox, heard: Heard) -> None:
    """What is said now arrives."""
    known = len(heard.received)

    async def is_heard() -> bool:
        return len(heard.received) > known

    await sandbox.client.say(TOM, "hello")
    await until(is_heard, "it was heard")


@pytest.mark.parametrize("code", [1000, 1001, 1003, 1008, 1011, 4001, 4401, 4403, 4404, 4999])
async def test_it_reconnects_after_any_close_code(code: int):
    async with Sandbox() as sandbox, listening(sandbox) as (heard, _):
        await sandbox.client.mercury("close", code=code, reason="idle")
        await reached(heard, 2)
        await hears(sandbox, heard)
        assert len((await sandbox.client.sockets())["devices"]) == 1


@pytest.mark.parametrize(
    "fault",
    [
        *({"what": "handshake", "status": status} for status in (401, 403, 404, 429, 500, 503)),
        {"what": "accept_then_close", "code": 4401, "times": 1},
        {"what": "accept_then_close", "code": 1006, "times": 2},
    ],
)
async def test_a_refused_reconnection_is_retried(fault: Json):
    async with Sandbox() as sandbox, listening(sandbox) as (heard, _):
        await sandbox.client.fault(**fault)
        await sandbox.client.mercury("drop")
        await reached(heard, 2)
        await hears(sandbox, heard)
        assert len((await sandbox.client.sockets())["devices"]) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 429, "retryAfter": 1},
        {"status": 503},
        {"drop": True},
        {"text": "oops", "status": 200},
        {"body": {}, "status": 200},
    ],
)
async def test_a_failed_registration_is_retried(fault: Json):
    async with Sandbox() as sandbox, listening(sandbox) as (heard, listener):
        await sandbox.client.fault(path="/wdm/*", times=2, **fault)
        listener.reregister()
        await reached(heard, 2)
        await hears(sandbox, heard)


@pytest.mark.parametrize("action", ["stall", "drop"])
async def test_an_open_but_dead_socket_is_detected(action: str):
    async with Sandbox() as sandbox, listening(sandbox) as (heard, _):
        await sandbox.client.mercury(action)
        await reached(heard, 2)
        await hears(sandbox, heard)


@pytest.mark.parametrize("what", ["half_open", "no_buffer_state"])
async def test_a_connection_that_begins_badly_is_given_up(what: str):
    async with Sandbox() as sandbox, listening(sandbox) as (heard, _):
        order = parse_fault({"what": what, "times": 1}, "A fault")
        activate_fault(order, sandbox.cloud.faults, sandbox.cloud.clock.now(), "test")
        await sandbox.client.mercury("drop")
        await reached(heard, 2)
        await hears(sandbox, heard)


async def test_a_registration_without_events_is_replaced():
    async with Sandbox() as sandbox, listening(sandbox) as (heard, listener):
        (old,) = (await sandbox.client.sockets())["devices"]
        listener.reregister()
        await reached(heard, 2)
        await hears(sandbox, heard)
        (new,) = (await sandbox.client.sockets())["devices"]
        assert new["id"] != old["id"]


async def test_a_persons_very_first_message_is_not_lost_in_an_outage(fresh: World):
    before = connections(fresh)
    await fresh.client.fault(what="outage", lasts=4)
    seq = await fresh.client.seq()
    await fresh.client.say(VERA, "whoami")

    await again_online(fresh, before)

    assert "viewer" in (await fresh.answer(VERA, seq))["text"]
