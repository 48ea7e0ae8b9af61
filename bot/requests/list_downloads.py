"""The file of a list for people who ask for it: its requester, and those who may approve it."""

from dataclasses import dataclass

from bot.core.errors import PrivateRefusal, Refused
from bot.core.models.files import FileMessage
from bot.core.models.people import Grant, Sender
from bot.core.models.requests import Request
from bot.domain import policy
from bot.domain.identity import same_account
from bot.domain.plan import Plan
from bot.requests import list_files, list_rows
from bot.requests.authorization import Authorization
from bot.requests.request_lists import RequestLists
from bot.store import steps as steps_table

NOT_YOURS = (
    "Only its requester and those who may approve {code} can see its list. Nothing was changed."
)
NO_LIST = "{code} has no list. Nothing was changed."


@dataclass(frozen=True)
class ListDownloads:
    """Makes the file at any time again, from what is stored."""

    lists: RequestLists
    authorization: Authorization

    async def file(
        self, request: Request, sender: Sender, grants: tuple[Grant, ...]
    ) -> FileMessage:
        """The check of a list, or what became of it if it has begun.

        PrivateRefusal if the person may not see it; Refused if there is none.
        """
        if not self._may_see(request, sender, grants):
            raise PrivateRefusal(NOT_YOURS.format(code=request.code))
        rows = await self.lists.of(request.code)
        if rows is None or request.plan is None:
            raise Refused(NO_LIST.format(code=request.code))
        planned = Plan.model_validate(request.plan)
        steps = await self.lists.store.call_without_fsync(steps_table.of, request.code)
        if not any(step.attempts for step in steps):
            return list_files.check_file(request, planned, rows)
        lost = await self.lists.lost_secrets(request.code, steps)
        return list_files.result_file(request, rows, list_rows.answers(planned, steps, lost))

    def _may_see(self, request: Request, sender: Sender, grants: tuple[Grant, ...]) -> bool:
        if same_account(request.requester.person_id, sender.person_id):
            return True
        if request.approve_by is None or request.plan is None:  # nobody else was ever asked
            return False
        rule = self.authorization.rule(request.operation)
        return policy.may_approve(rule, grants, Plan.model_validate(request.plan).locations)
