"""The files that answer a list: its columns, and what became of each row. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.core.models.files import FileMessage
from bot.core.models.requests import Request
from bot.core.models.steps import StepRecord
from bot.core.models.text import clean
from bot.domain.lists.answer import RowAnswer, RowStatus, answer_table
from bot.domain.lists.column_names import ANSWER_COLUMNS
from bot.domain.lists.rows import ReadList
from bot.domain.plan import Plan
from bot.domain.tables import csv_file
from bot.requests import journal, step_views


def check_file(request: Request, planned: Plan, rows: ReadList) -> FileMessage:
    """`CODE-check.csv`: which rows are ready, which are wrong, and why."""
    answers = {
        check.number: RowAnswer(
            RowStatus.WRONG if check.is_wrong else RowStatus.READY, check.reason
        )
        for check in planned.checks
    }
    return FileMessage(
        text=f"The check of {request.code}, row by row:",
        name=f"{request.code}-check.csv",
        content=answer_table(rows, answers),
    )


def is_same_check(before: Mapping[str, Any] | None, planned: Plan) -> bool:
    """Whether the plan that was stored before, if any, has the same rows with the same answers."""
    if before is None or not planned.is_of_list:
        return False
    shown = Plan.model_validate(before)
    return shown.checks == planned.checks and shown.steps == planned.steps


def result_file(request: Request, rows: ReadList, answers: Mapping[int, RowAnswer]) -> FileMessage:
    """`CODE-result.csv`: what became of each row."""
    return FileMessage(
        text=f"The result of {request.code}, row by row:",
        name=f"{request.code}-result.csv",
        content=answer_table(rows, answers),
    )


def steps_file(request: Request, steps: Sequence[StepRecord]) -> FileMessage:
    """`CODE-steps.csv`: what became of each step of a request that is about no list."""
    rows = (
        [
            str(step.number),
            journal.step_of(step).title,
            step_views.state_of(step),
            clean(step.reason),
            step.tracking_id,
        ]
        for step in steps
    )
    return FileMessage(
        text=f"The result of {request.code}, step by step:",
        name=f"{request.code}-steps.csv",
        content=csv_file(("Step", "What", *ANSWER_COLUMNS), rows),
    )
