"""An event loop whose timers expire at once, while its clock counts the skipped time."""

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")


class SkippingSelector(selectors.DefaultSelector):
    """Moves the clock to the next timer instead of waiting for it."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = 0.0

    def select(self, timeout: float | None = None) -> Any:
        """The events that are ready; waits only without a timeout."""
        if timeout:
            self.ahead += timeout
        return super().select(None if timeout is None else 0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop with a virtual clock."""

    selector = SkippingSelector

    def __init__(self) -> None:
        self._skipping = self.selector()
        super().__init__(self._skipping)

    def time(self) -> float:
        """Seconds, including the skipped ones."""
        return super().time() + self._skipping.ahead


class RepeatableLoop(VirtualLoop):
    """Counts only the skipped time: however busy the machine is, the same timers expire."""

    def time(self) -> float:
        """The skipped seconds."""
        return self._skipping.ahead


def virtually(work: Callable[[], Awaitable[T]]) -> tuple[T, float]:
    """The result of the work, and how many virtual seconds it took."""

    async def timed() -> tuple[T, float]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        return await work(), loop.time() - began

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(timed())
