"""Work with the same key runs one after another, and knows whether other work came first."""

import asyncio

from bot.core.lanes import Lanes


async def test_who_comes_second_is_told_so_and_who_comes_later_is_not():
    lanes, told = Lanes(), list[bool]()
    first_has_it, go = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with lanes.turn("a") as has_waited:
            told.append(has_waited)
            first_has_it.set()
            await go.wait()

    async def second() -> None:
        async with lanes.turn("a") as has_waited:
            told.append(has_waited)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(first())
        await first_has_it.wait()
        tasks.create_task(second())
        async with lanes.turn("b") as has_waited:
            told.append(has_waited)
        go.set()
    await second()
    assert told == [False, False, True, False]
    assert len(lanes) == 0
