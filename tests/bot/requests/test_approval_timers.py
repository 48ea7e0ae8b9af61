"""What happens when nobody decides, when several do at once, and when somebody cannot be told."""

import asyncio

import pytest
import stamina

from bot.core.errors import Refused, Unavailable
from bot.core.models.people import Grant, Role
from bot.requests.interaction import Reply
from bot.requests.notifications import Notifications
from bot.requests.step_checks import STARTED_TOO_LATE
from bot.requests.unreachable_approvers import FIRST_PAUSE
from bot.store import approvals
from bot.store.sql import Database
from tests.bot.requests import fixtures as worlds
from tests.bot.requests.approving import BERLIN, HOURS, LYON_ONLY, SPACE, cards, direct_messages
from tests.bot.requests.fixtures import (
    ADA,
    DIRECT,
    GROUP,
    NETWORK,
    TESS,
    TOM,
    RequestFixture,
    text_of,
)
from tests.bot.requests.strategies import ANA, LEA
from tests.fake_messenger import FakeMessenger


async def test_a_late_approval_expires_the_request(approving: RequestFixture):
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


async def test_an_undecided_request_expires_and_everybody_is_told(approving: RequestFixture):
    asked = await approving.asked("create dect network", NETWORK, place=GROUP)
    approving.clock.now += 4 * HOURS - 1
    await approving.approvals.tick()
    assert await approving.state(asked.code) == "waiting"
    approving.clock.now += 1
    await approving.approvals.tick()
    await approving.rest()
    row = await approving.row(asked.code)
    assert (row.state, row.told, cards(approving)) == ("expired", True, [])
    for who in (ANA, LEA, TOM):
        assert direct_messages(approving, who.email)[-1].startswith(
            "⌛ Expired at 17:46 UTC: nobody decided."
        )
    assert any(
        message.place == GROUP and "⌛ Expired" in message.text
        for message in approving.messenger.posted
    )


async def test_approvers_are_reminded_once_half_way(approving: RequestFixture):
    asked = await approving.asked("create dect network", NETWORK)
    before = len(approving.messenger.posted)
    approving.clock.now += 2 * HOURS - 1
    await approving.approvals.tick()
    assert len(approving.messenger.posted) == before
    approving.clock.now += 1
    await approving.approvals.tick()
    assert (
        f"⏰ {asked.code} still waits for approval, until 17:46 UTC"
        in direct_messages(approving, ANA.email)[-1]
    )
    assert {message.email for message in approving.messenger.posted[before:]} == {
        ANA.email,
        LEA.email,
    }
    approving.restart()
    await approving.approvals.tick()
    assert len(approving.messenger.posted) == before + 2


async def test_in_the_approval_space_the_reminder_is_one_message(space: RequestFixture):
    await space.asked("create dect network", NETWORK)
    before = len(space.messenger.posted)
    space.clock.now += 3 * HOURS
    await space.approvals.tick()
    (reminder,) = space.messenger.posted[before:]
    assert reminder.place
    assert reminder.place.room_id == SPACE


async def test_cards_that_were_not_posted_are_posted_at_the_start(approving: RequestFixture):
    approving.messenger.unreachable = {ANA.email}
    await approving.asked("create dect network", NETWORK)
    assert [card.email for card in cards(approving)] == [LEA.email]
    approving.messenger.unreachable.clear()
    approving.restart()
    await approving.approvals.recover()
    await approving.approvals.recover()
    assert [card.email for card in cards(approving)] == [LEA.email, ANA.email]


async def test_cards_left_over_from_a_decision_are_replaced_at_the_start(approving: RequestFixture):
    asked = await approving.asked("create dect network", NETWORK)
    approving.messenger.unreachable = {LEA.email}
    await approving.decide(asked.code, "reject", ANA, "no")
    await approving.rest()
    assert [card.email for card in cards(approving)] == [LEA.email]
    approving.messenger.unreachable.clear()
    approving.restart()
    await approving.approvals.recover()
    assert cards(approving) == []
    assert direct_messages(approving, LEA.email)[-1].startswith(f"✗ Rejected by {ANA.email}")


async def test_a_requester_who_was_not_told_is_told_at_the_start(approving: RequestFixture):
    asked = await approving.asked("create dect network", NETWORK)
    approving.messenger.unreachable = {DIRECT.room_id}
    with stamina.set_testing(True, attempts=2, cap=False):
        await approving.decide(asked.code, "reject", ANA, "no")
        await approving.rest()
    assert not (await approving.row(asked.code)).told
    approving.messenger.unreachable.clear()
    approving.restart()
    await approving.approvals.recover()
    await approving.rest()
    assert (await approving.row(asked.code)).told
    assert approving.messenger.texts[-1].startswith("Rejected: ")


async def test_a_deleted_space_delays_nobody(approving: RequestFixture):
    """The one whose space is gone is tried for a quarter of an hour; the others hear at once."""
    gone = await approving.asked("create dect network", NETWORK, place=GROUP)
    other = await approving.asked("create dect network", {**NETWORK, "name": "Yard"})
    approving.messenger.unreachable = {GROUP.room_id}
    approving.clock.now += 4 * HOURS
    async with asyncio.timeout(10):
        await approving.approvals.tick()
        await approving.approvals.recover()
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
            await world.approvals.recover()  # nor is it posted twice meanwhile
            await world.decide(plan.request.code, "reject", ANA, "no")
            slow.held.set()
            await asking
        await world.rest()
        assert cards(world) == []
        assert len(direct_messages(world, LEA.email)) == 2


async def test_two_simultaneous_replacements_of_a_card_post_one_message(approving: RequestFixture):
    asked = await approving.asked("create dect network", NETWORK)
    notifications: Notifications = approving.approvals.notifications
    await asyncio.gather(
        *(notifications.replace_cards(asked, lambda _: "It is over.") for _ in range(3))
    )
    assert [message.text for message in approving.messenger.posted].count("It is over.") == 2


async def test_the_requester_can_cancel_while_it_waits(approving: RequestFixture):
    asked = await approving.asked("create dect network", NETWORK)
    shown = await approving.press(asked, "cancel")
    assert "is cancelled" in text_of(shown)
    assert (await approving.state(asked.code), cards(approving)) == ("cancelled", [])
    assert direct_messages(approving, ANA.email)[-1].startswith(f"✗ Cancelled by {TOM.email}")
    with pytest.raises(Refused, match="was cancelled"):
        await approving.decide(asked.code, "approve", ANA)


async def test_approvers_see_waiting_requests_oldest_first(approving: RequestFixture):
    first = await approving.asked("create dect network", NETWORK)
    approving.clock.now += 1
    second = await approving.asked("create dect network", BERLIN)
    codes = {
        who: [request.code for request in await approving.approvals.waiting_for(who)]
        for who in (ANA, LEA, TOM, ADA)
    }
    assert codes == {ANA: [first.code, second.code], LEA: [first.code], TOM: [], ADA: []}


async def test_a_late_start_is_not_reported_as_undecided(approving: RequestFixture):
    asked = await approving.asked("create dect network", NETWORK, TESS)
    row = await approving.row(asked.code)
    await approving.store.call(
        approvals.decide, row.code, ANA, verdict="approve", reason="", now=approving.clock()
    )
    await approving.put(Reply(None, row), "approved")
    await approving.store.call(
        lambda db: db.execute("update requests set run_by = ?", [approving.clock() - 1])
    )
    approving.restart()
    approving.messenger.troubles = [None, Unavailable(503, "Down.")]
    with stamina.set_testing(True, attempts=1, cap=False):
        await approving.runner.recover()
        await approving.rest()
    assert await approving.state(asked.code) == "expired"
    await approving.approvals.recover()
    await approving.rest()
    assert STARTED_TOO_LATE in approving.messenger.texts[-1]
    assert not any("nobody decided" in text for text in approving.messenger.texts)


@pytest.mark.parametrize("step", ["tick", "recover"])
async def test_a_broken_request_does_not_block_the_others(approving: RequestFixture, step):
    broken = await approving.asked("create dect network", NETWORK)
    approving.messenger.unreachable = {ANA.email, LEA.email}
    other = await approving.asked("create dect network", {**NETWORK, "name": "Yard"})
    approving.messenger.unreachable.clear()

    def spoil(db: Database) -> None:
        db.execute("update requests set plan = '{}' where code = ?", [broken.code])

    await approving.store.call(spoil)
    approving.clock.now += FIRST_PAUSE
    await (approving.approvals.tick() if step == "tick" else approving.approvals.recover())
    assert {card.email for card in cards(approving) if other.code in card.text} == {
        ANA.email,
        LEA.email,
    }
    approving.clock.now += 4 * HOURS
    await approving.approvals.tick()
    await approving.rest()
    assert await approving.state(other.code) == "expired"
    assert (await approving.row(other.code)).told


async def test_a_decision_at_the_moment_of_expiry_is_told_once(approving: RequestFixture):
    asked = await approving.asked("create dect network", NETWORK)
    approving.clock.now += 4 * HOURS
    await asyncio.gather(approving.approvals.tick(), approving.approvals.tick())
    await approving.rest()
    assert sum("⌛ Expired" in text for text in direct_messages(approving, ANA.email)) == 1
    assert await approving.state(asked.code) == "expired"
