"""Two processes on PostgreSQL: whatever becomes of the one that leads, the other one goes on."""

import base64
import re
import signal
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys import cards
from tests.journeys.approving import ask_for_network, card_of, heard
from tests.journeys.crash import NEVER, trail_is_whole
from tests.journeys.database_line import State
from tests.journeys.replicas import Replica, Replicas, replicated
from tests.journeys.world import ANA, AWAY, ELI, TOM, VERA, Json, until

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

KEY = base64.urlsafe_b64encode(b"replicas" * 4).decode()
LIMITED = {"what": "too_many_requests", "retryAfter": 8}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Replicas]:
    """The world of this module."""
    folder = tmp_path_factory.mktemp("world")
    async with replicated(folder, PROVBOT_KEY=KEY, PROVBOT_FOLLOW_MINUTES="60") as world:
        await world.client.phone_settings(wait_for_plug=True)
        yield world


@pytest_asyncio.fixture(loop_scope="module")
async def world(shared: Replicas) -> AsyncIterator[Replicas]:
    """One process leads, the other one is ready."""
    await shared.start()
    yield shared
    await shared.client.clear_faults()
    await shared.at_rest()
    shared.check()
    await trail_is_whole(shared)


async def results(world: Replicas, person: str, after: int, text: str) -> list[Json]:
    return [answer for answer in await world.answers(person, after) if text in answer["text"]]


async def test_only_one_leads_and_the_other_is_ready_and_says_so(world: Replicas):
    leader, standby = await world.both()
    assert "11 devices" in (await world.say(VERA, "devices"))["text"]
    assert (await standby.checks())["role"] == "standby"
    assert "provbot_leader 0.0" in await standby.ask("metrics")
    assert "provbot_leader 1.0" in await leader.ask("metrics")
    assert "connected" in leader.events()
    assert "connected" not in standby.events()
    assert len((await world.client.sockets())["devices"]) == 1
    (lease,) = world.rows("select holder from lease")
    assert leader.process
    assert lease["holder"].endswith(f":{leader.process.pid}")


async def adds(world: Replicas, mac: str, owner: str = "bob") -> Json:
    """The plan of a new phone. Those of one owner are added one after another."""
    return await world.say(TOM, f"add phone {mac} 8865 for {owner}@acme.example")


async def confirmed(world: Replicas, plan: Json, **fault: Any) -> None:
    """Press Confirm; returns when the call of the change meets that fault."""
    call = world.sandbox.fault(method="POST", path="/devices", times=1, **fault)
    await world.client.press(TOM, plan["id"], "Confirm")

    async def is_under_way() -> bool:
        return call.seen > 0

    await until(is_under_way, "the change was on its way")


async def added_once(world: Replicas, plan: Json, mac: str) -> None:
    """The phone is there, and its requester was told so once."""
    told = await results(world, TOM, plan["seq"], ":".join(re.findall("..", mac)))
    assert len([each for each in told if "now belongs to" in each["text"]]) == 1
    assert len(await world.devices(mac)) == 1
    assert world.state(cards.code_of(plan)) == "done"


async def statuses(world: Replicas, after: int, mac: str) -> list[int]:
    """What Webex answered to the calls that add that phone."""
    calls = await world.changes(after)
    return [call["status"] for call in calls if call["body"].get("mac") == mac]


async def test_killed_it_is_followed_by_the_other_which_does_everything_once(world: Replicas):
    leader, standby = await world.both()
    lost = await adds(world, "D82E3EEF6300", "bob")
    arrived = await adds(world, "D82E3EEF6301", "hugo")
    pressed = await adds(world, "D82E3EEF6302", "kim")
    seq = await world.client.seq()
    await confirmed(world, lost, latency=NEVER, drop=True)
    await confirmed(world, arrived, latency=0.5)
    await leader.end(signal.SIGKILL)
    await until(world._is_offline, "Webex noticed that it is gone")
    question = await world.client.say(VERA, "whoami")
    await world.client.press(TOM, pressed["id"], "Confirm")
    await world.led_by(standby)

    await added_once(world, arrived, "D82E3EEF6301")
    await added_once(world, lost, "D82E3EEF6300")
    assert await statuses(world, seq, "D82E3EEF6301") == [200]
    assert await statuses(world, seq, "D82E3EEF6300") == [200]
    assert len(await results(world, VERA, question["seq"], "Roles: viewer")) == 1
    # Webex keeps no press for later.
    missed = await told_of_gap(world, TOM, seq)
    assert "If you pressed a button of" in missed["text"]
    assert "D8:2E:3E:EF:63:02" in missed["text"]
    assert "now belongs to Kim" in (await world.press(TOM, pressed, "Confirm"))["text"]


async def told_of_gap(world: Replicas, person: str, after: int) -> Json:
    """The note on presses that got no answer; it comes once."""

    def is_note(message: Json) -> bool:
        return bool(message["text"].startswith(AWAY))

    await world.answer(person, after, where=is_note)
    (note,) = await world.answers(person, after, where=is_note)
    return note


def freeze(leader: Replica) -> None:
    """The machine stands still."""
    leader.send(signal.SIGSTOP)


def thaw(leader: Replica) -> None:
    """It goes on as if no time had passed."""
    leader.send(signal.SIGCONT)


WAYS: dict[str, tuple[Callable[[Replica], None], Callable[[Replica], None]]] = {
    "frozen": (freeze, thaw),
    "cut off": (lambda each: each.line.set(State.CUT), lambda each: each.line.set(State.WHOLE)),
    "unheard": (lambda each: each.line.set(State.SILENT), lambda each: each.line.set(State.WHOLE)),
}


@pytest.mark.parametrize("way", WAYS)
async def test_an_ex_leader_sends_nothing_more_and_ends(world: Replicas, way: str):
    """It had begun a change, which Webex's rate limit held back."""
    leader, standby = await world.both()
    lose, find = WAYS[way]
    mac = f"D82E3EEF631{[*WAYS].index(way)}"
    plan = await adds(world, mac)
    await world.at_rest()
    seq = await world.client.seq()
    await confirmed(world, plan, **LIMITED)
    lose(leader)
    question = await world.client.say(VERA, "whoami")
    await world.led_by(standby)
    await until_done(world, plan)
    before = len(await world.client.calls(seq))
    find(leader)

    assert await leader.ended() == 1
    assert "lease_lost" in leader.events()[-2:]  # a broken socket may be noted after it
    await added_once(world, plan, mac)
    assert await statuses(world, seq, mac) == [429, 200]
    assert len(await results(world, VERA, question["seq"], "Roles: viewer")) == 1
    after = [call for call in (await world.client.calls(seq))[before:] if call["method"] != "GET"]
    assert [call for call in after if call["path"].endswith("/devices")] == []
    assert len((await world.client.sockets())["devices"]) == 1


async def until_done(world: Replicas, plan: Json) -> None:
    """Wait until the request of that plan is done."""

    async def is_done() -> bool:
        return world.state(cards.code_of(plan)) == "done"

    await until(is_done, "the request was done")


async def test_frozen_and_stopped_it_leaves_the_registration_to_its_successor(world: Replicas):
    leader, standby = await world.both()
    leader.send(signal.SIGSTOP)
    await world.led_by(standby)
    leader.send(signal.SIGTERM)
    leader.send(signal.SIGCONT)
    await leader.ended()
    assert await standby.leads()
    assert len((await world.client.sockets())["devices"]) == 1
    assert "Roles: viewer" in (await world.say(VERA, "whoami"))["text"]


PHONES = 20


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_a_list_goes_on_when_another_process_leads(world: Replicas, number: signal.Signals):
    leader, standby = await world.both()
    crowd = await world.client.crowd(people=2 * PHONES)
    macs = [f"02AB{number:04X}{row:04X}" for row in range(PHONES)]
    owners = [person["email"] for person in crowd["people"] if person["calling"]]
    lines = [f"{mac},8865,{owner}" for mac, owner in zip(macs, owners, strict=False)]
    assert len(lines) == PHONES
    content = "\n".join(["MAC,Model,Owner", *lines]).encode()
    sent = await world.client.send_file(ELI, "phones.csv", content)
    plan = await world.answer(
        ELI, sent["seq"], where=lambda each: cards.has_button(each, "Confirm")
    )
    seq = await world.client.seq()
    world.sandbox.fault(method="POST", path="/devices", times=0, latency=0.2)
    await world.client.press(ELI, plan["id"], "Confirm")

    async def has_begun() -> bool:
        return len(await world.changes(seq)) >= 3

    await until(has_begun, "some phones were added")
    leader.send(number)
    await world.led_by(standby)
    assert await leader.ended() == (0 if number == signal.SIGTERM else -number)

    await until_done(world, plan)
    await world.at_rest()
    for mac in macs:
        assert len(await world.devices(mac)) == 1
        assert await statuses(world, seq, mac) == [200]
    assert len(await results(world, ELI, seq, f"Added {PHONES} phones")) == 1


async def test_what_waits_for_people_waits_on(world: Replicas):
    """An approval with a secret, pressed while nobody leads, and a phone that is plugged in."""
    leader, standby = await world.both()
    world.said_in_secret.add("7391")
    phone = await adds(world, "D82E3EEF6320")
    await world.press(TOM, phone, "Confirm")
    code = cards.code_of(await ask_for_network(world, TOM, "Ash", code="7391"))
    card = await card_of(world, ANA, code)
    await world.at_rest()
    seq = await world.client.seq()
    await leader.end(signal.SIGKILL)
    await until(world._is_offline, "Webex noticed that it is gone")
    await world.client.press(ANA, card["id"], "Approve")
    await world.client.plug("D82E3EEF6320")
    await world.led_by(standby)

    missed = await told_of_gap(world, ANA, seq)
    assert code in missed["text"]
    await world.client.press(ANA, card["id"], "Approve")
    await heard(world, TOM, "The DECT network Ash was created", after=seq)
    await heard(world, TOM, "✓ Bob Keller's 8865 is registered, ", after=seq)
    await world.at_rest()
    assert [call["status"] for call in await world.changes(seq)] == [201]
    assert world.rows("select * from secrets") == []
