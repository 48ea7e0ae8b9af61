"""Between two steps, roles and approvals are checked again, also while accounts are unreadable."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.errors import Unavailable
from bot.core.models.people import Grant, Role
from bot.requests.runs import MAX_OF_ONE_REQUEST
from bot.requests.step_checks import HALFWAY_DELAYS
from bot.requests.step_lookups import LOOKUP_DELAYS
from bot.store import grants
from tests.bot.requests.fixtures import TOM, text_of
from tests.bot.requests.stepping import SWAP, TOYS, StepWorld, opened, toy, toys
from tests.bot.requests.strategies import ANA
from tests.bot.requests.test_steps_stopped import ASK, TOMS, answered, sending, spaced, stop


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[StepWorld]:
    """With everybody on the list; a technician's swap must be approved."""
    async with opened(tmp_path / "provbot.db", policy=ASK) as made:
        await made.allow(Grant(ANA.email, Role.APPROVER))
        yield made


async def test_a_requester_without_a_role_changes_nothing_more(world: StepWorld):
    code = await sending(world)
    await world.store.call(grants.revoke, TOMS)
    await answered(world)
    assert await world.judge(code) == "partly"
    assert world.states(code) == ["done", "skipped", "skipped"]
    assert f"{TOM.email} is no longer allowed to do this" in world.messenger.texts[-1]


async def test_a_role_that_is_revoked_during_a_spacing_wait_counts(world: StepWorld):
    code = await spaced(world)
    await world.store.call(grants.revoke, TOMS)
    world.clock.let_go.set()
    await world.rest()
    assert await world.judge(code) == "partly"
    assert world.states(code) == ["done", "skipped", "skipped"]


async def approved_swap(world: StepWorld) -> str:
    """A swap that Ana approved, while its first step is being sent."""
    world.calling.gate.clear()
    request = await world.asked("swap phone", SWAP)
    assert request.state == "waiting"
    await world.decide(request.code, "approve", ANA)
    await world.until(lambda: world.sent)
    return request.code


async def test_an_approved_swap_is_done(world: StepWorld):
    code = await approved_swap(world)
    await answered(world)
    assert await world.judge(code) == "done"


async def test_an_approver_without_a_role_approves_nothing_more(world: StepWorld):
    code = await approved_swap(world)
    await world.store.call(grants.revoke, Grant(ANA.email, Role.APPROVER))
    await answered(world)
    assert await world.judge(code) == "partly"
    assert world.states(code) == ["done", "skipped", "skipped"]
    assert f"{ANA.email} is no longer allowed to approve this" in str(world.messenger.texts)


@pytest.mark.parametrize("times", [1, len(HALFWAY_DELAYS) - 1])
async def test_an_identity_that_is_unreadable_for_a_moment_is_read_again(world: StepWorld, times):
    code = await sending(world)
    world.clock.now += 400.0  # what was read before has to be read again by now
    world.people.troubles = [Unavailable(503, "Down.")] * times
    await answered(world)
    assert await world.judge(code) == "done"
    assert world.clock.slept == [delay for delay in HALFWAY_DELAYS[: times + 1] if delay]


async def test_an_identity_that_stays_unreadable_ends_the_request(world: StepWorld):
    code = await sending(world)
    world.clock.now += 400.0
    world.people.troubles = [Unavailable(503, "Down.")] * len(HALFWAY_DELAYS)
    await answered(world)
    assert await world.judge(code) == "partly"
    assert world.states(code) == ["done", "skipped", "skipped"]
    assert "I cannot check who" in world.messenger.texts[-1]


async def test_stop_while_an_identity_is_read_again_ends_at_once(world: StepWorld):
    code = await sending(world)
    world.clock.now += 400.0
    world.clock.longest = LOOKUP_DELAYS[1] - 1.0
    world.people.troubles = [Unavailable(503, "Down.")]
    world.calling.gate.set()
    await world.until(lambda: world.clock.sleepers)
    assert text_of(await stop(world, code, "button")) == f"{code} is stopped."
    await world.rest()
    assert await world.judge(code) == "cancelled"
    assert world.states(code) == ["done", "skipped", "skipped"]


async def test_of_a_long_list_each_step_is_checked_right_before_it_is_sent(world: StepWorld):
    number = MAX_OF_ONE_REQUEST + 6
    world.calling.gate.clear()
    code = await world.made(toys(*(toy(f"toy {n}", f"place {n}") for n in range(number))))
    await world.until(lambda: len(world.sent) == MAX_OF_ONE_REQUEST)
    await world.store.call(grants.revoke, TOMS)
    await answered(world)
    assert await world.judge(code) == "partly"
    assert world.states(code).count("done") == MAX_OF_ONE_REQUEST
    assert world.states(code).count("skipped") == 6


async def test_facts_that_are_too_old_are_read_once_for_all_steps_that_begin(world: StepWorld):
    plan = toys(*(toy(f"toy {n}", f"place {n}") for n in range(9)))
    world.plans["nine"] = plan
    shown = await world.ask(TOYS, {"plan": "nine"})
    assert shown.request
    await world.put(shown, "approved")
    world.plans_made = 0
    await world.start_again()
    assert await world.judge(shown.request.code) == "done"
    assert world.plans_made == 1
