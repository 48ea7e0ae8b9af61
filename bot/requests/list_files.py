"""The files that answer a list: its columns, and what became of each row. Pure."""

from collections.abc import Mapping, Sequence

from bot.actions import steps as actions
from bot.core.models.files import FileMessage
from bot.core.models.requests import Request
from bot.core.models.steps import StepRecord
from bot.domain.lists.answer import RowAnswer, RowStatus, answer_table
from bot.domain.lists.rows import ReadList, row_number
from bot.domain.plan import Plan
from bot.requests import journal
from bot.requests.lifecycle import StepState

# What a row is called whose step of this action is done.
DONE: Mapping[str, RowStatus] = {
    actions.ADD_PHONE: RowStatus.ADDED,
    actions.ACTIVATION_CODE: RowStatus.CODE_SENT,
    actions.DELETE_DEVICE: RowStatus.DELETED,
    actions.TAG: RowStatus.TAGGED,
}
NOT_DONE: Mapping[str, RowStatus] = {
    StepState.PENDING: RowStatus.NOT_BEGUN,
    StepState.SKIPPED: RowStatus.NOT_BEGUN,
    StepState.RUNNING: RowStatus.UNKNOWN,
    StepState.UNKNOWN: RowStatus.UNKNOWN,
    StepState.FAILED: RowStatus.FAILED,
}


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


def result_file(
    request: Request, planned: Plan, steps: Sequence[StepRecord], rows: ReadList
) -> FileMessage:
    """`CODE-result.csv`: what became of each row."""
    answers = {
        check.number: RowAnswer(RowStatus.WRONG, check.reason) for check in planned.wrong_rows
    }
    answers |= {row_number(step.key): _answer(step) for step in reversed(steps)}
    return FileMessage(
        text=f"The result of {request.code}, row by row:",
        name=f"{request.code}-result.csv",
        content=answer_table(rows, answers),
    )


def _answer(step: StepRecord) -> RowAnswer:
    if step.state == StepState.DONE:
        return RowAnswer(DONE[journal.step_of(step).action])
    status = RowStatus.UNKNOWN if step.unclear else NOT_DONE[step.state]
    return RowAnswer(status, step.reason, step.tracking_id)
