"""The socket delivers events twice, in floods, or late: the bot answers each once, and cheaply."""

import asyncio
import re
import time
import uuid
from collections.abc import Awaitable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from bot.chat.progress import SHOWN_AFTER
from tests.journeys import cards
from tests.journeys.gates import held
from tests.journeys.world import (
    ADA,
    ELI,
    PATIENCE,
    TESS,
    TOM,
    VERA,
    Json,
    World,
    in_progress,
    until,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

CROWD = 60
CONNECTED = '"event": "connected"'


@pytest.fixture(scope="module")
def pace() -> dict[str, str]:
    """The bot connects again soon."""
    return {"TESTS_INTERVALS_BY": "10"}


async def bots_calls(world: World, after: int) -> list[tuple[str, str]]:
    await world.at_rest()
    calls = [call for call in await world.client.calls(after) if call["token"] == "bot"]
    return sorted((call["method"], call["path"].rpartition("/")[0]) for call in calls)


async def test_a_message_costs_one_get_and_one_post(world: World):
    await world.say(TOM, "whoami")
    await world.at_rest()
    seq = await world.client.seq()

    await world.say(TOM, "help")

    assert await bots_calls(world, seq) == [("GET", "/v1/messages"), ("POST", "/v1")]


async def test_a_press_costs_one_get_one_post_and_removing_the_card(world: World):
    form = await world.say(TOM, "add phone")
    await world.at_rest()
    seq = await world.client.seq()

    await world.press(TOM, form, "Cancel")
    await world.gone(TOM, form)

    assert await bots_calls(world, seq) == [
        ("DELETE", "/v1/messages"),
        ("GET", "/v1/attachment/actions"),
        ("GET", "/v1/people"),
        ("POST", "/v1"),
    ]


def justified() -> dict[str, tuple[int, int]]:
    """The table of the performance page: the calls of the bot and of the service app, by action."""
    page = (Path(__file__).parents[2] / "docs" / "performance.md").read_text()
    rows = re.findall(r"^\| ([^|]+) \| (\d+): [^|]+\| (\d+)(?:: [^|]+)? \|$", page, re.MULTILINE)
    return {what: (int(bot), int(service_app)) for what, bot, service_app in rows}


async def test_round_trips_match_the_performance_page(fresh: World):
    costs: dict[str, tuple[int, int]] = {}

    async def cost(what: str, doing: Awaitable[Json]) -> Json:
        await fresh.at_rest()
        seq = await fresh.client.seq()
        answer = await doing
        await fresh.at_rest()
        calls = await fresh.client.calls(seq)
        # After the start the listener lists the registrations (`/wdm`) at no fixed time.
        tokens = [call["token"] for call in calls if call["path"].startswith("/v1/")]
        costs[what] = (tokens.count("bot"), tokens.count("service_app"))
        return answer

    text = "add phone D82E3EEF59{} 8865 for bob@acme.example"
    await cost("a question such as `help`", fresh.say(TOM, "help"))
    first = await cost("`add phone …`, first time", fresh.say(TOM, text.format("01")))
    await cost("Cancel", fresh.press(TOM, first, "Cancel"))
    second = await cost(
        "`add phone …`, for the same person again", fresh.say(TOM, text.format("02"))
    )
    for number in range(3, 8):  # on a busy machine, a Confirm may take longer
        began = time.monotonic()
        await cost("Confirm", fresh.press(TOM, second, "Confirm"))
        if time.monotonic() - began < SHOWN_AFTER:
            break
        second = await fresh.say(TOM, text.format(f"{number:02}"))

    assert costs == justified()


async def test_a_slow_press_takes_two_more_calls_for_its_progress_message(fresh: World):
    plan = await fresh.say(TOM, "add phone D82E3EEF5910 8865 for bob@acme.example")
    await fresh.at_rest()
    seq = await fresh.client.seq()

    async with held(fresh, "POST", "/devices"):
        await fresh.client.press(TOM, plan["id"], "Confirm")
        await fresh.answer(TOM, seq, where=in_progress)
        await fresh.gone(TOM, plan)
    assert "now belongs to" in (await fresh.answer(TOM, seq))["text"]

    calls = await bots_calls(fresh, seq)
    assert calls.count(("POST", "/v1")) == calls.count(("DELETE", "/v1/messages")) == 2


async def test_a_press_shows_progress_before_the_facts_are_read_again(world: World):
    plan = await world.say(TOM, "add phone D82E3EEF5906 8865 for bob@acme.example")
    async with held(world, "POST", "*/validateMacs/invoke"):
        pressed = await world.client.press(TOM, plan["id"], "Confirm")
        line = await world.answer(TOM, pressed["seq"], where=in_progress)

        assert world.state(cards.code_of(plan)) == "draft"
    result = await world.answer(TOM, pressed["seq"])
    assert "now belongs to Bob Keller" in result["text"]
    await world.gone(TOM, line)


@pytest.mark.parametrize(
    ("slow", "mac"),
    [
        (("POST", "*/validateMacs/invoke"), "D82E3EEF5908"),
        (("POST", "/devices"), "D82E3EEF5909"),
    ],
    ids=["check", "change"],
)
async def test_buttons_of_a_slow_request_are_gone_before_its_end(
    world: World, slow: tuple[str, str], mac: str
):
    plan = await world.say(TOM, f"add phone {mac} 8865 for bob@acme.example")
    async with held(world, *slow):
        pressed = await world.client.press(TOM, plan["id"], "Confirm")
        await world.gone(TOM, plan)

        assert world.state(cards.code_of(plan)) in ("draft", "approved", "running")
        messages = await world.client.messages(TOM, after=pressed["seq"])
        assert [in_progress(message) for message in messages] == [True]  # stands in its place
    assert "now belongs to Bob Keller" in (await world.answer(TOM, pressed["seq"]))["text"]
    await world.at_rest()
    deleted = [
        call["path"] for call in await world.client.calls(pressed["seq"])
        if call["method"] == "DELETE" and "/messages/" in call["path"]
    ]  # fmt: skip
    assert len(deleted) == len({*deleted}) == 2  # the card and the line, each once


async def test_a_slow_check_that_fails_shows_the_plan_again(world: World):
    plan = await world.say(ADA, "delete device 00:11:22:33:44:55")
    fault = await world.client.fault(
        method="GET", path="/devices", times=0, status=403, latency=1.0
    )

    async with world.nothing_changes():
        pressed = await world.client.press(ADA, plan["id"], "Confirm")
        await world.gone(ADA, plan)
        again = await world.answer(ADA, pressed["seq"])

    assert cards.buttons(again) == ["Confirm", "Change", "Cancel"]
    assert cards.code_of(again) == cards.code_of(plan)
    assert any("Webex does not allow" in text for text in cards.warnings(again))
    await world.client.end_fault(fault)
    await world.press(ADA, again, "Cancel")


async def test_changed_facts_remove_the_progress_message(world: World):
    plan = await world.say(TOM, "add phone D82E3EEF5907 8865 for bob@acme.example")
    await world.client.place_phone("D82E3EEF5907", "DMS Cisco 8865", ownerEmail="kim@acme.example")
    async with held(world, "POST", "*/validateMacs/invoke"):
        pressed = await world.client.press(TOM, plan["id"], "Confirm")
        line = await world.answer(TOM, pressed["seq"], where=in_progress)
    form = await world.answer(TOM, pressed["seq"])

    assert "is in use by the Cisco 8865 of Kim Larsen" in form["text"]
    await world.gone(TOM, line)


async def test_an_event_delivered_twice_is_handled_once(fresh: World):
    await fresh.client.mercury("duplicate")
    seq = await fresh.client.seq()

    plan = await fresh.say(TOM, "add phone D82E3EEF5903 8865 for bob@acme.example")
    assert len(await fresh.answers(TOM, seq)) == 1
    seq = await fresh.client.seq()
    await fresh.press(TOM, plan, "Confirm")

    assert len(await fresh.answers(TOM, seq)) == 1
    assert len(await fresh.changes(seq)) == 1
    assert len(await fresh.devices("D82E3EEF5903")) == 1


async def test_a_message_that_is_deleted_at_once_breaks_nothing(fresh: World):
    fault = await fresh.client.fault(method="GET", path="/messages/*", times=0, status=404)
    message = await fresh.client.say(TOM, "help")
    await fresh.client.delete(TOM, message["id"])
    await fresh.client.end_fault(fault)

    # It is looked for during minutes, and nobody waits for it: not for the end of the bot, either.
    assert "Roles: technician" in (await fresh.say(TOM, "whoami"))["text"]
    await fresh.kill()


@pytest.mark.parametrize(
    "trouble",
    [
        {"action": "drop"},
        {"action": "close", "code": 1000},
        {"action": "close", "code": 1011},
        {"action": "close", "code": 4000},
    ],
    ids=["cut", "1000", "1011", "4000"],
)
async def test_after_losing_the_socket_the_bot_reconnects_and_answers(world: World, trouble: Json):
    before = (await world.client.sockets())["devices"]

    connections = world.log.read_text().count(CONNECTED)

    await world.client.mercury(**trouble)
    await reconnected(world, connections)

    assert "Roles: engineer" in (await world.say(ELI, "whoami"))["text"]
    after = (await world.client.sockets())["devices"]
    assert [message["id"] for message in after] == [
        message["id"] for message in before
    ]  # none is leaked


async def reconnected(world: World, connections: int) -> None:
    async def is_back() -> bool:
        return world.log.read_text().count(CONNECTED) > connections

    # After 4000, another program took its place: it waits longer.
    await until(is_back, "the bot was connected again")
    await world.client.until_online(PATIENCE)


async def test_during_an_outage_the_bot_keeps_trying(fresh: World):
    await fresh.client.mercury("offline")

    async def has_tried() -> bool:
        return fresh.log.read_text().count('"event": "connection_lost"') >= 2

    await until(has_tried, "the bot tried to connect again")
    await fresh.client.mercury("online")
    await fresh.client.until_online(PATIENCE)

    assert "Roles: technician" in (await fresh.say(TOM, "whoami"))["text"]


async def test_events_not_acknowledged_before_a_disconnection_are_answered_once(fresh: World):
    await fresh.client.mercury("stall")
    message = await fresh.client.say(VERA, "whoami")
    await fresh.client.mercury("drop")

    assert "Roles: viewer" in (await fresh.answer(VERA, message["seq"]))["text"]
    assert len(await fresh.answers(VERA, message["seq"])) == 1


def crowd(world: World) -> list[str]:
    """Sixty more people with a calling licence, as far as the cloud is concerned."""
    people = world.sandbox.cloud.people
    model = world.sandbox.cloud.person_by_email("bob@acme.example")
    assert model is not None
    for number in range(CROWD):
        person = replace(
            model, key=str(uuid.uuid4()), email=f"p{number:02}@acme.example",
            display_name=f"Person {number:02}", extension=f"7{number:03}", phone_number=None,
        )  # fmt: skip
        people[person.key] = person
    return [f"p{number:02}@acme.example" for number in range(CROWD)]


async def test_sixty_simultaneous_messages_are_each_answered_once(fresh: World):
    people = crowd(fresh)
    await fresh.access("add", "@acme.example", "technician")
    seq = await fresh.client.seq()

    await asyncio.gather(*(fresh.client.say(person, "whoami") for person in people))

    for person in people:
        (answer,) = await fresh.answers(person, seq)
        assert person in answer["text"]


async def test_thirty_people_adding_a_phone_simultaneously_each_get_one(fresh: World):
    people = crowd(fresh)[:30]
    await fresh.access("add", "@acme.example", "technician")

    async def add(number: int, person: str) -> None:
        plan = await fresh.say(person, f"add phone D82E3EEF60{number:02} 8865 for {person}")
        result = await fresh.press(person, plan, "Confirm")
        assert f"now belongs to Person {number:02}" in result["text"]

    await asyncio.gather(*(add(number, person) for number, person in enumerate(people)))

    added = [device["mac"] for device in (await fresh.client.organization())["devices"]]
    assert sorted(mac for mac in added if mac.startswith("D82E3EEF60")) == [
        f"D82E3EEF60{number:02}" for number in range(30)
    ]


async def test_changes_for_one_owner_run_one_after_another(fresh: World):
    """Webex races when one owner's devices change side by side."""
    plans = {
        who: await fresh.say(who, f"add phone D82E3EEF61{n:02} 8865 for hugo@acme.example")
        for n, who in enumerate((TOM, TESS, ELI))
    }
    await fresh.client.fault(method="POST", path="/devices", times=0, latency=0.2)
    seq = await fresh.client.seq()

    await asyncio.gather(*(fresh.press(who, plan, "Confirm") for who, plan in plans.items()))

    calls = await fresh.changes(seq)
    assert [call["status"] for call in calls] == [200, 200, 200]
    ends = [datetime.fromisoformat(call["at"]) for call in calls]
    assert all(later - sooner >= timedelta(seconds=0.19) for sooner, later in pairwise(ends))
