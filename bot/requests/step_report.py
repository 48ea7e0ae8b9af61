"""How far a request of many steps is, told while it runs, if that takes more than some seconds.

Of one step only its pause is told, for which nothing else would say why nothing happens.
"""

import asyncio
from collections.abc import Callable, Mapping

from bot.chat.progress import Progress
from bot.chat.progress_report import ProgressReport
from bot.core.errors import DatabaseUnavailable
from bot.core.models.local_time import LocalTime, utc
from bot.core.models.requests import Request
from bot.requests import countdown, step_views
from bot.requests.lifecycle import STEP_ENDED
from bot.requests.step_transitions import RunState

SHOWN_AFTER = 10.0  # seconds; until then the running card is enough
# Seconds between two looks at the steps: of a thousand, many end within a second.
MIN_PAUSE = 1.0


class StepReport:
    """Shows the count of steps in one message, from some seconds after it was entered."""

    def __init__(
        self,
        progress: Progress,
        request: Request,
        local: Callable[[], LocalTime] = lambda: utc(0.0),
        bulk_sizes: Mapping[str, int] | None = None,
    ) -> None:
        """`local` is how the requester reads times; `bulk_sizes` as `countdown.bulk_sizes`."""
        self._local, self._bulk_sizes = local, bulk_sizes or {}
        self._progress = progress
        self._report = ProgressReport(progress, request.place, request.code)
        self._state: RunState | None = None
        self._entered_at = 0.0  # seconds of the loop's clock
        self._timer: asyncio.TimerHandle | None = None
        self._is_due = False
        self._next_look_at = 0.0  # seconds of the loop's clock

    async def __aenter__(self) -> None:
        loop = asyncio.get_running_loop()
        self._entered_at = loop.time()
        self._timer = loop.call_later(SHOWN_AFTER, self._look)

    async def __aexit__(self, _kind: object, error: object, _trace: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._report.close()
        if isinstance(error, DatabaseUnavailable):  # the run is resumed, with another report
            self._progress.in_task(self._report.remove())

    def follow(self, state: RunState) -> None:
        """Show the newest state of the request and its steps, if it is time for that."""
        self._state = state
        loop = asyncio.get_running_loop()
        if self._is_due and self._timer is None:
            self._timer = loop.call_at(max(self._next_look_at, loop.time()), self._look)

    def _show(self, state: RunState) -> None:
        total = len(state.steps)
        done = sum(step.state in STEP_ENDED for step in state.steps)
        elapsed, local = asyncio.get_running_loop().time() - self._entered_at, self._local()
        left = countdown.time_left(state.steps, self._bulk_sizes, local.now)
        if total <= 1 and not left:
            return
        phrase = left.phrase(local) if left else ""
        text = step_views.progress(state.request, state.steps, elapsed, phrase)
        if left:  # of many steps, most end at once and others after hours: the time counts
            done, total = int(elapsed), int(elapsed + left.seconds)
        self._report.show(text, done=done, total=total)

    async def message_ids(self) -> list[str | None]:
        """The ids of its messages, for deleting; none is posted from now on."""
        return await self._report.message_ids()

    def _look(self) -> None:
        self._is_due, self._timer = True, None
        self._next_look_at = asyncio.get_running_loop().time() + MIN_PAUSE
        if self._state is not None:
            self._show(self._state)
