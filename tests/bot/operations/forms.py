"""How tests take an operation from inputs to its plan, as the desk does."""

from collections import ChainMap
from collections.abc import Mapping
from typing import Any

import pytest

from bot.core.errors import Invalid
from bot.core.models.people import Grant, Role
from bot.core.models.webex import LocationRef
from bot.domain.forms import clean_inputs, read_form
from bot.domain.operation import Context, Job, Operation
from bot.domain.plan import Outcome, Plan
from tests.fake_calling import FakeCalling
from tests.fake_people import FakeAllowlist


def context(calling: FakeCalling, *places: str, government: bool = False) -> Context:
    """Of somebody who looks after these places; of all where none is named."""

    def reaches(where: LocationRef) -> bool:
        return not places or where.name in places

    allowlist = FakeAllowlist([Grant("ada@example.com", Role.ADMIN)])
    return Context(calling, reaches, bool(places), government, allowlist)


async def plan(operation: Operation, inputs: Mapping[str, Any], ctx: Context) -> Plan:
    """The plan for valid inputs."""
    return await operation.plan(
        read_form(operation.form, clean_inputs(operation.form, inputs, operation.secrets)), ctx
    )


async def problems(operation: Operation, inputs: Mapping[str, Any], ctx: Context) -> Invalid:
    """What is wrong with the inputs."""
    with pytest.raises(Invalid) as caught:
        await plan(operation, inputs, ctx)
    return caught.value


async def done(
    operation: Operation, made: Plan, ctx: Context, secrets: Mapping[str, str] | None = None
) -> Outcome:
    """What is told when all steps of the plan were run, one after another."""
    actions = {action.name: action for action in operation.actions}
    outcomes: dict[str, Outcome] = {}
    for step in made.steps:
        values = [outcomes[key].values for key in step.after]
        job = Job(made, step, dict(ChainMap(*values)))
        outcomes[step.key] = await actions[step.action].run(job, secrets or {}, ctx)
    return operation.outcome(made, outcomes)
