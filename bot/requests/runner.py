"""Runs confirmed requests: once, one after another for each owner, and looks before it repeats.

A change whose answer was lost is looked up; only when Webex verifiably has nothing is it sent again.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

import stamina
from adaptivecardbuilder import AdaptiveCard

from bot import explain, metrics, tally, telemetry
from bot.audit import RUNNING, SELF
from bot.chat.lines import Lines, Posting
from bot.chat.messenger import Messenger
from bot.chat.waiting import Waiting
from bot.errors import ProvbotError, Refused, Unavailable, WebexError
from bot.operation import CannotTell, CannotTellYet, Context, Operation, Outcome, Plan
from bot.requests import afresh, show
from bot.requests.announce import Announcer
from bot.requests.ledger import Ledger
from bot.requests.lifecycle import ENDED, UNDER_WAY, State
from bot.requests.recheck import Recheck
from bot.requests.sending import sent
from bot.requests.vault import Vault
from bot.store import lines as line_rows
from bot.store import requests as rows
from bot.store.database import Store
from bot.store.requests import Request
from bot.webex.turns import in_background

log = telemetry.get_logger("runner")

MOST_AT_ONCE = 128  # different owners side by side; the same owner never
# Seconds between looks after a lost answer. A late change shows within two minutes
# (webex-provisioning.md §10); only the last look says that it is verified absent.
LOOKS: Sequence[float] = (0.0, 5.0, 15.0, 40.0, 60.0)
ATTEMPTS = 2
TELL_FOR = 900.0  # seconds; after that it is told at the next start
CHECKING = "Webex did not say whether it was done. I am checking, and will tell you within a few minutes. Please do not ask again meanwhile."
TOO_LATE = "It was approved, but could not begin in time. Nothing was changed; please ask again."
GAVE_UP = "Webex did not do it, although it was sent twice. Please try again later."
NO_MORE = "Webex did not do it, and by now it is too late to send it once more. Please ask again if it is still wanted."
UNSURE = "Webex did not say whether it was done, and it could not be looked up. Please check in Control Hub before you ask again."
NOT_UNDERSTOOD = "Webex answered something that is not understood, so it was not sent. Please try again, or tell a provbot admin."
LOST = "provbot was restarted at that moment. If the code did not reach you in a direct message, it is lost: please ask for a new one."

BEGUN = [state.value for state in UNDER_WAY]

Ending: TypeAlias = Outcome | AdaptiveCard
Work: TypeAlias = Callable[[Request], Awaitable[None]]


@dataclass(frozen=True)
class Runner:
    """Takes approved requests to their end and tells the requester and those who approved."""

    store: Store
    ledger: Ledger
    recheck: Recheck
    context: Context
    waiting: Waiting
    announcer: Announcer
    vault: Vault
    operations: Mapping[str, Operation]
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _subjects: defaultdict[str, asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock)
    )
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_AT_ONCE))
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def lines(self) -> Lines:
        """What says that something is on its way."""
        return self.waiting.lines

    @property
    def messenger(self) -> Messenger:
        """What says how it ended."""
        return self.waiting.lines.messenger

    def announce(self, request: Request, *, perhaps_said: bool = False) -> Posting:
        """Say that it is on its way; a press must show something before all facts are read again."""
        planned = Plan.model_validate(request.plan)
        words = show.waiting_words(request, planned)
        return self.lines.say(request.place, words, request=request.code, perhaps_said=perhaps_said)

    def start(self, request: Request, line: Posting | None = None) -> None:
        """Run an approved request in a task of its own; `finish` waits for all of them."""
        announced = line or self.announce(request)
        self.spawn(request, partial(self._live, line=announced), announced)

    async def finish(self, within: float) -> None:
        """Wait for what runs, at most `within` seconds; what is left is looked up at the next start."""
        left = {*self._tasks, *self.lines.tasks}
        if left:
            await asyncio.wait(left, timeout=within)

    async def park(self, within: float) -> None:
        """Let go of what is left, and tell those who wait for it, in so many seconds at most."""
        left = {task.get_name(): task for task in self._tasks}
        for task in left.values():
            task.cancel()
        await asyncio.gather(*left.values(), return_exceptions=True)
        parked = [
            one for one in await self.store.call(rows.in_states, BEGUN) if _task_name(one) in left
        ]
        telling = [self._mention(one, show.parked(one)) for one in parked]
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await asyncio.gather(*telling)
                await self.waiting.finish()
                await self.lines.finish()

    async def recover(self) -> None:
        """At the start: go on with what was under way when the process ended, and tell what was not told."""
        under_way = await self.store.call(rows.in_states, BEGUN)
        untold = await self.store.call(rows.untold)
        ended = [one for one in untold if one.state in (State.DONE, State.FAILED)]
        left = await self._left_standing({one.code for one in (*under_way, *ended)})
        for request in under_way:
            self._go_on(request, left[request.code])
        for request in ended:
            # In a task too: somebody who cannot be told must not keep the bot from listening.
            self.spawn(request, partial(self._tell_again, left=left[request.code]))

    async def _left_standing(self, living: set[str]) -> defaultdict[str, list[str]]:
        """Lines of what goes on, by request; all others say what is not so any more, and go."""
        kept: defaultdict[str, list[str]] = defaultdict(list)
        for line in await self.store.call(line_rows.standing):
            kept[line.request if line.request in living else ""].append(line.message_id)
        self.lines.clear(kept.pop("", []))
        return kept

    def _go_on(self, request: Request, left: list[str]) -> None:
        """One that still says that it runs need not be said again."""
        line = None if left else self.announce(request, perhaps_said=True)
        self.spawn(request, partial(self._live, line=line, left=left), line)

    def is_at(self, request: Request) -> bool:
        """Whether something goes on with this request right now."""
        return any(task.get_name() == _task_name(request) for task in self._tasks)

    def spawn(self, request: Request, work: Work, line: Posting | None = None) -> None:
        """Do something about a request in a task of its own; `line` says so meanwhile."""
        task = asyncio.create_task(self._guarded(request, work, line), name=_task_name(request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, request: Request, work: Work, line: Posting | None) -> None:
        try:
            RUNNING.set((request.code, request.requester))
            tally.begin()
            again = partial(self._afresh, request, work, line)
            await afresh.through(partial(work, request), again, self.sleep)
        except WebexError as problem:  # it cannot be told; it will be at the next start
            log.warning("not told", request=request.code, status=problem.status)
        except Exception:  # nobody awaits this task; recovery at the next start goes on with it
            log.exception("request broke", request=request.code)

    async def _afresh(self, request: Request, work: Work, line: Posting | None) -> None:
        """As `recover` does for all; only what is under way may be run, for running sends."""
        now, left = await self.store.call(afresh.found, request)
        if now.state in UNDER_WAY or (request.state in ENDED and not now.told):
            await work(now)
        elif request.state not in ENDED:  # it ended before the database failed
            lines = [*left, await self.lines.posted(line) if line else None]
            untold = now.state in (State.DONE, State.FAILED) and not now.told
            await (self._tell_again if untold else self._tidy)(now, lines)

    async def _live(self, request: Request, line: Posting | None, left: Sequence[str] = ()) -> None:
        planned = Plan.model_validate(request.plan)
        try:
            async with self.waiting.told(request.place):
                ended, answer = await self._in_its_turn(request, planned)
        except Refused:
            await self._withdrawn(request, planned, line, left)
            return
        took = self.clock() - request.changed_at
        metrics.RESULT.labels(request.operation, ended.state).observe(took)
        _note(ended, took)
        # Told outside: while messages do not get through, the owner's next change need not wait.
        self.vault.forget(request.code)
        await self._tell(ended, answer)
        await self._tidy(request, [*left, await self.lines.posted(line) if line else None])
        await self.announcer.deciders(ended, show.what_became(ended, planned))

    async def _withdrawn(
        self, request: Request, planned: Plan, line: Posting | None, left: Sequence[str]
    ) -> None:
        """Cancelled while it waited for its turn: who did so was told, who approved it was not."""
        now = await self.ledger.find(request.code)
        standing = await self.lines.posted(line) if line else None
        await self.lines.withdraw([*left, standing])
        await self.announcer.deciders(now, show.what_became(now, planned))

    async def _in_its_turn(self, request: Request, planned: Plan) -> tuple[Request, Ending]:
        """Webex races when one owner's devices change side by side (webex-provisioning.md §4.3)."""
        async with self._subjects[planned.subject], self._slots:
            with in_background():
                return await self._to_its_end(request, planned)

    async def _to_its_end(self, request: Request, planned: Plan) -> tuple[Request, Ending]:
        operation, sent = self.operations[request.operation], 0
        if request.state == State.RUNNING:  # the process ended while the call was on its way
            request = await self.ledger.move(request, State.UNKNOWN, by=SELF)
        ending: Ending | None = None
        while ending is None:
            if request.state == State.UNKNOWN:
                again = sent < ATTEMPTS and self._in_time(request)
                request, ending = await self._look_up(operation, request, planned, again=again)
            else:
                sent += 1
                request, ending = await self._send(operation, request, planned)
        return request, ending

    def _in_time(self, request: Request) -> bool:
        """Weeks later, after a restart, nobody expects it any more: they were told to look themselves."""
        return self.clock() <= (request.run_by or 0.0)

    async def _send(
        self, operation: Operation, request: Request, planned: Plan
    ) -> tuple[Request, Ending | None]:
        """Make the change. Anything but a clear yes or no leaves the outcome unknown."""
        changes = await self._changes(request)
        if changes:
            return await self._lost_its_ground(request, planned, changes)
        if request.state == State.APPROVED:
            request = await self.ledger.move(request, State.RUNNING, by=SELF)
        secrets = self.vault.secrets(request.code)
        outcome = await sent(operation, request, planned, secrets, self.context)
        if isinstance(outcome, Outcome):
            return await self._done(request, outcome)
        if isinstance(outcome, ProvbotError):
            return await self._failed(request, planned, outcome)
        return await self.ledger.move(request, State.UNKNOWN, by=SELF), None

    async def _changes(self, request: Request) -> list[str]:
        """Why it must not be sent after all: too late, or not as it was approved any more."""
        if (
            request.state == State.APPROVED
            and request.run_by is not None
            and self.clock() > request.run_by
        ):
            return [TOO_LATE]
        try:
            return await self.recheck.changes(request)
        except WebexError as problem:
            return [explain.why(problem)]
        except (
            Exception
        ):  # an answer nobody expected: nothing was sent yet, and it must be heard of
            log.exception("facts not understood", request=request.code)
            return [NOT_UNDERSTOOD]

    async def _lost_its_ground(
        self, request: Request, planned: Plan, changes: list[str]
    ) -> tuple[Request, Ending]:
        if request.state != State.APPROVED:
            return await self._failed(request, planned, Refused(" ".join(changes)))
        to = State.EXPIRED if changes == [TOO_LATE] else State.CANCELLED
        ended = await self.ledger.move(request, to, by=SELF, outcome={"title": " ".join(changes)})
        return ended, show.failure(ended, planned, Refused(" ".join(changes)))

    async def _look_up(
        self, operation: Operation, request: Request, planned: Plan, *, again: bool
    ) -> tuple[Request, Ending | None]:
        """Find out what became of a change; `again` if it may be sent once more when it is absent."""
        found: Outcome | ProvbotError | CannotTell | None = None
        for number, pause in enumerate(LOOKS):
            if number == 1:
                await self._mention(request, f"{request.code}: {CHECKING}")
            await self.sleep(pause)
            found = await self._look(operation, request, planned)
            if isinstance(found, Outcome):
                return await self._done(request, found)
            if isinstance(found, CannotTell) and not isinstance(found, CannotTellYet):
                break
        if isinstance(found, CannotTell):
            ended, _ = await self._failed(request, planned, Refused(str(found)))
            return ended, show.unsure(ended, planned, str(found))
        return await self._not_found(request, planned, absent=found is None, again=again)

    async def _look(
        self, operation: Operation, request: Request, planned: Plan
    ) -> Outcome | ProvbotError | CannotTell | None:
        """One look: what was done, why it cannot be told, or None: Webex has nothing."""
        try:
            return await operation.look_up(planned, self._fresh())
        except CannotTell as problem:
            return problem
        except Refused as problem:  # what it was done to is gone
            return CannotTell(str(problem))
        except WebexError as problem:
            log.warning("look-up failed", request=request.code, status=problem.status)
            return problem
        except Exception:  # an answer nobody expected: the person must hear of it all the same
            log.exception("look-up not understood", request=request.code)
            return Unavailable(502, "The answer was not understood.")

    def _fresh(self) -> Context:
        return replace(self.context, calling=self.context.calling.fresh())

    async def _not_found(
        self, request: Request, planned: Plan, *, absent: bool, again: bool
    ) -> tuple[Request, Ending | None]:
        if not absent:
            return request, show.unsure(request, planned, UNSURE)
        if again:
            return await self.ledger.move(request, State.RUNNING, by=SELF), None
        words = GAVE_UP if self._in_time(request) else NO_MORE
        return await self._failed(request, planned, Refused(words))

    async def _done(self, request: Request, outcome: Outcome) -> tuple[Request, Ending]:
        kept = outcome.model_dump(mode="json", exclude={"secret"})
        return await self.ledger.move(request, State.DONE, by=SELF, outcome=kept), outcome

    async def _failed(
        self, request: Request, planned: Plan, problem: ProvbotError
    ) -> tuple[Request, Ending]:
        """From here on nothing more is sent for this request."""
        outcome = {"title": str(problem)}
        if isinstance(problem, WebexError):
            outcome = {"title": explain.why(problem), "reference": explain.reference(problem)}
        ended = await self.ledger.move(request, State.FAILED, by=SELF, outcome=outcome)
        return ended, show.failure(ended, planned, problem)

    async def _tell(self, request: Request, ending: Ending) -> None:
        """Tried for a quarter of an hour; then again at the next start."""
        async for attempt in stamina.retry_context(
            on=WebexError, attempts=None, timeout=TELL_FOR, wait_initial=1.0, wait_max=60.0
        ):
            with attempt:
                await self._tell_once(request, ending)

    async def _tell_once(self, request: Request, ending: Ending) -> None:
        if not isinstance(ending, Outcome):
            await self.messenger.answer(request.place, ending)
            return
        if ending.secret is not None:
            # Never to a group space: to the requester alone, whatever the space.
            await self.messenger.tell(request.requester.email, show.secret(request, ending))
        if ending.secret is None or not request.place.direct:
            await self.messenger.answer(request.place, show.result(request, ending))

    async def _tell_again(self, request: Request, left: Sequence[str | None]) -> None:
        outcome = Outcome.model_validate(request.outcome or {"title": request.state})
        if outcome.secret_facts:  # there was a secret, and it is kept nowhere
            outcome = outcome.model_copy(update={"notes": (LOST,)})
        planned = Plan.model_validate(request.plan)
        if request.state != State.DONE:
            await self._tell(request, show.failure(request, planned, Refused(outcome.title)))
        else:
            await self._tell(request, outcome)
        await self._tidy(request, left)

    async def _tidy(self, request: Request, lines: Sequence[str | None]) -> None:
        """Take away the plan and the lines that said it runs, one of an earlier process as well."""
        gone = await self.lines.gone((*lines, request.card_id))
        # Last: until then a crash means that it is told again at the next start.
        await self.store.lightly(rows.set_told, request.code, gone)

    async def _mention(self, request: Request, text: str) -> None:
        try:
            await self.messenger.answer(request.place, text)
        except WebexError as problem:
            log.warning("not told", request=request.code, status=problem.status)


def _note(request: Request, took: float) -> None:
    """The one line of a run; `took` are seconds since it was confirmed or approved."""
    noting = tally.current()
    noting.facts |= {"request": request.code, "what": request.operation, "state": request.state}
    noting.outcome, noting.began = None, time.perf_counter() - took
    log.info("run", **noting.line())


def _task_name(request: Request) -> str:
    return f"request {request.code}"
