"""How the end of a request about a list is told: a card, a file, and the codes in private."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.models.requests import Request
from bot.core.models.steps import StepRecord
from bot.domain.plan import Plan
from bot.requests import list_files, step_views
from bot.requests.notifications import Notifications
from bot.requests.request_lists import RequestLists


@dataclass(frozen=True)
class ListResults:
    """Tells requesters what became of their rows. It can be told again at any time."""

    lists: RequestLists
    notifications: Notifications

    async def tell(self, request: Request, planned: Plan, steps: Sequence[StepRecord]) -> None:
        """Post the file and the card where it was asked, the codes to the requester alone."""
        rows = await self.lists.of(request.code)
        answer = self.notifications.messenger.answer
        if rows is not None:
            await answer(request.place, list_files.result_file(request, planned, steps, rows))
        await answer(request.place, step_views.half_done(request, planned, steps))
