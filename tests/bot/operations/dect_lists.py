"""How tests take an operation about a DECT network from its boxes to its plan, as the desk does."""

from dataclasses import replace
from typing import Any

from bot.domain.forms import clean_inputs, read_form
from bot.domain.lists.dect_lines import read_dect_lines
from bot.domain.lists.rows import ListRow, ReadList
from bot.domain.operation import Context, Operation
from bot.domain.plan import Plan


async def plan_boxes(
    operation: Operation, ctx: Context, *, bases: str = "", members: str = "", **inputs: Any
) -> Plan:
    """The plan for what was typed into the form."""
    typed = {"bases": bases, "members": members, **inputs}
    form = read_form(operation.form, clean_inputs(operation.form, typed, operation.secrets))
    read = read_dect_lines(bases, members)
    return await operation.planned(form, replace(ctx, rows=read if read.rows else None))


async def plan_rows(operation: Operation, ctx: Context, *rows: ListRow, **inputs: Any) -> Plan:
    """The plan for the rows of a file."""
    form = read_form(operation.form, clean_inputs(operation.form, inputs, operation.secrets))
    return await operation.planned(form, replace(ctx, rows=ReadList(("owner",), rows)))
