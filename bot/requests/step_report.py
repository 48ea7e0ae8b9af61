"""How far a request of many steps is, told while it runs, if that takes more than some seconds."""

import asyncio
from collections.abc import Sequence

from bot.chat.progress import Progress
from bot.chat.progress_report import ProgressReport
from bot.core.models.requests import Request
from bot.core.models.steps import StepRecord
from bot.requests import step_views
from bot.requests.lifecycle import STEP_ENDED

SHOWN_AFTER = 10.0  # seconds; until then the running card is enough


class StepReport:
    """Shows the count of steps in one message, from some seconds after it was entered."""

    def __init__(self, progress: Progress, request: Request) -> None:
        self._request = request
        self._report = ProgressReport(progress, request.place, request.code)
        self._steps: Sequence[StepRecord] = ()
        self._entered_at = 0.0  # seconds of the loop's clock
        self._timer: asyncio.TimerHandle | None = None
        self._is_due = False

    async def __aenter__(self) -> None:
        loop = asyncio.get_running_loop()
        self._entered_at = loop.time()
        self._timer = loop.call_later(SHOWN_AFTER, self._begin)

    async def __aexit__(self, *_error: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._report.close()

    def follow(self, steps: Sequence[StepRecord]) -> None:
        """Show the newest state of the steps, if it is time for that."""
        self._steps = steps
        if self._is_due and len(steps) > 1:
            ended = sum(step.state in STEP_ENDED for step in steps)
            elapsed = asyncio.get_running_loop().time() - self._entered_at
            text = step_views.progress(self._request, steps, elapsed)
            self._report.show(text, done=ended, total=len(steps))

    async def message_ids(self) -> list[str | None]:
        """The ids of its messages, for deleting; none is posted from now on."""
        return await self._report.message_ids()

    def _begin(self) -> None:
        self._is_due = True
        self.follow(self._steps)
