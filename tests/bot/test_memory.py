"""Free memory is returned while nobody needs the bot, and only then."""

import asyncio
import gc
import subprocess
import sys
import weakref
from collections.abc import Iterator

import pytest

from bot.service.memory import QUIET, MemoryKeeper, return_free_memory


class Intervals:
    """A bot that used a share of a core in each interval; it is cancelled after the last one."""

    def __init__(self, *shares: float) -> None:
        self._shares: Iterator[float] = iter(shares)
        self._used = 0.0
        self.ended = 0
        self.returned: list[int] = []  # the numbers of the intervals, from 1

    async def sleep(self, seconds: float) -> None:
        share = next(self._shares, None)
        if share is None:
            raise asyncio.CancelledError
        self._used += share * seconds
        self.ended += 1

    def cpu(self) -> float:
        return self._used

    def return_memory(self) -> None:
        self.returned.append(self.ended)


async def test_memory_is_returned_after_each_quiet_interval():
    intervals = Intervals(0.0, 0.9, QUIET, QUIET / 2, 0.0)
    keeper = MemoryKeeper(intervals.sleep, intervals.cpu, intervals.return_memory)
    with pytest.raises(asyncio.CancelledError):
        await keeper.run()
    assert intervals.returned == [1, 4, 5]


def test_garbage_is_collected():
    class Ring:
        def __init__(self) -> None:
            self.itself = self

    gc.disable()  # so that nothing but the function collects it
    try:
        ring = weakref.ref(Ring())
        assert ring() is not None
        return_free_memory()
        assert ring() is None
    finally:
        gc.enable()


@pytest.mark.slow
def test_a_python_without_ctypes_runs_the_bot():
    program = (
        "import sys; sys.modules['_ctypes'] = None\n"
        "from bot.service.memory import return_free_memory\n"
        "return_free_memory()"
    )
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - our own
    assert (ended.returncode, ended.stderr) == (0, b"")
