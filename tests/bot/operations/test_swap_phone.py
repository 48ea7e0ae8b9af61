"""Replace a phone: what is checked before anything is removed, and what the plan says."""

from dataclasses import replace

import pytest

from bot.core.errors import Forbidden, Unavailable
from bot.core.models.webex import Device, Licence
from bot.domain.forms import read_form
from bot.domain.lookup.late_phones import NOT_LISTED_YET
from bot.domain.lookup.old_phone import PLUG_IN_NEW
from bot.domain.operation import Job
from bot.domain.plan import Plan
from bot.domain.unsupported import GAPS, Feature
from bot.operations.actions.delete_device import DELETE_DEVICE
from bot.operations.swap_phone import LOST, SWAP_PHONE
from tests.bot.operations.forms import context, done, plan, problems
from tests.example_org import (
    ANN,
    ANNS_PHONE,
    BERLIN,
    BOB,
    FOREIGN_MAC,
    FREE_MAC,
    LYON,
    SOUTH,
    SOUTHS_PHONE,
    THIRD_PARTY,
    model,
)
from tests.fake_calling import FakeCalling

OLD, NEW = "00:00:5E:00:53:01", "D8:2E:3E:EF:4E:5C"
GOOD = {"device": OLD, "mac": NEW, "model": "8865"}


@pytest.fixture
def calling() -> FakeCalling:
    """An organization."""
    return FakeCalling()


async def planned(calling: FakeCalling, **changes: str) -> Plan:
    """The plan for good inputs, with these changes."""
    return await plan(SWAP_PHONE, GOOD | changes, context(calling))


def with_phone(calling: FakeCalling, **facts: object) -> FakeCalling:
    """The organization, where Ann's phone has these facts."""
    calling.held[0] = ANNS_PHONE.model_copy(update=facts)
    return calling


async def test_the_plan_names_both_phones_and_changes_nothing(calling):
    made = await planned(calling)
    assert made.title == "Replace the Cisco 8845 of Ann Alder with a Cisco 8865"
    assert made.facts == (
        ("Old", f"Cisco 8845 {OLD}"),
        ("New", f"Cisco 8865 {NEW}"),
        ("For", "Ann Alder (ann@example.com)"),
        ("Location", "Berlin"),
        ("Tags", "front"),
        ("Password", ""),
    )
    assert made.context == (("Old status", "online"),)
    assert made.warnings == ("The old phone is reset and can no longer make calls.", LOST)
    assert [place.name for place in made.locations] == ["Berlin"]
    assert made.on_refusal == "stop"
    assert calling.changes == 0


async def test_the_old_phone_is_removed_first_and_the_tags_come_last(calling):
    remove, add, tags = (await planned(calling)).steps
    assert [step.key for step in (remove, add, tags)] == ["remove", "add", "tags"]
    assert [step.after for step in (remove, add, tags)] == [(), ("remove",), ("add",)]
    assert {step.subject for step in (remove, add, tags)} == {ANN.key}
    assert (remove.call.method, remove.call.path) == ("DELETE", "/devices/dev-1")
    assert (add.call.method, add.call.path) == ("POST", "/devices")
    assert add.call.body == {"mac": FREE_MAC, "model": "DMS Cisco 8865", "personId": ANN.id}
    assert (tags.call.method, tags.details["device"]) == ("PATCH", "")
    assert tags.call.body == {"op": "add", "path": "tags", "value": ["front"]}


async def test_the_titles_of_the_steps_fit_into_sentences(calling):
    made = await planned(with_phone(calling, tags=("front", "vip")))
    assert [step.title for step in made.steps] == [
        "Delete the Cisco 8845 of Ann Alder",
        "Add a Cisco 8865 for Ann Alder",
        "Put the tags front and vip on it",
    ]


async def test_a_phone_without_tags_is_swapped_in_two_steps(calling):
    made = await planned(with_phone(calling, tags=()))
    assert [step.key for step in made.steps] == ["remove", "add"]


async def test_the_phone_of_a_workspace_is_swapped(calling):
    made = await planned(calling, device=SOUTHS_PHONE.mac)
    assert made.steps[1].call.body["workspaceId"] == SOUTH.id
    assert {step.subject for step in made.steps} == {SOUTH.key}
    assert [place.name for place in made.locations] == ["Lyon"]


async def test_the_new_phone_is_like_the_old_one_unless_a_model_is_given(calling):
    made = await planned(calling, model="")
    assert made.title == "Replace the Cisco 8845 of Ann Alder with another Cisco 8845"
    assert dict(made.facts)["New"] == f"Cisco 8845 {NEW}"
    assert made.steps[1].call.body["model"] == "DMS Cisco 8845"


@pytest.mark.parametrize("product", ["Cisco 6871", "Cisco 840", "Cisco 9999", "phone"])
async def test_the_model_is_asked_for_where_the_old_one_cannot_be_added(calling, product):
    with_phone(calling, product="" if product == "phone" else product)
    refusal = await problems(SWAP_PHONE, GOOD | {"model": ""}, context(calling))
    assert refusal.problems == {
        "model": f"Please choose the model of the new phone. The old one is a {product} {OLD}."
    }


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"device": ""}, "device", "Please enter the MAC address or the name of the device."),
        ({"device": "00:00:5E:00:53:99"}, "device", "I found no device"),
        ({"mac": ""}, "mac", "Please enter the MAC address of the new phone."),
        ({"mac": "D82E"}, "mac", "twelve hex digits"),
        ({"mac": OLD}, "mac", f"{OLD} is the old phone itself, the Cisco 8845 of Ann Alder."),
        ({"mac": SOUTHS_PHONE.mac}, "mac", "in use by the Cisco 8865 of Meeting Room South"),
        ({"mac": FOREIGN_MAC}, "mac", "I cannot see the device"),
        ({"model": "8856"}, "model", "Your organization has no model “8856”."),
        ({"model": "6871"}, "model", "added with an activation code"),
        ({"model": "7832"}, "model", "cannot be added for people"),
        ({"model": "Customer Managed"}, "password", "please give its SIP password"),
    ],
)
async def test_a_mistake_is_reported_beside_its_field(calling, changes, field, sentence):
    refusal = await problems(SWAP_PHONE, GOOD | changes, context(calling))
    assert set(refusal.problems) == {field}
    assert sentence in refusal.problems[field]
    assert calling.changes == 0


async def test_all_mistakes_are_reported_at_once(calling):
    inputs = {"device": "Nobody", "mac": FOREIGN_MAC, "model": "8856"}
    refusal = await problems(SWAP_PHONE, inputs, context(calling))
    assert set(refusal.problems) == {"device", "mac", "model"}


async def test_a_new_phone_that_the_owner_has_already_need_not_be_added(calling):
    calling.held.append(
        Device(id="dev-3", name=ANN.name, product="Cisco 8865", mac=FREE_MAC, person_id=ANN.id)
    )
    refusal = await problems(SWAP_PHONE, GOOD, context(calling))
    assert refusal.problems == {
        "mac": f"Ann Alder already has the phone {NEW}: it need not be added."
        f" To remove the old phone, type: delete device {OLD}"
    }


async def test_a_device_in_another_location_is_not_found(calling):
    refusal = await problems(SWAP_PHONE, GOOD, context(calling, "Lyon"))
    assert "in your locations" in refusal.problems["device"]


async def test_a_new_mac_in_another_location_does_not_name_its_owner(calling):
    inputs = GOOD | {"mac": SOUTHS_PHONE.mac}
    refusal = await problems(SWAP_PHONE, inputs, context(calling, "Berlin"))
    assert "in a location that is not yours" in refusal.problems["mac"]
    assert "South" not in refusal.problems["mac"]


async def test_a_device_without_a_known_owner_is_swapped_in_two_steps(calling):
    refusal = await problems(SWAP_PHONE, GOOD, context(with_phone(calling, person_id=None)))
    assert refusal.problems == {
        "device": f"Webex does not say who has the Cisco 8845 {OLD}, so I do not know for whom to"
        f" add the new phone. Please do it in two steps: delete device {OLD}, then add phone."
    }


async def test_an_owner_who_is_gone_gets_no_phone(calling):
    calling.gone = {ANN.key}
    refusal = await problems(SWAP_PHONE, GOOD, context(calling))
    assert refusal.problems["device"].startswith("Webex does not say who has the Cisco 8845")


@pytest.mark.parametrize("kind", ["roomdesk", "accessory", "webexgo"])
async def test_only_phones_are_swapped(calling, kind):
    ctx = context(with_phone(calling, type=kind, product="Webex Desk Pro"))
    refusal = await problems(SWAP_PHONE, GOOD, ctx)
    assert refusal.problems == {
        "device": "The Webex Desk Pro of Ann Alder is not a desk phone, and only desk phones can be"
        " swapped or moved."
    }


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"licence": Licence.NONE}, "Ann Alder has no Webex Calling licence."),
        ({"foreign": True}, "belongs to another organization"),
    ],
)
async def test_an_owner_who_could_not_get_the_new_phone_keeps_the_old_one(calling, facts, sentence):
    calling.owners[0] = ANN.model_copy(update=facts)
    refusal = await problems(SWAP_PHONE, GOOD, context(calling))
    assert sentence in refusal.problems["device"]


async def test_the_effect_of_the_standard_licence_is_a_warning(calling):
    calling.owners[0] = ANN.model_copy(update={"licence": Licence.STANDARD})
    made = await planned(calling)
    assert made.warnings[2] == (
        "Ann Alder has Webex Calling Standard: calling is on in their Webex apps until the new"
        " phone is added, then off again."
    )


async def test_an_owner_in_another_location_needs_a_role_for_both(calling):
    calling.owners[0] = ANN.model_copy(update={"location": "Lyon", "location_id": LYON.id})
    made = await planned(calling)
    assert [place.name for place in made.locations] == ["Berlin", "Lyon"]
    assert dict(made.facts)["Location"] == "Berlin and Lyon"


async def test_the_tags_of_a_9800_must_be_put_back_later(calling):
    made = await planned(with_phone(calling, tags=("front", "vip")), model="9861")
    assert [step.key for step in made.steps] == ["remove", "add"]
    assert made.warnings[2:] == (
        NOT_LISTED_YET,
        "Its tags cannot be put back before Webex lists it. Once it is listed, type: tag"
        f" {NEW} +front +vip",
    )


async def test_a_9800_for_a_phone_without_tags_is_warned_of_once(calling):
    made = await planned(with_phone(calling, tags=()), model="9861")
    assert made.warnings[2:] == (NOT_LISTED_YET,)


async def test_a_third_party_phone_is_added_with_its_password(calling):
    made = await planned(calling, model=THIRD_PARTY.model, password="hunter2!")
    assert made.needs == ("password",)
    assert dict(made.facts)["Password"] == "as entered (never shown)"
    assert "hunter2!" not in made.model_dump_json()


async def test_a_third_party_phone_like_the_old_one_needs_a_password(calling):
    with_phone(calling, product=THIRD_PARTY.display_name, managed_by="CUSTOMER")
    refusal = await problems(SWAP_PHONE, GOOD | {"model": ""}, context(calling))
    assert set(refusal.problems) == {"password"}


async def test_an_old_third_party_phone_keeps_its_sip_settings(calling):
    made = await planned(with_phone(calling, managed_by="CUSTOMER"))
    assert "please remove the SIP settings from it" in made.warnings[0]


async def test_the_government_cloud_tells_no_sip_settings(calling):
    inputs = GOOD | {"model": THIRD_PARTY.model, "password": "hunter2!"}
    made = await plan(SWAP_PHONE, inputs, context(calling, government=True))
    assert GAPS[Feature.THIRD_PARTY_DETAILS].sentence in made.warnings


async def test_the_status_may_change_without_changing_the_plan(calling):
    before = await planned(calling)
    after = await planned(with_phone(calling, status="disconnected"))
    assert after.digest() == before.digest()
    assert after.context == (("Old status", "offline"),)


@pytest.mark.parametrize(
    "facts", [{"tags": ("front", "vip")}, {"person_id": BOB.id}, {"product": "Cisco 8865"}]
)
async def test_another_old_phone_changes_the_plan(calling, facts):
    before = await planned(calling)
    assert not before.is_still(await planned(with_phone(calling, **facts)))


@pytest.mark.parametrize(
    ("read", "sentence"),
    [
        ("owner", "I could not check who the owner is."),
        ("models", "I could not check whether your organization can use this model."),
        ("mac_state", "I could not check whether the MAC address is free."),
        ("locations", "I could not read the name of the location."),
    ],
)
async def test_a_failed_read_is_only_a_warning(calling, read, sentence):
    before = await planned(calling)
    calling.broken[read] = [Unavailable(503, "Busy."), Unavailable(503, "Busy.")]
    made = await planned(calling)
    assert any(warning.startswith(sentence) for warning in made.warnings)
    assert before.is_still(made)
    assert made.is_still(before)


async def test_unknown_licences_are_only_a_warning(calling):
    calling.owners[0] = ANN.model_copy(update={"licence": Licence.UNKNOWN})
    made = await planned(calling)
    assert made.warnings[2].startswith("I could not check the owner's licence.")


async def test_a_device_that_cannot_be_looked_up_stops_the_plan(calling):
    calling.broken["devices"] = [Forbidden(403, "No.")]
    with pytest.raises(Forbidden):
        await planned(calling)


async def test_facts_are_read_again_in_one_round(calling):
    shown = await planned(calling)
    calling.asked.clear()
    again = await plan(SWAP_PHONE, GOOD, replace(context(calling), shown=shown))
    assert again == shown
    assert sorted(set(calling.asked)) == ["devices", "locations", "mac_state", "models", "owner"]
    assert calling.asked.count("owner") == 1


async def test_a_phone_with_a_new_owner_is_swapped_for_that_owner(calling):
    shown = await planned(calling)
    with_phone(calling, person_id=BOB.id)
    again = await plan(SWAP_PHONE, GOOD, replace(context(calling), shown=shown))
    assert dict(again.facts)["For"] == "Bob Birch (bob@example.com)"


async def test_a_model_for_workspaces_is_none_for_a_person(calling):
    calling.supported[0] = model("8845", supported_for=frozenset({"PLACE"}))
    refusal = await problems(SWAP_PHONE, GOOD | {"model": ""}, context(calling))
    assert "cannot be added for people" in refusal.problems["model"]


async def test_a_phone_without_a_mac_is_found_by_its_name_and_swapped(calling):
    made = await planned(with_phone(calling, mac="", location_id=BERLIN.id), device="Ann Alder")
    assert dict(made.facts)["Old"] == "Cisco 8845"


async def test_the_new_phone_takes_the_place_of_the_old_one_with_its_tags(calling):
    made = await planned(with_phone(calling, tags=("front desk", "vip")))
    told = await done(SWAP_PHONE, made, context(calling))
    assert told.title == f"The Cisco 8865 {NEW} took the place of the Cisco 8845 {OLD}"
    assert told.facts == made.facts
    assert told.notes == (PLUG_IN_NEW, LOST)
    assert (told.again, told.awaits_listing) == ("", False)
    assert calling.phone(ANNS_PHONE.mac) is None
    phone = calling.phone(FREE_MAC)
    assert phone
    assert (phone.person_id, phone.tags) == (ANN.id, ("front desk", "vip"))


async def test_the_snapshot_of_the_old_phone_has_its_tags(calling):
    made = await planned(calling)
    removed = await DELETE_DEVICE.run(Job.only(made), {}, context(calling))
    assert removed.snapshot["tags"] == "front"


async def test_a_9800_is_only_accepted_and_its_tags_are_left_to_people(calling):
    made = await planned(calling, model="9861")
    told = await done(SWAP_PHONE, made, context(calling))
    assert told.title == f"Webex accepted the Cisco 9861 {NEW} in place of the Cisco 8845 {OLD}"
    assert told.awaits_listing
    assert told.notes[1:] == (LOST, made.warnings[-1])
    assert dict(made.facts)["Tags"] == "front"
    assert "Tags" not in dict(told.facts)
    assert f"type: tag {NEW} +front" in told.notes[-1]


async def test_the_sip_settings_and_the_made_password_are_told_to_the_requester(calling):
    inputs = GOOD | {"model": THIRD_PARTY.model}
    form = read_form(SWAP_PHONE.form, inputs)
    form.left_empty = frozenset({"password"})
    made = await SWAP_PHONE.plan(form, context(calling))
    told = await done(SWAP_PHONE, made, context(calling), {"password": "Kx7mQ-h3vRt"})
    assert told.secret
    assert told.secret.get_secret_value() == "Kx7mQ-h3vRt"
    assert "Kx7mQ" not in told.model_dump_json()
    assert dict(told.secret_facts)["SIP domain"] == "sip.example.com"
    assert "Password" not in dict(told.secret_facts)
    assert LOST in told.secret_notes
    assert calling.passwords == {FREE_MAC: "Kx7mQ-h3vRt"}


@pytest.mark.parametrize("typed", ["8865", "Cisco 8865", "CP-8865-K9"])
async def test_another_model_than_that_of_the_old_phone_is_an_error(calling, typed):
    refusal = await problems(SWAP_PHONE, GOOD | {"old_model": typed}, context(calling))
    assert refusal.problems == {
        "device": f"Device {OLD} is a Cisco 8845, but you wrote {typed}. Please check its MAC."
    }


@pytest.mark.parametrize("typed", ["8845", "DMS Cisco 8845", "the broken one"])
async def test_the_model_of_the_old_phone_may_be_told(calling, typed):
    assert await planned(calling, old_model=typed) == await planned(calling)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("Bob Birch", "Bob Birch"), (BOB.email, BOB.email), (BOB.key, "NAME")],
)
async def test_a_swap_for_somebody_else_leads_to_a_move(calling, typed, shown):
    refusal = await problems(SWAP_PHONE, GOOD | {"owner": typed}, context(calling))
    assert refusal.problems == {
        "device": (
            "A swap keeps the owner, Ann Alder. To give a phone to somebody else, type:"
            f" move {OLD} to {shown}"
        )
    }


@pytest.mark.parametrize("typed", ["ann", "Ann Alder", ANN.email, ANN.key, "Alder in Berlin"])
async def test_the_owner_who_stays_may_be_told(calling, typed):
    assert await planned(calling, owner=typed) == await planned(calling)


async def test_what_is_left_of_a_half_done_swap_is_known(calling):
    made = await planned(calling)
    assert SWAP_PHONE.remainder(made, []) is None
    left = SWAP_PHONE.remainder(made, ["remove"])
    assert left
    assert left.state == (
        "Ann Alder does not have the old phone (00:00:5E:00:53:01) any more, and not the new one"
        " yet."
    )
    assert left.command.startswith("add phone ")
    assert left.command.endswith(" for ann@example.com")
    tags = SWAP_PHONE.remainder(made, ["remove", "add"])
    assert tags
    assert tags.state == "The swap itself is done."
    assert tags.command.endswith(" +front")


def test_two_phones_that_people_have_are_exchanged_by_two_moves():
    form = read_form(SWAP_PHONE.form, GOOD | {"mac": "phone of Bob Birch"})
    assert form.problems == {
        "mac": (
            "A swap needs the MAC of a new phone. To exchange the phones of two people, give each"
            " of them to the other: move PHONE to PERSON"
        )
    }
