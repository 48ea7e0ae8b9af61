"""Blocking calls in threads that neither a caller nor the end of the process waits for forever."""

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import ParamSpec, TypeVar

# Seconds for one or a few calls together. The calls' own timeouts only limit the time between two
# bytes, so a slow trickle would never end.
CALL_TIMEOUT = 90.0

# A thread that wakes up while the interpreter is torn down can crash the process (SIGSEGV).
EXIT_TIMEOUT = 1.0
_NAME = "blocking-call-"

P = ParamSpec("P")
T = TypeVar("T")


async def in_daemon_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function like `asyncio.to_thread`, but let the process end while it hangs.

    Raises TimeoutError if it takes too long; its thread then runs on by itself.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def report(set_outcome: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            loop.call_soon_threadsafe(lambda: None if future.done() else set_outcome())

    def work() -> None:
        try:
            result = function(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - raised where the call is awaited
            report(partial(future.set_exception, error))
        else:
            report(partial(future.set_result, result))

    threading.Thread(target=work, name=f"{_NAME}{function.__name__}", daemon=True).start()
    async with asyncio.timeout(CALL_TIMEOUT):
        return await future


def wait_for_calls(timeout: float = EXIT_TIMEOUT) -> None:
    """At the end of the process, wait a limited time for the calls under way."""
    deadline = time.monotonic() + timeout
    for thread in threading.enumerate():
        if thread.name.startswith(_NAME):
            thread.join(max(deadline - time.monotonic(), 0.0))
