"""SIGTERM: the bot finishes its work or leaves it for the next start, and everybody is told."""

import asyncio

import pytest

from tests.journeys import cards
from tests.journeys.world import TOM, VERA, Json, World, is_limiting, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOO_LONG = 19.0  # seconds; the process has twenty
ENDS_WITHIN = 21.0


async def slow_change(world: World) -> Json:
    """A change that is on its way; its plan."""
    plan = await world.say(TOM, "add phone D82E3EEF8300 8865 for bob@acme.example")
    await world.client.fault(method="POST", path="/devices", latency=TOO_LONG)
    await world.client.press(TOM, plan["id"], "Confirm")

    async def is_running() -> bool:
        return world.state(cards.code_of(plan)) == "running"

    await until(is_running, "the change was on its way")
    return plan


async def limited_question(world: World) -> tuple[Json, Json]:
    """A question that has to wait for a minute, and the line that says so."""
    await world.client.fault(
        method="GET", path="/devices", status=429, headers={"Retry-After": "60"}
    )
    message = await world.client.say(VERA, "devices erin")
    return message, await world.answer(VERA, message["seq"], where=is_limiting)


async def test_work_that_does_not_end_in_time_continues_after_the_next_start(fresh: World):
    plan = await slow_change(fresh)
    code, seq = cards.code_of(plan), plan["seq"]
    sent, line = await limited_question(fresh)

    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await fresh.stop() == 0
    assert loop.time() - began < ENDS_WITHIN

    assert fresh.state(code) == "running"
    texts = [message.get("text", "") for message in await fresh.client.messages(TOM, after=seq)]
    notice = f"I am restarting. Then I will look up what became of {code} and tell you."
    assert len([adding for adding in texts if adding.startswith(notice)]) == 1
    assert line["id"] not in [message["id"] for message in await fresh.client.messages(VERA)]

    await fresh.start()
    results = [
        answer
        for answer in await fresh.answers(TOM, seq)
        if "now belongs to Bob Keller" in answer["text"]
    ]
    assert len(results) == 1
    assert len(await fresh.devices("D82E3EEF8300")) == 1
    assert len(await fresh.changes(seq)) == 1
    assert fresh.state(code) == "done"
    assert "2 devices" in (await fresh.answer(VERA, sent["seq"]))["text"]
