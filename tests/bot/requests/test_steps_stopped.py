"""What ends a request between two of its steps: Stop, a role, the time, the end of the process."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.errors import PrivateRefusal, Refused, Unavailable
from bot.core.models.people import Grant, Role, Sender
from bot.domain.policy import Rule
from bot.operations import POLICY
from bot.requests.interaction import Reply
from bot.requests.step_lookups import LOOKUP_DELAYS
from bot.store.sql import Database
from tests.bot.requests.fixtures import ADA, ELI, SAM, TOM, VERA, text_of
from tests.bot.requests.stepping import SPACING, StepWorld, opened, toy, toys
from tests.bot.requests.strategies import ANA
from tests.fake_calling import LostAfter, lost

THREE = [toy("a"), toy("b"), toy("c")]
SPACED = [toy(key, spacing=SPACING) for key in "abc"]
ASK = {**POLICY, "swap phone": Rule(POLICY["create dect network"].roles)}
TOMS = Grant(TOM.email, Role.TECHNICIAN)
LATE = 25 * 3600.0  # seconds; a day after the approval, nothing more is sent


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[StepWorld]:
    """With everybody on the list; a technician's swap must be approved."""
    async with opened(tmp_path / "provbot.db", policy=ASK) as made:
        await made.allow(Grant(ANA.email, Role.APPROVER))
        yield made


async def sending(world: StepWorld, number: int = 1) -> str:
    """A request for three toys; so many were sent, and the last of them has no answer yet."""
    world.calling.gate.clear()
    code = await world.made(toys(*THREE))
    for sent in range(1, number):
        await world.until(lambda sent=sent: len(world.sent) == sent)  # type: ignore[misc]
        world.calling.gate.set()  # for the one that waits, not for the next
        world.calling.gate.clear()
    await world.until(lambda: len(world.sent) == number)
    return code


async def answered(world: StepWorld) -> None:
    """Webex answers, and the request comes to its end."""
    world.calling.gate.set()
    await world.rest()


async def spaced(world: StepWorld) -> str:
    """A request for three toys that waits between the first and the second."""
    world.clock.longest = SPACING / 2
    code = await world.made(toys(*SPACED))
    await world.until(lambda: world.clock.sleepers)
    return code


async def stop(world: StepWorld, code: str, how: str, sender: Sender = TOM) -> Reply:
    """Press the button, or type the command."""
    if how == "button":
        return await world.press(await world.row(code), "stop", sender)
    return await world.type(how, code, sender)


def requester_is(db: Database, code: str, person: Sender) -> None:
    """Let the request be somebody else's."""
    db.execute(
        "update requests set requester_id = ?, requester_email = ? where code = ?",
        [person.person_id, person.email, code],
    )


def told_directly(world: StepWorld, person: Sender) -> list[str]:
    """The direct messages to somebody."""
    return [message.text for message in world.messenger.posted if message.email == person.email]


@pytest.mark.parametrize("how", ["button", "stop", "cancel"])
async def test_stop_lets_the_step_that_is_being_sent_end(world: StepWorld, how):
    code = await sending(world)
    answer = text_of(await stop(world, code, how))
    assert answer.startswith(f"Stopping {code}: 0 of 3 steps are done, and no other begins.")
    assert world.states(code) == ["running", "skipped", "skipped"]
    await answered(world)
    assert await world.judge(code) == "cancelled"
    assert world.states(code) == ["done", "skipped", "skipped"]
    assert len(world.sent) == 1


async def test_stop_without_a_code_stops_what_runs(world: StepWorld):
    code = await sending(world)
    await world.type("stop")
    await answered(world)
    assert await world.judge(code) == "cancelled"


async def test_stop_during_the_last_step_changes_nothing(world: StepWorld):
    code = await sending(world, 3)
    await stop(world, code, "stop")
    await answered(world)
    assert await world.judge(code) == "done"


@pytest.mark.parametrize("how", ["button", "stop"])
async def test_stop_during_a_spacing_wait_ends_at_once(world: StepWorld, how):
    code = await spaced(world)
    assert text_of(await stop(world, code, how)) == f"{code} is stopped."
    await world.rest()
    assert world.clock.sleepers == 0
    assert await world.judge(code) == "cancelled"
    assert world.states(code) == ["done", "skipped", "skipped"]


async def test_stop_while_the_spacing_of_another_request_is_kept_ends_at_once(world: StepWorld):
    other = await spaced(world)
    code = await world.made(toys(toy("d", "two"), toy("e", spacing=SPACING)))
    await world.until(lambda: world.states(code)[0] == "done")
    await world.settle()
    assert text_of(await stop(world, code, "stop")) == f"{code} is stopped."
    await world.until(lambda: f"Stopped: {toys().title}" in str(world.messenger.texts))
    await world.settle()
    assert await world.judge(code) == "cancelled"
    assert world.states(code) == ["done", "skipped"]
    assert await world.state(other) == "running"
    world.clock.let_go.set()
    await world.rest()
    assert await world.judge(other) == "done"


@pytest.mark.parametrize(("how", "sender"), [("code", TOM), ("bare", TOM), ("code", ADA)])
async def test_a_request_that_waits_for_its_turn_is_stopped(
    world: StepWorld, how: str, sender: Sender
):
    first = await sending(world)
    if how == "bare":  # else it is not clear which one is meant
        await world.store.call(requester_is, first, ELI)
    second = await world.made(toys(toy("d"), toy("e")))
    draft = await world.ask("tag", {"device": "00005E005301", "tags": "+lobby"})
    await world.settle()
    answer = await world.type("stop", second if how == "code" else "", sender)
    assert text_of(answer) == f"{second} is stopped. Nothing was changed."
    assert draft.request
    assert await world.state(draft.request.code) == "draft"
    assert await world.state(second) == "cancelled"
    assert world.states(second) == ["skipped", "skipped"]
    await answered(world)
    assert await world.judge(first) == "done"
    assert {code for code, _ in world.sent} == {first}


@pytest.mark.parametrize("sender", [TOM, ADA])
async def test_a_requester_hears_that_an_admin_stopped_what_had_not_begun(
    world: StepWorld, sender: Sender
):
    await sending(world)
    code = await world.made(toys(toy("d"), toy("e")))
    await world.settle()
    await stop(world, code, "stop", sender)
    await answered(world)
    told = [text for text in world.messenger.texts if text.startswith(f"{code} was stopped by")]
    assert len(told) == (sender == ADA)  # else the answer to the stop tells it
    if told:
        assert ADA.email in told[0]
        assert told[0].endswith("Not begun: Make d; Make e. Nothing was changed.")
    await world.start_again()
    assert not [text for text in world.messenger.texts if "Stopped: " in text]  # told once


@pytest.mark.parametrize("sender", [VERA, ELI, SAM, ANA])
@pytest.mark.parametrize("how", ["button", "stop"])
async def test_others_stop_nothing(world: StepWorld, sender, how):
    code = await sending(world, 2)
    with pytest.raises(Refused) as refusal:
        await stop(world, code, how, sender)
    assert "Nothing was changed" not in str(refusal.value)
    assert world.states(code) == ["done", "running", "pending"]
    await answered(world)
    assert await world.judge(code) == "done"


async def test_an_admin_stops_the_request_of_another(world: StepWorld):
    code = await sending(world)
    await stop(world, code, "stop", ADA)
    await answered(world)
    assert await world.judge(code) == "cancelled"
    assert (await world.row(code)).stopped_by == ADA.email
    assert told_directly(world, ADA) == [f"{code} is stopped (1 of 3 done): Make some toys."]


async def test_an_admin_who_stops_the_last_step_hears_that_it_is_done(world: StepWorld):
    code = await sending(world, 3)
    await stop(world, code, "stop", ADA)
    await answered(world)
    assert await world.judge(code) == "done"
    assert told_directly(world, ADA) == [f"{code} is done: Make some toys."]


async def test_the_requester_who_stops_hears_the_end_once(world: StepWorld):
    code = await sending(world)
    await stop(world, code, "stop")
    await answered(world)
    assert await world.judge(code) == "cancelled"
    assert told_directly(world, TOM) == []


async def test_an_admin_who_stopped_it_hears_the_end_after_a_restart(world: StepWorld):
    code = await sending(world)
    await stop(world, code, "stop", ADA)
    await world.runner.cancel_pending(1.0)
    world.calling.gate.set()
    await world.start_again()
    assert await world.judge(code) == "cancelled"
    assert told_directly(world, ADA) == [f"{code} is stopped (0 of 3 done): Make some toys."]


async def test_an_admin_presses_stop_where_the_card_is_shown(world: StepWorld):
    code = await sending(world)
    with pytest.raises(Refused, match="was requested in another space"):
        await world.press(await world.row(code), "stop", ADA, room="elsewhere")
    answer = text_of(await stop(world, code, "button", ADA))
    assert answer.startswith(f"Stopping {code}")
    await answered(world)
    assert await world.judge(code) == "cancelled"


@pytest.mark.parametrize("verb", ["stop", "cancel"])
async def test_a_second_stop_without_a_code_cancels_no_other_request(world: StepWorld, verb):
    draft = await world.ask("create dect network", {})
    assert draft.request
    code = await sending(world)
    await stop(world, code, "stop")
    with pytest.raises(Refused, match=f"{code} is being stopped already. I will .* type: {verb}"):
        await world.type(verb)
    await answered(world)
    world.clock.now += 60.0
    with pytest.raises(Refused) as refusal:
        await world.type(verb)
    told = str(refusal.value)
    assert told.startswith(f"{code} was stopped by tom@example.com at ")
    assert "1 of 3 done: Make a. Not begun: Make b; Make c." in told
    assert told.endswith(f"To {verb} another request, type: {verb} CODE")
    assert told.lower().count("stopped by") == 1
    assert await world.state(draft.request.code) == "draft"
    world.clock.now += 120.0
    await world.type(verb)
    assert await world.state(draft.request.code) == "cancelled"


async def test_what_was_shown_after_a_stop_can_be_cancelled_without_a_code(world: StepWorld):
    code = await sending(world)
    await stop(world, code, "stop")
    await answered(world)
    world.clock.now += 10.0
    draft = await world.ask("create dect network", {})
    assert draft.request
    await world.type("cancel")
    assert await world.state(draft.request.code) == "cancelled"


@pytest.mark.parametrize("verb", ["stop", "cancel"])
async def test_what_runs_since_a_stop_can_be_stopped_without_a_code(world: StepWorld, verb: str):
    first = await sending(world)
    await stop(world, first, "stop")
    await answered(world)
    world.clock.now += 10.0
    world.calling.gate.clear()
    second = await world.made(toys(toy("d"), toy("e")))
    await world.until(lambda: world.states(second)[0] == "running")
    assert text_of(await world.type(verb)).startswith(f"Stopping {second}")
    await answered(world)
    assert await world.judge(second) == "cancelled"


@pytest.mark.parametrize("verb", ["stop", "cancel"])
async def test_one_step_that_runs_since_a_stop_is_meant_without_a_code(world: StepWorld, verb: str):
    first = await sending(world)
    await stop(world, first, "stop")
    await answered(world)
    world.clock.now += 10.0
    world.calling.gate.clear()
    second = await world.made(toys(toy("d")))
    await world.until(lambda: world.states(second)[0] == "running")
    with pytest.raises(Refused, match=f"{second} is already confirmed and running"):
        await world.type(verb)
    await answered(world)
    assert await world.state(second) == "done"


async def test_another_admin_is_promised_nothing(world: StepWorld):
    code = await sending(world)
    await stop(world, code, "stop")
    with pytest.raises(PrivateRefusal) as refusal:
        await stop(world, code, "stop", ADA)
    assert str(refusal.value) == f"{code} is being stopped already."
    await answered(world)


async def test_a_second_stop_says_that_it_is_being_stopped(world: StepWorld):
    code = await sending(world)
    await stop(world, code, "stop")
    with pytest.raises(PrivateRefusal, match="is being stopped already"):
        await stop(world, code, "button")
    await answered(world)
    assert await world.judge(code) == "cancelled"


@pytest.mark.parametrize("how", ["button", "stop"])
async def test_stop_after_the_end_changes_nothing(world: StepWorld, how):
    code = await world.made(toys(*THREE))
    await world.rest()
    with pytest.raises(Refused):
        await stop(world, code, how)
    assert await world.judge(code) == "done"


@pytest.mark.parametrize(("trouble", "state"), [(LostAfter(), "done"), (lost(), "failed")])
async def test_a_stopped_step_is_looked_up_and_not_sent_again(world: StepWorld, trouble, state):
    world.calling.troubles = [trouble]
    code = await sending(world)
    await stop(world, code, "stop")
    await answered(world)
    assert await world.judge(code) == "cancelled"
    assert world.states(code) == [state, "skipped", "skipped"]
    assert len(world.sent) == 1


async def test_a_stop_just_before_a_step_is_sent_again_holds(world: StepWorld):
    world.calling.troubles = [None, lost()]

    def hold_what_comes_after_the_look_ups() -> None:
        world.clock.now += 400.0  # then the account has to be read again
        world.clock.longest = LOOKUP_DELAYS[1] - 1.0
        world.people.troubles = [Unavailable(503, "Down.")]

    world.clock.events[len(LOOKUP_DELAYS)] = hold_what_comes_after_the_look_ups
    code = await world.made(toys(*THREE))
    await world.until(lambda: world.clock.sleepers)
    await stop(world, code, "stop")
    world.clock.longest = float("inf")
    world.clock.let_go.set()
    await world.rest()
    assert await world.judge(code) == "cancelled"
    assert world.states(code) == ["done", "failed", "skipped"]
    assert len(world.sent) == 2


async def test_a_stop_holds_after_a_restart(world: StepWorld):
    code = await sending(world)
    await stop(world, code, "stop")
    await world.runner.cancel_pending(1.0)
    world.calling.gate.set()
    await world.start_again()
    assert await world.judge(code) == "cancelled"
    assert world.states(code) == ["failed", "skipped", "skipped"]
    assert "It was stopped before it was sent once more" in world.messenger.texts[-1]


@pytest.mark.parametrize("sender", [TOM, ADA])
async def test_a_stop_holds_wherever_the_process_dies(tmp_path: Path, sender):
    ends = set()
    for crash_timer in range(100):
        async with opened(tmp_path / f"{crash_timer}.db") as world:
            code = await sending(world)
            has_died = await world.dies_of(_stop_and_answer(world, code, sender), crash_timer)
            world.calling.gate.set()
            await world.rest()
            was_stopped = bool((await world.row(code)).stopped_by)
            end = await world.judge(code)
            assert end == ("cancelled" if was_stopped else "done"), crash_timer
            ends.add(end)
            if not has_died:
                assert ends == {"cancelled", "done"}
                return
    raise AssertionError("it never came to an end")


async def _stop_and_answer(world: StepWorld, code: str, sender: Sender) -> None:
    await stop(world, code, "stop", sender)
    world.calling.gate.set()


@pytest.mark.parametrize("number", [1, 2, 3])
async def test_the_end_of_the_process_during_a_step_loses_nothing(world: StepWorld, number):
    code = await sending(world, number)
    await world.runner.cancel_pending(1.0)
    assert "I am restarting" in world.messenger.texts[-1]
    assert world.states(code)[number - 1] == "running"
    world.calling.gate.set()
    await world.start_again()
    assert await world.judge(code) == "done"
    assert [step.attempts for step in world.steps(code)].count(2) == 1


async def test_steps_that_begin_too_late_are_skipped(world: StepWorld):
    code = await sending(world)
    world.clock.now += LATE
    await answered(world)
    assert await world.judge(code) == "partly"
    assert world.states(code) == ["done", "skipped", "skipped"]
    assert "The time of the request ended" in world.messenger.texts[-1]


async def test_steps_that_waited_too_long_for_their_spacing_are_skipped(world: StepWorld):
    world.clock.longest = SPACING
    code = await world.made(toys(toy("a", spacing=LATE), toy("b", spacing=LATE)))
    await world.until(lambda: world.clock.sleepers)
    world.clock.let_go.set()
    await world.rest()
    assert await world.judge(code) == "partly"
    assert world.states(code) == ["done", "skipped"]


async def test_a_restart_that_is_too_late_skips_what_has_not_begun(world: StepWorld):
    code = await spaced(world)
    await world.runner.cancel_pending(1.0)
    world.clock.now += LATE
    world.clock.longest = float("inf")
    await world.start_again()
    assert await world.judge(code) == "partly"
    assert world.states(code) == ["done", "skipped", "skipped"]


async def test_stop_of_a_request_that_nobody_works_on_promises_nothing(world: StepWorld):
    """A step could neither be confirmed nor looked up; the next start tries again."""
    code = await sending(world)
    world.calling.broken["dect_networks"] = [Unavailable(503, "Down.")] * len(LOOKUP_DELAYS)
    world.calling.troubles = [lost()]
    await answered(world)
    assert await world.state(code) == "unknown"
    answer = text_of(await stop(world, code, "stop"))
    assert answer.startswith(f"{code} is stopped: no other step begins.")
    assert "I will tell you" not in answer
    assert world.states(code) == ["unknown", "skipped", "skipped"]
