"""Of a request that runs, only what has moved is read again, also where others moved it."""

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from bot.core.models.requests import Request
from bot.requests.step_transitions import RunStates
from bot.store import requests as requests_table
from bot.store import steps as steps_table
from bot.store.sql import transaction
from tests.bot.requests.stepping import TOYS, StepWorld, opened, toy, toys
from tests.database import statements_of

pytestmark = pytest.mark.usefixtures("engine")

NUMBER = 5  # steps


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[StepWorld]:
    """With everybody on the list."""
    async with opened(tmp_path / "provbot.db") as made:
        yield made


async def confirmed(world: StepWorld) -> Request:
    """A request whose steps nobody has run yet."""
    world.plans["five"] = toys(*(toy(f"toy {number}") for number in range(NUMBER)))
    shown = await world.ask(TOYS, {"plan": "five"})
    assert shown.request
    return await world.put(shown, "approved")


async def test_only_a_step_that_moved_is_read_again(world: StepWorld):
    states, request = RunStates(), await confirmed(world)
    code = request.code
    before = states.begin(world.db, request)
    moved = steps_table.change(world.db, before.steps[2], now=7.0, state="running")
    after = states.read(world.db, code)
    assert after.steps[2] == moved
    unmoved = [now is then for now, then in zip(after.steps, before.steps, strict=True)]
    assert unmoved == [True, True, False, True, True]
    assert after.request.plan
    assert before.request.plan
    assert after.request.plan["steps"] is before.request.plan["steps"]


async def test_a_step_that_was_postponed_is_read_again(world: StepWorld):
    states, request = RunStates(), await confirmed(world)
    code = request.code
    before = states.begin(world.db, request)
    now = before.steps[0].changed_at
    steps_table.change(world.db, before.steps[0], now=now, not_before=99.0)
    assert states.read(world.db, code).steps[0].not_before == 99.0


async def test_a_request_that_others_change_is_read_again(world: StepWorld):
    states, request = RunStates(), await confirmed(world)
    code = request.code
    states.begin(world.db, request)
    requests_table.set_stopped(world.db, code, "ada@example.com")
    assert states.read(world.db, code).request.stopped_by == "ada@example.com"
    requests_table.set_card(world.db, code, "card-2")
    assert states.read(world.db, code).request.card_id == "card-2"


async def test_what_the_run_itself_wrote_is_not_read_again(world: StepWorld):
    world.plans["many"] = toys(*(toy(f"toy {number}", f"place {number}") for number in range(30)))
    with statements_of(world.db) as statements:
        code = await world.confirmed(TOYS, {"plan": "many"})
        assert await world.judge(code) == "done"
    assert statements
    assert not [each for each in statements if "coalesce(attempts, 0)" in each]


async def test_a_move_that_was_rolled_back_is_forgotten(world: StepWorld):
    states, request = RunStates(), await confirmed(world)
    code = request.code
    before = states.begin(world.db, request)
    world.db.commit()
    with suppress(OSError), transaction(world.db):
        moved = steps_table.change(world.db, before.steps[1], now=7.0, state="running")
        states.written(world.db, before.with_steps([moved]))
        raise OSError
    other = steps_table.change(world.db, before.steps[3], now=8.0, state="running")
    assert states.read(world.db, code).steps == (*before.steps[:3], other, before.steps[4])


async def test_requests_that_run_at_the_same_time_are_told_apart(world: StepWorld):
    states, request, other = RunStates(), await confirmed(world), await confirmed(world)
    before, of_the_other = states.begin(world.db, request), states.begin(world.db, other)
    steps_table.change(world.db, before.steps[0], now=7.0, state="running")
    assert states.read(world.db, other.code) is of_the_other
    assert states.read(world.db, request.code).steps[0].state == "running"


async def test_nothing_is_kept_of_a_request_that_does_not_run(world: StepWorld):
    states, request = RunStates(), await confirmed(world)
    code = request.code
    before = states.begin(world.db, request)
    states.end(code)
    first, second = states.read(world.db, code), states.read(world.db, code)
    assert first == second == before
    assert first.steps[0] is not second.steps[0]


async def test_a_run_leaves_nothing_in_memory(world: StepWorld):
    world.plans["two"] = toys(toy("a"), toy("b"))
    code = await world.confirmed(TOYS, {"plan": "two"})
    assert await world.judge(code) == "done"
    assert world.runner.executor.steps.states == RunStates()
