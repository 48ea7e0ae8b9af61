"""Confirm, undo and small talk, typed: the same checks as the buttons, and no guess which."""

from functools import partial

import pytest

from bot.core.errors import PrivateRefusal, Refused
from bot.core.models.people import Grant, Role
from bot.requests.lifecycle import PLAN_LIFETIME
from bot.store import requests as requests_table
from tests.bot.requests.fixtures import (
    ADA,
    DIRECT,
    GROUP,
    NETWORK,
    PHONE,
    TESS,
    TOM,
    RequestFixture,
    card,
    text_of,
)
from tests.bot.requests.strategies import ANA
from tests.cards import rules
from tests.example_org import FREE_MAC

OTHER_PHONE = PHONE | {"mac": "D82E3EEF4E5D", "owner": "bob@example.com"}


async def test_confirm_with_a_code_runs_the_plan(world: RequestFixture):
    shown = await world.ask("add phone", PHONE)
    assert shown.request
    answer = await world.type("confirm", shown.request.code)
    assert answer.answer is None
    await world.rest()
    assert world.calling.phone(FREE_MAC)
    with pytest.raises(Refused, match="is already done"):
        await world.type("confirm", shown.request.code)


async def test_confirm_alone_takes_the_only_open_plan(world: RequestFixture):
    await world.ask("add phone", {})  # a form is no plan
    await world.ask("add phone", OTHER_PHONE, TESS)  # nor is somebody else's
    await world.ask("add phone", PHONE)
    await world.type("confirm")
    await world.rest()
    assert world.calling.phone(FREE_MAC)
    assert world.calling.changes == 1


async def test_confirm_alone_asks_which_of_several_and_changes_nothing(world: RequestFixture):
    plans = [await world.ask("add phone", PHONE), await world.ask("add phone", OTHER_PHONE)]
    with pytest.raises(Refused, match="Which one") as caught:
        await world.type("confirm")
    for plan, owner in zip(plans, ("Ann Alder", "Bob Birch"), strict=True):
        assert plan.request
        assert f"confirm {plan.request.code} (Add a Cisco 8865 for {owner}" in str(caught.value)
    await world.rest()
    assert world.calling.changes == 0


async def test_confirm_without_any_plan_is_refused(world: RequestFixture):
    await world.ask("add phone", {})
    with pytest.raises(Refused, match="You have no open plan to confirm"):
        await world.type("confirm")


async def test_a_form_cannot_be_confirmed_and_is_shown_again(world: RequestFixture):
    form = await world.ask("add phone", {"model": "8865"})
    assert form.request
    again = await world.type("confirm", form.request.code)
    assert again.preface.startswith(f"{form.request.code} has no plan yet")
    assert rules.buttons(card(again)) == ["Continue", "Cancel"]


async def test_nobody_else_confirms_a_plan(world: RequestFixture):
    shown = await world.ask("add phone", PHONE)
    assert shown.request
    for other in (TESS, ADA):
        with pytest.raises(Refused, match="Only the person who asked for it can confirm"):
            await world.type("confirm", shown.request.code, other)
    with pytest.raises(Refused, match="in another space"):
        await world.type("confirm", shown.request.code, place=GROUP)
    assert world.calling.changes == 0


async def test_an_old_plan_is_not_confirmed(world: RequestFixture):
    shown = await world.ask("add phone", PHONE)
    assert shown.request
    world.clock.now += PLAN_LIFETIME + 1
    with pytest.raises(Refused, match="no open plan"):
        await world.type("confirm")
    expired = await world.type("confirm", shown.request.code)
    assert "This plan has expired. Nothing was changed." in text_of(expired)
    assert await world.state(shown.request.code) == "expired"


async def test_facts_that_changed_are_shown_instead_of_confirmed(world: RequestFixture):
    shown = await world.ask("add phone", PHONE)
    assert shown.request
    world.calling.most = 0
    again = await world.type("confirm", shown.request.code)
    assert "Confirm" in rules.buttons(card(again))
    assert world.calling.changes == 0


async def test_confirm_asks_for_approval_where_the_policy_does(world: RequestFixture):
    await world.allow(Grant(ANA.email, Role.APPROVER))
    shown = await world.ask("create dect network", NETWORK)
    assert shown.request
    assert "Waiting for approval" in text_of(await world.type("confirm"))
    assert await world.state(shown.request.code) == "waiting"


async def test_undo_alone_opens_the_plan_that_takes_back_the_last_change(world: RequestFixture):
    first = await world.confirmed("add phone", PHONE)
    await world.confirmed("add phone", OTHER_PHONE)
    undo = await world.type("undo")
    assert text_of(undo).startswith("Delete the Cisco 8865 of Bob Birch")
    undo = await world.type("undo", first)
    assert text_of(undo).startswith("Delete the Cisco 8865 of Ann Alder")
    assert world.calling.changes == 2


async def test_undo_is_refused_if_nothing_was_done(world: RequestFixture):
    with pytest.raises(Refused, match="You have done nothing yet"):
        await world.type("undo")
    shown = await world.ask("add phone", PHONE)
    assert shown.request
    with pytest.raises(Refused, match="was never confirmed"):
        await world.type("undo", shown.request.code)
    await world.type("cancel", shown.request.code)
    with pytest.raises(Refused, match="was cancelled"):
        await world.type("undo", shown.request.code)


async def test_the_code_of_an_undo_opens_its_plan_once_it_is_made(world: RequestFixture):
    code = await world.confirmed("add phone", PHONE)
    create = partial(
        requests_table.create_undo,
        code=code,
        operation="delete device",
        event_id="e-undo",
        requester=TOM,
        place=DIRECT,
        now=world.clock(),
    )
    undo = await world.store.call(create)

    with pytest.raises(
        PrivateRefusal, match=f"{undo.code} is the undo of {code}. I am still checking"
    ):
        await world.type("undo", undo.code)

    await world.type("cancel", undo.code)
    plan = await world.type("undo", code)
    assert plan.request is not None
    again = await world.type("undo", plan.request.code)
    assert text_of(again) == text_of(plan)


async def test_only_the_requester_undoes(world: RequestFixture):
    code = await world.confirmed("add phone", PHONE)
    with pytest.raises(Refused, match="Only the person who asked for it can undo"):
        await world.type("undo", code, TESS)


async def test_a_code_that_went_out_cannot_be_undone(world: RequestFixture):
    code = await world.confirmed("activation code", {"model": "8865", "owner": "Lobby"})
    with pytest.raises(Refused) as refused:
        await world.type("undo")
    told = str(refused.value)
    assert told.startswith(f"{code} (")
    assert told.endswith("cannot be undone. A code that is not used expires on its own.")


async def test_what_cannot_be_undone_names_the_last_change_that_can_be(world: RequestFixture):
    older = await world.confirmed("add phone", PHONE)
    undone = await world.confirmed("add phone", OTHER_PHONE)
    undo = await world.type("undo", undone)
    await world.press(undo, "confirm")
    await world.rest()
    await world.confirmed("activation code", {"model": "8865", "owner": "Lobby"})
    with pytest.raises(Refused) as refused:
        await world.type("undo")
    assert str(refused.value).endswith(
        f"The newest request that can be undone is {older} (Add a Cisco 8865 for Ann Alder, "
        f"D8:2E:3E:EF:4E:5C). To undo it, type: undo {older}"
    )


@pytest.mark.parametrize(("word", "press"), [("yes", "confirm"), ("no", "cancel")])
async def test_yes_and_no_name_the_plan_that_waits_and_decide_nothing(
    world: RequestFixture, word, press
):
    assert text_of(await world.type(word)) == "All right. Nothing waits for you."
    shown = await world.ask("add phone", PHONE)
    assert shown.request
    answer = text_of(await world.type(word))
    assert "Add a Cisco 8865 for Ann Alder" in answer
    assert answer.endswith(
        f"press {press.capitalize()} on its card, or type: {press} {shown.request.code}"
    )
    await world.ask("add phone", OTHER_PHONE)
    assert f"{press} {shown.request.code} (" in text_of(await world.type(word))
    await world.rest()
    assert await world.state(shown.request.code) == "draft"
    assert world.calling.changes == 0


@pytest.mark.parametrize(("word", "verb"), [("yes", "approve"), ("no", "reject")])
async def test_yes_and_no_of_an_approver_decide_nothing(world: RequestFixture, word, verb):
    await world.allow(Grant(ANA.email, Role.APPROVER))
    waiting = await world.asked("create dect network", NETWORK)
    answer = text_of(await world.type(word, sender=ANA))
    assert f"or type: {verb} {waiting.code}" in answer
    await world.asked("create dect network", NETWORK | {"name": "Yard"}, TOM)
    assert "2 requests wait for your decision" in text_of(await world.type(word, sender=ANA))
    assert await world.state(waiting.code) == "waiting"


async def test_what_came_after_the_command_is_never_meant(world: RequestFixture):
    """As when the command is handled once more after a crash."""
    done = await world.confirmed("add phone", PHONE)
    world.clock.now += 10
    later = await world.ask("add phone", OTHER_PHONE)
    assert later.request
    with pytest.raises(Refused, match="no open plan"):
        await world.type("confirm", waited=5)
    with pytest.raises(Refused, match="no open request"):
        await world.type("cancel", waited=5)
    again = await world.type("confirm", later.request.code, waited=5)
    assert rules.buttons(card(again)) == ["Confirm", "Change", "Cancel"]
    await world.type("confirm")
    await world.rest()
    assert await world.state(later.request.code) == "done"
    undo = await world.type("undo", waited=5)
    assert undo.request
    assert undo.request.inputs["device"] == PHONE["mac"].replace(":", "")
    assert await world.state(done) == "done"
