"""Requests for approval: who is asked, who has the card, and who hears it if too few have it.

A request never waits for nothing: if fewer approvers have its card than the policy requires, its
requester and the admins hear it at once, and again with the reminder.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

from adaptivecardbuilder import AdaptiveCard

from bot.core.errors import Refused
from bot.core.models.people import Sender
from bot.core.models.requests import Request
from bot.domain import policy
from bot.domain.plan import Plan
from bot.domain.ports import ApprovalSpace
from bot.requests import approval_rules, decision_views, unreachable_approvers
from bot.requests.addresses import Addresses
from bot.requests.authorization import Authorization
from bot.requests.lifecycle import State
from bot.requests.notifications import Notifications
from bot.requests.transitions import Transitions
from bot.requests.unreachable_approvers import Attempt, CardDelivery, Naming
from bot.requests.zones import Reader, Zones
from bot.store import approvals as approvals_table
from bot.store import grants as grants_table
from bot.store import requests as requests_table
from bot.store.database import Store

Final: TypeAlias = Callable[[Reader], str]  # the final message, by its reader; empty: the space

MAX_NAMED_ADMINS = 3
# Seconds between two messages to the admins that nobody may approve the same: a requester can
# press Confirm as often as they like.
REFUSAL_TOLD_FOR = 3600.0


@dataclass(frozen=True)
class ApprovalRequests:
    """Posts approval cards, and watches that enough approvers have them."""

    store: Store
    transitions: Transitions
    authorization: Authorization
    notifications: Notifications
    addresses: Addresses
    zones: Zones
    space: ApprovalSpace
    clock: Callable[[], float]
    _attempts: dict[str, Attempt] = field(default_factory=dict)  # by request code, while it waits
    _refusals: dict[tuple[str, str], float] = field(default_factory=dict)  # when told, by rule

    async def check(self, request: Request) -> list[str]:
        """Return the approvers; Refused, and the admins are told, if they are too few."""
        needed = self._needed(request)
        approvers = await self._approvers(request)
        if await self._can_be_enough(approvers, needed):
            return approvers
        planned = Plan.model_validate(request.plan)
        key = request.operation, planned.places
        if self.clock() - self._refusals.get(key, -REFUSAL_TOLD_FOR) >= REFUSAL_TOLD_FOR:
            self._refusals[key] = self.clock()
            domains = [approver for approver in approvers if approver.startswith("@")]
            await self.notifications.notify_admins(
                unreachable_approvers.nobody_for_admins(
                    request, needed, domains, self._naming(request)
                ),
                exclude=request.requester.email,
            )
        refusal = decision_views.too_few_approvers(request, planned, needed)
        raise Refused(f"{refusal} {await self._advice(request)}")

    async def post(self, request: Request, approvers: list[str]) -> AdaptiveCard:
        """Post the cards, and return the requester's card: it waits, or too few were asked."""
        await self._post_cards(request, approvers)
        attempt, needed = self._attempts.get(request.code), self._needed(request)
        local = self.zones.of_requester(request)
        if attempt is None:
            return decision_views.waiting(request, local, needed=needed)
        enough = attempt.delivery.is_enough(needed)
        self._attempts[request.code] = replace(attempt, requester_told=not enough)
        await self._tell_admins(request)
        if enough:
            return decision_views.waiting(request, local, needed=needed)
        advice = await self._advice(request)
        return unreachable_approvers.not_asked_card(
            request, attempt.delivery, needed, advice, local
        )

    async def watch(self, request: Request) -> None:
        """Ask again those who were not reached, and tell people if that changes something."""
        approvers, needed = await self._approvers(request), self._needed(request)
        attempt = self._attempts.get(request.code)
        if attempt is None:
            await self._ask_after_restart(request, approvers)
            return
        if attempt.is_due(approvers, needed, self.clock()):
            await self._post_cards(request, approvers)
        await self._tell_changes(request, approvers)

    async def _ask_after_restart(self, request: Request, approvers: list[str]) -> None:
        """Post missing cards. Of a delivery that was not enough, the process before has told."""
        await self._post_cards(request, approvers)
        attempt, needed = self._attempts.get(request.code), self._needed(request)
        if attempt:
            self._attempts[request.code] = replace(
                attempt,
                requester_told=not attempt.delivery.is_enough(needed),
                admins_told=attempt.delivery.concerns_admins(needed),
            )

    async def _tell_changes(self, request: Request, approvers: list[str]) -> None:
        """Tell requester and admins if too few have the card now, or enough again.

        An approver who has lost the role does not count any more.
        """
        needed, attempt = self._needed(request), self._attempts[request.code]
        attempt = replace(attempt, delivery=attempt.delivery.among(approvers))
        enough = attempt.delivery.is_enough(needed)
        self._attempts[request.code] = replace(attempt, requester_told=not enough)
        local = self.zones.of_requester(request)
        if enough and attempt.requester_told:
            await self.notifications.replace_waiting_card(
                request, decision_views.waiting(request, local, needed=needed)
            )
        elif not enough and not attempt.requester_told:
            advice = await self._advice(request)
            card = unreachable_approvers.not_asked_card(
                request, attempt.delivery, needed, advice, local
            )
            await self.notifications.replace_waiting_card(request, card)
        await self._tell_admins(request)

    async def remind(self, request: Request) -> None:
        """Remind the approvers; tell requester and admins again if too few have the card."""
        await self.store.call(requests_table.set_reminded, request.code, self.clock())
        approvers, needed = await self._approvers(request), self._needed(request)
        people = approval_rules.individuals(approvers)
        lost = await self.notifications.remind(
            request,
            lambda email: decision_views.reminder(request, self.zones.of(request, email)),
            people,
        )
        if lost:
            await self._post_cards(request, approvers)
        attempt = self._attempts.get(request.code)
        if attempt is None:
            return
        attempt = replace(attempt, delivery=attempt.delivery.among(approvers))
        enough = attempt.delivery.is_enough(needed)
        self._attempts[request.code] = replace(
            attempt, requester_told=not enough, admins_told=attempt.admins_told and enough
        )
        if not enough:
            advice, local = await self._advice(request), self.zones.of_requester(request)
            text = unreachable_approvers.for_requester(
                request, attempt.delivery, needed, advice, local
            )
            await self.notifications.notify_people([request.requester.email], text)
        await self._tell_admins(request)

    def forget_all_but(self, codes: Sequence[str]) -> None:
        """Forget the attempts for requests that wait no more."""
        for code in self._attempts.keys() - {*codes}:
            del self._attempts[code]

    async def final(self, request: Request) -> Final:
        """The final message in place of the cards, as each of its readers gets it."""
        votes = await self.store.call(approvals_table.votes, request.code)
        return lambda reader: decision_views.final(request, votes, self.zones.of(request, reader))

    def card(self, request: Request, email: str) -> AdaptiveCard:
        """The approval card for this approver; for the approval space, if the email is empty."""
        local = self.zones.of(request, email)
        return decision_views.approval(request, local, self._needed(request))

    async def _tell_admins(self, request: Request) -> None:
        """Tell the admins once, unless the problem passes by itself."""
        attempt, needed = self._attempts[request.code], self._needed(request)
        concerns = attempt.delivery.concerns_admins(needed)
        self._attempts[request.code] = replace(attempt, admins_told=concerns)
        if concerns and not attempt.admins_told:
            await self.notifications.notify_admins(
                unreachable_approvers.for_admins(
                    request,
                    attempt.delivery,
                    needed,
                    self._naming(request),
                    is_configured=self.space.is_configured,
                ),
                exclude=request.requester.email,
            )

    async def _post_cards(self, request: Request, approvers: list[str]) -> None:
        people = approval_rules.individuals(approvers)
        room_id = await self.notifications.room_of(request)
        # First: it reads in which zone each of them reads the deadline on the card.
        nobody = await self.addresses.nobody_at([] if room_id else people)
        delivery, members = await asyncio.gather(
            self.notifications.ask(request, partial(self.card, request), people),
            self._members(room_id),
        )
        if delivery and room_id:
            refused = unreachable_approvers.APPROVAL_SPACE in delivery.refused
            self.space.note_posting(room_id, refused=refused)
        if delivery and delivery.in_space and members is not None:
            delivery = await self._with_members(request, delivery, approvers, members)
        if delivery:
            before, now_at = self._attempts.get(request.code), self.clock()
            self._attempts[request.code] = unreachable_approvers.record_attempt(
                before, delivery.without(nobody), approvers, now_at
            )
        now = await self.transitions.find(request.code)
        if now.state != State.WAITING:  # somebody decided while the last copies were being posted
            await self.notifications.replace_cards(now, await self.final(now))

    async def _members(self, room_id: str) -> Sequence[Sender] | None:
        return await self.space.members(room_id) if room_id else None

    async def _with_members(
        self,
        request: Request,
        delivery: CardDelivery,
        approvers: list[str],
        members: Sequence[Sender],
    ) -> CardDelivery:
        """The delivery in a space with these members; if too few decide, ask others directly."""
        in_space = approval_rules.without_requester(
            (member.email for member in members), request.requester
        )
        deciding = [email for email in in_space if approval_rules.is_among(email, approvers)]
        present = replace(delivery, people=frozenset(deciding), in_space=False, few_members=True)
        if present.is_enough(self._needed(request)):
            return delivery
        absent = [email for email in approval_rules.individuals(approvers) if email not in deciding]
        missing = await self.notifications.ask_directly(
            request, partial(self.card, request), absent
        )
        return replace(present, people=present.people | ({*absent} - {*missing}), missing=missing)

    async def _advice(self, request: Request) -> str:
        """What the requester can do if too few approvers can be asked."""
        admins = await self.store.call(grants_table.admins)
        naming = self._naming(request)
        if not naming.in_chat:
            return unreachable_approvers.advice((), naming)
        if request.requester.email in admins:
            return unreachable_approvers.OWN_ADVICE.format(command=naming.command())
        return unreachable_approvers.advice(
            await self.addresses.named(admins[:MAX_NAMED_ADMINS]), naming
        )

    def _naming(self, request: Request) -> Naming:
        return unreachable_approvers.naming(request.operation, self.authorization.policy)

    async def _approvers(self, request: Request) -> list[str]:
        everybody = await self.store.call(grants_table.grants)
        rule = self.authorization.rule(request.operation)
        approvers = policy.approvers(rule, everybody, approval_rules.locations(request))
        return approval_rules.without_requester(approvers, request.requester)

    def _needed(self, request: Request) -> int:
        return self.authorization.rule(request.operation).approvers

    async def _can_be_enough(self, approvers: list[str], needed: int) -> bool:
        """Whether enough approvers can be asked; a whole domain only through the approval space."""
        in_space = bool(await self.notifications.approval_room())
        people = approval_rules.individuals(approvers)
        mailboxes = {approval_rules.mailbox(email) for email in people}
        return len(mailboxes) >= needed or (in_space and len(people) < len(approvers))
