"""A request while it runs, and how its run ended."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bot.core.errors import ProvbotError
from bot.core.models.requests import Request
from bot.core.models.steps import StepRecord
from bot.domain.operation import Job
from bot.domain.plan import Outcome, Plan
from bot.requests import journal
from bot.requests.lifecycle import StepState
from bot.requests.step_transitions import RunState
from bot.webex.rate_limiter import Withdrawal

# Called after each step, and when it is stopped, with the newest state of the request.
Observer: TypeAlias = Callable[[RunState], None]


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
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    withdrawal: Withdrawal = field(default_factory=Withdrawal)  # of changes that wait to be sent
    outcomes: dict[str, Outcome] = field(default_factory=dict)  # by key, with their secrets
    problems: dict[str, ProvbotError | Uncertain] = field(default_factory=dict)  # by key
    given_up: set[str] = field(default_factory=set)  # cannot be looked up; the next start tries

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
        done = {step.key for step in journal.with_state(self.state.steps, StepState.DONE)}
        return done.issuperset(keys)

    def job(self, step: StepRecord) -> Job:
        """The job of a step."""
        approved = journal.step_of(step)
        before = {key: self._outcome(key) for key in approved.after}
        return Job(self.plan, approved, journal.values_for(approved, before))

    def _outcome(self, key: str) -> Outcome:
        """The outcome of a step that is done."""
        return self.outcomes.get(key) or journal.outcome_of(self.state.step(key))

    def stop(self, state: RunState) -> None:
        """Take over the state after a stop: nothing more is sent."""
        self.follow(state)
        self.stopped.set()
        self.withdrawal.withdraw()

    def follow(self, state: RunState) -> None:
        """Take over the newest state."""
        self.state = state
        self.observe(state)


async def all_or_stopped(run: Run, works: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Do all works side by side. Once a stop ended the request, none of them sends anything more.

    Then they wait for a turn or for a spacing, which may take long, and are cancelled. Raises the
    first error of a work, after all have ended.
    """
    tasks = [asyncio.create_task(work) for work in works]
    stopped = asyncio.create_task(run.stopped.wait())
    try:
        pending = set(tasks)
        while pending and not run.state.has_ended:
            waits = pending if stopped.done() else {*pending, stopped}
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            pending -= done
    finally:
        for task in (*tasks, stopped):
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for error in results:
        if isinstance(error, Exception):
            raise error
