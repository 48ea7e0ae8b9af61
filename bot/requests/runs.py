"""A request while it runs, and how its run ended."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bot.core import logs, retry
from bot.core.errors import DatabaseUnavailable, ProvbotError
from bot.core.models.requests import Request
from bot.core.models.steps import StepRecord
from bot.domain.lists.rows import row_number
from bot.domain.operation import Job
from bot.domain.plan import Outcome, Plan
from bot.operations.actions import dect_steps
from bot.requests import journal, list_rows
from bot.requests.lifecycle import STEP_ENDED, StepState
from bot.requests.step_transitions import RunState
from bot.webex.rate_limiter import Withdrawal

log = logs.get_logger("runs")

# Steps of one request that are checked and sent side by side: few enough that each is checked right
# before it is sent, and that others' requests get slots (`executor.MAX_CONCURRENT_STEPS`) as well.
MAX_OF_ONE_REQUEST = 64
# Subjects of one request that are worked on: also those that wait for a turn, or look something up.
MAX_SUBJECTS = 128

# Called after each step, and when it is stopped, with the newest state of the request.
Observer: TypeAlias = Callable[[RunState], None]


CHECKING = (
    "Webex did not confirm the change. I am checking whether it was made, and will tell you within "
    "a few minutes. Please do not ask again until then."
)
CHECKING_MANY = (
    "Webex did not confirm {changes}. I am checking whether they were made, and will tell you"
    " within a few minutes. Please do not ask again until then."
)


@dataclass(frozen=True)
class Uncertain:
    """Nobody knows whether the change was made."""

    reason: str


@dataclass(frozen=True)
class HalfDone:
    """A request of many steps that did not do all of them; its steps tell which.

    `with_secrets` are the outcomes, by key, of steps that made a secret for the requester;
    `problems` are those of other steps, as far as this process has met them.
    """

    with_secrets: Mapping[str, Outcome] = field(default_factory=dict)
    problems: Mapping[str, ProvbotError | Uncertain] = field(default_factory=dict)


Result: TypeAlias = Outcome | ProvbotError | Uncertain | HalfDone


@dataclass(frozen=True)
class Execution:
    """How the run of a request ended. A ProvbotError says why nothing was done."""

    request: Request
    result: Result
    steps: tuple[StepRecord, ...] = ()


@dataclass(eq=False)
class Run:
    """A request that runs in this process: its newest state, and what is kept in memory only."""

    state: RunState
    plan: Plan
    observe: Observer
    facts_checked_at: float | None
    facts_hold: bool = (
        False  # a step was begun with them; those that begin beside it need no others
    )
    facts_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    withdrawal: Withdrawal = field(default_factory=Withdrawal)  # of changes that wait to be sent
    outcomes: dict[str, Outcome] = field(default_factory=dict)  # by key, of those with a secret
    problems: dict[str, ProvbotError | Uncertain] = field(default_factory=dict)  # by key
    given_up: set[str] = field(default_factory=set)  # cannot be looked up; the next start tries
    # Actions whose steps go one by one, as this cloud has no call for several.
    alone: set[str] = field(default_factory=set)
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_OF_ONE_REQUEST))
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    has_told_checking: bool = False

    @property
    def request(self) -> Request:
        """The request."""
        return self.state.request

    def all_outcomes(self) -> dict[str, Outcome]:
        """The outcomes of the steps that are done; those of an earlier process have no secrets."""
        done = journal.with_state(self.state.steps, StepState.DONE)
        return {step.key: self.outcomes.get(step.key) or journal.outcome_of(step) for step in done}

    def has_done(self, keys: Collection[str]) -> bool:
        """Whether these steps are done."""
        return all(map(self.state.is_done, keys))

    def next_call(
        self, subject: str, limit_of: "Callable[[Run, str], int]"
    ) -> Sequence[StepRecord]:
        """The next steps about this subject that can be one call; none if none is due."""
        first = self.state.next_due(subject, self.given_up)
        if first is None:
            return ()
        limit = limit_of(self, journal.step_of(first).action)
        return [first] if limit == 1 else self.state.with_first(first, limit, self.given_up)

    def unsettled(self, keys: Sequence[str]) -> list[StepRecord]:
        """Those of these steps that have not ended, and were not given up."""
        steps = (self.state.step(key) for key in keys if key not in self.given_up)
        return [step for step in steps if step.state not in STEP_ENDED]

    def job(self, step: StepRecord) -> Job:
        """The job of a step."""
        approved = journal.step_of(step)
        before = {key: self._outcome(key) for key in approved.after}
        return Job(self.plan, approved, journal.values_for(approved, before))

    def network_of(self, step: StepRecord) -> str:
        """The id of the DECT network that a step is about; empty if it has none, or none yet."""
        return dect_steps.network_id_of(self.job(step))

    def _outcome(self, key: str) -> Outcome:
        """The outcome of a step that is done."""
        return self.outcomes.get(key) or journal.outcome_of(self.state.step(key))

    def first_checking(self) -> str:
        """That steps are being looked up, with their number; empty if this run has said it.

        After a restart, all that were being sent are looked up side by side.
        """
        if self.has_told_checking:
            return ""
        self.has_told_checking = True
        unknown = journal.with_state(self.state.steps, StepState.UNKNOWN)
        rows = sorted({row_number(step.key) for step in unknown} - {0})
        if len(unknown) <= 1:
            return f"{self.request.code}: {CHECKING}"
        changes = f"{len(unknown):,} changes"
        noun = "lines" if self.plan.is_short else "rows"
        changes += f" ({noun} {list_rows.named(rows)})" if len(rows) > 1 else ""
        return f"{self.request.code}: {CHECKING_MANY.format(changes=changes)}"

    async def pause(self, seconds: float, sleep: Callable[[float], Awaitable[None]]) -> None:
        """Sleep until the time is over or somebody stops the request."""
        if seconds <= 0:
            return
        waits = {asyncio.ensure_future(sleep(seconds)), asyncio.ensure_future(self.stopped.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def stop(self, state: RunState) -> None:
        """Take over the state after a stop: nothing more is sent."""
        self.follow(state)
        self.stopped.set()
        self.withdrawal.withdraw()

    def follow(self, state: RunState) -> None:
        """Take over the newest state."""
        self.state = state
        if state.has_ended:
            self.ended.set()
        self.observe(state)


async def all_or_stopped(
    run: Run, subjects: Collection[str], work: Callable[[str], Coroutine[Any, Any, None]]
) -> None:
    """Work on all subjects, many side by side. Once a stop ended the request, none sends any more.

    Then they wait for a turn or for a spacing, which may take long, and are cancelled. Raises the
    first error of a work, after all have ended.
    """
    waiting, errors = iter(subjects), list[Exception]()

    async def work_off() -> None:
        for subject in waiting:
            try:
                await work(subject)
            except Exception as error:  # noqa: BLE001 - raised below
                errors.append(error)

    tasks = [asyncio.create_task(work_off()) for _ in range(min(len(subjects), MAX_SUBJECTS))]
    all_done = asyncio.ensure_future(asyncio.wait(tasks))
    ended = asyncio.create_task(run.ended.wait())
    try:
        await asyncio.wait({all_done, ended}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (*tasks, all_done, ended):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if errors:
        raise errors[0]


async def resume_after_failures(
    work: Callable[[], Awaitable[None]],
    resume: Callable[[], Awaitable[None]],
    sleep: Callable[[float], Awaitable[None]],
) -> None:
    """Do the work; after each database failure pause and resume, for about an hour."""
    for pause in retry.RESUME.pauses():
        try:
            return await work()
        except DatabaseUnavailable as error:
            log.warning("database_failed", why=str(error))
        await sleep(pause)
        work = resume
    return await work()
