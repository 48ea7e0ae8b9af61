"""A clock that stands still during work: a run takes no time, and has the same result each time."""

import asyncio
import random
import secrets
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from tests.virtual_clock import SkippingSelector, VirtualLoop

T = TypeVar("T")

EPOCH = datetime(2026, 11, 20, 9, 0, tzinfo=UTC).timestamp()


class _NoFiles(SkippingSelector):
    """Asks nobody: there are no sockets and no threads, and to ask takes longer than most steps."""

    def select(self, timeout: float | None = None) -> Any:
        """Nothing is ready."""
        assert timeout is not None, "Everybody waits, and no timer is set."
        self.ahead += timeout
        return []


class StillLoop(VirtualLoop):
    """An event loop whose clock moves only where everybody waits for a timer."""

    selector = _NoFiles

    def time(self) -> float:
        """Seconds since it began."""
        return self._skipping.ahead


class CloudClock:
    """The clock of the sandbox on that loop."""

    def now(self) -> datetime:
        """The moment, with its time zone."""
        return datetime.fromtimestamp(unix(), UTC)

    async def until(self, moment: datetime) -> None:
        """Return at that moment."""
        await asyncio.sleep(max(moment.timestamp() - unix(), 0.0))


def unix() -> float:
    """What `time.time` says on that loop."""
    return EPOCH + asyncio.get_running_loop().time()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run the work on such a clock: `time` follows it, random numbers repeat, no threads start."""
    with asyncio.Runner(loop_factory=StillLoop) as runner, _standing_still(runner.get_loop()):
        return runner.run(work)


async def _at_once(work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """In place of a thread, whose turns no clock can foresee."""
    return work(*args, **kwargs)


@contextmanager
def _standing_still(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    state, tokens = random.getstate(), random.Random(1)  # noqa: S311 - they protect nothing
    random.seed(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "to_thread", _at_once)
        patch.setattr(time, "time", lambda: EPOCH + loop.time())
        patch.setattr(time, "monotonic", loop.time)
        patch.setattr(time, "perf_counter", loop.time)
        # The same tokens each time: the bot caches the patterns that mask them.
        patch.setattr(secrets, "token_hex", lambda size: tokens.randbytes(size).hex())
        yield
    random.setstate(state)
