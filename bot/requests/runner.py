"""Which confirmed requests run, how people hear the end, and what goes on after a restart."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from sqlite_utils import Database

from bot.audit import CURRENT_REQUEST
from bot.chat.progress import Posting, Progress
from bot.chat.rate_limit_notice import RateLimitNotice
from bot.core import call_stats, logs, masking, metrics
from bot.core.errors import Refused, WebexError
from bot.core.models.requests import Request
from bot.domain.operation import Outcome, Plan
from bot.requests import views
from bot.requests.executor import Execution, Executor, Uncertain, resume_after_failures
from bot.requests.form_secrets import FormSecrets
from bot.requests.lifecycle import ENDED, UNDER_WAY, State
from bot.requests.notifications import Notifications, until_delivered
from bot.requests.transitions import Transitions
from bot.store import progress_messages, stats
from bot.store import requests as requests_table
from bot.store.database import Store

log = logs.get_logger("runner")

LOST = (
    "provbot was restarted at that moment. If the code did not reach you in a direct message, it "
    "is lost. Please ask for a new one."
)

UNDER_WAY_STATES = [state.value for state in UNDER_WAY]

Work: TypeAlias = Callable[[Request], Awaitable[None]]


@dataclass(frozen=True)
class Runner:
    """Runs approved requests in tasks, and tells the requester and the approvers how they ended."""

    store: Store
    transitions: Transitions
    executor: Executor
    rate_limit_notice: RateLimitNotice
    notifications: Notifications
    form_secrets: FormSecrets
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def progress(self) -> Progress:
        """The progress messages."""
        return self.rate_limit_notice.progress

    def announce(self, request: Request, *, maybe_posted: bool = False) -> Posting:
        """Post the line that says the request is under way."""
        planned = Plan.model_validate(request.plan)
        words = views.waiting_words(request, planned)
        return self.progress.post(
            request.place, words, request=request.code, maybe_posted=maybe_posted
        )

    def start(
        self,
        request: Request,
        line: Posting | None = None,
        *,
        facts_checked_at: float | None = None,
    ) -> None:
        """Run an approved request in a task of its own; `finish` waits for all of them."""
        announced = line or self.announce(request)
        work = partial(self._run, line=announced, facts_checked_at=facts_checked_at)
        self.spawn(request, work, announced)

    async def finish(self, within: float) -> None:
        """Wait at most `within` seconds for the tasks; the next start looks up what is left."""
        tasks = {*self._tasks, *self.progress.tasks}
        if tasks:
            await asyncio.wait(tasks, timeout=within)

    async def cancel_pending(self, within: float) -> None:
        """Cancel the tasks that are left, and tell their requesters within so many seconds."""
        tasks = {task.get_name(): task for task in self._tasks}
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        under_way = await self.store.call(requests_table.in_states, UNDER_WAY_STATES)
        cancelled = [request for request in under_way if _task_name(request) in tasks]
        telling = [
            self.notifications.mention(request, views.parked(request)) for request in cancelled
        ]
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await asyncio.gather(*telling)
                await self.rate_limit_notice.finish()
                await self.progress.finish()

    async def recover(self) -> None:
        """At the start: resume the requests under way, and tell the ends that nobody was told."""
        under_way = await self.store.call(requests_table.in_states, UNDER_WAY_STATES)
        unnotified = await self.store.call(requests_table.unnotified)
        ended = [request for request in unnotified if request.state in (State.DONE, State.FAILED)]
        left = await self._standing_lines({request.code for request in (*under_way, *ended)})
        for request in under_way:
            lines = left[request.code]
            line = None if lines else self.announce(request, maybe_posted=True)
            self.spawn(request, partial(self._run, line=line, left=lines), line)
        for request in ended:
            # In a task too: a requester who cannot be reached must not delay the start.
            self.spawn(request, partial(self._notify_again, left=left[request.code]))

    async def _standing_lines(self, codes: set[str]) -> defaultdict[str, list[str]]:
        """The progress messages of these requests, by code. Those of all others are deleted."""
        by_code: defaultdict[str, list[str]] = defaultdict(list)
        for line in await self.store.call(progress_messages.standing):
            by_code[line.request if line.request in codes else ""].append(line.message_id)
        self.progress.delete_soon(by_code.pop("", []))
        return by_code

    def is_at(self, request: Request) -> bool:
        """Whether a task works on this request right now."""
        return any(task.get_name() == _task_name(request) for task in self._tasks)

    def spawn(self, request: Request, work: Work, line: Posting | None = None) -> None:
        """Work on a request in a task of its own; `line` is its progress message meanwhile."""
        task = asyncio.create_task(self._supervise(request, work, line), name=_task_name(request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _supervise(self, request: Request, work: Work, line: Posting | None) -> None:
        try:
            CURRENT_REQUEST.set((request.code, request.requester))
            call_stats.begin()
            resume = partial(self._resume, request, work, line)
            await resume_after_failures(partial(work, request), resume, self.sleep)
        except WebexError as error:  # nobody was told; the next start tells them
            log.warning("notification_failed", request=request.code, status=error.status)
        except Exception:  # nobody awaits this task; the next start resumes it
            log.exception("request_failed", request=request.code)

    async def _resume(self, request: Request, work: Work, line: Posting | None) -> None:
        """Go on where the request stands after a database failure, as `recover` does for all.

        Only a request that is under way may be run: running sends the change.
        """
        now, lines = await self.store.call(_where_it_stands, request)
        if now.state in UNDER_WAY or (request.state in ENDED and not now.told):
            await work(now)
        elif request.state not in ENDED:  # it ended before the database failed
            left = [*lines, await self.progress.posted_id(line) if line else None]
            unnotified = now.state in (State.DONE, State.FAILED) and not now.told
            await (self._notify_again if unnotified else self._tidy)(now, left)

    async def _run(
        self,
        request: Request,
        *,
        line: Posting | None,
        left: Sequence[str] = (),
        facts_checked_at: float | None = None,
    ) -> None:
        """Execute the request, then tell everybody how it ended."""
        planned = Plan.model_validate(request.plan)
        with self.form_secrets.masked(request.code):
            try:
                async with self.rate_limit_notice.watch(request.place):
                    execution = await self.executor.execute(request, facts_checked_at)
            except Refused:  # cancelled while it waited for its turn: only approvers do not know
                ended = await self.transitions.find(request.code)
                await self.progress.delete(
                    [*left, await self.progress.posted_id(line) if line else None]
                )
                await self.notifications.deciders(ended, views.what_became(ended, planned))
                return
            ended, took = execution.request, self.clock() - request.changed_at
            metrics.RESULT.labels(request.operation, ended.state).observe(took)
            _log_run(ended, took)
            # Outside the turn: while messages do not get through, the owner's next change goes on.
            self.form_secrets.forget(request.code)
            await until_delivered(partial(self._notify, execution, planned))
            await self._tidy(
                request, [*left, await self.progress.posted_id(line) if line else None]
            )
            await self.notifications.deciders(ended, views.what_became(ended, planned))

    async def _notify(self, execution: Execution, planned: Plan) -> None:
        """Tell the requester how it ended. A secret never goes to a group space."""
        request, result = execution.request, execution.result
        answer = self.rate_limit_notice.progress.messenger.answer
        if isinstance(result, Uncertain):
            await answer(request.place, views.unsure(request, planned, result.reason))
            return
        if not isinstance(result, Outcome):
            await answer(request.place, views.failure(request, planned, result))
            return
        if result.secret is not None:
            code = result.secret.get_secret_value()
            with masking.during((code, code.replace(" ", ""))):  # a refusal may repeat it
                await self.notifications.alone(request, views.secret(request, result))
        if result.secret is None or not request.place.direct:
            await answer(request.place, views.result(request, result))

    async def _notify_again(self, request: Request, left: Sequence[str | None]) -> None:
        """Tell the end once more, from what the database kept of it."""
        planned = Plan.model_validate(request.plan)
        outcome = Outcome.model_validate(request.outcome or {"title": request.state})
        if outcome.secret_facts:  # there was a secret, and it is kept nowhere
            outcome = outcome.model_copy(update={"notes": (LOST,)})
        result = outcome if request.state == State.DONE else Refused(outcome.title)
        await until_delivered(partial(self._notify, Execution(request, result), planned))
        await self._tidy(request, left)

    async def _tidy(self, request: Request, lines: Sequence[str | None]) -> None:
        """Delete the plan's card and the progress messages, also those of an earlier process."""
        deleted = await self.progress.delete_messages((*lines, request.card_id))
        # Last: after a crash before this point, the end is told again at the next start.
        await self.store.call_without_fsync(requests_table.set_notified, request.code, deleted)


def _where_it_stands(db: Database, request: Request) -> tuple[Request, list[str]]:
    """The request as it is now, and its progress messages. Fails while nothing can be written.

    The card stays the one that the caller knows: some callers deleted theirs already.
    """
    stats.touch(db)  # else the end would be told again and again while it cannot be noted
    now = requests_table.find_or_fail(db, request.code)
    lines = [line for line in progress_messages.standing(db) if line.request == request.code]
    return now.model_copy(update={"card_id": request.card_id}), [line.message_id for line in lines]


def _log_run(request: Request, took: float) -> None:
    """Log the one line of a run; `took` are seconds since it was confirmed or approved."""
    stats_of_run = call_stats.current()
    stats_of_run.facts |= {
        "request": request.code,
        "what": request.operation,
        "state": request.state,
    }
    stats_of_run.outcome, stats_of_run.began = None, time.perf_counter() - took
    log.info("run", **stats_of_run.as_log_fields())


def _task_name(request: Request) -> str:
    return f"request {request.code}"
