"""Telling people: one who cannot be told keeps nobody else from hearing it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import stamina

from bot.core.errors import Forbidden, NotFound, Unavailable, WebexError
from bot.core.models.people import Place
from bot.core.models.requests import Request
from bot.requests.lifecycle import State
from bot.requests.notifications import SECOND_ATTEMPT_DELAY, Notifications
from bot.store import approvals
from tests.bot.requests import fixtures as worlds
from tests.bot.requests.approving import APPROVERS, SPACE
from tests.bot.requests.fixtures import GROUP, NETWORK, TOM, RequestFixture
from tests.bot.requests.strategies import ANA, LEA

EMAILS = [ANA.email, LEA.email, "ben@example.com"]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[RequestFixture]:
    """With approvers who are not asked by itself."""
    async with worlds.world(tmp_path / "provbot.db") as made:
        await made.allow(*APPROVERS)
        yield made


@pytest.fixture
def notifications(world: RequestFixture) -> Notifications:
    """To each one directly."""
    return Notifications(world.store, world.messenger, world.space.room_id, world.clock.sleep)


@pytest.fixture
def in_space(world: RequestFixture) -> Notifications:
    """To a space."""
    return Notifications(world.store, world.messenger, approval_room, world.clock.sleep)


async def approval_room() -> str:
    return SPACE


async def planned(world: RequestFixture, place: Place = worlds.DIRECT) -> Request:
    """With a plan."""
    shown = await world.ask("create dect network", NETWORK, place=place)
    assert shown.request
    return await world.row(shown.request.code)


def whom(world: RequestFixture) -> list[str]:
    """Who or which space heard something, in order."""
    return [
        message.email or (message.place.room_id if message.place else "")
        for message in world.messenger.posted
    ]


@pytest.mark.parametrize("gone", EMAILS)
async def test_an_unreachable_approver_does_not_block_the_others(world, notifications, gone):
    request = await planned(world)
    world.messenger.unreachable = {gone}
    await notifications.ask(request, lambda _: "Approve?", EMAILS)
    reached = sorted({*EMAILS} - {gone})
    assert sorted(whom(world)) == reached
    copies = await world.store.call(approvals.cards, request.code)
    assert sorted(copy.email for copy in copies) == reached


async def test_an_approver_is_asked_once(world, notifications):
    request = await planned(world)
    await notifications.ask(request, lambda _: "Approve?", EMAILS[:2])
    await notifications.ask(request, lambda _: "Approve?", EMAILS)
    assert whom(world) == EMAILS


async def test_the_approval_space_is_asked_once_instead_of_people(world, in_space):
    request = await planned(world)
    for _ in range(2):
        await in_space.ask(request, lambda _: "Approve?", EMAILS)
    assert whom(world) == [SPACE]


async def test_people_are_asked_instead_of_a_closed_space_until_it_opens(world, in_space):
    request = await planned(world)
    world.messenger.unreachable = {SPACE}
    delivery = await in_space.ask(request, lambda _: "Approve?", EMAILS)
    assert (delivery.asked, delivery.in_space, [*delivery.missing]) == (
        3,
        False,
        ["the approval space"],
    )
    assert whom(world) == EMAILS
    world.messenger.unreachable.clear()
    delivery = await in_space.ask(request, lambda _: "Approve?", EMAILS)
    assert (delivery.in_space, delivery.missing) == (True, {})
    assert whom(world) == [*EMAILS, SPACE]


async def test_a_temporary_failure_of_the_space_does_not_ask_people(world, in_space):
    request = await planned(world)
    world.messenger.troubles = [Unavailable(503, "Down.")]
    delivery = await in_space.ask(request, lambda _: "Approve?", EMAILS)
    assert (delivery.asked, delivery.in_space, delivery.refused) == (0, False, [])
    assert whom(world) == []


@pytest.mark.parametrize(
    "refusal", [Forbidden(403, "No."), NotFound(404, "No."), WebexError(400, "No.")]
)
async def test_a_single_refusal_is_tried_again_after_a_moment(world, notifications, refusal):
    request = await planned(world)
    world.messenger.troubles = [refusal]
    delivery = await notifications.ask(request, lambda _: "Approve?", EMAILS[:1])
    assert (delivery.asked, delivery.missing, world.clock.slept) == (1, {}, [SECOND_ATTEMPT_DELAY])


@pytest.mark.parametrize("gone", EMAILS)
async def test_a_card_that_cannot_be_replaced_does_not_block_the_others(world, notifications, gone):
    request = await planned(world)
    await notifications.ask(request, lambda _: "Approve?", EMAILS)
    world.messenger.unreachable = {gone}
    replaced = await notifications.replace_cards(request, lambda _: "It is over.")
    assert {copy.email for copy in replaced} == {*EMAILS} - {gone}
    left = [message.email for message in world.messenger.standing if message.text == "Approve?"]
    assert left == [gone]  # its card still stands: replaced at the next start
    world.messenger.unreachable.clear()
    assert [
        copy.email for copy in await notifications.replace_cards(request, lambda _: "It is over.")
    ] == [gone]
    assert await world.store.call(approvals.cards, request.code) == []
    assert sorted(message.email or "" for message in world.messenger.standing) == sorted(EMAILS)


async def test_the_final_message_is_posted_before_the_card_is_removed(world, notifications):
    request = await planned(world)
    await notifications.ask(request, lambda _: "Approve?", EMAILS[:1])
    world.messenger.troubles = [Unavailable(503, "Down.")]
    assert await notifications.replace_cards(request, lambda _: "It is over.") == []
    assert world.messenger.removed == []


async def test_in_a_group_space_the_requester_is_told_there_and_directly(world, notifications):
    request = await planned(world, GROUP)
    approved = request.model_copy(update={"state": State.APPROVED.value, "card_id": "msg-waits"})
    await notifications.notify_requester(approved, "Words", "Words with a card")
    assert whom(world) == [TOM.email, GROUP.room_id]
    assert world.messenger.texts == ["Words", "Words with a card"]
    assert world.messenger.removed == ["msg-waits"]


async def test_in_a_direct_space_the_requester_is_told_once(world, notifications):
    request = await planned(world)
    await notifications.notify_requester(request, "Words", "Words with a card")
    assert world.messenger.texts == ["Words with a card"]


@pytest.mark.parametrize("gone", [TOM.email, GROUP.room_id])
async def test_one_of_two_places_may_be_unreachable(world, notifications, gone):
    request = await planned(world, GROUP)
    world.messenger.unreachable = {gone}
    await notifications.notify_requester(
        request.model_copy(update={"state": "approved"}), "Words", "Words"
    )
    assert whom(world) == [address for address in (TOM.email, GROUP.room_id) if address != gone]


async def test_telling_a_result_is_retried_and_recorded(world, notifications):
    request = await planned(world)
    ended = await world.transitions.apply(request, State.CANCELLED, by=TOM)
    assert not (await world.row(request.code)).told
    world.messenger.troubles = [Unavailable(503, "Down.")] * 2
    with stamina.set_testing(True, attempts=3, cap=False):
        await notifications.notify_requester(ended, "Over", "Over")
    assert world.messenger.texts == ["Over"]
    assert (await world.row(request.code)).told


async def test_a_result_that_cannot_be_told_is_not_recorded_as_told(world, notifications):
    request = await planned(world)
    ended = await world.transitions.apply(request, State.CANCELLED, by=TOM)
    world.messenger.unreachable = {request.place.room_id}
    with stamina.set_testing(True, attempts=2, cap=False), pytest.raises(NotFound):
        await notifications.notify_requester(ended, "Over", "Over")
    assert not (await world.row(request.code)).told


async def test_approvers_are_told_the_result(world, notifications, in_space):
    request = await planned(world)
    await notifications.notify_voters(request, "Done.")
    assert world.messenger.posted == []  # nobody has
    for who in (ANA, LEA):
        await world.store.call(
            approvals.decide, request.code, who, verdict="approve", reason="", now=0.0
        )
    world.messenger.unreachable = {ANA.email}
    await notifications.notify_voters(request, "Done.")
    await in_space.notify_voters(request, "Done.")
    assert whom(world) == [LEA.email, SPACE]


async def test_a_reminder_is_posted_where_the_cards_are(world, notifications, in_space):
    request = await planned(world)
    world.messenger.unreachable = {LEA.email}
    await notifications.post_to_approvers(request, "Still waits.", EMAILS)
    await in_space.post_to_approvers(request, "Still waits.", EMAILS)
    world.messenger.unreachable = {SPACE}
    await in_space.post_to_approvers(request, "Still waits.", EMAILS)
    assert whom(world) == [ANA.email, "ben@example.com", SPACE, *EMAILS]
