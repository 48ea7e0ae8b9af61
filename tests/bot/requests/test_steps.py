"""Requests of many steps, whatever Webex does, and wherever the process dies."""

from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest

from bot.core.errors import Conflict, Forbidden, NotFound, RateLimited, Unavailable, Unreached
from bot.requests.step_lookups import LOOKUP_DELAYS
from tests.bot.requests.fixtures import ELI
from tests.bot.requests.stepping import (
    MOVE,
    OLD,
    SPACING,
    SWAP,
    TOYS,
    StepWorld,
    opened,
    toy,
    toys,
)
from tests.example_org import ANN, ANNS_PHONE, BOB, FREE_MAC
from tests.fake_calling import LostAfter, lost

REFUSALS = [
    Conflict(409, "No.", "T-1"),
    Forbidden(403, "No scope.", "T-1"),
    RateLimited(429, "Slow down.", "T-1", retry_after=60),
    Unreached(503, "Webex cannot be reached.", "T-1"),
]
STATES = {  # by how many steps are done, when the next one fails for good
    0: ("failed", ["failed", "skipped", "skipped"]),
    1: ("partly", ["done", "failed", "skipped"]),
    2: ("partly", ["done", "done", "failed"]),
}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[StepWorld]:
    """With everybody on the list."""
    async with opened(tmp_path / "provbot.db") as made:
        yield made


async def test_a_swap_is_done_step_by_step(world: StepWorld):
    code = await world.confirmed("swap phone", SWAP)
    assert await world.judge(code) == "done"
    assert [key for _, key in world.sent] == ["remove", "add", "tags"]
    phone = world.calling.phone(FREE_MAC)
    assert phone
    assert (phone.person_id, phone.tags, world.calling.phone(OLD)) == (ANN.id, ("front",), None)


async def test_a_move_is_done_step_by_step(world: StepWorld):
    code = await world.confirmed("move phone", MOVE, ELI)
    assert await world.judge(code) == "done"
    assert [key for _, key in world.sent] == ["remove", "add", "tags"]
    phone = world.calling.phone(OLD)
    assert phone
    assert (phone.person_id, phone.tags) == (BOB.id, ("front",))


@pytest.mark.parametrize("problem", REFUSALS)
@pytest.mark.parametrize("done", [0, 1, 2])
async def test_a_refused_step_ends_a_swap(world: StepWorld, done, problem):
    world.calling.troubles = [None] * done + [problem]
    code = await world.confirmed("swap phone", SWAP)
    state, steps = STATES[done]
    assert await world.judge(code) == state
    assert world.states(code) == steps
    assert world.clock.slept == []


@pytest.mark.parametrize("done", [0, 1, 2])
async def test_a_step_with_a_lost_answer_is_found(world: StepWorld, done):
    world.calling.troubles = [None] * done + [LostAfter()]
    code = await world.confirmed("swap phone", SWAP)
    assert await world.judge(code) == "done"
    assert len(world.sent) == 3


@pytest.mark.parametrize("done", [0, 1, 2])
async def test_an_absent_step_is_sent_once_more(world: StepWorld, done):
    world.calling.troubles = [None] * done + [lost()]
    code = await world.confirmed("swap phone", SWAP)
    assert await world.judge(code) == "done"
    assert [step.attempts for step in world.steps(code)] == [
        2 if number == done else 1 for number in range(3)
    ]
    assert sum(LOOKUP_DELAYS) <= sum(world.clock.slept) < 2 * sum(LOOKUP_DELAYS)


@pytest.mark.parametrize("done", [0, 1, 2])
async def test_a_step_that_is_absent_twice_has_failed(world: StepWorld, done):
    world.calling.troubles = [None] * done + [lost(), lost()]
    code = await world.confirmed("swap phone", SWAP)
    state, steps = STATES[done]
    assert await world.judge(code) == state
    assert world.states(code) == steps


@pytest.mark.parametrize("done", [0, 1, 2])
@pytest.mark.parametrize("trouble", [lost, LostAfter])
async def test_a_step_that_cannot_be_looked_up_waits_for_the_next_start(
    world: StepWorld, done, trouble
):
    world.calling.troubles = [None] * done + [trouble()]
    code = await world.confirmed_now("swap phone", SWAP)
    await world.until(lambda: len(world.sent) > done)
    for read in ("device", "devices", "devices_of", "mac_state"):
        world.calling.broken[read] = [Unavailable(503, "No.")] * len(LOOKUP_DELAYS)
    await world.rest()
    assert await world.state(code) == "unknown"
    assert world.states(code) == ["done"] * done + ["unknown"] + ["pending"] * (2 - done)
    (told,) = [text for text in world.messenger.texts if text.startswith("Not certain: ")]
    assert f"{done} of 3 done" in told
    assert "Nothing" not in told

    world.calling.broken.clear()
    await world.start_again()
    assert await world.judge(code) == "done"
    assert len(world.sent) == (4 if trouble is lost else 3)


@pytest.mark.parametrize(("operation", "inputs"), [("swap phone", SWAP), ("move phone", MOVE)])
async def test_a_process_that_dies_anywhere_goes_on(tmp_path: Path, operation, inputs):
    deaths = 0
    while await dies(tmp_path / f"{deaths}.db", operation, inputs, deaths):
        deaths += 1
    assert deaths > 30


async def dies(path: Path, operation: str, inputs: dict[str, str], crash_timer: int) -> bool:
    """Whether the process died so early that the request was not at its end; it is done since."""
    async with opened(path) as world:
        shown = await world.ask(operation, inputs, ELI)
        assert shown.request
        code = shown.request.code
        has_died = await world.dies_of(world.press(shown, "confirm", ELI), crash_timer)
        if await world.state(code) == "draft":  # it died before it knew of the press
            return has_died
        assert await world.judge(code) == "done", crash_timer
        assert {key for _, key in world.sent} == {"remove", "add", "tags"}
        return has_died


@pytest.mark.parametrize(("operation", "inputs"), [("swap phone", SWAP), ("move phone", MOVE)])
@pytest.mark.parametrize("done", [1, 2, 3])
async def test_an_undo_in_which_the_process_dies_anywhere_goes_on(
    tmp_path: Path, operation, inputs, done
):
    for crash_timer in range(done, 200, 6):
        async with opened(tmp_path / f"{crash_timer}.db") as world:
            if done < len(STATES):
                world.calling.troubles = [None] * done + [Conflict(409, "No.", "T-1")]
            original = await world.row(await world.confirmed(operation, inputs, ELI))
            assert original.state == ("done" if done == len(STATES) else "partly")
            shown = await world.press(original, "undo", ELI)
            assert shown.request
            code = shown.request.code
            has_died = await world.dies_of(world.press(shown, "confirm", ELI), crash_timer)
            if await world.state(code) != "draft":
                assert await world.judge(code) == "done", crash_timer
                phone = world.calling.phone(OLD)
                assert phone
                assert phone.person_id == ANN.id
                assert world.calling.phone(FREE_MAC) is None
            if not has_died:
                return
    raise AssertionError("it never came to an end")


SIDE_BY_SIDE = toys(toy("a", "one"), toy("b", "two"), toy("c", "one", after="b"), toy("d", "two"))
SPACED = toys(toy("a"), toy("b", spacing=SPACING), toy("c", "two", after="b"))


@pytest.mark.parametrize("plan", [SIDE_BY_SIDE, SPACED], ids=["side by side", "spaced"])
async def test_a_process_that_dies_anywhere_goes_on_with_any_plan(tmp_path: Path, plan):
    for crash_timer in range(200):
        async with opened(tmp_path / f"{crash_timer}.db") as world:
            world.plans["toys"] = plan
            shown = await world.ask(TOYS, {"plan": "toys"})
            assert shown.request
            code = shown.request.code
            has_died = await world.dies_of(world.press(shown, "confirm"), crash_timer)
            if await world.state(code) != "draft":
                assert await world.judge(code) == "done", crash_timer
                assert len(set(world.sent)) == len(plan.steps)
            if not has_died:
                return
    raise AssertionError("it never came to an end")


@pytest.mark.parametrize("done", [0, 1, 2])
async def test_a_process_that_dies_while_it_tells_the_end_tells_it_again(tmp_path: Path, done):
    for crash_timer in range(200):
        async with opened(tmp_path / f"{crash_timer}.db") as world:
            world.calling.troubles = [None] * done + [Conflict(409, "No.", "T-1")] * 2
            shown = await world.ask("swap phone", SWAP)
            assert shown.request
            has_died = await world.dies_of(world.press(shown, "confirm"), crash_timer)
            code = shown.request.code
            if await world.state(code) != "draft":
                # Where it died before the refusal was noted, the step is sent once more.
                assert await world.judge(code) == STATES[done][0], crash_timer
            if not has_died:
                return
    raise AssertionError("it never came to an end")


async def test_a_plan_that_goes_on_skips_only_what_needs_the_failed_step(world: StepWorld):
    world.calling.troubles = [None, Conflict(409, "No.", "T-1")]
    plan = toys(
        toy("a"), toy("b"), toy("c", after="b"), toy("d", after="c"), toy("e", after="a"),
        on_refusal="go on",
    )  # fmt: skip
    code = await world.made(plan)
    await world.rest()
    assert await world.judge(code) == "partly"
    assert world.states(code) == ["done", "failed", "skipped", "skipped", "done"]


async def test_a_plan_that_goes_on_and_fails_throughout_says_so(world: StepWorld):
    world.calling.troubles = [Conflict(409, "No.", "T-1")] * 3
    code = await world.made(toys(toy("a"), toy("b"), toy("c"), on_refusal="go on"))
    await world.rest()
    assert await world.judge(code) == "failed"
    assert world.states(code) == ["failed"] * 3


async def test_steps_about_different_subjects_run_side_by_side(world: StepWorld):
    world.calling.gate.clear()
    code = await world.made(
        toys(toy("a", "one"), toy("b", "two"), toy("c", "one"), toy("d", "two"))
    )
    await world.until(lambda: len(world.sent) == 2)
    await world.settle()
    assert world.calling.at_once == {"one": 1, "two": 1}
    world.calling.gate.set()
    await world.rest()
    assert await world.judge(code) == "done"
    assert world.calling.most_at_once == {"one": 1, "two": 1}


async def test_a_step_waits_for_those_of_other_subjects_that_it_needs(world: StepWorld):
    steps = toy("a", "one"), toy("b", "two", after="a"), toy("c", "one", after="b")
    code = await world.made(toys(*steps))
    await world.rest()
    assert await world.judge(code) == "done"
    assert [key for _, key in world.sent] == ["a", "b", "c"]


async def test_a_refusal_stops_the_steps_of_other_subjects(world: StepWorld):
    world.calling.gate.clear()
    world.calling.troubles = [Conflict(409, "No.", "T-1")]
    steps = toy("a", "one"), toy("b", "two"), toy("c", "one"), toy("d", "two")
    code = await world.made(toys(*steps))
    await world.until(lambda: len(world.sent) == 2)
    world.calling.gate.set()
    await world.rest()
    assert await world.judge(code) == "partly"
    assert world.states(code) == ["failed", "done", "skipped", "skipped"]


async def test_fifty_steps_are_done_in_order(world: StepWorld):
    keys = [f"toy {number}" for number in range(50)]
    code = await world.made(toys(*map(toy, keys)))
    await world.rest()
    assert await world.judge(code) == "done"
    assert [key for _, key in world.sent] == keys


async def test_one_of_fifty_fails(world: StepWorld):
    world.calling.troubles = [None] * 30 + [Conflict(409, "No.", "T-1")]
    plan = toys(*(toy(f"toy {number}") for number in range(50)), on_refusal="go on")
    code = await world.made(plan)
    await world.rest()
    assert await world.judge(code) == "partly"
    assert world.states(code).count("done") == 49


async def test_spacing_holds_within_a_request_and_between_two(world: StepWorld):
    plans = [
        toys(*(toy(key, spacing=SPACING) for key in keys)) for keys in (("a", "b"), ("c", "d"))
    ]
    codes = [await world.made(plan) for plan in plans]
    await world.rest()
    assert [await world.judge(code) for code in codes] == ["done", "done"]
    begun = sorted(step.begun_at or 0.0 for code in codes for step in world.steps(code))
    # They take turns: nobody waits until all changes of another request have had their spacing.
    assert [key for _, key in world.sent] == ["a", "c", "b", "d"]
    assert [after - before for before, after in pairwise(begun)] == [SPACING] * 3


async def test_spacing_holds_for_a_network_whose_name_has_changed(world: StepWorld):
    codes = []
    for key, name in (("a", "old name"), ("b", "new name")):
        step = toy(key, f"dect:lyon:{name}", spacing=SPACING).model_copy(
            update={"details": {"network": "net-1"}}
        )
        codes.append(await world.made(toys(step, toy(f"{key} beside it", f"beside {name}"))))
        await world.rest()
    assert [await world.judge(code) for code in codes] == ["done", "done"]
    first, second = (world.steps(code)[0].begun_at or 0.0 for code in codes)
    assert second - first == SPACING


async def test_spacing_does_not_hold_between_different_subjects(world: StepWorld):
    steps = toy("a", "one", spacing=SPACING), toy("b", "two", spacing=SPACING)
    code = await world.made(toys(*steps))
    await world.rest()
    assert await world.judge(code) == "done"
    assert world.clock.slept == []


async def test_spacing_survives_a_restart(world: StepWorld):
    world.clock.longest = 60.0
    code = await world.made(toys(toy("a", spacing=SPACING), toy("b", spacing=SPACING)))
    await world.until(lambda: world.clock.sleepers)
    assert world.steps(code)[1].not_before == world.clock() + SPACING
    await world.runner.cancel_pending(1.0)
    assert "I am restarting" in world.messenger.texts[-1]
    world.clock.now += 30.0
    world.clock.longest = float("inf")
    await world.start_again()
    assert await world.judge(code) == "done"
    first, second = world.steps(code)
    assert (second.begun_at or 0.0) - (first.begun_at or 0.0) == SPACING
    assert world.clock.slept == [SPACING - 30.0]


async def test_two_people_swap_the_same_phone_at_once(world: StepWorld):
    other = SWAP | {"mac": "D82E3EEF4E5D"}
    first, second = await world.ask("swap phone", SWAP), await world.ask("swap phone", other, ELI)
    world.calling.gate.clear()
    await world.press(first, "confirm")
    await world.press(second, "confirm", ELI)
    await world.until(lambda: world.sent)
    world.calling.gate.set()
    await world.rest()
    assert first.request
    assert second.request
    codes = first.request.code, second.request.code
    assert await world.state(codes[0]) == "done"
    assert await world.state(codes[1]) == "cancelled"
    assert {code for code, _ in world.sent} == {codes[0]}
    macs = [device.mac for device in world.calling.held if device.person_id == ANN.id]
    assert macs == [FREE_MAC]
    assert any("I found no device" in text for text in world.messenger.texts)


def deleted(world: StepWorld) -> None:
    """Somebody deletes the old phone."""
    world.calling.held = [device for device in world.calling.held if device.id != ANNS_PHONE.id]


def taken(world: StepWorld) -> None:
    """Another organization takes the new MAC."""
    world.calling.foreign_macs.add(FREE_MAC)


def gone(world: StepWorld) -> None:
    """The owner is deleted."""
    world.calling.owners.remove(ANN)
    world.calling.gone.add(ANN.key)


@pytest.mark.parametrize("change", [deleted, taken, gone])
async def test_a_fact_that_changes_before_the_first_step_stops_all(world: StepWorld, change):
    shown = await world.ask("swap phone", SWAP)
    world.clock.now += 60.0
    change(world)
    reply = await world.press(shown, "confirm")
    await world.rest()
    assert shown.request
    assert world.sent == []
    assert await world.state(shown.request.code) == "draft"
    assert reply.answer


@pytest.mark.parametrize("change", [deleted, taken, gone])
async def test_a_fact_that_changes_while_a_swap_waits_for_its_turn_stops_it(
    world: StepWorld, change
):
    shown = await world.ask("swap phone", SWAP)
    world.calling.gate.clear()
    await world.confirmed_now("add phone", {**SWAP, "mac": "D82E3EEF4E5D", "owner": ANN.email})
    await world.until(lambda: world.calling.changes)
    await world.press(shown, "confirm")
    await world.settle()
    change(world)
    world.calling.gate.set()
    await world.rest()
    assert shown.request
    assert await world.state(shown.request.code) == "cancelled"
    assert world.states(shown.request.code) == ["skipped"] * 3
    assert [key for code, key in world.sent if code == shown.request.code] == []
    assert world.messenger.texts[-1].startswith("Not done: Replace the Cisco 8845")


@pytest.mark.parametrize(
    ("change", "state"), [(deleted, "done"), (taken, "partly"), (gone, "partly")]
)
async def test_a_fact_that_changes_after_the_first_step(world: StepWorld, change, state):
    if change is gone:  # then Webex refuses the phone
        world.calling.troubles = [None, NotFound(404, "No such person.", "T-1")]
    world.calling.gate.clear()
    code = await world.confirmed_now("swap phone", SWAP)
    await world.until(lambda: world.sent)
    change(world)
    world.calling.gate.set()
    await world.rest()
    assert await world.judge(code) == state
    assert world.calling.phone(OLD) is None
