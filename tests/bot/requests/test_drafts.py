"""Form → plan → Confirm: every step is checked as if it were the first."""

import json

import pytest

from bot.core.errors import Refused
from bot.core.models.people import Grant, Role
from bot.core.models.webex import Licence
from bot.domain.forms import NONE_OF_THESE
from bot.operations import OPERATIONS
from bot.requests.lifecycle import PLAN_LIFETIME
from bot.store import grants
from tests.bot.requests.fixtures import (
    DIRECT,
    ELI,
    GROUP,
    NETWORK,
    PHONE,
    SAM,
    TESS,
    TOM,
    VERA,
    RequestFixture,
    card,
    text_of,
)
from tests.cards import rules
from tests.database import count
from tests.example_org import ANN, FREE_MAC, THIRD_PARTY, model, person

LISTS = [operation.name for operation in OPERATIONS if operation.takes_list]


async def test_a_complete_command_leads_to_the_plan(world: RequestFixture):
    shown = await world.ask("add phone", PHONE)
    assert rules.buttons(card(shown)) == ["Confirm", "Change", "Cancel"]
    assert shown.request
    assert text_of(shown).startswith(
        f"Add a Cisco 8865 for Ann Alder\nRequest {shown.request.code} · Confirm within 15 minutes."
    )
    assert world.calling.changes == 0


async def test_an_incomplete_command_opens_the_filled_in_form(world: RequestFixture):
    shown = await world.ask("add phone", {"model": "8865"})
    content = card(shown)
    assert rules.buttons(content) == ["Continue", "Cancel"]
    assert rules.inputs(content) == ["mac", "model", "owner"]
    assert shown.request
    cancel = f"cancel {shown.request.code}"
    assert text_of(shown).endswith(f"\nOr type: add phone MAC MODEL for EMAIL, {cancel}")
    assert rules.field(content, "model")["value"] == "DMS Cisco 8865"
    assert "correct" not in text_of(shown)


@pytest.mark.parametrize("name", LISTS)
async def test_the_form_of_a_list_says_how_to_send_it_without_the_form(
    world: RequestFixture, name: str
):
    shown = await world.ask(name, {})
    usage = next(operation.usage[0] for operation in OPERATIONS if operation.name == name)
    shortest = min(name, usage, key=len)
    assert f"as a CSV or Excel file, with the text “{shortest}" in json.dumps(
        card(shown), ensure_ascii=False
    )
    assert f"Or type: {usage} with one row a line below" in text_of(shown)


async def test_the_first_form_shows_mistakes_of_given_fields_only(world: RequestFixture):
    shown = await world.ask("add phone", {"mac": "D82E"})
    assert "Please correct this:" in text_of(shown)
    assert "twelve hex digits" in text_of(shown)
    assert "Please fill" not in text_of(shown)


async def test_continue_shows_something_before_anything_is_looked_up(world: RequestFixture):
    form = await world.ask("add phone", {})
    assert form.request
    seen: list[bool] = []
    world.calling.on_ask = lambda: seen.append(bool(world.runner.progress.tasks))
    await world.press(form, "continue", inputs=PHONE)
    await world.rest()
    assert seen[0]  # it is on its way already
    assert world.messenger.texts == [f"⏳ {form.request.code}: looking it up …"]
    assert world.messenger.standing == []  # and gone again


async def test_a_form_with_mistakes_comes_back_with_all_of_them_and_the_inputs(
    world: RequestFixture,
):
    form = await world.ask("add phone", {})
    inputs = {"mac": "D82E", "model": "DMS Cisco 8865", "owner": "nobody@example.com"}
    again = await world.press(form, "continue", inputs=inputs)
    content = card(again)
    assert "Please correct these 2 fields:" in text_of(again)
    assert {name: rules.field(content, name)["value"] for name in inputs} == inputs
    body = [element.get("id") or element["text"] for element in content["body"]]
    assert body[body.index("mac") + 1].startswith("A MAC address has twelve")
    assert body[body.index("owner") + 1].startswith("I found no person")


async def test_an_ambiguous_owner_becomes_a_choice_and_the_choice_a_plan(world: RequestFixture):
    form = await world.ask("add phone", PHONE | {"owner": "Meeting Room"})
    field = rules.field(card(form), "owner")
    assert field["placeholder"] == "Choose one"
    choices = field["choices"]
    assert len(choices) == 3
    inputs = PHONE | {"owner": choices[0]["value"]}
    plan = await world.press(form, "continue", inputs=inputs)
    assert text_of(plan).startswith("Add a Cisco 8865 for Meeting Room North")


async def test_choosing_none_asks_for_the_owner_again(world: RequestFixture):
    form = await world.ask("add phone", PHONE | {"owner": "Meeting Room"})
    inputs = {"mac": "D82E", "model": PHONE["model"], "owner": NONE_OF_THESE}
    again = await world.press(form, "continue", inputs=inputs)
    assert "choices" not in rules.field(card(again), "owner")
    assert "value" not in rules.field(card(again), "owner")
    assert "A MAC address has twelve hex digits" in text_of(again)  # what else is wrong, too
    assert again.request
    assert "owner" not in again.request.inputs


async def test_confirm_runs_the_request(world: RequestFixture):
    shown = await world.ask("add phone", PHONE)
    answer = await world.press(shown, "confirm")
    assert answer.answer is None
    await world.rest()
    assert world.calling.phone(FREE_MAC)


async def test_confirm_twice_creates_once(world: RequestFixture):
    shown = await world.ask("add phone", PHONE)
    await world.press(shown, "confirm")
    with pytest.raises(Refused, match="already confirmed"):
        await world.press(shown, "confirm")
    await world.rest()
    with pytest.raises(Refused, match=r"is already done\. Nothing was done a second time"):
        await world.press(shown, "confirm")
    assert world.calling.changes == 1


async def test_the_same_event_twice_opens_one_request(world: RequestFixture):
    first = await world.drafts.open("add phone", PHONE, TOM, DIRECT, "event-x")
    again = await world.drafts.open("add phone", PHONE, TOM, DIRECT, "event-x")
    assert (again.request, card(again)) == (first.request, card(first))
    assert await world.store.call(count, "requests") == 1


async def test_change_opens_the_form_with_the_inputs_and_the_old_plan_is_void(
    world: RequestFixture,
):
    plan = await world.ask("add phone", PHONE)
    form = await world.press(plan, "change")
    assert rules.field(card(form), "owner")["value"] == "ann@example.com"
    instead = await world.press(plan, "confirm")
    assert rules.buttons(card(instead)) == ["Continue", "Cancel"]
    form = instead
    new = await world.press(form, "continue", inputs=PHONE | {"owner": "bob@example.com"})
    await world.press(new, "confirm")
    await world.rest()
    assert (world.calling.phone(FREE_MAC) or ANN).name == "Bob Birch"


@pytest.mark.parametrize("kind", ["confirm", "continue", "change", "cancel", "again"])
async def test_an_old_card_shows_the_newest_one_and_changes_nothing(world: RequestFixture, kind):
    old = await world.ask("add phone", PHONE)
    form = await world.press(old, "change")
    newest = await world.press(form, "continue", inputs=PHONE | {"owner": "Lobby"})
    shown = await world.press(old, kind, inputs=PHONE)
    assert (shown.request, card(shown)) == (newest.request, card(newest))
    assert world.calling.changes == 0


async def test_cancel_ends_the_request(world: RequestFixture):
    plan = await world.ask("add phone", PHONE)
    assert "is cancelled. Nothing was changed." in text_of(await world.press(plan, "cancel"))
    for kind in ("confirm", "cancel", "change", "continue"):
        with pytest.raises(Refused, match="was cancelled"):
            await world.press(plan, kind)
    assert world.calling.changes == 0


async def test_an_unknown_button_changes_nothing(world: RequestFixture):
    plan = await world.ask("add phone", PHONE)
    with pytest.raises(Refused, match="do not know that button"):
        await world.press(plan, "approve")


@pytest.mark.parametrize("code", ["", "ZZZZ", "7K3F; drop table requests", "x" * 20])
async def test_a_made_up_request_code_gets_an_answer(world: RequestFixture, code):
    plan = await world.ask("add phone", PHONE)
    with pytest.raises(Refused, match="There is no request"):
        await world.press(plan, "confirm", request=code)


@pytest.mark.parametrize("presser", [TESS, ELI, VERA, SAM])
@pytest.mark.parametrize("kind", ["confirm", "change", "cancel", "continue", "again"])
async def test_a_card_for_another_person_changes_nothing(world: RequestFixture, presser, kind):
    plan = await world.ask("add phone", PHONE)
    why = "not on the list" if presser is SAM else "Only the person who asked for it can"
    with pytest.raises(Refused, match=why):
        await world.press(plan, kind, presser)
    assert plan.request
    assert await world.state(plan.request.code) == "draft"


async def test_a_press_from_another_space_changes_nothing(world: RequestFixture):
    plan = await world.ask("add phone", PHONE)
    with pytest.raises(Refused, match="requested in another space"):
        await world.press(plan, "confirm", room=GROUP.room_id)


async def test_a_plan_older_than_fifteen_minutes_expires(world: RequestFixture):
    plan = await world.ask("add phone", PHONE)
    world.clock.now += PLAN_LIFETIME + 1
    assert "This plan has expired." in text_of(await world.press(plan, "confirm"))
    assert plan.request
    assert await world.state(plan.request.code) == "expired"
    assert "This plan has expired." in text_of(await world.press(plan, "confirm"))
    assert world.calling.changes == 0


async def test_a_plan_of_exactly_fifteen_minutes_is_valid(world: RequestFixture):
    plan = await world.ask("add phone", PHONE)
    world.clock.now += PLAN_LIFETIME
    assert (await world.press(plan, "confirm")).answer is None


async def test_confirm_is_refused_after_the_role_is_revoked(world: RequestFixture):
    plan = await world.ask("add phone", PHONE)
    await world.store.call(grants.revoke, Grant(TOM.email, Role.TECHNICIAN))
    with pytest.raises(Refused, match="not on the list"):
        await world.press(plan, "confirm")
    await world.allow(Grant(TOM.email, Role.VIEWER))
    with pytest.raises(Refused, match=r"Your role \(viewer\) does not allow “add phone”"):
        await world.press(plan, "confirm")
    await world.rest()
    assert world.calling.changes == 0


async def test_changed_facts_are_shown_as_differences(world: RequestFixture):
    plan = await world.ask("add phone", PHONE)
    named = ANN.model_copy(update={"name": "Ann Ash"})
    world.calling.owners[0] = named
    again = await world.press(plan, "confirm")
    assert "This has changed since you saw it:" in text_of(again)
    assert "For: now “Ann Ash (ann@example.com)”, before “Ann Alder (ann@example.com)”." in text_of(
        again
    )
    assert world.calling.changes == 0
    await world.press(again, "confirm")
    await world.rest()
    assert world.calling.changes == 1


async def test_a_changed_licence_is_shown(world: RequestFixture):
    plan = await world.ask("add phone", PHONE)
    world.calling.owners[0] = ANN.model_copy(update={"licence": Licence.STANDARD})
    again = await world.press(plan, "confirm")
    assert "⚠ Ann Alder has Webex Calling Standard" in text_of(again)
    assert world.calling.changes == 0


async def test_a_mac_that_was_taken_meanwhile_opens_the_form_again(world: RequestFixture):
    plan = await world.ask("add phone", PHONE)
    world.calling.foreign_macs.add(FREE_MAC)
    form = await world.press(plan, "confirm")
    assert "is in use" in text_of(form)
    assert rules.buttons(card(form)) == ["Continue", "Cancel"]
    assert world.calling.changes == 0


async def test_confirm_reads_the_facts_again(world: RequestFixture):
    plan = await world.ask("add phone", PHONE)
    before = world.calling.freshened
    await world.press(plan, "confirm")
    assert world.calling.freshened > before


async def test_a_plan_that_needs_approval_says_so_and_does_not_run(world: RequestFixture):
    plan = await world.ask("create dect network", NETWORK)
    assert "needs approval" in text_of(plan)
    with pytest.raises(Refused, match=r"nobody who could give it for Lyon\. Nothing was changed"):
        await world.press(plan, "confirm")
    assert plan.request
    assert await world.state(plan.request.code) == "draft"
    assert world.calling.changes == 0


async def test_an_engineer_needs_no_approval(world: RequestFixture):
    plan = await world.ask("create dect network", NETWORK, ELI)
    assert "needs approval" not in text_of(plan)
    await world.press(plan, "confirm", ELI)
    await world.rest()
    assert world.calling.dect.held[-1].name == "Hall"


@pytest.mark.parametrize("name", ["add phone", "activation code", "create dect network"])
@pytest.mark.parametrize(("sender", "sentence"), [(SAM, "not on the list"), (VERA, "Your role")])
async def test_without_the_role_no_form_is_shown(world: RequestFixture, name, sender, sentence):
    with pytest.raises(Refused, match=sentence):
        await world.ask(name, {}, sender)
    assert await world.store.call(count, "requests") == 0
    assert world.calling.asked == []


async def test_a_role_for_a_location_does_not_hold_elsewhere(world: RequestFixture):
    form = await world.ask("add phone", PHONE, TESS)
    assert "in your locations" in text_of(form)
    plan = await world.press(form, "continue", TESS, inputs=PHONE | {"owner": "bob@example.com"})
    await world.press(plan, "confirm", TESS)
    await world.rest()
    assert (world.calling.phone(FREE_MAC) or ANN).name == "Bob Birch"


async def test_an_owner_who_moved_to_another_location_is_not_changed(world: RequestFixture):
    plan = await world.ask("add phone", PHONE | {"owner": "bob@example.com"}, TESS)
    moved = {"location": "Berlin", "location_id": "loc-berlin"}
    world.calling.owners[1] = world.calling.owners[1].model_copy(update=moved)
    answer = await world.press(plan, "confirm", TESS)
    assert "in your locations" in text_of(answer)
    assert world.calling.changes == 0


async def test_a_secret_never_reaches_the_row_or_the_card(world: RequestFixture):
    inputs = PHONE | {"model": THIRD_PARTY.model, "password": "hunter2!"}
    shown = await world.ask("add phone", inputs)
    form = await world.press(shown, "change")
    assert form.request
    row = await world.row(form.request.code)
    assert "hunter2!" not in f"{row}{card(shown)}{card(form)}{text_of(form)}"
    box = rules.field(card(form), "password")
    assert "value" not in box
    assert box["placeholder"] == "Kept. Type to change it, - for none"
    assert "isRequired" not in box


@pytest.mark.parametrize(("typed", "sent"), [("", "hunter2!"), ("rosebud-2", "rosebud-2")])
async def test_a_kept_secret_is_used_unless_it_is_changed(world: RequestFixture, typed, sent):
    inputs = PHONE | {"model": THIRD_PARTY.model, "password": "hunter2!"}
    form = await world.press(await world.ask("add phone", inputs), "change")
    plan = await world.press(form, "continue", inputs=inputs | {"password": typed})
    await world.press(plan, "confirm")
    await world.rest()
    assert world.calling.passwords == {FREE_MAC: sent}


async def test_a_dropped_secret_is_asked_for_again(world: RequestFixture):
    inputs = PHONE | {"model": THIRD_PARTY.model, "password": "hunter2!"}
    form = await world.press(await world.ask("add phone", inputs), "change")
    again = await world.press(form, "continue", inputs=inputs | {"password": "-"})
    assert "please give its SIP password" in text_of(again)


async def test_an_ended_request_can_be_repeated_as_a_new_one(world: RequestFixture):
    world.calling.foreign_macs.add(FREE_MAC)
    shown = await world.ask("add phone", PHONE)
    cancelled = await world.press(shown, "cancel")
    world.calling.foreign_macs.clear()
    again = await world.press(cancelled, "again")
    assert again.request
    assert shown.request
    assert again.request.code != shown.request.code
    assert text_of(again).startswith("Add a Cisco 8865 for Ann Alder")


async def test_again_on_an_open_request_is_an_old_button(world: RequestFixture):
    shown = await world.ask("add phone", PHONE)
    with pytest.raises(Refused):
        await world.press(shown, "again")


async def test_an_ambiguous_model_is_a_mistake_and_no_crash(world: RequestFixture):
    world.calling.supported.append(model("8865 NR"))
    form = await world.ask("add phone", PHONE | {"model": "IP phone 8865"})
    assert "can be Cisco 8865 or Cisco 8865 NR" in text_of(form)


async def test_a_hundred_owners_of_one_name_fit_into_a_card(world: RequestFixture):
    name = "Ann " + "😀" * 70
    world.calling.owners = [
        person(f"ann{number}", name, world.calling.places[0], Licence.PROFESSIONAL)
        for number in range(100)
    ]
    content = card(await world.ask("add phone", PHONE | {"owner": "Ann"}))
    assert rules.violations(content) == []
    assert len(rules.field(content, "owner")["choices"]) == 11
