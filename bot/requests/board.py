"""Approvals: who is asked, who decides, and what happens when nobody does."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from bot import access, telemetry
from bot.audit import SELF
from bot.errors import Refused
from bot.models import Place, Sender
from bot.operation import Plan
from bot.requests import approvals, show
from bot.requests.announce import Announcer
from bot.requests.gate import Gate
from bot.requests.ledger import Decided, Ledger, said
from bot.requests.lifecycle import ENDED, State
from bot.requests.recheck import Recheck
from bot.requests.runner import Runner
from bot.requests.vault import Vault
from bot.store import access as grant_rows
from bot.store import approvals as rows
from bot.store import requests as request_rows
from bot.store.approvals import APPROVE, REJECT
from bot.store.database import Store
from bot.store.requests import Request

log = telemetry.get_logger("board")

TRIES = 5  # of a decision that somebody else's decision overtook


@dataclass(frozen=True)
class Board:
    """Takes a request from Confirm to a decision."""

    store: Store
    ledger: Ledger
    gate: Gate
    recheck: Recheck
    runner: Runner
    announcer: Announcer
    vault: Vault
    clock: Callable[[], float]

    async def ask(self, request: Request) -> Request:
        """Confirm on a plan that needs approval. Refused at once where nobody could give it."""
        planned, rule = Plan.model_validate(request.plan), self.gate.rule(request.operation)
        whos = await self._approvers(request)
        if not self._reachable(whos, rule.approvers):
            raise Refused(show.nobody(request, planned, rule.approvers))
        after = await self.ledger.move(
            request, State.WAITING, by=request.requester,
            approve_by=self.clock() + rule.approve_by,
        )  # fmt: skip
        self.vault.extend(after.code, rule.approve_by + rule.run_by)
        await self._show(after, whos)
        return after

    async def decide(self, code: str, decided: Decided, sender: Sender, place: Place) -> str | None:
        """Approve or reject, by button or typed. The answer; None where the final message is enough."""
        for _ in range(TRIES):
            request = await self.ledger.find(code)
            await self._check(request, decided, sender)
            try:
                return await self._decide(request, decided, sender, place)
            except Refused:
                if not await self._overtaken(request):
                    raise
        raise Refused(
            f"{code} is being decided by several people at once. Please look at it again."
        )

    async def waiting_for(self, sender: Sender) -> list[Request]:
        """What this person could decide on, oldest first."""
        grants = await self.gate.grants(sender.email)
        found = []
        for request in await self.store.call(request_rows.in_states, [State.WAITING.value]):
            try:
                approvals.check(
                    request, sender, grants, self.gate.rule(request.operation), _place(request)
                )
            except Refused:
                continue
            found.append(request)
        return found

    async def tick(self) -> None:
        """Every few seconds: what nobody decided expires; at half time those who could are reminded."""
        waiting = await self.store.call(request_rows.in_states, [State.WAITING.value])
        await self._each(waiting, self._look_after)

    async def _each(
        self, requests: list[Request], work: Callable[[Request], Awaitable[None]]
    ) -> None:
        """One that is broken must not keep the others from their turn."""
        for request in requests:
            try:
                await work(request)
            except Exception:
                log.exception("stumbled", request=request.code)

    async def _look_after(self, request: Request) -> None:
        now = self.clock()
        by, half = request.approve_by or 0.0, self.gate.rule(request.operation).approve_by / 2
        if now >= by:
            await self._expire(request)
        elif not await self.store.call(rows.cards, request.code):
            # Nobody could be asked so far: the space was closed to us, or Webex unwell.
            await self._show_again(request)
        elif not request.reminded_at and now >= by - half:
            await self._remind(request)

    async def recover(self) -> None:
        """At the start: show cards that were not posted, replace those that were decided on."""
        await self._each(await self.store.call(request_rows.untold), self._tell_undone)
        waiting = await self.store.call(request_rows.in_states, [State.WAITING.value])
        await self._each(waiting, self._show_again)
        for code in await self.store.call(rows.decided_with_cards):
            await self._each([await self.ledger.find(code)], self.cancelled)

    async def _tell_undone(self, request: Request) -> None:
        undone = request.state in (State.REJECTED, State.EXPIRED, State.CANCELLED)
        if undone and not self.runner.is_at(request):
            await self._tell_requester(request, await self._final(request))

    async def _show_again(self, request: Request) -> None:
        await self._show(request, await self._approvers(request))

    async def cancelled(self, request: Request) -> None:
        """It is decided, or was taken back: the approvers' cards go."""
        await self.announcer.decided(request, await self._final(request))

    async def _check(self, request: Request, decided: Decided, sender: Sender) -> None:
        """Role, identity, state, time and reason, each time."""
        grants = await self.gate.grants(sender.email)
        rule = self.gate.rule(request.operation)
        approvals.check(request, sender, grants, rule, _place(request))
        if request.state == State.DRAFT:
            raise Refused(
                f"{request.code} was not confirmed yet by the one who asks: there is nothing to decide on."
            )
        if request.state != State.WAITING:
            raise Refused(said(request))
        if self.clock() >= (request.approve_by or 0.0):
            await self._expire(request)
            raise Refused(said(await self.ledger.find(request.code)))
        if decided.verdict == REJECT and not decided.reason:
            raise Refused(
                f"Please give a reason, so that the requester knows what to change: write it above the buttons, or type: reject {request.code} because …"
            )

    async def _decide(
        self, request: Request, decided: Decided, sender: Sender, place: Place
    ) -> str | None:
        if decided.verdict == REJECT:
            after = await self.ledger.move(
                request, State.REJECTED, by=sender, decided=decided, told=0
            )
            self.vault.forget(request.code)
            return await self._announce(after, sender, place)
        changes = await self._changes(request, place)
        if changes:
            return await self._lost_its_ground(request, changes, sender, place)
        return await self._approve(request, decided, sender, place)

    async def _changes(self, request: Request, place: Place) -> list[str]:
        """Announced while the facts are read again: a press must show something at once."""
        with self.runner.lines.during(place, show.checking_words(request)):
            return await self.recheck.changes(request)

    async def _approve(
        self, request: Request, decided: Decided, sender: Sender, place: Place
    ) -> str | None:
        rule = self.gate.rule(request.operation)
        given = await self.store.call(rows.verdicts, request.code)
        others = {one.person_id for one in given} - {sender.person_id}
        if len(others) + 1 < rule.approvers:
            await self.ledger.move(request, State.WAITING, by=sender, decided=decided)
            return f"Noted: you approve {request.code}. It needs {rule.approvers - len(others) - 1} more, by somebody else."
        after = await self.ledger.move(
            request, State.APPROVED, by=sender, decided=decided, run_by=self.clock() + rule.run_by
        )
        # Its card is taken away already.
        start = partial(self.runner.start, after.model_copy(update={"card_id": None}))
        try:
            answer = await self._announce(after, sender, place)
        except (
            Exception
        ):  # a database that is locked, say: approved is approved, and nobody else starts it
            start()
            raise
        start()  # only now, so that the result is not heard before the approval
        return answer

    async def _lost_its_ground(
        self, request: Request, changes: list[str], sender: Sender, place: Place
    ) -> str | None:
        """What was asked about is not so any more: nothing runs, and the requester may ask again."""
        why = " ".join(changes)
        after = await self.ledger.move(
            request, State.CANCELLED, by=SELF, outcome={"title": why}, told=0
        )
        self.vault.forget(request.code)
        return await self._announce(after, sender, place)

    async def _announce(self, request: Request, sender: Sender, place: Place) -> str | None:
        """Everybody hears it at once. The one who decided hears it where the card was, or as an answer."""
        final = await self._final(request)
        replaced, _ = await asyncio.gather(
            self.announcer.decided(request, final), self._tell_requester(request, final)
        )
        seen = any(
            copy.room_id == place.room_id or (place.direct and copy.email == sender.email)
            for copy in replaced
        )
        return None if seen else final

    async def _overtaken(self, request: Request) -> bool:
        """Whether it still waits, but somebody else's decision came in between."""
        now = await self.ledger.find(request.code)
        return now.state == State.WAITING and now.version != request.version

    async def _expire(self, request: Request) -> None:
        try:
            after = await self.ledger.move(request, State.EXPIRED, by=SELF)
        except Refused:
            return  # decided in the same moment
        self.vault.forget(request.code)
        final = await self._final(after)
        await self._tell_requester(after, final)
        await self.announcer.decided(after, final)

    async def _tell_requester(self, request: Request, final: str) -> None:
        """What has ended is told in a task: it is tried for long, and the others must not wait for it."""
        answer = show.ended(request, final)
        if request.state in ENDED:
            self.runner.spawn(request, lambda ended: self.announcer.requester(ended, final, answer))
        else:
            await self.announcer.requester(request, final, answer)

    async def _remind(self, request: Request) -> None:
        await self.store.call(request_rows.set_reminded, request.code, self.clock())
        emails = approvals.people(await self._approvers(request))
        await self.announcer.remind(show.reminder(request), emails)

    async def _show(self, request: Request, whos: list[str]) -> None:
        await self.announcer.ask(request, show.approval(request), approvals.people(whos))
        now = await self.ledger.find(request.code)
        if now.state != State.WAITING:  # decided while the last copies were being posted
            await self.announcer.decided(now, await self._final(now))

    async def _final(self, request: Request) -> str:
        given = await self.store.call(rows.verdicts, request.code)
        return show.final(request, given)

    async def _approvers(self, request: Request) -> list[str]:
        everybody = await self.store.call(grant_rows.grants)
        rule = self.gate.rule(request.operation)
        whos = access.approvers(rule, everybody, _place(request))
        return approvals.askable(whos, request.requester)

    def _reachable(self, whos: list[str], needed: int) -> bool:
        """Domains can only be reached through a space; one email is one person, a domain is many."""
        in_space = bool(self.announcer.approval_room)
        domains = len(whos) - len(approvals.people(whos))
        return len(approvals.people(whos)) >= needed or (in_space and domains > 0)


def _place(request: Request) -> str:
    return Plan.model_validate(request.plan).location if request.plan else ""


VERDICTS = frozenset({APPROVE, REJECT})  # as the buttons and the commands name them
