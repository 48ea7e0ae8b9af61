"""What goes on beside a measurement: others ask for help, and somebody looks at the memory."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

from bench.people import Guest, anything

TIMEOUT = 60.0  # seconds


@asynccontextmanager
async def meanwhile(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do that work until the body ends; what fails there fails here."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def ask_for_help(guest: Guest, pause: float, waits: list[float], times: int = 10**6) -> None:
    """Ask again and again, with a pause in seconds between; note how long each answer took."""
    for _ in range(times):
        waits.append(await asked(guest, "help"))
        await asyncio.sleep(pause)


async def asked(guest: Guest, text: str) -> float:
    """The seconds until somebody is answered; those of `TIMEOUT` if they are not."""
    guest.heard.clear()
    at = guest.say(text)
    heard = await guest.answer(0, anything, partial(is_past, at + TIMEOUT))
    return heard.at - at if heard else TIMEOUT


async def look_again(look: Callable[[], None], pause: float) -> None:
    """Look for as long as others work, such as at the memory."""
    while True:
        look()
        await asyncio.sleep(pause)


def is_past(end: float) -> bool:
    """Whether a time of `time.perf_counter` is over."""
    return time.perf_counter() > end
