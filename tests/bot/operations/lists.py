"""How tests take a list operation from lines or a file to its plan, as the desk does."""

from dataclasses import replace
from typing import Any

from bot.domain.forms import ParsedForm, clean_inputs, read_form
from bot.domain.lists.reader import read_file, read_pasted
from bot.domain.lists.rows import ROWS
from bot.domain.operation import Context, Operation
from bot.domain.plan import Plan


def _form(operation: Operation, inputs: dict[str, Any]) -> ParsedForm:
    return read_form(operation.form, clean_inputs(operation.form, inputs, operation.secrets))


async def plan_lines(operation: Operation, lines: str, ctx: Context, **inputs: str) -> Plan:
    """The plan of lines that were typed into the form."""
    required = operation.row_fields or frozenset()
    read = read_pasted(lines, required=required, model=inputs.get("model", ""))
    return await operation.plan(_form(operation, {ROWS: lines, **inputs}), replace(ctx, rows=read))


async def plan_table(operation: Operation, table: str, ctx: Context, **inputs: str) -> Plan:
    """The plan of a file with a table: `;` between cells, in lines."""
    read = read_file(table.encode(), required=operation.row_fields or frozenset())
    return await operation.plan(_form(operation, inputs), replace(ctx, rows=read))


def told(made: Plan) -> dict[int, str]:
    """What the check says of rows, by their numbers."""
    return {check.number: check.reason for check in made.checks}


def wrong(made: Plan) -> dict[int, str]:
    """The same of the rows that are wrong."""
    return {check.number: check.reason for check in made.wrong_rows}


def rows_of(made: Plan) -> list[str]:
    """The keys of the steps."""
    return [step.key for step in made.steps]
