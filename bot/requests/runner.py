"""Which confirmed requests run, how people hear the end, and what goes on after a restart."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

from adaptivecardbuilder import AdaptiveCard

from bot.audit import CURRENT_REQUEST
from bot.chat.progress import Posting, Progress, UsedCard
from bot.chat.rate_limit_notice import RateLimitNotice
from bot.core import call_stats, logs, masking, metrics
from bot.core.errors import ProvbotError, Refused, WebexError
from bot.core.models.people import Sender
from bot.core.models.requests import Request
from bot.core.models.steps import StepRecord
from bot.domain.plan import Outcome, Plan, bare_secret
from bot.requests import countdown, journal, list_files, step_views, views
from bot.requests.executor import Executor
from bot.requests.form_secrets import KEPT_AFTER_RUN, FormSecrets
from bot.requests.lifecycle import ENDED, RUN_ENDS, UNDER_WAY, State, StepState
from bot.requests.list_results import ListResults
from bot.requests.notifications import Notifications, until_delivered
from bot.requests.runs import Execution, HalfDone, Result, Uncertain, resume_after_failures
from bot.requests.step_report import StepReport
from bot.requests.step_transitions import RunState
from bot.requests.transitions import Transitions
from bot.store import progress_messages, stats
from bot.store import requests as requests_table
from bot.store.database import Store
from bot.store.sql import Database

log = logs.get_logger("runner")

CODE_LOST = (
    "provbot was restarted at that moment. If the code did not reach you in a direct message, it "
    "is lost. Please ask for a new one."
)

MAX_STEPS_ON_CARD = 20  # more steps also come as a file

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
    list_results: ListResults
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def progress(self) -> Progress:
        """The progress messages."""
        return self.rate_limit_notice.progress

    def announce(self, request: Request) -> Posting:
        """Post the progress message of the request once it is due."""
        content = self._running(request)
        return self.progress.post_when_due(request.place, content, request=request.code)

    def _running(self, request: Request) -> AdaptiveCard | str:
        """What is shown while the request runs, with the time that its pauses take."""
        planned = Plan.model_validate(request.plan)
        takes = countdown.time_needed(planned, self._bulk_sizes(request))
        return step_views.running(request, planned, takes)

    def _bulk_sizes(self, request: Request) -> dict[str, int]:
        return countdown.bulk_sizes(self.executor.operations[request.operation])

    def _announce_again(self, request: Request) -> Posting:
        """Post it at once after a restart: people wait already, and it may have been posted."""
        content = self._running(request)
        return self.progress.post(request.place, content, request=request.code, maybe_posted=True)

    def start(
        self,
        request: Request,
        posting: Posting | None = None,
        *,
        facts_checked_at: float | None = None,
    ) -> None:
        """Run an approved request in a task of its own; `finish` waits for all of them."""
        posting = posting or self.announce(request)
        work = partial(self._run, posting=posting, facts_checked_at=facts_checked_at)
        self.spawn(request, work, posting)

    async def stop(self, request: Request, by: Sender) -> RunState:
        """Begin no more steps of a request; its task tells the end."""
        return await self.executor.stop(request, by)

    async def finish(self, max_seconds: float) -> None:
        """Wait for the tasks, `max_seconds` at most; the next start looks up what is left."""
        tasks = {*self._tasks, *self.progress.tasks}
        if tasks:
            await asyncio.wait(tasks, timeout=max_seconds)

    async def cancel_pending(self, max_seconds: float) -> None:
        """Cancel the tasks that are left, and tell their requesters within `max_seconds`."""
        tasks = {task.get_name(): task for task in self._tasks}
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        under_way = await self.store.call(requests_table.in_states, UNDER_WAY_STATES)
        cancelled = [request for request in under_way if _task_name(request) in tasks]
        notices = [
            self.notifications.post_once(request, views.restart_notice(request))
            for request in cancelled
        ]
        with suppress(TimeoutError):
            async with asyncio.timeout(max_seconds):
                await asyncio.gather(*notices)
                await self.rate_limit_notice.finish()
                await self.progress.finish()

    async def recover(self) -> None:
        """At the start: resume the requests under way, and tell the ends that nobody was told."""
        under_way = await self.store.call(requests_table.in_states, UNDER_WAY_STATES)
        unnotified = await self.store.call(requests_table.unnotified)
        ended = [request for request in unnotified if has_run(request)]
        posted = await self._posted_messages({request.code for request in (*under_way, *ended)})
        # First those that were being sent: others that wait for the same subject come after them.
        for request in sorted(under_way, key=lambda request: request.state == State.APPROVED):
            message_ids = posted[request.code]
            posting = None if message_ids else self._announce_again(request)
            self.spawn(
                request, partial(self._run, posting=posting, message_ids=message_ids), posting
            )
        for request in ended:
            # In a task too: a requester who cannot be reached must not delay the start.
            self.spawn(request, partial(self._notify_again, message_ids=posted[request.code]))

    async def _posted_messages(self, codes: set[str]) -> defaultdict[str, list[str]]:
        """The ids of the progress messages of these requests, by code. All others are deleted."""
        by_code: defaultdict[str, list[str]] = defaultdict(list)
        for message in await self.store.call(progress_messages.posted):
            by_code[message.request if message.request in codes else ""].append(message.message_id)
        self.progress.delete_soon(by_code.pop("", []))
        return by_code

    def is_working_on(self, request: Request) -> bool:
        """Whether a task works on this request right now."""
        return any(task.get_name() == _task_name(request) for task in self._tasks)

    def spawn(self, request: Request, work: Work, posting: Posting | None = None) -> None:
        """Work on a request in a task of its own; `posting` is its progress message."""
        task = asyncio.create_task(
            self._supervise(request, work, posting), name=_task_name(request)
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if posting is not None:  # not due yet where the task ends early, at a stop for one
            task.add_done_callback(lambda _task: posting.cancel())

    async def _supervise(self, request: Request, work: Work, posting: Posting | None) -> None:
        try:
            CURRENT_REQUEST.set((request.code, request.requester))
            call_stats.begin(cause=call_stats.current())
            resume = partial(self._resume, request, work, posting)
            await resume_after_failures(partial(work, request), resume, self.sleep)
        except WebexError as error:  # nobody was told; the next start tells them
            log.warning("notification_failed", request=request.code, status=error.status)
        except Exception:  # nobody awaits this task; the next start resumes it
            log.exception("request_failed", request=request.code)

    async def _resume(self, request: Request, work: Work, posting: Posting | None) -> None:
        """Go on where the request stands after a database failure, as `recover` does for all.

        Only a request that is under way may be run: running sends the change.
        """
        now, message_ids = await self.store.call(_current_state, request)
        if now.state in UNDER_WAY or (request.state in ENDED and not now.told):
            await work(now)
        elif request.state not in ENDED:  # it ended before the database failed
            newest = await self.progress.withdrawn(posting)
            unnotified = has_run(now) and not now.told
            await (self._notify_again if unnotified else self._delete_messages)(
                now, [*message_ids, newest]
            )

    def _prepared(self, request: Request) -> Plan:
        """The plan; the secrets that provbot makes for it are kept before any call is made."""
        planned = Plan.model_validate(request.plan)
        generators = self.executor.operations[request.operation].generators
        time_left = (request.finish_by or 0.0) - self.clock()
        self.form_secrets.extend(request.code, max(time_left, 0.0) + KEPT_AFTER_RUN)
        self.form_secrets.generate(
            request.code, {name: generators[bare_secret(name)] for name in planned.generates}
        )
        return planned

    async def _run(
        self,
        request: Request,
        *,
        posting: Posting | None,
        message_ids: Sequence[str] = (),
        facts_checked_at: float | None = None,
    ) -> None:
        """Execute the request, then tell everybody how it ended."""
        planned, card = self._prepared(request), UsedCard(request.card_id)
        report = StepReport(
            self.progress,
            request,
            partial(self.executor.zones.of_requester, request),
            self._bulk_sizes(request),
        )
        with self.form_secrets.masked(request.code):
            try:
                with self.progress.until_result(card, posting):
                    async with self.rate_limit_notice.watch(request.place), report:
                        execution = await self.executor.execute(
                            request, planned, facts_checked_at, report.follow
                        )
            except Refused:  # stopped while it waited for its turn
                shown = [*message_ids, *await self._shown(posting, report), request.card_id]
                await self._end_unbegun(request, planned, shown)
                return
            execution = _with_words(execution)
            self._record(execution.request, self.clock() - request.changed_at)
            # Outside the turn: while messages do not get through, the owner's next change goes on.
            await until_delivered(partial(self._notify, execution, planned))
            self.form_secrets.forget(request.code)
            used = [] if card.gone else [card.message_id]
            shown = [*message_ids, *await self._shown(posting, report), *used]
            await self._delete_messages(request.model_copy(update={"card_id": None}), shown)
            await self._notify_stopper(execution.request, planned, execution.steps)
            await self._notify_voters(execution.request, planned, execution.steps)

    async def _end_unbegun(
        self, request: Request, planned: Plan, shown: Sequence[str | None]
    ) -> None:
        """Nothing was sent. Who stopped it knows that from the answer; the requester may not."""
        state = await self.executor.steps.read(request.code)
        ended = state.request
        if planned.is_of_list or ended.stopped_by not in ("", ended.requester.email):
            await until_delivered(partial(self._tell_unbegun, ended, planned, state.steps))
        await self._set_notified(request, await self.progress.delete_messages(shown))
        await self._notify_voters(ended, planned, state.steps)

    async def _tell_unbegun(
        self, ended: Request, planned: Plan, steps: Sequence[StepRecord]
    ) -> None:
        if planned.is_of_list:
            await self.list_results.tell(ended, planned, steps)
            return
        text = str(self.executor.transitions.refusal(ended, ended.requester))
        await self.progress.messenger.answer(ended.place, text)

    async def _notify_stopper(
        self, request: Request, planned: Plan, steps: Sequence[StepRecord]
    ) -> None:
        """Tell an admin who stopped the request of somebody else how it ended."""
        if request.stopped_by not in ("", request.requester.email):
            notice = step_views.notice(request, planned, steps)
            await self.notifications.notify_people([request.stopped_by], notice)

    async def _notify_voters(
        self, request: Request, planned: Plan, steps: Sequence[StepRecord]
    ) -> None:
        if request.approve_by is not None:  # else nobody was asked
            notice = step_views.notice(request, planned, steps)
            await self.notifications.notify_voters(request, notice)

    async def _shown(self, posting: Posting | None, report: StepReport) -> list[str | None]:
        """The ids of the messages that were shown while it ran; none is posted from now on."""
        return [*await report.message_ids(), await self.progress.withdrawn(posting)]

    @staticmethod
    def _record(ended: Request, seconds: float) -> None:
        """Count and log a run, `seconds` after it was confirmed or approved."""
        metrics.RESULT.labels(ended.operation, ended.state).observe(seconds)
        _log_run(ended, seconds)

    async def _notify(self, execution: Execution, planned: Plan) -> None:
        """Tell the requester how it ended. A secret never goes to a group space."""
        request, result = execution.request, execution.result
        if self.executor.operations[request.operation].takes_list:
            await self.list_results.tell(request, planned, execution.steps)
            return
        for outcome in _secret_outcomes(result):
            await self._tell_secret(request, outcome)
        if len(execution.steps) > MAX_STEPS_ON_CARD:
            file = list_files.steps_file(request, execution.steps)
            await self.progress.messenger.answer(request.place, file)
        if not isinstance(result, Outcome):
            card = self._not_done(execution, planned)
            await self.progress.messenger.answer(request.place, card)
        elif result.secret is None or not request.place.direct:
            follow_ups = self.executor.operations[request.operation].follow_ups(planned)
            card = views.result(request, _without_lost_secret(result), follow_ups)
            await self.progress.messenger.answer(request.place, card)

    def _not_done(self, execution: Execution, planned: Plan) -> AdaptiveCard:
        request, result = execution.request, execution.result
        if isinstance(result, Uncertain):
            return views.uncertain(request, planned, result.reason)
        if isinstance(result, ProvbotError):
            return views.failure(request, planned, result, self.executor.gap(request, result))
        known = result.with_secrets if isinstance(result, HalfDone) else {}
        lost = _lost_secrets(execution.steps, known)
        operation = self.executor.operations[request.operation]
        done = [step.key for step in journal.with_state(execution.steps, StepState.DONE)]
        finish = step_views.to_finish(operation.remainder(planned, done), execution.steps)
        return step_views.half_done(request, planned, execution.steps, [*finish, *lost])

    async def _tell_secret(self, request: Request, outcome: Outcome) -> None:
        """Send the secret of an outcome to the requester alone."""
        secret = outcome.secret.get_secret_value() if outcome.secret else ""
        with masking.during((secret, secret.replace(" ", ""))):  # a refusal may repeat it
            await self.notifications.notify_privately(request, views.secret(request, outcome))

    async def _notify_again(self, request: Request, message_ids: Sequence[str | None]) -> None:
        """Tell the end once more, from what the database kept of it."""
        planned = Plan.model_validate(request.plan)
        outcome = Outcome.model_validate(request.outcome or {"title": request.state})
        state = await self.executor.steps.read(request.code)
        result: Result = outcome
        if request.state != State.DONE and planned.has_many_steps:
            result = HalfDone()
        elif request.state != State.DONE:
            is_clear = journal.nothing_changed(state.steps)
            result = Refused(outcome.title) if is_clear else Uncertain(outcome.title)
        execution = Execution(request, result, state.steps)
        await until_delivered(partial(self._notify, execution, planned))
        self.form_secrets.forget(request.code)
        await self._notify_stopper(request, planned, state.steps)
        await self._delete_messages(request, message_ids)

    async def _delete_messages(self, request: Request, message_ids: Sequence[str | None]) -> None:
        """Delete the plan's card and the progress messages, also those of an earlier process."""
        deleted = await self.progress.delete_messages((*message_ids, request.card_id))
        # Last: after a crash before this point, the end is told again at the next start.
        await self._set_notified(request, deleted)

    async def _set_notified(self, request: Request, deleted: Sequence[str]) -> None:
        """Note that the end was told. A database that fails now must not tell it again."""
        note = partial(
            self.store.call_without_fsync, requests_table.set_notified, request.code, deleted
        )
        await resume_after_failures(note, note, self.sleep)


def _secret_outcomes(result: Result) -> tuple[Outcome, ...]:
    """The outcomes whose secrets must reach the requester."""
    if isinstance(result, HalfDone):
        alone = {"again": "", "undo": None}  # buttons are on the card of the end
        return tuple(outcome.model_copy(update=alone) for outcome in result.with_secrets.values())
    return (result,) if isinstance(result, Outcome) and result.secret is not None else ()


def _with_words(execution: Execution) -> Execution:
    """With Webex's words in its steps, which are stored nowhere."""
    result, steps = execution.result, execution.steps
    problems: Mapping[str, object] = result.problems if isinstance(result, HalfDone) else {}
    if isinstance(result, WebexError) and len(steps) == 1:
        problems = {steps[0].key: result}
    return replace(execution, steps=tuple(step_views.with_words(steps, problems)))


def _without_lost_secret(outcome: Outcome) -> Outcome:
    """The outcome; if an earlier process had its secret and told nobody, it says what to do."""
    if outcome.secret is not None or not outcome.secret_facts:
        return outcome
    return outcome.model_copy(update={"notes": (outcome.secret_lost or CODE_LOST,)})


def _lost_secrets(steps: Iterable[StepRecord], known: Collection[str]) -> tuple[str, ...]:
    """What to do about the secrets of steps that an earlier process did and told nobody of."""
    done = journal.with_state(steps, StepState.DONE)
    outcomes = [journal.outcome_of(step) for step in done if step.key not in known]
    return tuple(outcome.secret_lost or CODE_LOST for outcome in outcomes if outcome.secret_facts)


def has_run(request: Request) -> bool:
    """Whether it ended after its run began: then its steps tell how."""
    return request.state in RUN_ENDS or views.was_stopped(request)


def _current_state(db: Database, request: Request) -> tuple[Request, list[str]]:
    """The request as it is now, and the ids of its progress messages.

    Fails while nothing can be written.

    The card stays the one that the caller knows: some callers deleted theirs already.
    """
    stats.touch(db)  # else the end would be told again and again while it cannot be noted
    now = requests_table.find_or_fail(db, request.code)
    messages = progress_messages.posted(db)
    message_ids = [message.message_id for message in messages if message.request == request.code]
    return now.model_copy(update={"card_id": request.card_id}), message_ids


def _log_run(request: Request, seconds: float) -> None:
    """Log the one line of a run; `seconds` have passed since it was confirmed or approved."""
    stats_of_run = call_stats.current()
    stats_of_run.facts |= {
        "request": request.code,
        "what": request.operation,
        "state": request.state,
    }
    stats_of_run.outcome, stats_of_run.began = None, time.perf_counter() - seconds
    log.info("run", **stats_of_run.as_log_fields())


def _task_name(request: Request) -> str:
    return f"request {request.code}"
