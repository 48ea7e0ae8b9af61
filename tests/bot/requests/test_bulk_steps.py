"""Several steps that are one call: each has its own end, and none is lost or made twice."""

from itertools import pairwise
from pathlib import Path

import pytest

from bot.core.errors import Conflict, NotFound, OutcomeUnknown
from bot.domain.operation import NoBulk
from bot.domain.plan import Step
from bot.store.sql import select
from tests.bot.requests.fixtures import TOM
from tests.bot.requests.stepping import (
    LIMIT,
    SPACING,
    HeldClock,
    StepWorld,
    bulk_toy,
    opened,
    toy,
    toys,
)

KEYS = "abcdefg"


class TickingClock(HeldClock):
    """A clock on which some time passes with each step, as in life."""

    def __call__(self) -> float:
        self.now += 0.003
        return super().__call__()


@pytest.fixture
async def world(tmp_path):
    async with opened(tmp_path / "bot.db") as world:
        yield world


def many(keys: str = KEYS, spacing: float = 0.0):
    """A plan of toys that are made together; the others go on after one is refused."""
    return toys(*(bulk_toy(key, spacing=spacing) for key in keys), on_refusal="go on")


async def test_steps_are_sent_together_up_to_the_limit(world: StepWorld):
    code = await world.made(many())
    await world.rest()
    assert await world.judge(code) == "done"
    assert world.bulks.calls == [["a", "b", "c"], ["d", "e", "f"]]  # and the last one alone
    assert [step.attempts for step in world.steps(code)] == [1] * len(KEYS)


async def test_a_spacing_is_kept_between_calls_not_within_one(world: StepWorld):
    code = await world.made(many(spacing=SPACING))
    await world.rest()
    assert await world.judge(code) == "done"
    begun = [step.begun_at or 0.0 for step in world.steps(code)]
    assert [later - earlier for earlier, later in pairwise(begun)] == [
        0.0, 0.0, SPACING, 0.0, 0.0, SPACING,
    ]  # fmt: skip


async def test_one_that_is_refused_fails_alone(world: StepWorld):
    world.bulks.refused = {"b", "f"}
    code = await world.made(many())
    await world.rest()
    assert await world.judge(code) == "partly"
    assert world.states(code) == ["done", "failed", *["done"] * 3, "failed", "done"]


async def test_one_without_an_answer_is_looked_up_and_not_made_again(world: StepWorld):
    world.bulks.silent = {"b"}
    code = await world.made(many("abc"))
    await world.rest()
    assert await world.judge(code) == "done"
    assert [step.attempts for step in world.steps(code)] == [1, 1, 1]
    assert world.bulks.calls == [["a", "b", "c"]]


async def test_those_that_are_verified_absent_are_sent_again_alone(world: StepWorld):
    world.bulks.silent = world.bulks.never_made = {"b", "c"}
    code = await world.made(many("abcd"))
    await world.until(lambda: len(world.bulks.looks) > 1)
    world.bulks.silent = world.bulks.never_made = set()
    await world.rest()
    assert await world.judge(code) == "done"
    assert [step.attempts for step in world.steps(code)] == [1, 2, 2, 1]
    assert world.bulks.calls == [["a", "b", "c"], ["b", "c"]]
    assert set(map(tuple, world.bulks.looks)) == {("b", "c")}


async def test_a_lost_answer_to_all_is_looked_up_with_one_look(world: StepWorld):
    world.bulks.raises = [OutcomeUnknown(504, "No answer.")]
    code = await world.made(many("abc"))
    await world.rest()
    assert await world.judge(code) == "done"
    assert world.bulks.looks == [["a", "b", "c"]]


async def test_an_answer_that_is_not_understood_is_looked_up(world: StepWorld):
    world.bulks.raises = [KeyError("items")]
    code = await world.made(many("abc"))
    await world.rest()
    assert await world.judge(code) == "done"
    assert world.bulks.looks == [["a", "b", "c"]]


async def test_a_refusal_of_the_whole_call_is_each_ones(world: StepWorld):
    world.bulks.before = Conflict(409, "Too many.")
    code = await world.made(many("abc"))
    await world.rest()
    assert await world.judge(code) == "failed"
    assert world.states(code) == ["failed"] * 3


async def test_a_cloud_without_such_a_call_gets_them_one_by_one(world: StepWorld):
    world.bulks.before = NoBulk("no such call")
    code = await world.made(many("abcd", spacing=SPACING))
    await world.rest()
    assert await world.judge(code) == "done"
    assert world.bulks.calls == []
    assert len(world.sent) == 4


async def test_a_stop_ends_a_request_whose_call_for_several_does_not_exist(world: StepWorld):
    world.bulks.before = NoBulk("no such call")
    world.bulks.may_answer.clear()
    code = await world.made(many("abc"))
    await world.until(lambda: world.states(code) == ["running"] * 3)
    await world.press(await world.row(code), "stop", TOM)
    world.bulks.may_answer.set()
    await world.until(lambda: world.states(code) == ["skipped"] * 3)
    await world.rest()
    assert await world.judge(code) == "cancelled"


async def test_a_pause_is_kept_once_while_the_clock_goes_on(tmp_path: Path):
    async with opened(tmp_path / "bot.db", clock=TickingClock()) as world:
        world.bulks.before = NoBulk("no such call")
        code = await world.made(many("abcd", spacing=SPACING))
        await world.rest()
        assert await world.judge(code) == "done"
        begun = [step.begun_at or 0.0 for step in world.steps(code)]
        assert all(SPACING <= later - earlier < 1.1 * SPACING for earlier, later in pairwise(begun))
        assert sum(world.clock.slept) < 4.4 * SPACING


async def test_a_network_keeps_its_pause_under_another_name(world: StepWorld):
    def step(key: str, subject: str) -> Step:
        made = toy(key, subject, spacing=SPACING)
        return made.model_copy(update={"details": {"network": "n1"}})

    plans = [
        toys(step("a", "dect:l:hall"), step("b", "dect:l:hall"), step("c", "dect:l:hall")),
        toys(step("d", "dect:l:pier"), step("e", "dect:l:pier")),
    ]
    codes = [await world.made(plan) for plan in plans]
    await world.rest()
    assert [await world.state(code) for code in codes] == ["done", "done"]
    begun = sorted(step.begun_at or 0.0 for code in codes for step in world.steps(code))
    assert all(later - earlier >= SPACING for earlier, later in pairwise(begun)), begun


@pytest.mark.parametrize("back", [SPACING / 2, 100 * SPACING])
async def test_a_clock_that_was_set_back_makes_no_longer_pause(world: StepWorld, back):
    await world.made(toys(toy("a", spacing=SPACING)))
    await world.rest()
    world.clock.now -= back
    began = world.clock.now
    code = await world.made(toys(toy("b", spacing=SPACING), toy("c", spacing=SPACING)))
    await world.rest()
    assert await world.judge(code) == "done"
    first, second = (step.begun_at or 0.0 for step in world.steps(code))
    assert SPACING <= first - began <= 1.5 * SPACING
    assert SPACING <= second - first <= 1.5 * SPACING


async def test_a_network_that_is_gone_ends_all(world: StepWorld):
    world.bulks.before = NotFound(404, "[Error 27455] No such network.")
    world.bulks.before.code = 27455
    code = await world.made(many(spacing=SPACING))
    await world.rest()
    assert await world.judge(code) == "failed"
    assert world.states(code) == ["failed"] * LIMIT + ["skipped"] * (len(KEYS) - LIMIT)
    assert "The DECT network was deleted meanwhile." in world.messenger.texts[-1]


@pytest.mark.parametrize("crash_timer", range(1, 40, 2))
async def test_a_kill_loses_none_and_makes_none_twice(world: StepWorld, crash_timer):
    world.bulks.refused = {"b"}

    async def run() -> None:
        await world.made(many("abcd"))
        await world.rest()

    await world.dies_of(run(), crash_timer)
    (code,) = {row["code"] for row in select(world.db, "select code from requests")} or {""}
    if not code or await world.state(code) == "draft":
        return  # it died before Confirm
    await world.rest()
    # After the kill, the one that would be refused with others is sent alone.
    assert await world.judge(code) in ("partly", "done")
    assert world.states(code)[0::2] == ["done", "done"]
    assert world.states(code)[3] == "done"
