"""The card of a plan: what it changes, who decides about it, and the file of a list's check."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.core.models.people import Grant
from bot.core.models.requests import Request
from bot.domain.plan import Plan
from bot.requests import list_files, list_views, views
from bot.requests.interaction import Reply
from bot.requests.request_lists import RequestLists
from bot.requests.same_phone import SamePhone
from bot.requests.undo import PlanDecisions


@dataclass(frozen=True)
class PlanCards:
    """Makes the replies that show a plan to its requester."""

    same_phone: SamePhone
    decisions: PlanDecisions
    lists: RequestLists
    clock: Callable[[], float]

    async def card(  # noqa: PLR0913 - what is told beside the plan
        self,
        request: Request,
        planned: Plan,
        grants: tuple[Grant, ...],
        changes: tuple[str, ...],
        warnings: tuple[str, ...] | None = None,
        *,
        read_note: str = "",
        with_file: bool = False,
    ) -> Reply:
        """The plan's card; `warnings` are those about the same phone, if they were read.

        `read_note` tells what was read in a photo.
        `with_file`: of a list that is not short, its check comes before it, row by row.
        """
        if warnings is None:
            warnings = await self.same_phone.warnings(request, planned, grants)
        decision = await self.decisions.of(request, planned, grants)
        status = decision.status(self.clock())
        if decision.needs_approval:
            free = await self.decisions.free_undo_note(request, planned, grants)
            changes = (*changes, free) if free else changes
        operation = self.decisions.authorization.operation(request.operation)
        rows = await self.lists.of(request.code) if operation.takes_list else None
        needs_approval, changes = decision.needs_approval, (*changes, *warnings)
        notes = (read_note,) if read_note else ()
        if rows is None:
            card = views.plan(
                request,
                planned,
                status=status,
                needs_approval=needs_approval,
                changes=changes,
                notes=notes,
            )
            return Reply(card, request)
        show = list_views.plan_of_few if rows.is_short else list_views.check
        card = show(
            request,
            planned,
            (*notes, *rows.notes),
            status=status,
            needs_approval=needs_approval,
            changes=changes,
        )
        has_file = with_file and not rows.is_short
        files = (list_files.check_file(request, planned, rows),) if has_file else ()
        return Reply(card, request, files=files)
