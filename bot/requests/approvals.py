"""Approvals: who is asked, who decides, reminders and expiry."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from adaptivecardbuilder import AdaptiveCard

from bot.audit import SYSTEM_ACTOR
from bot.core import logs
from bot.core.errors import Refused
from bot.core.models.people import Grant, Place, Sender
from bot.core.models.requests import APPROVE, REJECT, Request
from bot.core.retry import DECISION_ATTEMPTS
from bot.domain.plan import Plan
from bot.requests import approval_rules, decision_views, views
from bot.requests.approval_requests import ApprovalRequests, Final
from bot.requests.authorization import Authorization
from bot.requests.form_secrets import FormSecrets
from bot.requests.lifecycle import ENDED, State
from bot.requests.notifications import Notifications
from bot.requests.revalidation import Revalidation
from bot.requests.runner import Runner, has_run
from bot.requests.transitions import DecisionInput, Transitions
from bot.requests.zones import Zones
from bot.store import approvals as approvals_table
from bot.store import requests as requests_table
from bot.store.database import Store

log = logs.get_logger("approvals")

# Whether the approver has seen the plan of the request.
HasSeenPlan: TypeAlias = Callable[[Request], Awaitable[bool]]

MAX_CARDS_SENT = 10  # at once; an approver who has decided on these can ask for more


@dataclass(frozen=True)
class Approvals:
    """Takes a request from Confirm to a decision."""

    store: Store
    transitions: Transitions
    authorization: Authorization
    revalidation: Revalidation
    runner: Runner
    notifications: Notifications
    form_secrets: FormSecrets
    approval_requests: ApprovalRequests
    zones: Zones
    clock: Callable[[], float]

    async def request_approval(self, request: Request) -> tuple[AdaptiveCard, Request]:
        """Ask for approval after Confirm. Refused at once if there are too few approvers."""
        approvers = await self.approval_requests.check(request)
        rule = self.authorization.rule(request.operation)
        after = await self.transitions.apply(
            request,
            State.WAITING,
            by=request.requester,
            approve_by=self.clock() + rule.approve_by,
            asked_in=await self.notifications.approval_room(),
            reason=request.reason,
        )
        self.form_secrets.extend(after.code, rule.approve_by + rule.run_by)
        return await self.approval_requests.post(after, approvers), after

    async def decide(
        self,
        code: str,
        decided: DecisionInput,
        sender: Sender,
        place: Place,
        has_seen: HasSeenPlan,
        *,
        repeat_notice: str = "",
    ) -> str | None:
        """Approve or reject, by button or typed. None if the final message is answer enough.

        `repeat_notice` says why the press does not count: the person is asked to repeat it.
        """
        for _ in range(DECISION_ATTEMPTS):
            grants = await self.authorization.grants(sender)
            request = await self.transitions.find(code)
            await self._check(request, decided, sender, grants)
            if repeat_notice:
                await self._ask_to_decide_again(request, sender)
                return repeat_notice
            must_see = decided.verdict == APPROVE or not decided.named
            if must_see and await self._send_plan_first(request, sender, has_seen):
                return decision_views.plan_first(request)
            try:
                return await self._decide(request, decided, sender, place)
            except Refused:
                if not await self._is_superseded(request):
                    raise
        raise Refused(
            f"Several people are deciding on {code} at the same time. Please look at it again."
        )

    async def _send_plan_first(
        self, request: Request, sender: Sender, has_seen: HasSeenPlan
    ) -> bool:
        """Send the approver the card if they have not seen the plan; True if it was sent."""
        await self._refuse_second_vote(request, sender)
        if await has_seen(request):
            return False
        await self._send_card(request, sender)
        return True

    async def _send_card(self, request: Request, sender: Sender) -> None:
        await self.notifications.send_card(
            request, self.approval_requests.card(request, sender.email), sender.email
        )

    async def _ask_to_decide_again(self, request: Request, sender: Sender) -> None:
        """Send the approver the newest card."""
        await self._refuse_second_vote(request, sender)
        await self._send_card(request, sender)

    async def _refuse_second_vote(self, request: Request, sender: Sender) -> None:
        votes = await self.store.call(approvals_table.votes, request.code)
        approval_rules.refuse_second_vote(request, sender, votes)

    async def waiting_for(self, sender: Sender) -> list[Request]:
        """Return the requests that this person may decide on, oldest first."""
        grants = await self.authorization.grants(sender)
        decidable = []
        for request in await self.store.call(requests_table.in_states, [State.WAITING.value]):
            try:
                approval_rules.check(
                    request,
                    sender,
                    grants,
                    self.authorization.rule(request.operation),
                    approval_rules.locations(request),
                )
            except Refused:
                continue
            if not await self._has_voted(request, sender):
                decidable.append(request)
        return decidable

    async def _has_voted(self, request: Request, sender: Sender) -> bool:
        votes = await self.store.call(approvals_table.votes, request.code)
        return any(approval_rules.same_person(sender, vote.by) for vote in votes)

    async def has_card(self, request: Request, sender: Sender) -> bool:
        """Whether the card was sent to this person or to the approval space."""
        cards = await self.store.call(approvals_table.cards, request.code)
        return any(card.room_id or card.email == sender.email for card in cards)

    async def send_missing_cards(self, requests: Sequence[Request], sender: Sender) -> None:
        """Send missing cards to an approver, who may have got the role only now."""
        for request in requests[:MAX_CARDS_SENT]:
            if not await self.has_card(request, sender):
                await self.notifications.try_send_card(
                    request, self.approval_requests.card(request, sender.email), sender.email
                )

    async def tick(self) -> None:
        """Remind approvers at half time and expire requests. Called every few seconds."""
        self.runner.progress.tick()
        waiting = await self.store.call(requests_table.in_states, [State.WAITING.value])
        await self._for_each(waiting, self._check_deadlines)
        self.approval_requests.forget_all_but([request.code for request in waiting])

    async def _for_each(
        self, requests: list[Request], work: Callable[[Request], Awaitable[None]]
    ) -> None:
        """Work on each request; a failure of one does not stop the others."""
        for request in requests:
            try:
                await work(request)
            except Exception:
                log.exception("request_check_failed", request=request.code)

    async def _check_deadlines(self, request: Request) -> None:
        now = self.clock()
        deadline, half_time = (
            request.approve_by or 0.0,
            self.authorization.rule(request.operation).approve_by / 2,
        )
        if now >= deadline:
            await self._expire(request)
            return
        await self.approval_requests.watch(request)
        if not request.reminded_at and now >= deadline - half_time:
            await self.approval_requests.remind(request)

    async def recover(self) -> None:
        """At the start: post missing cards, and replace the cards of decided requests."""
        await self._for_each(await self.store.call(requests_table.unnotified), self._notify_undone)
        waiting = await self.store.call(requests_table.in_states, [State.WAITING.value])
        await self._for_each(waiting, self.approval_requests.watch)
        for code in await self.store.call(approvals_table.decided_with_cards):
            await self._for_each([await self.transitions.find(code)], self.cancelled)

    async def _notify_undone(self, request: Request) -> None:
        undone = request.state in (State.REJECTED, State.EXPIRED, State.CANCELLED)
        if undone and not has_run(request) and not self.runner.is_working_on(request):
            await self._tell_requester(request, await self.approval_requests.final(request))

    async def cancelled(self, request: Request) -> None:
        """Replace the approvers' cards of a request that is decided or cancelled."""
        await self.notifications.replace_cards(request, await self.approval_requests.final(request))

    async def _check(
        self, request: Request, decided: DecisionInput, sender: Sender, grants: tuple[Grant, ...]
    ) -> None:
        """Check role, identity, state, deadline and reason."""
        rule = self.authorization.rule(request.operation)
        approval_rules.check(request, sender, grants, rule, approval_rules.locations(request))
        if request.state == State.DRAFT:
            raise Refused(
                f"{request.code} has not been confirmed by its requester yet: there is nothing "
                "to decide on."
            )
        if request.state != State.WAITING:
            raise self.transitions.refusal(request, sender)
        if self.clock() >= (request.approve_by or 0.0):
            await self._expire(request)
            raise self.transitions.refusal(await self.transitions.find(request.code), sender)
        if decided.verdict == REJECT and not decided.reason:
            raise Refused(
                "Please give a reason, so that the requester knows what to change: write it "
                f"above the buttons, or type: reject {request.code} because …"
            )

    async def _decide(
        self, request: Request, decided: DecisionInput, sender: Sender, place: Place
    ) -> str | None:
        if decided.verdict == REJECT:
            after = await self.transitions.apply(
                request, State.REJECTED, by=sender, decided=decided, told=0
            )
            self.form_secrets.forget(request.code)
            return await self._announce(after, sender, place)
        checked_at = self.clock()
        with self.runner.progress.while_running(place, views.check_progress(request)):
            shown = Plan.model_validate(request.plan)
            changes = await self.revalidation.differences(request, shown)
        if changes:  # nothing runs, and the requester may ask again
            after = await self.transitions.apply(
                request,
                State.CANCELLED,
                by=SYSTEM_ACTOR,
                outcome={"title": " ".join(changes)},
                told=0,
            )
            self.form_secrets.forget(request.code)
            return await self._announce(after, sender, place)
        return await self._approve(request, decided, sender, place, checked_at)

    async def _approve(
        self,
        request: Request,
        decided: DecisionInput,
        sender: Sender,
        place: Place,
        checked_at: float,
    ) -> str | None:
        rule = self.authorization.rule(request.operation)
        votes = await self.store.call(approvals_table.votes, request.code)
        approval_rules.refuse_second_vote(request, sender, votes)
        missing = rule.approvers - len(approval_rules.one_vote_each(votes)) - 1
        if missing > 0:
            await self.transitions.apply(request, State.WAITING, by=sender, decided=decided)
            people = "person" if missing == 1 else "people"
            return (
                f"Noted: you approved {request.code}. It needs approval by {missing} more {people}."
            )
        after = await self.transitions.apply(
            request,
            State.APPROVED,
            by=sender,
            decided=decided,
            run_by=self.clock() + rule.run_by,
            finish_by=self.clock() + rule.finish_by,
        )
        # Its card is deleted already.
        approved = after.model_copy(update={"card_id": None})
        start = partial(self.runner.start, approved, facts_checked_at=checked_at)
        try:
            answer = await self._announce(after, sender, place)
        except Exception:  # a locked database, say: nobody else starts what is approved
            start()
            raise
        start()  # not before the approval was told: else the result could be heard first
        return answer

    async def _announce(self, request: Request, sender: Sender, place: Place) -> str | None:
        """Tell everybody; None if the person who decided sees it where the card was."""
        final = await self.approval_requests.final(request)
        replaced, _ = await asyncio.gather(
            self.notifications.replace_cards(request, final), self._tell_requester(request, final)
        )
        is_shown = any(
            copy.room_id == place.room_id or (place.direct and copy.email == sender.email)
            for copy in replaced
        )
        return None if is_shown else final(sender.email)

    async def _is_superseded(self, request: Request) -> bool:
        """Whether it still waits, but has changed through another decision."""
        now = await self.transitions.find(request.code)
        return now.state == State.WAITING and now.version != request.version

    async def _expire(self, request: Request) -> None:
        try:
            after = await self.transitions.apply(request, State.EXPIRED, by=SYSTEM_ACTOR)
        except Refused:
            return  # somebody decided at the same moment
        self.form_secrets.forget(request.code)
        final = await self.approval_requests.final(after)
        await self._tell_requester(after, final)
        await self.notifications.replace_cards(after, final)

    async def _tell_requester(self, request: Request, final: Final) -> None:
        """Tell the requester; an end in a task, as it may be tried for a quarter of an hour."""
        votes = await self.store.call(approvals_table.votes, request.code)
        local, text = self.zones.of_requester(request), final(request.requester)
        notice = decision_views.notice(request, text, votes, local)
        answer = decision_views.ended(request, text, votes, local)
        if request.state in ENDED:
            self.runner.spawn(
                request, lambda ended: self.notifications.notify_requester(ended, notice, answer)
            )
        else:
            await self.notifications.notify_requester(request, notice, answer)


VOTES = frozenset({APPROVE, REJECT})  # the names of the buttons and commands
