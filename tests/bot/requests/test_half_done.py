"""How people hear the end of many steps that were not all done, now and after a restart."""

import pytest

from bot.core.errors import Conflict, PrivateRefusal, WebexError
from bot.core.models.people import Grant, Role
from bot.requests.interaction import Reply
from bot.requests.step_checks import NOT_BEGUN_IN_TIME
from bot.store import grants
from bot.store.sql import Database
from tests.bot.requests.fixtures import TOM, RequestFixture, text_of
from tests.bot.requests.strategies import ANA
from tests.bot.requests.test_recovery import CODE, forget_telling
from tests.example_org import FREE_MAC
from tests.fake_calling import lost

SWAP = {"device": "00005E005301", "mac": FREE_MAC, "model": "8865"}
DELETED = "1 of 3 done: Delete the Cisco 8845 of Ann Alder."
NOT_BEGUN = "Not begun: Add a Cisco 8865 for Ann Alder; Put the tag front on it."


def as_killed_after_first_step(db: Database, code: str) -> None:
    """As if the process had ended when one step was done."""
    db.execute("update requests set state = 'running' where code = ?", [code])
    db.execute(
        "update steps set state = 'done', attempts = 1, result = '{\"title\": \"Deleted\"}'"
        " where request = ? and number = 1",
        [code],
    )


async def first_done(world: RequestFixture) -> str:
    """The code of a swap whose process ended when the old phone was deleted."""
    shown = await world.ask("swap phone", SWAP)
    approved = await world.put(shown, "approved")
    await world.store.call(as_killed_after_first_step, approved.code)
    return approved.code


async def ended_after_restart(world: RequestFixture, code: str) -> str:
    """What is told of the end by the next process."""
    world.restart()
    await world.runner.recover()
    await world.rest()
    assert await world.state(code) == "partly"
    assert world.calling.changes == 0
    return world.messenger.texts[-1]


async def stopped(world: RequestFixture) -> tuple[Reply, str]:
    """Stop a swap while the old phone is being deleted. Its plan, and what is told of the end."""
    world.calling.gate.clear()
    shown = await world.ask("swap phone", SWAP)
    await world.press(shown, "confirm")
    while not world.calling.changes:
        await world.clock.sleep(0)
    assert shown.request
    await world.type("stop", shown.request.code)
    world.calling.gate.set()
    await world.rest()
    assert await world.state(shown.request.code) == "cancelled"
    return shown, world.messenger.texts[-1]


async def test_steps_whose_time_is_over_never_begin(world: RequestFixture):
    code = await first_done(world)
    world.clock.now += 25 * 3600.0
    told = await ended_after_restart(world, code)
    assert f"{DELETED}\n{NOT_BEGUN}\n{NOT_BEGUN_IN_TIME}\nNothing else was changed." in told


async def test_steps_of_somebody_who_lost_the_role_never_begin(world: RequestFixture):
    code = await first_done(world)
    await world.store.call(grants.revoke, Grant(TOM.email, Role.TECHNICIAN))
    told = await ended_after_restart(world, code)
    assert f"{DELETED}\n{NOT_BEGUN}\n" in told
    assert "no longer" in told
    assert "Nothing was changed" not in told


async def test_a_stop_tells_what_was_done_and_by_whom_it_was_stopped(world: RequestFixture):
    shown, told = await stopped(world)
    assert told.startswith("Stopped: Replace the Cisco 8845 of Ann Alder with a Cisco 8865")
    assert f"{DELETED}\n{NOT_BEGUN}\nStopped by tom@example.com.\nNothing else" in told
    assert shown.request
    with pytest.raises(
        PrivateRefusal, match=r"was stopped by tom@example.com at .*1 of 3 done"
    ) as late:
        await world.press(shown, "confirm")
    assert "Nothing was changed" not in str(late.value)
    assert f"{shown.request.code} · stopped" in text_of(await world.type("requests"))


async def test_why_steps_never_began_is_told_with_them(world: RequestFixture):
    shown = await world.ask("swap phone", SWAP)
    approved = await world.put(shown, "approved")
    await world.store.call(grants.revoke, Grant(TOM.email, Role.TECHNICIAN))
    await world.store.call(grants.add, Grant(TOM.email, Role.VIEWER), world.clock())
    world.restart()
    await world.runner.recover()
    await world.rest()
    assert await world.state(approved.code) == "cancelled"
    details = text_of(await world.type("request", approved.code))
    assert "Outcome: tom@example.com is no longer allowed to do this." in details
    assert "1. Delete the Cisco 8845 of Ann Alder · not begun\n" in details


async def test_a_cancel_that_is_handled_again_does_not_deny_what_was_done(world: RequestFixture):
    await stopped(world)
    answer = text_of(await world.type("cancel"))
    assert DELETED in answer
    assert "Nothing was changed" not in answer


async def test_a_change_that_nobody_can_look_up_is_still_uncertain_after_a_restart(
    world: RequestFixture,
):
    world.calling.troubles = [lost()]
    code = await world.confirmed("activation code", CODE)
    told = world.messenger.texts[-1]
    assert told.startswith("Not certain: ")
    await world.store.call(forget_telling, code)
    world.restart()
    await world.runner.recover()
    await world.rest()
    assert world.messenger.texts[-1] == told


async def test_approvers_hear_how_many_steps_are_done(world: RequestFixture):
    await world.allow(Grant(ANA.email, Role.APPROVER))
    world.calling.troubles = [None, Conflict(409, "MAC Address is in use.", "T-1")]
    inputs = {"device": SWAP["device"], "owner": "bob@example.com"}
    waiting = await world.asked("move phone", inputs)
    await world.decide(waiting.code, "approve", ANA)
    await world.rest()
    heard = "\n".join(world.messenger.texts)
    assert f"{waiting.code} is partly done (1 of 3 done)" in heard
    refused = "The second (Add a Cisco 8845 for Bob Birch) was refused: Another device already uses"
    assert f"to Bob Birch. {refused}" in heard


async def test_after_a_restart_the_words_of_webex_are_not_known_any_more(world: RequestFixture):
    world.calling.troubles = [None, WebexError(400, "Not today.", "T-1")]
    code = await world.confirmed("swap phone", SWAP)
    await world.store.call(forget_telling, code)
    assert "was refused: Webex says “Not today”." in world.messenger.texts[-1]
    left = "To finish it, fix the cause and type: add phone D8:2E:3E:EF:4E:5C Cisco 8865 for ann@"
    world.restart()
    await world.runner.recover()
    await world.rest()
    assert "was refused. I do not keep what Webex said about it." in world.messenger.texts[-1]
    assert left in world.messenger.texts[-1]
