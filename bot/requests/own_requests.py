"""What people type about their own requests: list, details, confirm, cancel and undo."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from adaptivecardbuilder import AdaptiveCard

from bot.core.errors import PrivateRefusal, Refused
from bot.core.models.local_time import LocalTime
from bot.core.models.people import Place, Sender
from bot.core.models.requests import Request, Vote
from bot.core.models.steps import StepRecord
from bot.domain import policy
from bot.domain.identity import same_account
from bot.domain.pages import Page, split_page
from bot.domain.plan import Plan
from bot.domain.policy import Decision
from bot.requests import (
    countdown,
    following_views,
    list_rows,
    list_views,
    listings,
    step_views,
    timeline,
    views,
)
from bot.requests.drafts import Drafts
from bot.requests.interaction import ButtonPress, Reply, check_owner
from bot.requests.lifecycle import ENDED, UNDER_WAY, State
from bot.requests.presses import NOTHING_TO_RETRY, Presses
from bot.requests.stopping import Stopping, can_be_stopped, was_just_stopped
from bot.requests.undo import UNDO_BEING_MADE, UNDO_REST, undo_of
from bot.store import approvals as approvals_table
from bot.store import audit as audit_table
from bot.store import followed as followed_table
from bot.store import requests as requests_table
from bot.store import steps as steps_table
from bot.store.sql import Database
from cards.parts import Button

Read: TypeAlias = Callable[[Database, str, int], list[Request]]
DescribeTimes: TypeAlias = Callable[
    [Request, Sequence[tuple[str, float]], Sequence[Vote], LocalTime, Sequence[StepRecord]],
    list[str],
]
ReadPage: TypeAlias = Callable[[Database, str, int, int], list[Request]]

# Rows of a card on a phone; of drafts only a few, as forms that led nowhere must not fill it.
PAGE_SIZE, MAX_DRAFTS = 7, 3
NO_LIST = "You have no list yet whose rows could be tried again."
MAX_OPEN = 20  # read at most to find what a command without a code means


@dataclass(frozen=True)
class Typed:
    """A command about one's own requests: who typed it, where, and in which message."""

    verb: str
    code: str  # empty if none was typed
    sender: Sender
    place: Place
    event_id: str
    received_at: float  # Unix seconds: what was not shown before cannot be meant
    repeat_notice: str = ""  # why it does not count and must be repeated
    listing: str = ""  # which page of the list: `page 2`; empty for the first
    reason: str = ""  # for the approver


@dataclass(frozen=True)
class OwnRequests:
    """Finds the request that is meant, then does what its button does, with the same checks."""

    drafts: Drafts

    async def answer(self, typed: Typed) -> Reply:
        """Do what was typed. Refused if it is not clear which request is meant."""
        await self.drafts.authorization.grants(typed.sender)
        answers: dict[str, Callable[[Typed], Awaitable[Reply]]] = {
            "confirm": self._confirm,
            "cancel": self._cancel,
            "stop": self._stop,
            "undo": self._undo,
            "retry": self._retry,
            "yes": self._what_waits,
            "no": self._what_waits,
            "request": self._details if typed.code else self._listing,
            "requests": self._details if typed.code else self._listing,
            "drafts": self._drafts,
        }
        return await answers.get(typed.verb, self._listing)(typed)

    async def _listing(self, typed: Typed) -> Reply:
        """List what was confirmed, and on the first page the newest drafts below."""
        person = typed.sender.person_id
        confirmed_count, unconfirmed_count = await self._counts(person)
        page = Page.of(split_page(typed.listing)[1], PAGE_SIZE, confirmed_count)
        drafts_size = MAX_DRAFTS if page.number == 1 else 0
        drafts = Page(1, drafts_size, unconfirmed_count if drafts_size else 0)
        confirmed = await self._page(requests_table.confirmed, person, page)
        undone_by = await self.drafts.store.call(
            requests_table.undone_by, [request.code for request in confirmed]
        )
        return Reply(
            listings.own(
                confirmed,
                await self._page(requests_table.unconfirmed, person, drafts),
                page,
                drafts,
                listings.Viewer(self.drafts.clock(), typed.place.room_id, undone_by),
            )
        )

    async def _drafts(self, typed: Typed) -> Reply:
        """List the drafts alone."""
        person = typed.sender.person_id
        page = Page.of(split_page(typed.listing)[1], PAGE_SIZE, (await self._counts(person))[1])
        drafts = await self._page(requests_table.unconfirmed, person, page)
        viewer = listings.Viewer(self.drafts.clock(), typed.place.room_id)
        return Reply(listings.own_drafts(drafts, page, viewer))

    async def _counts(self, person: str) -> tuple[int, int]:
        return await self.drafts.store.call(requests_table.count_own, person)

    async def _page(self, read: ReadPage, person: str, page: Page) -> list[Request]:
        return await self.drafts.store.call(read, person, page.size, page.start)

    async def _details(self, typed: Typed) -> Reply:
        """Show one request to its requester, or to a reader of the audit trail."""
        authorization = self.drafts.authorization
        grants = await authorization.grants(typed.sender)
        request = await self.drafts.transitions.find(typed.code)
        may_see_all = (
            policy.decide("audit", grants, policy.EVERYWHERE, authorization.policy)
            is not Decision.DENY
        )
        own = same_account(request.requester.person_id, typed.sender.person_id)
        if not may_see_all and not own:
            raise Refused(
                f"{request.code} is somebody else's request: only its requester and people who "
                "may read the audit trail can see it."
            )
        describe = timeline.lines if may_see_all else timeline.summary
        is_here = own and request.place.room_id == typed.place.room_id
        local = self.drafts.approvals.zones.of(request, typed.sender)
        return Reply(await self._described(request, local, describe, has_buttons=is_here))

    async def _described(
        self, request: Request, local: LocalTime, describe: DescribeTimes, *, has_buttons: bool
    ) -> AdaptiveCard:
        """The details; with buttons, also what helps if its steps were not all done."""
        store, code = self.drafts.store, request.code
        trail = await store.call(audit_table.steps, code)
        steps = await store.call(steps_table.of, code)
        votes = await store.call(approvals_table.votes, code)
        undone_by = (await store.call(requests_table.undone_by, [code])).get(code, "")
        buttons = await self._buttons(request, steps, is_undone=bool(undone_by))
        devices = await store.call(followed_table.of, code)
        list_devices = following_views.not_registered_button(request, devices)
        return views.details(
            request,
            [
                *following_views.lines(devices, local),
                *describe(request, trail, votes, local, steps),
            ],
            local.now,
            self._entries(request, steps, local) if len(steps) > 1 else [],
            undone_by=undone_by,
            buttons=[*(buttons if has_buttons else []), *list_devices],
        )

    def _entries(
        self, request: Request, steps: Sequence[StepRecord], local: LocalTime
    ) -> list[str]:
        """The steps of a request in words, below the time that they still take."""
        is_short = bool((request.plan or {}).get("is_short"))
        entries = step_views.entries(steps, local, is_short=is_short)
        return [*self._time_left(request, steps, local), *entries]

    def _time_left(
        self, request: Request, steps: Sequence[StepRecord], local: LocalTime
    ) -> list[str]:
        """How long a request takes that pauses between its changes, while it runs."""
        if request.state != State.RUNNING or request.stopped_by:
            return []
        operation = self.drafts.runner.executor.operations[request.operation]
        left = countdown.time_left(steps, countdown.bulk_sizes(operation), local.now)
        phrase = left.phrase(local) if left else ""
        return [f"{phrase[0].upper()}{phrase[1:]}."] if phrase else []

    async def _buttons(
        self, request: Request, steps: Sequence[StepRecord], *, is_undone: bool
    ) -> list[Button]:
        """What helps after the end of a request, if anything, and the file of its list."""
        is_half_done = views.is_half_done(request) and not is_undone
        if not views.is_of_list(request):
            return step_views.half_done_buttons(request) if is_half_done else []
        lost = await self.drafts.lists.lost_secrets(request.code, steps)
        answers = list_rows.answers(Plan.model_validate(request.plan), steps, lost)
        helpful = [] if is_undone or not steps else list_views.buttons(request, answers)
        return [*helpful, *views.show_list(request)]

    async def _confirm(self, typed: Typed) -> Reply:
        """Go on with a plan; without a code, with the only one that is open."""
        plans = await self._open_plans(typed.sender)
        request = await self._meant(typed, [plan for plan in plans if _was_shown(plan, typed)])
        if request.state == State.DRAFT and request.plan is None:
            form = await self._press("change", request, typed)
            return replace(form, preface=listings.no_plan_yet(request))
        if not _was_shown(request, typed):
            return await self._press("open", request, typed)
        return await self._press("confirm", request, typed)

    async def _cancel(self, typed: Typed) -> Reply:
        """Cancel a request that has not begun; without a code, the newest that is open.

        If none is open, the only one that is under way is meant.
        """
        if typed.code:
            return await self._cancel_this(typed)
        still_open = [
            request
            for request in await self._open(typed.sender)
            if request.created_at <= typed.received_at
        ]
        now = self.drafts.clock()
        before = await self._cancelled_before(typed)
        if before:
            return Reply(listings.cancelled(before, still_open, now), before)
        await self._check_not_stopped(typed)
        if not still_open:
            request = await self._meant(typed, await self._under_way(typed))
            return await self._cancel_this(replace(typed, code=request.code))
        newest, *others = still_open
        reply = await self.drafts.cancel(newest, typed.sender, typed.repeat_notice)
        if not isinstance(reply.answer, str):
            return reply
        return replace(reply, answer=listings.cancelled(newest, others, now))

    async def _cancel_this(self, typed: Typed) -> Reply:
        """Cancel the request with the typed code; one that runs is stopped."""
        request = await self.drafts.transitions.find(typed.code)
        if can_be_stopped(request):
            return await self._stop(typed)
        check_owner(request, typed.sender, "cancel")
        if request.state == State.DONE:
            raise Refused(listings.too_late_to_cancel(request, can_undo=bool(undo_of(request))))
        if undo_of(request):  # it ended half done
            refusal = self.drafts.transitions.refusal(request, typed.sender)
            raise Refused(f"{refusal} {listings.how_to_undo(request)}")
        return await self.drafts.cancel(request, typed.sender, typed.repeat_notice)

    async def _stop(self, typed: Typed) -> Reply:
        """Stop what runs; without a code, the only request that does. Else as `cancel`."""
        grants = await self.drafts.authorization.grants(typed.sender)
        if typed.code:
            request = await self.drafts.transitions.find(typed.code)
        else:
            await self._check_not_stopped(typed)
            running = [
                request for request in await self._under_way(typed) if can_be_stopped(request)
            ]
            if not running:
                return await self._cancel(typed)
            request = await self._meant(typed, running)
        if not can_be_stopped(request):
            return await self._cancel(replace(typed, code=request.code))
        return await Stopping(self.drafts.runner).stop(request, typed.sender, grants)

    async def _check_not_stopped(self, typed: Typed) -> None:
        """Refused if a request was just stopped: the command is about that one, and no other.

        Unless a plan or form was shown since it ended, which may run by now.
        """
        planned = await self._read(requests_table.planned, typed.sender, MAX_OPEN)
        stopped = [request for request in planned if was_just_stopped(request, typed.received_at)]
        if not stopped:
            return
        newest = stopped[0]
        if newest.state not in ENDED:
            state = step_views.stopping_already(newest, typed.sender)
        elif any(
            _last_shown(request) > newest.changed_at
            for request in (*await self._open(typed.sender), *filter(_is_under_way, planned))
        ):
            return
        else:
            state = str(self.drafts.transitions.refusal(newest, typed.sender))
        raise Refused(f"{state} {listings.how_to_name_another(typed.verb)}")

    async def _under_way(self, typed: Typed) -> list[Request]:
        """The person's own requests that run or are about to, and were there when they wrote."""
        planned = await self._read(requests_table.planned, typed.sender, MAX_OPEN)
        return [
            request
            for request in planned
            if _is_under_way(request) and request.created_at <= typed.received_at
        ]

    async def _cancelled_before(self, typed: Typed) -> Request | None:
        """What this command has cancelled already, if it is handled again after a crash.

        It must not cancel the next request as well.
        """
        return await self.drafts.store.call(
            requests_table.last_cancelled, typed.sender.person_id, typed.received_at
        )

    async def _undo(self, typed: Typed) -> Reply:
        """Open the plan that takes back what was done; without a code, the last change."""
        if typed.code:
            request = await self.drafts.transitions.find(typed.code)
        else:
            last = await self.drafts.store.call(
                requests_table.last_done, typed.sender.person_id, typed.received_at
            )
            if last is None:
                raise Refused("You have done nothing yet that could be undone.")
            request = last
        check_owner(request, typed.sender, "undo")
        if request.state == State.DRAFT:
            return await self._undo_draft(request, typed)
        if request.state == State.PARTLY and request.undoes:
            raise Refused(UNDO_REST.format(code=request.code, original=request.undoes))
        if request.state != State.DONE and undo_of(request) is None:
            raise self.drafts.transitions.refusal(request, typed.sender)
        return await self._press("undo", request, typed)

    async def _undo_draft(self, request: Request, typed: Typed) -> Reply:
        """Show the plan of an undo again; what is no undo was never confirmed."""
        if not request.undoes:
            raise Refused(f"{request.code} was never confirmed, so there is nothing to undo.")
        if not request.plan:  # of many devices, it takes a while to make
            raise PrivateRefusal(UNDO_BEING_MADE.format(code=request.code, original=request.undoes))
        return await self._press("open", request, typed)

    async def _retry(self, typed: Typed) -> Reply:
        """Try the rows of a list again that were not done; without a code, of the last list.

        A request of another kind that failed or expired is asked for again.
        """
        if typed.code:
            request = await self.drafts.transitions.find(typed.code)
        else:
            own = await self._read(requests_table.confirmed, typed.sender, MAX_OPEN)
            lists = [
                request for request in own if self._takes_list(request) and request.state in ENDED
            ]
            if not lists:
                raise Refused(NO_LIST)
            request = lists[0]
        check_owner(request, typed.sender, "retry")
        if request.state not in ENDED:
            raise self.drafts.transitions.refusal(request, typed.sender)
        if self._takes_list(request):
            return await self._press("retry", request, typed)
        if request.state not in (State.FAILED, State.EXPIRED):
            raise Refused(NOTHING_TO_RETRY.format(code=request.code))
        return await self._press("again", request, typed)

    def _takes_list(self, request: Request) -> bool:
        return self.drafts.authorization.operation(request.operation).takes_list

    async def _what_waits(self, typed: Typed) -> Reply:
        """Say what waits for somebody who only wrote “yes” or “no”: such a word never decides."""
        to_decide = await self.drafts.approvals.waiting_for(typed.sender)
        plans, now = await self._open_plans(typed.sender), self.drafts.clock()
        declined = typed.verb == "no"
        return Reply(listings.what_waits(plans, to_decide, now, declined=declined))

    async def _press(self, kind: str, request: Request, typed: Typed) -> Reply:
        """Do what the button of the newest card does."""
        return await Presses(self.drafts).press(
            ButtonPress(
                request=request.code,
                version=request.version,
                kind=kind,
                inputs={"reason": typed.reason} if typed.reason else {},
                sender=typed.sender,
                place=typed.place,
                event_id=typed.event_id,
                repeat_notice=typed.repeat_notice,
            )
        )

    async def _meant(self, typed: Typed, candidates: list[Request]) -> Request:
        """The request with the typed code; without a code, the only candidate."""
        if typed.code:
            return await self.drafts.transitions.find(typed.code)
        if len(candidates) != 1:
            raise Refused(listings.which_one(typed.verb, candidates, self.drafts.clock()))
        return candidates[0]

    async def _open_plans(self, sender: Sender) -> list[Request]:
        now = self.drafts.clock()
        planned = await self._read(requests_table.planned, sender, MAX_OPEN)
        return [request for request in planned if listings.is_open_plan(request, now)]

    async def _open(self, sender: Sender) -> list[Request]:
        """The open plans and forms, newest first, then the requests that wait for approval."""
        forms = await self._read(requests_table.forms, sender, MAX_OPEN)
        drafts = [*await self._open_plans(sender), *forms]
        planned = await self._read(requests_table.planned, sender, MAX_OPEN)
        waiting = [request for request in planned if request.state == State.WAITING]
        return [*sorted(drafts, key=_last_shown, reverse=True), *waiting]

    async def _read(self, read: Read, sender: Sender, limit: int) -> list[Request]:
        return await self.drafts.store.call(read, sender.person_id, limit)


def _is_under_way(request: Request) -> bool:
    return request.state in UNDER_WAY


def _last_shown(request: Request) -> float:
    """When its newest form or plan was made, in Unix seconds."""
    return max(request.created_at, request.planned_at or 0.0)


def _was_shown(request: Request, typed: Typed) -> bool:
    """Whether the plan existed when the command was received: else it is not the one it means.

    So a command that is handled again after a crash never confirms another plan.
    """
    return request.planned_at is None or request.planned_at <= typed.received_at
