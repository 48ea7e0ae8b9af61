"""Of a request that runs, only what has moved is read again, also where others moved it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.requests.step_transitions import RunStates
from bot.store import requests as requests_table
from bot.store import steps as steps_table
from tests.bot.requests.stepping import TOYS, StepWorld, opened, toy, toys

NUMBER = 5  # steps


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[StepWorld]:
    """With everybody on the list."""
    async with opened(tmp_path / "provbot.db") as made:
        yield made


async def confirmed(world: StepWorld) -> str:
    """The code of a request whose steps nobody has run yet."""
    world.plans["five"] = toys(*(toy(f"toy {number}") for number in range(NUMBER)))
    shown = await world.ask(TOYS, {"plan": "five"})
    assert shown.request
    return (await world.put(shown, "approved")).code


async def test_only_a_step_that_moved_is_read_again(world: StepWorld):
    states, code = RunStates(), await confirmed(world)
    before = states.begin(world.db, code)
    moved = steps_table.change(world.db, before.steps[2], now=7.0, state="running")
    after = states.read(world.db, code)
    assert after.steps[2] == moved
    unmoved = [now is then for now, then in zip(after.steps, before.steps, strict=True)]
    assert unmoved == [True, True, False, True, True]
    assert after.request.plan
    assert before.request.plan
    assert after.request.plan["steps"] is before.request.plan["steps"]


async def test_a_step_that_was_postponed_is_read_again(world: StepWorld):
    states, code = RunStates(), await confirmed(world)
    before = states.begin(world.db, code)
    now = before.steps[0].changed_at
    steps_table.change(world.db, before.steps[0], now=now, not_before=99.0)
    assert states.read(world.db, code).steps[0].not_before == 99.0


async def test_the_request_is_always_read_again(world: StepWorld):
    states, code = RunStates(), await confirmed(world)
    states.begin(world.db, code)
    requests_table.set_stopped(world.db, code, "ada@example.com")
    requests_table.set_spent(world.db, code, {"run": {"calls": 1.0}})
    request = states.read(world.db, code).request
    assert (request.stopped_by, request.spent) == ("ada@example.com", {"run": {"calls": 1.0}})


async def test_nothing_is_kept_of_a_request_that_does_not_run(world: StepWorld):
    states, code = RunStates(), await confirmed(world)
    before = states.begin(world.db, code)
    states.end(code)
    first, second = states.read(world.db, code), states.read(world.db, code)
    assert first == second == before
    assert first.steps[0] is not second.steps[0]


async def test_a_run_leaves_nothing_in_memory(world: StepWorld):
    world.plans["two"] = toys(toy("a"), toy("b"))
    code = await world.confirmed(TOYS, {"plan": "two"})
    assert await world.judge(code) == "done"
    assert world.runner.executor.steps.states == RunStates()
