"""Return memory to the operating system after many people used the bot at the same time.

The C library keeps what was freed for the next allocation, and closed TLS connections are freed
only by Python's garbage collector: a crowd would leave the process tens of MiB larger for good.
"""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

# Seconds between two looks. Idle connections are closed after a minute and a half, and two minutes
# after a crowd their memory is returned as well.
INTERVAL = 20.0
QUIET = 0.05  # of one core; returning memory stops the event loop for some milliseconds


def return_free_memory() -> None:
    """Collect garbage, and return free pages. Only glibc can do the latter."""
    gc.collect()
    try:
        import ctypes  # not each Python is built with it

        trim = ctypes.CDLL(None).malloc_trim
    except (ImportError, AttributeError, OSError):  # musl and macOS have none
        return
    trim(ctypes.c_size_t(0))


@dataclass(frozen=True)
class MemoryKeeper:
    """Returns free memory while nobody needs the bot. `cpu` is the CPU seconds used so far."""

    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    cpu: Callable[[], float] = time.process_time
    return_memory: Callable[[], None] = return_free_memory

    async def run(self) -> None:
        """Return free memory at the end of each quiet interval, until cancelled."""
        while True:
            before = self.cpu()
            await self.sleep(INTERVAL)
            if self.cpu() - before < QUIET * INTERVAL:
                self.return_memory()
