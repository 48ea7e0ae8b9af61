"""After a crash: what was under way is brought to its end, and nothing is done twice."""

import pytest
import stamina

from bot.core.errors import NotFound, Unavailable
from bot.core.models.requests import ProgressMessage
from bot.core.models.webex import Device
from bot.requests.executor import TOO_LATE_TO_RESEND
from bot.requests.runner import CODE_LOST
from bot.requests.step_lookups import LOOKUP_DELAYS
from bot.store import progress_messages
from bot.store import requests as rows
from bot.store.sql import Database
from tests.bot.requests.fixtures import GROUP, PHONE, RequestFixture
from tests.example_org import ANN, ANNS_PHONE, FREE_MAC
from tests.fake_calling import lost

CODE = {"model": "8865", "owner": "ann@example.com"}


def forget_telling(db: Database, code: str) -> None:
    """As if the process had ended right before the requester was told."""
    db.execute("update requests set told = 0 where code = ?", [code])


async def recovered(world: RequestFixture, name: str, inputs: dict[str, str], *states: str) -> str:
    """The code of a request that was in the last of these states when the process ended."""
    shown = await world.ask(name, inputs)
    await world.put(shown, *states)
    world.restart()
    await world.runner.recover()
    await world.rest()
    assert shown.request
    return shown.request.code


async def test_a_change_is_not_sent_again_weeks_later(world: RequestFixture):
    """The person was told to look in Control Hub, and has long done whatever it takes."""
    world.calling.troubles = [lost()]
    shown = await world.ask("add phone", PHONE)
    await world.press(shown, "confirm")
    for read in ("devices_of", "mac_state"):
        world.calling.broken[read] = [Unavailable(503, "No.")] * len(LOOKUP_DELAYS)
    await world.rest()
    assert world.messenger.texts[-1].startswith("Not certain: Add a Cisco 8865")
    world.clock.now += 21 * 24 * 3600.0
    world.restart()
    await world.runner.recover()
    await world.rest()
    assert shown.request
    assert await world.state(shown.request.code) == "failed"
    assert world.calling.changes == 1
    assert TOO_LATE_TO_RESEND in world.messenger.texts[-1]


async def test_an_approved_request_runs_once_after_a_restart(world: RequestFixture):
    code = await recovered(world, "add phone", PHONE, "approved")
    assert await world.state(code) == "done"
    assert world.calling.changes == 1


@pytest.mark.parametrize("states", [("approved", "running"), ("approved", "running", "unknown")])
async def test_a_running_change_is_looked_up_first_and_found(world: RequestFixture, states):
    world.calling.held.append(Device(mac="00:00:00:00:00:00"))
    shown = await world.ask("add phone", PHONE)
    await world.put(shown, *states)
    world.calling.held.append(Device(mac=FREE_MAC, person_id=ANN.id, product="Cisco 8865"))
    world.restart()
    await world.runner.recover()
    await world.rest()
    assert shown.request
    assert await world.state(shown.request.code) == "done"
    assert world.calling.changes == 0
    assert world.messenger.standing[-1].text.startswith("✓")


@pytest.mark.parametrize("states", [("approved", "running"), ("approved", "running", "unknown")])
async def test_a_running_change_that_is_absent_is_sent(world: RequestFixture, states):
    code = await recovered(world, "add phone", PHONE, *states)
    assert await world.state(code) == "done"
    assert world.calling.changes == 1
    assert tuple(world.clock.slept) == LOOKUP_DELAYS


async def test_a_lost_answer_after_a_restart_is_looked_up_too(world: RequestFixture):
    world.calling.troubles = [lost(), lost(), lost()]
    code = await recovered(world, "add phone", PHONE, "approved", "running")
    assert await world.state(code) == "failed"
    assert world.calling.changes == 2


async def test_an_activation_code_under_way_is_not_created_again(world: RequestFixture):
    code = await recovered(world, "activation code", CODE, "approved", "running")
    assert await world.state(code) == "failed"
    assert world.calling.changes == 0


@pytest.mark.parametrize("state", ["draft", "cancelled", "expired", "rejected", "waiting"])
async def test_a_waiting_request_is_unchanged(world: RequestFixture, state):
    states = {"draft": (), "rejected": ("waiting", "rejected")}.get(state, (state,))
    code = await recovered(world, "add phone", PHONE, *states)
    assert await world.state(code) == state
    assert world.calling.changes == 0
    assert world.messenger.posted == []


async def test_a_result_that_was_not_told_is_told(world: RequestFixture):
    code = await world.confirmed("add phone", PHONE, place=GROUP)
    last = world.messenger.texts[-1]
    await world.store.call(forget_telling, code)
    world.restart()
    await world.runner.recover()
    await world.rest()
    assert world.messenger.texts[-1] == last
    assert world.messenger.posted[-1].place == GROUP
    assert (await world.row(code)).told
    assert await world.store.call(rows.unnotified) == []
    assert world.calling.changes == 1


async def test_the_progress_message_is_removed_after_a_crash(world: RequestFixture):
    shown = await world.ask("add phone", PHONE)
    assert shown.request
    line = await world.messenger.answer(GROUP, "⏳")
    await world.store.call(
        progress_messages.add, ProgressMessage(message_id=line, request=shown.request.code)
    )
    await world.put(shown, "approved", "running")
    world.restart()
    await world.runner.recover()
    await world.rest()
    assert line in world.messenger.removed
    assert world.messenger.texts.count("⏳") == 1
    assert not [text for text in world.messenger.texts if text.startswith("⏳ ")]  # nor once more
    assert await world.store.call(progress_messages.posted) == []


@pytest.mark.parametrize("states", [(), ("waiting",), ("cancelled",)])
async def test_obsolete_progress_messages_are_removed_at_the_start(world: RequestFixture, states):
    """Killed while it read the facts again, during a rate limit, or while it deleted the line."""
    shown = await world.ask("add phone", PHONE)
    assert shown.request
    for request in (shown.request.code, ""):
        line = await world.messenger.answer(GROUP, "⏳")
        await world.store.call(
            progress_messages.add, ProgressMessage(message_id=line, request=request)
        )
    await world.put(shown, *states)
    world.restart()
    await world.runner.recover()
    await world.rest()
    assert world.messenger.standing == []
    assert await world.store.call(progress_messages.posted) == []


async def test_the_progress_message_of_a_told_result_is_removed_at_the_start(world: RequestFixture):
    world.messenger.sticky = {"msg-1"}
    await world.confirmed("add phone", PHONE)
    assert [message.text[0] for message in world.messenger.standing] == ["⏳", "✓"]
    world.messenger.sticky.clear()
    world.restart()
    await world.runner.recover()
    await world.rest()
    assert [message.text[0] for message in world.messenger.standing] == ["✓"]
    assert world.messenger.removed.count("msg-1") == 2


async def test_the_progress_message_of_an_untold_result_goes_after_telling(world: RequestFixture):
    world.messenger.sticky = {"msg-1"}
    code = await world.confirmed("add phone", PHONE)
    world.messenger.sticky.clear()
    await world.store.call(forget_telling, code)
    world.restart()
    await world.runner.recover()
    await world.rest()
    assert [message.text[0] for message in world.messenger.standing] == ["✓", "✓"]
    assert world.messenger.removed.count("msg-1") == 2
    assert await world.store.call(progress_messages.posted) == []


async def test_a_failure_that_was_not_told_is_told(world: RequestFixture):
    world.calling.troubles = [lost(), lost()]
    code = await world.confirmed("add phone", PHONE)
    await world.store.call(forget_telling, code)
    world.restart()
    await world.runner.recover()
    await world.rest()
    assert world.messenger.texts[-1].startswith("Not done: Add a Cisco 8865 for Ann Alder")
    assert "sent twice" in world.messenger.texts[-1]


async def test_an_activation_code_that_was_lost_is_reported(world: RequestFixture):
    code = await world.confirmed("activation code", CODE)
    await world.store.call(forget_telling, code)
    world.restart()
    await world.runner.recover()
    await world.rest()
    last = world.messenger.posted[-1]
    assert "The code was sent to" not in last.text
    assert CODE_LOST in last.text
    assert len(world.calling.codes) == 1


async def test_an_unreachable_requester_does_not_delay_the_start(world: RequestFixture):
    code = await world.confirmed("add phone", PHONE)
    await world.store.call(forget_telling, code)
    world.restart()
    world.messenger.troubles = [NotFound(404, "The room is gone.")] * 9
    with stamina.set_testing(True, attempts=3, cap=False):
        await world.runner.recover()
        await world.rest()
    assert not (await world.row(code)).told
    assert len(world.messenger.troubles) == 6


async def test_several_requests_are_recovered_and_each_runs_once(world: RequestFixture):
    codes = []
    for number in range(10, 14):
        shown = await world.ask("add phone", PHONE | {"mac": f"00:00:5E:00:53:{number}"})
        await world.put(shown, "approved")
        assert shown.request
        codes.append(shown.request.code)
    world.restart()
    await world.runner.recover()
    await world.rest()
    assert [await world.state(code) for code in codes] == ["done"] * 4
    assert world.calling.changes == 4
    assert world.calling.most_at_once == {ANN.key: 1}


SWAP = {"device": ANNS_PHONE.mac, "mac": FREE_MAC, "model": "8865"}


@pytest.mark.parametrize("was_added", [True, False])
async def test_after_a_restore_steps_that_had_not_begun_are_looked_up(
    world: RequestFixture, was_added: bool
):
    """The backup was made during the removal; what followed may have been done since."""
    shown = await world.ask("swap phone", SWAP)
    request = await world.put(shown, "approved")
    state = await world.runner.executor.steps.read(request.code)
    await world.runner.executor.steps.begin(state.steps[0])
    new = Device(id="new", mac=FREE_MAC, person_id=ANN.id, product="Cisco 8865", tags=("front",))
    world.calling.held = [new] if was_added else []
    await world.store.call(rows.forbid_starting, world.clock())

    world.restart()
    await world.runner.recover()
    await world.rest()

    assert await world.state(request.code) == ("done" if was_added else "partly")
    assert world.calling.changes == 0
    assert ("took the place of" in world.messenger.texts[-1]) is was_added
    assert ("too late to send it again" in world.messenger.texts[-1]) is not was_added
