"""Undo of requests of many steps: what was done is taken back, last first, as things are now."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import Conflict, Denied, PrivateRefusal, Refused
from bot.core.models.local_time import utc
from bot.core.models.people import Grant, Role
from bot.core.models.requests import Request
from bot.core.models.webex import Device
from bot.requests import decision_views
from bot.requests.drafts import NOTHING_TO_CHANGE
from bot.requests.interaction import Reply
from bot.store import grants
from cards import render
from tests.bot.requests import fixtures
from tests.bot.requests.fixtures import ELI, GROUP, TESS, TOM, RequestFixture, card, text_of
from tests.bot.requests.strategies import ANA
from tests.example_org import ANN, ANNS_PHONE, BOB, FREE_MAC, MODELS

OLD_MAC = "00005E005301"
SWAP = {"device": OLD_MAC, "mac": FREE_MAC, "model": "8865"}
MOVE = {"device": OLD_MAC, "owner": "bob@example.com"}
REFUSAL = Conflict(409, "[Error 5675] MAC Address is in use.", "T-1")
NOT_NOW = "cannot be undone now. Nothing was changed."
LOCAL = utc(1_795_000_000.0)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[RequestFixture]:
    """With an approver."""
    async with fixtures.world(tmp_path / "provbot.db") as made:
        await made.allow(Grant(ANA.email, Role.APPROVER))
        yield made


async def swapped(world: RequestFixture, *troubles: Exception | None) -> Request:
    """A swap of Ann's phone by Tom, whose changes have these troubles."""
    world.calling.troubles = list(troubles)
    return await world.row(await world.confirmed("swap phone", SWAP))


async def confirmed(world: RequestFixture, plan: Reply, sender: Any = TOM) -> Request:
    """The request of this plan after it was confirmed and has run."""
    await world.press(plan, "confirm", sender)
    await world.rest()
    assert plan.request
    return await world.row(plan.request.code)


def phone(world: RequestFixture, mac: str) -> Device | None:
    """The phone with this MAC."""
    return world.calling.phone(mac)


def last_said(world: RequestFixture) -> str:
    """The newest message."""
    return world.messenger.posted[-1].text


async def is_as_before(world: RequestFixture) -> None:
    """Ann has her old phone with its tag, and nobody has the new one."""
    old = phone(world, OLD_MAC)
    assert old
    assert (old.person_id, old.product, old.tags) == (ANN.id, "Cisco 8845", ("front",))
    assert phone(world, FREE_MAC) is None


@pytest.mark.parametrize("way", ["pressed", "typed", "typed without a code"])
async def test_the_undo_of_a_swap_deletes_the_new_phone_and_brings_the_old_one_back(
    world: RequestFixture, way: str
):
    swap = await swapped(world)
    assert swap.state == "done"
    assert phone(world, FREE_MAC)

    if way == "pressed":
        plan = await world.press(swap, "undo")
    else:
        plan = await world.type("undo", swap.code if way == "typed" else "")

    shown = text_of(plan)
    assert f"Undo {swap.code}: Replace the Cisco 8845 of Ann Alder" in shown
    assert "The Cisco 8845 00:00:5E:00:53:01 starts without its old settings" in shown
    assert "needs approval" not in shown
    undo = await confirmed(world, plan)
    assert (undo.state, undo.undoes) == ("done", swap.code)
    await is_as_before(world)
    assert f"{swap.code} is undone" in last_said(world)


async def test_what_was_done_of_a_swap_that_was_half_done_is_put_back(world: RequestFixture):
    swap = await swapped(world, None, REFUSAL)
    assert swap.state == "partly"
    assert buttons_said(world) == ["Put the old one back"]

    details = await world.type("request", swap.code)
    assert "Put the old one back" in json.dumps(card(details))
    assert "⚠" not in text_of(details)
    elsewhere = await world.type("request", swap.code, place=GROUP)
    assert "Put the old one back" not in json.dumps(card(elsewhere))

    plan = await world.press(swap, "undo")

    assert "Delete" not in text_of(plan)
    half_done = f"{swap.code} is only half done: Ann Alder has no phone 00:00:5E:00:53:01 until"
    assert half_done in text_of(plan)
    undo = await confirmed(world, plan)
    assert undo.state == "done"
    await is_as_before(world)
    undone = await world.type("request", swap.code)
    assert f"State: partly done, undone by {undo.code}" in text_of(undone).replace("\\", "")
    assert "Put the old one back" not in json.dumps(card(undone))


async def test_undo_without_a_code_means_a_half_done_change_too(world: RequestFixture):
    swap = await swapped(world, None, REFUSAL)
    plan = await world.type("undo")
    assert plan.request
    assert plan.request.undoes == swap.code


@pytest.mark.parametrize("verb", ["cancel", "stop"])
async def test_to_cancel_what_is_half_done_names_its_undo(world: RequestFixture, verb: str):
    swap = await swapped(world, None, REFUSAL)
    with pytest.raises(Refused, match="1 of 3 done") as refusal:
        await world.type(verb, swap.code)
    assert f"To take it back, type: undo {swap.code}" in str(refusal.value)


async def test_what_was_done_of_a_swap_that_was_stopped_is_put_back(world: RequestFixture):
    world.calling.gate.clear()
    shown = await world.ask("swap phone", SWAP)
    await world.press(shown, "confirm")
    while not world.calling.changes:
        await world.clock.sleep(0)
    assert shown.request
    await world.type("stop", shown.request.code)
    world.calling.gate.set()
    await world.rest()
    swap = await world.row(shown.request.code)
    assert swap.state == "cancelled"
    assert phone(world, OLD_MAC) is None

    plan = await world.type("undo", swap.code)

    assert (await confirmed(world, plan)).state == "done"
    await is_as_before(world)


async def test_a_swap_that_did_nothing_has_no_undo(world: RequestFixture):
    swap = await swapped(world, REFUSAL)
    assert swap.state == "failed"
    with pytest.raises(PrivateRefusal):
        await world.type("undo", swap.code)


async def test_a_new_phone_that_somebody_else_deleted_is_left_out(world: RequestFixture):
    swap = await swapped(world)
    new = phone(world, FREE_MAC)
    assert new
    world.calling.held.remove(new)

    plan = await world.press(swap, "undo")

    gone = "The Cisco 8865 D8:2E:3E:EF:4E:5C of Ann Alder is not there any more"
    assert gone in text_of(plan)
    assert (await confirmed(world, plan)).state == "done"
    await is_as_before(world)


def give_old_phone_to_bob(world: RequestFixture) -> None:
    """Somebody added the old phone for Bob by hand."""
    taken = ANNS_PHONE.model_copy(update={"id": "dev-9", "person_id": BOB.id, "name": BOB.name})
    world.calling.held.append(taken)


def lose_ann(world: RequestFixture) -> None:
    """Ann has left."""
    world.calling.gone.add(ANN.key)


def end_support_of_the_old_model(world: RequestFixture) -> None:
    """Without the old phone, the undo would only take the new one away."""
    world.calling.supported = [each for each in MODELS if each.display_name != "Cisco 8845"]


def give_new_phone_to_bob(world: RequestFixture) -> None:
    """Somebody gave the new phone to Bob by hand."""
    new = phone(world, FREE_MAC)
    assert new
    world.calling.held.remove(new)
    world.calling.held.append(new.model_copy(update={"person_id": BOB.id}))


CHANGES = [
    (give_old_phone_to_bob, "its MAC is in use by the Cisco 8845 of Bob Birch"),
    (lose_ann, "Ann Alder does not exist any more"),
    (
        end_support_of_the_old_model,
        "of Ann Alder cannot be brought back",
    ),
    (give_new_phone_to_bob, "does not belong to Ann Alder any more"),
]


@pytest.mark.parametrize(("change", "why"), CHANGES)
async def test_an_undo_that_is_impossible_by_now_says_why(
    world: RequestFixture, change: Any, why: str
):
    swap = await swapped(world)
    change(world)
    before = list(world.calling.held)
    with pytest.raises(Refused, match=NOT_NOW) as refusal:
        await world.press(swap, "undo")
    assert why in str(refusal.value)
    assert world.calling.held == before


@pytest.mark.parametrize(("change", "why"), CHANGES)
async def test_an_undo_that_becomes_impossible_before_confirm_changes_nothing(
    world: RequestFixture, change: Any, why: str
):
    swap = await swapped(world)
    plan = await world.press(swap, "undo")
    change(world)
    before = list(world.calling.held)
    with pytest.raises(Refused, match=why):
        await world.press(plan, "confirm")
    assert world.calling.held == before
    assert plan.request
    assert await world.state(plan.request.code) == "draft"


async def test_an_undo_where_nothing_is_left_to_take_back_says_so(world: RequestFixture):
    swap = await swapped(world)
    new = phone(world, FREE_MAC)
    assert new
    world.calling.held.remove(new)
    world.calling.held.append(ANNS_PHONE)
    with pytest.raises(Refused, match="Nothing is left to be undone"):
        await world.press(swap, "undo")


async def test_two_presses_open_one_undo(world: RequestFixture):
    swap = await swapped(world)
    first = await world.press(swap, "undo")
    second = await world.press(swap, "undo")
    assert first.request
    assert second.request
    assert first.request.code == second.request.code
    await confirmed(world, second)
    with pytest.raises(PrivateRefusal, match=f"is the undo of {swap.code}"):
        await world.press(swap, "undo")


@pytest.mark.parametrize("way", ["button", "typed"])
async def test_an_undo_that_was_half_done_can_be_done_again_for_the_rest(
    world: RequestFixture, way: str
):
    swap = await swapped(world)
    world.calling.troubles = [None, REFUSAL]
    undo = await confirmed(world, await world.press(swap, "undo"))
    assert undo.state == "partly"
    assert buttons_said(world) == ["Try again"]
    with pytest.raises(Refused, match=f"To take back the rest, type: undo {swap.code}"):
        await world.type("undo", undo.code)

    rest = (
        await world.press(undo, "again") if way == "button" else await world.type("undo", swap.code)
    )

    assert rest.request
    assert rest.request.undoes == swap.code
    assert (await confirmed(world, rest)).state == "done"
    await is_as_before(world)


async def test_an_undo_that_lacks_only_the_tags_can_be_done_again_for_them(world: RequestFixture):
    swap = await swapped(world)
    world.calling.troubles = [None, None, REFUSAL]
    undo = await confirmed(world, await world.press(swap, "undo"))
    assert undo.state == "partly"
    assert phone(world, OLD_MAC)

    rest = await world.press(undo, "again")

    assert "Ann Alder has the Cisco 8845 00:00:5E:00:53:01 already" in text_of(rest)
    assert (await confirmed(world, rest)).state == "done"
    await is_as_before(world)


async def test_an_undo_is_not_undone(world: RequestFixture):
    swap = await swapped(world)
    undo = await confirmed(world, await world.press(swap, "undo"))
    assert "Undo" not in buttons_said(world)
    with pytest.raises(Refused, match="It is an undo itself"):
        await world.type("undo", undo.code)


def buttons_said(world: RequestFixture) -> list[str]:
    """The titles of the buttons of the newest card."""
    shown = world.messenger.posted[-1].card or {}
    return [action["title"] for action in shown.get("actions", [])]


async def test_the_undo_of_a_move_needs_approval_as_the_move_does(world: RequestFixture):
    move = await world.asked("move phone", MOVE)
    assert move.state == "waiting"
    await world.decide(move.code, "approve", ANA)
    await world.rest()
    assert await world.state(move.code) == "done"
    moved = phone(world, OLD_MAC)
    assert moved
    assert (moved.person_id, moved.tags) == (BOB.id, ("front",))

    plan = await world.press(move, "undo")
    assert "needs approval" in text_of(plan)
    await world.press(plan, "confirm")
    assert plan.request
    assert await world.state(plan.request.code) == "waiting"
    await world.decide(plan.request.code, "approve", ANA)
    await world.rest()

    assert await world.state(plan.request.code) == "done"
    await is_as_before(world)


async def test_the_approval_card_of_a_half_done_move_says_who_has_no_phone(world: RequestFixture):
    world.calling.troubles = [None, REFUSAL]
    move = await world.asked("move phone", MOVE)
    await world.decide(move.code, "approve", ANA)
    await world.rest()
    assert await world.state(move.code) == "partly"

    plan = await world.press(move, "undo")
    await world.press(plan, "confirm")

    assert plan.request
    request = await world.row(plan.request.code)
    card = render.to_text(decision_views.approval(request, LOCAL))
    warning = "is only half done: Ann Alder has no phone 00:00:5E:00:53:01 until this is done."
    assert f"{move.code} {warning}" in card


async def test_an_engineer_undoes_a_move_without_approval(world: RequestFixture):
    move = await world.row(await world.confirmed("move phone", MOVE, ELI))
    plan = await world.press(move, "undo", ELI)
    assert (await confirmed(world, plan, ELI)).state == "done"
    await is_as_before(world)


async def test_the_undo_reaches_every_location_of_the_move(world: RequestFixture):
    """Tess has Lyon only; Ann's old phone goes back to Berlin."""
    move = await world.row(await world.confirmed("move phone", MOVE, ELI))
    await world.allow(Grant(ELI.email, Role.ENGINEER, "Lyon"))
    await world.store.call(grants.revoke, Grant(ELI.email, Role.ENGINEER))
    with pytest.raises(Denied, match="undo move phone"):
        await world.press(move, "undo", ELI)


async def test_only_the_requester_takes_it_back(world: RequestFixture):
    swap = await swapped(world)
    with pytest.raises(Refused):
        await world.press(swap, "undo", ELI)
    with pytest.raises(Refused):
        await world.type("undo", swap.code, TESS)


async def test_a_card_cannot_name_another_request(world: RequestFixture):
    """The undo is of the request whose button was pressed, whatever the card submits."""
    swap = await swapped(world)
    plan = await world.press(swap, "undo")
    again = await world.press(plan, "continue", inputs={"request": "ZZZZ", "undoes": "ZZZZ"})
    assert f"Undo {swap.code}: " in text_of(again)
    changed = await world.press(again, "change")
    assert f"Undo {swap.code}: " in text_of(changed)
    assert NOTHING_TO_CHANGE in text_of(changed)
    assert (await confirmed(world, changed)).state == "done"
