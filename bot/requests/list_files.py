"""The files that answer a list: its columns, and what became of each row. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.core.models.files import FileMessage
from bot.core.models.mac import show_mac
from bot.core.models.requests import Request
from bot.core.models.steps import StepRecord
from bot.core.models.text import clean
from bot.domain.lists.answer import RowAnswer, RowStatus, answer_table
from bot.domain.lists.column_names import ANSWER_COLUMNS
from bot.domain.lists.rows import ReadList
from bot.domain.plan import Plan
from bot.domain.tables import csv_file
from bot.requests import journal, list_rows, step_views


def check_file(request: Request, planned: Plan, rows: ReadList) -> FileMessage:
    """`CODE-check.csv`: which rows are ready, which are wrong, and why."""
    answers = {number: RowAnswer(RowStatus.READY) for number in planned.ready_rows} | {
        check.number: RowAnswer(
            RowStatus.WRONG if check.is_wrong else RowStatus.READY, check.reason
        )
        for check in planned.checks
    }
    return FileMessage(
        text=f"The check of {request.code}, row by row:",
        name=f"{request.code}-check.csv",
        content=answer_table(_with_names(rows, planned), _with_devices(answers, planned)),
    )


def is_same_check(before: Mapping[str, Any] | None, planned: Plan) -> bool:
    """Whether the plan that was stored before, if any, has the same rows with the same answers."""
    if before is None or not planned.is_of_list:
        return False
    shown = Plan.model_validate(before)
    return shown.checks == planned.checks and shown.steps == planned.steps


def result_file(request: Request, rows: ReadList, answers: Mapping[int, RowAnswer]) -> FileMessage:
    """`CODE-result.csv`: what became of each row."""
    planned = Plan.model_validate(request.plan) if request.plan else None
    if planned:
        rows, answers = _with_names(rows, planned), _with_devices(answers, planned)
    return FileMessage(
        text=f"The result of {request.code}, row by row:",
        name=f"{request.code}-result.csv",
        content=answer_table(rows, answers),
    )


def _with_devices(answers: Mapping[int, RowAnswer], planned: Plan) -> dict[int, RowAnswer]:
    """The answers; where a row names a device by its MAC alone, they say what it is and whose."""
    devices = list_rows.devices(planned)
    return {
        number: replace(
            answer, reason=" ".join(filter(None, (devices.get(number, ""), answer.reason)))
        )
        for number, answer in answers.items()
    }


def _with_names(rows: ReadList, planned: Plan) -> ReadList:
    """The list with the names of owners who were mentioned: their cells have keys."""
    details = [step.details for step in planned.steps]
    names = {fields["owner"]: fields["owner_name"] for fields in details if "owner_name" in fields}
    named = (
        replace(row, cells=tuple(names.get(cell, cell) for cell in row.cells)) for row in rows.rows
    )
    return replace(rows, rows=tuple(named))


def steps_file(request: Request, steps: Sequence[StepRecord]) -> FileMessage:
    """`CODE-steps.csv`: what became of each step of a request that is about no list."""
    rows = (
        [
            str(step.number),
            (approved := journal.step_of(step)).title,
            show_mac(approved.details.get("mac", "")),
            approved.details.get("owner_name") or approved.details.get("name", ""),
            step_views.state_of(step),
            clean(step.reason),
            step.tracking_id,
        ]
        for step in steps
    )
    return FileMessage(
        text=f"The result of {request.code}, step by step:",
        name=f"{request.code}-steps.csv",
        content=csv_file(("Step", "What", "MAC", "Owner", *ANSWER_COLUMNS), rows),
    )
