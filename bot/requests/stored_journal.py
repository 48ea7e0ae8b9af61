"""What requests have changed, for the operations that take it back."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.models.steps import StepRecord
from bot.domain.plan import DoneStep, DoneSteps, Plan
from bot.requests import journal
from bot.requests.lifecycle import StepState
from bot.store import requests as requests_table
from bot.store import steps as steps_table
from bot.store.database import Store
from bot.store.sql import Database


@dataclass(frozen=True)
class StoredJournal:
    """Reads the journals of requests from the database."""

    store: Store

    async def done_steps(self, code: str) -> DoneSteps:
        """The steps of a request that were done, or may have been."""
        return await self.store.call_without_fsync(_read, code)

    async def others_about(self, subject: str, code: str) -> Sequence[DoneSteps]:
        """What later requests than this one have done about a subject, without undone ones."""
        return await self.store.call_without_fsync(_read_others, subject, code)


def _read(db: Database, code: str) -> DoneSteps:
    request = requests_table.find_or_fail(db, code)
    return done_steps(code, Plan.model_validate(request.plan), steps_table.of(db, code))


def _read_others(db: Database, subject: str, code: str) -> list[DoneSteps]:
    codes = steps_table.later_requests(db, subject, code)
    undone = requests_table.undone_by(db, codes)
    return [_read(db, code) for code in codes if code not in undone]


def done_steps(code: str, plan: Plan, records: Sequence[StepRecord]) -> DoneSteps:
    """The steps that were done, or may have been, with what later ones knew of earlier ones."""
    outcomes = {
        record.key: journal.outcome_of(record)
        for record in records
        if record.state == StepState.DONE or record.unclear
    }
    done = [journal.step_of(record) for record in records if record.key in outcomes]
    return DoneSteps(
        code=code,
        plan=plan,
        steps=tuple(
            DoneStep(
                step=step, outcome=outcomes[step.key], values=journal.values_for(step, outcomes)
            )
            for step in done
        ),
    )
