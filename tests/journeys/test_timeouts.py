"""Webex takes longer than the half minute we give it. One journey, because it takes that long."""

import asyncio

import pytest

from tests.journeys import cards
from tests.journeys.world import TOM, VERA, World, settled

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOO_LONG = 31.0  # seconds; a call is given up after 30
PATIENT = 60.0


async def test_slow_reads_are_retried_and_slow_changes_looked_up(world: World):
    plan = await world.say(TOM, "add phone D82E3EEF6301 8865 for bob@acme.example")
    await world.client.fault(method="POST", path="/devices", latency=TOO_LONG)
    await world.client.fault(method="GET", path="/devices", latency=TOO_LONG)
    pressed = await world.client.press(TOM, plan["id"], "Confirm")
    sent = await world.client.say(VERA, "devices erin")

    result, listing = await asyncio.gather(
        world.client.reply(
            TOM,
            after=pressed["seq"],
            timeout=PATIENT,
            where=lambda message: "now belongs to" in message.get("text", ""),
        ),
        world.client.reply(VERA, after=sent["seq"], timeout=PATIENT, where=settled),
    )

    assert "D8:2E:3E:EF:63:01 now belongs to Bob Keller" in result["text"]
    assert len(await world.devices("D82E3EEF6301")) == 1
    assert len(await world.changes(pressed["seq"])) == 1
    assert world.state(cards.code_of(plan)) == "done"
    assert "2 devices" in listing["text"]
