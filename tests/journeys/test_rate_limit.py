"""Under Webex's rate limit everybody is served, few calls are refused, and people are told."""

import asyncio
from datetime import datetime

import pytest

from bot.webex.rate_limiter import api_of
from tests.journeys import cards
from tests.journeys.world import ELI, TOM, VERA, Json, World, is_limiting, settled, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

OWNERS = (
    "bob@acme.example", "kim@acme.example", "lena@acme.example", "erin@acme.example",
    "Meeting Room South", "Lobby Lyon", "Reception Austin", "Meeting Room Lyon",
)  # fmt: skip
PER_SECOND, BURST = 10.0, 10
UNDER_WAY = 0.3  # seconds after a refusal in which calls arrive that had left before


def at(call: Json) -> float:
    return datetime.fromisoformat(call["at"]).timestamp()


def inside_a_retry_after(calls: list[Json]) -> list[Json]:
    """Calls of one token that were sent although Webex had just asked for a wait of ≥ 1 second.

    What it asks for holds for the calls of one API.
    """
    refused = [(api(call), at(call)) for call in calls if call["status"] == 429]
    return [
        call
        for call in calls
        if any(
            api(call) == limited and UNDER_WAY < at(call) - when < 0.95 for limited, when in refused
        )
    ]


def api(call: Json) -> str:
    return api_of(call["path"].removeprefix("/v1/"))


async def test_phones_for_many_owners_are_all_added_once_and_as_fast_as_allowed(fresh: World):
    await fresh.say(TOM, "add phone D82E3EEF8100 8865 for bob@acme.example")  # models are known now
    await fresh.client.rate_limit(PER_SECOND, BURST)
    seq, macs = await fresh.client.seq(), [f"D82E3EEF80{number:02X}" for number in range(8)]

    async def add(person: str, mac: str, owner: str) -> None:
        message = await fresh.client.say(person, f"add phone {mac} 8865 for {owner}")
        # The results of earlier ones arrive meanwhile.
        plan = await fresh.answer(
            person, message["seq"], where=lambda message: cards.is_plan_for(message, mac)
        )
        await fresh.client.press(person, plan["id"], "Confirm")

    for person, some in ((TOM, slice(0, 4)), (ELI, slice(4, 8))):
        for mac, owner in zip(macs[some], OWNERS[some], strict=True):
            await add(person, mac, owner)
    await fresh.at_rest()

    assert [len(await fresh.devices(mac)) for mac in macs] == [1] * 8
    calls = [call for call in await fresh.client.calls(seq) if call["token"] == "service_app"]
    assert inside_a_retry_after(calls) == []
    granted = [at(call) for call in calls if call["status"] != 429]
    assert len(granted) >= 8 * 5
    assert len(calls) <= 1.2 * len(granted)


async def test_a_person_who_waits_is_told_how_long_and_then_answered(fresh: World):
    await fresh.client.fault(
        method="GET", path="/devices", status=429, headers={"Retry-After": "9"}
    )
    sent = await fresh.client.say(VERA, "devices erin")

    message = await fresh.answer(VERA, sent["seq"], where=is_limiting)
    answer = await fresh.answer(VERA, sent["seq"])

    assert "about 10 s" in message["text"]
    assert "2 devices" in answer["text"]
    assert message["seq"] < answer["seq"]
    await fresh.gone(VERA, message)


async def test_a_refused_api_holds_up_no_other_and_who_waits_for_it_is_told(fresh: World):
    fault = await fresh.client.fault(
        path="/telephony/config/*", what="too_many_requests", retryAfter=7, times=0
    )
    seq = await fresh.client.seq()
    sent = await fresh.client.say(TOM, "add phone D82E3EEF8200 8865 for bob@acme.example")

    async def was_refused() -> bool:
        return any(call["status"] == 429 for call in await fresh.client.calls(seq))

    await until(was_refused, "Webex refused a call")
    _, listing = await asyncio.gather(fresh.say(ELI, "help"), fresh.say(VERA, "devices erin"))
    held = await fresh.client.calls(seq)
    notice = await fresh.answer(TOM, sent["seq"], where=is_limiting)
    await fresh.client.end_fault(fault)
    plan = await fresh.answer(TOM, sent["seq"], where=settled)

    assert "2 devices" in listing["text"]
    assert "about 10 s" in notice["text"]
    assert "Bob Keller" in plan["text"]
    await fresh.gone(TOM, notice)
    assert [call["path"] for call in held if call["status"] == 429] == [
        call["path"] for call in held if "/telephony/" in call["path"]
    ]
    assert (
        inside_a_retry_after(
            [call for call in await fresh.client.calls(seq) if "/telephony/" in call["path"]]
        )
        == []
    )
