"""The witness tells those who wait that something was posted."""

import asyncio
from contextlib import suppress

import pytest

from sandbox.chat_model import Draft
from sandbox.server import Sandbox
from tests.torture.witness import Witness


@pytest.mark.parametrize("steps", range(5))
async def test_a_wait_for_news_can_be_cancelled_in_the_moment_of_a_post(steps: int):
    witness = Witness()

    async def wait_for_ever() -> None:
        while True:
            await witness.news(60.0)

    async with Sandbox() as sandbox:
        cloud = sandbox.cloud
        witness.watch(cloud)
        person = next(each for each in cloud.people.values() if each.kind == "person")
        room = cloud.chat.direct_room(person.key, cloud.bot_key)
        waiting = asyncio.create_task(wait_for_ever())
        await asyncio.sleep(0.01)
        cloud.chat.post(cloud.bot_key, room, Draft(text="hello"))
        for _ in range(steps):
            await asyncio.sleep(0)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            async with asyncio.timeout(5.0):
                await waiting
        assert waiting.cancelled()
