"""What happens when nobody decides, when several do at once, and when somebody cannot be told."""

import asyncio

import pytest
import stamina
from sqlite_utils import Database

from bot.errors import Refused, Unavailable
from bot.models import Grant, Role
from bot.requests.announce import Announcer
from bot.requests.desk import Shown
from bot.requests.runner import TOO_LATE
from bot.store import approvals
from tests.bot.requests import world as worlds
from tests.bot.requests.approving import (
    BERLIN,
    HOURS,
    LYON_ONLY,
    SPACE,
    cards,
    told,
)
from tests.bot.requests.script import ANA, LEA
from tests.bot.requests.world import (  # fmt: skip
    ADA,
    DIRECT,
    GROUP,
    NETWORK,
    TESS,
    TOM,
    World,
    words,
)
from tests.fakes import FakeMessenger


async def test_an_approval_that_comes_too_late_ends_it(approving: World):
    asked = await approving.asked("create dect network", NETWORK)
    approving.clock.now += 4 * HOURS
    with pytest.raises(Refused, match="has expired"):
        await approving.decide(asked.code, "approve", ANA)
    await approving.rest()
    assert (await approving.state(asked.code), approving.calling.changes, cards(approving)) == (
        "expired",
        0,
        [],
    )


async def test_what_nobody_decides_expires_and_all_hear_it(approving: World):
    asked = await approving.asked("create dect network", NETWORK, place=GROUP)
    approving.clock.now += 4 * HOURS - 1
    await approving.board.tick()
    assert await approving.state(asked.code) == "waiting"
    approving.clock.now += 1
    await approving.board.tick()
    await approving.rest()
    row = await approving.row(asked.code)
    assert (row.state, row.told, cards(approving)) == ("expired", True, [])
    for who in (ANA, LEA, TOM):
        assert told(approving, who.email)[-1].startswith("⌛ Expired at 17:46 UTC, nobody decided.")
    assert any(one.place == GROUP and "⌛ Expired" in one.words for one in approving.messenger.said)


async def test_half_way_they_are_reminded_once(approving: World):
    asked = await approving.asked("create dect network", NETWORK)
    before = len(approving.messenger.said)
    approving.clock.now += 2 * HOURS - 1
    await approving.board.tick()
    assert len(approving.messenger.said) == before
    approving.clock.now += 1
    await approving.board.tick()
    assert f"⏰ {asked.code} still waits, until 17:46 UTC" in told(approving, ANA.email)[-1]
    assert {one.email for one in approving.messenger.said[before:]} == {ANA.email, LEA.email}
    approving.restart()
    await approving.board.tick()
    assert len(approving.messenger.said) == before + 2


async def test_in_a_space_the_reminder_is_one_message(space: World):
    await space.asked("create dect network", NETWORK)
    before = len(space.messenger.said)
    space.clock.now += 3 * HOURS
    await space.board.tick()
    (said,) = space.messenger.said[before:]
    assert said.place
    assert said.place.room_id == SPACE


async def test_cards_that_were_not_posted_are_posted_at_the_start(approving: World):
    approving.messenger.unreachable = {ANA.email}
    await approving.asked("create dect network", NETWORK)
    assert [one.email for one in cards(approving)] == [LEA.email]
    approving.messenger.unreachable.clear()
    approving.restart()
    await approving.board.recover()
    await approving.board.recover()
    assert [one.email for one in cards(approving)] == [LEA.email, ANA.email]


async def test_cards_left_over_from_a_decision_are_replaced_at_the_start(approving: World):
    asked = await approving.asked("create dect network", NETWORK)
    approving.messenger.unreachable = {LEA.email}
    await approving.decide(asked.code, "reject", ANA, "no")
    await approving.rest()
    assert [one.email for one in cards(approving)] == [LEA.email]
    approving.messenger.unreachable.clear()
    approving.restart()
    await approving.board.recover()
    assert cards(approving) == []
    assert told(approving, LEA.email)[-1].startswith(f"✗ Rejected by {ANA.email}")


async def test_a_requester_who_was_not_told_is_told_at_the_start(approving: World):
    asked = await approving.asked("create dect network", NETWORK)
    approving.messenger.unreachable = {DIRECT.room_id}
    with stamina.set_testing(True, attempts=2, cap=False):
        await approving.decide(asked.code, "reject", ANA, "no")
        await approving.rest()
    assert not (await approving.row(asked.code)).told
    approving.messenger.unreachable.clear()
    approving.restart()
    await approving.board.recover()
    await approving.rest()
    assert (await approving.row(asked.code)).told
    assert approving.messenger.words[-1].startswith("✗ Rejected by")


async def test_a_space_that_is_gone_holds_up_nobody(approving: World):
    """The one whose space is gone is tried for a quarter of an hour; the others hear at once."""
    gone = await approving.asked("create dect network", NETWORK, place=GROUP)
    other = await approving.asked("create dect network", {**NETWORK, "name": "Yard"})
    approving.messenger.unreachable = {GROUP.room_id}
    approving.clock.now += 4 * HOURS
    async with asyncio.timeout(10):
        await approving.board.tick()
        await approving.board.recover()
        while not (await approving.row(other.code)).told:  # noqa: ASYNC110 - the row has no event
            await asyncio.sleep(0)
    assert await approving.state(gone.code) == "expired"
    assert not (await approving.row(gone.code)).told
    approving.messenger.unreachable.clear()


class Slow(FakeMessenger):
    """Takes its time with the first card for one person."""

    def __init__(self) -> None:
        super().__init__()
        self.held = asyncio.Event()

    async def tell(self, email, answer):
        """After the event."""
        if email == LEA.email:
            await self.held.wait()
        return await super().tell(email, answer)


async def test_a_card_that_was_still_being_posted_is_replaced_too(tmp_path):
    slow = Slow()
    async with worlds.world(tmp_path / "provbot.db", messenger=slow) as world:
        await world.allow(Grant(ANA.email, Role.APPROVER), LYON_ONLY)
        plan = await world.ask("create dect network", NETWORK)
        asking = asyncio.create_task(world.press(plan, "confirm"))
        assert plan.request
        async with asyncio.timeout(10):
            while not cards(world):  # noqa: ASYNC110 - the fake has no event
                await asyncio.sleep(0)
            await world.board.recover()  # nor is it posted twice meanwhile
            await world.decide(plan.request.code, "reject", ANA, "no")
            slow.held.set()
            await asking
        await world.rest()
        assert cards(world) == []
        assert len(told(world, LEA.email)) == 2


async def test_two_who_replace_the_same_card_say_it_once(approving: World):
    asked = await approving.asked("create dect network", NETWORK)
    announcer: Announcer = approving.board.announcer
    await asyncio.gather(*(announcer.decided(asked, "It is over.") for _ in range(3)))
    assert [one.words for one in approving.messenger.said].count("It is over.") == 2


async def test_the_requester_may_take_it_back_while_it_waits(approving: World):
    asked = await approving.asked("create dect network", NETWORK)
    shown = await approving.press(asked, "cancel")
    assert "is cancelled" in words(shown)
    assert (await approving.state(asked.code), cards(approving)) == ("cancelled", [])
    assert told(approving, ANA.email)[-1].startswith(f"✗ Cancelled by {TOM.email}")
    with pytest.raises(Refused, match="was cancelled"):
        await approving.decide(asked.code, "approve", ANA)


async def test_what_waits_is_listed_oldest_first_for_those_who_may_decide(approving: World):
    first = await approving.asked("create dect network", NETWORK)
    approving.clock.now += 1
    second = await approving.asked("create dect network", BERLIN)
    codes = {
        who: [one.code for one in await approving.board.waiting_for(who)]
        for who in (ANA, LEA, TOM, ADA)
    }
    assert codes == {ANA: [first.code, second.code], LEA: [first.code], TOM: [], ADA: []}


async def test_what_could_not_begin_in_time_is_not_said_to_be_undecided(approving: World):
    asked = await approving.asked("create dect network", NETWORK, TESS)
    row = await approving.row(asked.code)
    await approving.store.call(approvals.decide, row.code, ANA, verdict="approve", reason="", now=approving.clock())  # fmt: skip
    await approving.put(Shown(None, row), "approved")
    await approving.store.call(lambda db: db.execute("update requests set run_by = ?", [approving.clock() - 1]))  # fmt: skip
    approving.restart()
    approving.messenger.troubles = [None, Unavailable(503, "Down.")]
    with stamina.set_testing(True, attempts=1, cap=False):
        await approving.runner.recover()
        await approving.rest()
    assert await approving.state(asked.code) == "expired"
    await approving.board.recover()
    await approving.rest()
    assert TOO_LATE in approving.messenger.words[-1]
    assert not any("nobody decided" in said for said in approving.messenger.words)


@pytest.mark.parametrize("step", ["tick", "recover"])
async def test_one_request_that_is_broken_keeps_no_other_from_its_turn(approving: World, step):
    broken = await approving.asked("create dect network", NETWORK)
    approving.messenger.unreachable = {ANA.email, LEA.email}
    other = await approving.asked("create dect network", {**NETWORK, "name": "Yard"})
    approving.messenger.unreachable.clear()

    def spoil(db: Database) -> None:
        db.execute("update requests set plan = '{}' where code = ?", [broken.code])

    await approving.store.call(spoil)
    await (approving.board.tick() if step == "tick" else approving.board.recover())
    assert {one.email for one in cards(approving) if other.code in one.words} == {
        ANA.email,
        LEA.email,
    }
    approving.clock.now += 4 * HOURS
    await approving.board.tick()
    await approving.rest()
    assert await approving.state(other.code) == "expired"
    assert (await approving.row(other.code)).told


async def test_what_is_decided_in_the_moment_it_expires_is_not_told_twice(approving: World):
    asked = await approving.asked("create dect network", NETWORK)
    approving.clock.now += 4 * HOURS
    await asyncio.gather(approving.board.tick(), approving.board.tick())
    await approving.rest()
    assert sum("⌛ Expired" in said for said in told(approving, ANA.email)) == 1
    assert await approving.state(asked.code) == "expired"
