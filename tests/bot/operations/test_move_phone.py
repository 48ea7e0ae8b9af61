"""Give a phone to another owner: what is checked before, and what the plan says."""

from dataclasses import replace

import pytest

from bot.core.errors import Unavailable
from bot.core.models.webex import Licence
from bot.domain.lookup.late_phones import NOT_LISTED_YET
from bot.domain.plan import Plan
from bot.operations.move_phone import LOST, MOVE_PHONE, RESET
from tests.bot.operations.forms import context, done, plan, problems
from tests.example_org import ANN, ANNS_PHONE, BOB, LOBBY, SOUTH, SOUTHS_PHONE, THIRD_PARTY
from tests.fake_calling import FakeCalling

MAC = "00:00:5E:00:53:01"
GOOD = {"device": MAC, "owner": "bob@example.com"}


@pytest.fixture
def calling() -> FakeCalling:
    """An organization."""
    return FakeCalling()


async def planned(calling: FakeCalling, **changes: str) -> Plan:
    """The plan for good inputs, with these changes."""
    return await plan(MOVE_PHONE, GOOD | changes, context(calling))


def with_phone(calling: FakeCalling, **facts: object) -> FakeCalling:
    """The organization, where Ann's phone has these facts."""
    calling.held[0] = ANNS_PHONE.model_copy(update=facts)
    return calling


async def test_the_plan_names_both_owners_and_changes_nothing(calling):
    made = await planned(calling)
    assert made.title == "Move the Cisco 8845 of Ann Alder to Bob Birch"
    assert made.facts == (
        ("Phone", "Cisco 8845"),
        ("MAC", MAC),
        ("From", "Ann Alder (ann@example.com)"),
        ("For", "Bob Birch (bob@example.com)"),
        ("Location", "Berlin and Lyon"),
        ("Tags", "front"),
    )
    assert made.context == (("Status", "online"),)
    assert [place.name for place in made.locations] == ["Berlin", "Lyon"]
    assert made.on_refusal == "stop"
    assert calling.changes == 0


async def test_the_steps_concern_one_owner_each(calling):
    remove, add, tags = (await planned(calling)).steps
    assert [step.key for step in (remove, add, tags)] == ["remove", "add", "tags"]
    assert [step.after for step in (remove, add, tags)] == [(), ("remove",), ("add",)]
    assert [step.subject for step in (remove, add, tags)] == [ANN.key, BOB.key, BOB.key]
    assert (remove.call.method, remove.call.path) == ("DELETE", "/devices/dev-1")
    body = {"mac": ANNS_PHONE.mac, "model": "DMS Cisco 8845", "personId": BOB.id}
    assert add.call.body == body
    assert tags.call.body["value"] == ["front"]


async def test_the_mac_of_the_device_goes_out_as_twelve_digits(calling):
    made = await planned(calling, device=SOUTHS_PHONE.mac, owner="ann@example.com")
    assert made.steps[1].call.body["mac"] == "00005E005302"


async def test_the_titles_of_the_steps_fit_into_sentences(calling):
    assert [step.title for step in (await planned(calling)).steps] == [
        "Delete the Cisco 8845 of Ann Alder",
        "Add a Cisco 8845 for Bob Birch",
        "Put the tag front on it",
    ]


async def test_within_one_location_that_location_stands_there_once(calling):
    made = await planned(calling, owner="Lobby")
    assert [place.name for place in made.locations] == ["Berlin"]
    assert made.steps[1].call.body["workspaceId"] == LOBBY.id


async def test_the_phone_of_a_workspace_is_moved(calling):
    made = await planned(calling, device=SOUTHS_PHONE.mac, owner="ann@example.com")
    assert dict(made.facts)["From"] == "Meeting Room South (workspace)"
    assert [step.subject for step in made.steps] == [SOUTH.key, ANN.key]


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"device": ""}, "device", "Please enter the MAC address or the name of the device."),
        ({"device": "00:00:5E:00:53:99"}, "device", "I found no device"),
        ({"owner": ""}, "owner", "Please enter an email, or the name of a person or workspace."),
        ({"owner": "nobody@example.com"}, "owner", "I found no person or workspace"),
        ({"owner": "Meeting Room"}, "owner", "2 workspaces match"),
        ({"owner": "carl@example.com"}, "owner", "has no Webex Calling licence"),
        ({"owner": "Boardroom"}, "owner", "for Webex room devices"),
    ],
)
async def test_a_mistake_is_reported_beside_its_field(calling, changes, field, sentence):
    refusal = await problems(MOVE_PHONE, GOOD | changes, context(calling))
    assert set(refusal.problems) == {field}
    assert sentence in refusal.problems[field]
    assert calling.changes == 0


async def test_both_mistakes_are_reported_at_once(calling):
    refusal = await problems(MOVE_PHONE, {"device": "Nix", "owner": "Nix"}, context(calling))
    assert set(refusal.problems) == {"device", "owner"}


@pytest.mark.parametrize("licence", [Licence.PROFESSIONAL, Licence.NONE])
async def test_the_owner_who_has_the_phone_already_is_told_so(calling, licence):
    calling.owners[0] = ANN.model_copy(update={"licence": licence})
    refusal = await problems(MOVE_PHONE, GOOD | {"owner": "ann@example.com"}, context(calling))
    assert refusal.problems == {
        "owner": f"Ann Alder already has this phone, the Cisco 8845 {MAC}: nothing needs to be"
        " moved."
    }


async def test_a_model_for_workspaces_goes_to_no_person(calling):
    calling.held[1] = SOUTHS_PHONE.model_copy(update={"product": "Cisco 7832"})
    inputs = {"device": SOUTHS_PHONE.mac, "owner": "ann@example.com"}
    refusal = await problems(MOVE_PHONE, inputs, context(calling))
    assert refusal.problems == {
        "owner": "Cisco 7832 cannot be added for people, only for workspaces."
    }


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"mac": ""}, "Webex does not show the MAC of the Cisco 8845 of Ann Alder."),
        ({"product": "Cisco 6871"}, "A Cisco 6871 cannot be added by its MAC again."),
        ({"product": "Cisco 9999"}, "A Cisco 9999 cannot be added by its MAC again."),
        ({"product": THIRD_PARTY.model}, f"The {THIRD_PARTY.model} is a third-party phone:"),
        ({"managed_by": "CUSTOMER"}, "The Cisco 8845 is a third-party phone:"),
        ({"type": "roomdesk"}, "The Cisco 8845 of Ann Alder is not a desk phone"),
    ],
)
async def test_a_phone_that_cannot_be_added_again_is_not_removed(calling, facts, reason):
    inputs = GOOD | {"device": "Ann Alder"}
    refusal = await problems(MOVE_PHONE, inputs, context(with_phone(calling, **facts)))
    assert set(refusal.problems) == {"device"}
    assert refusal.problems["device"].startswith(reason)


async def test_two_steps_are_named_where_one_cannot_move_it(calling):
    ctx = context(with_phone(calling, product="Cisco 6871"))
    refusal = await problems(MOVE_PHONE, GOOD, ctx)
    assert refusal.problems["device"].endswith(
        f"Please do it in two steps: delete device {MAC}, then add it for its new owner."
    )


@pytest.mark.parametrize("places", [("Berlin",), ("Lyon",)])
async def test_a_person_of_one_location_sees_only_what_is_there(calling, places):
    refusal = await problems(MOVE_PHONE, GOOD, context(calling, *places))
    assert set(refusal.problems) == {"owner" if places == ("Berlin",) else "device"}


async def test_the_phone_of_somebody_who_is_gone_can_be_moved(calling):
    calling.gone = {ANN.key}
    made = await planned(calling)
    assert dict(made.facts)["From"] == "Ann Alder"
    assert made.steps[0].subject == ANN.key


async def test_a_phone_without_an_owner_can_be_moved(calling):
    shown = await planned(with_phone(calling, person_id=None))
    assert dict(shown.facts)["From"] == "Ann Alder"
    assert shown.steps[0].subject == "device:dev-1"
    calling.asked.clear()
    again = await plan(MOVE_PHONE, GOOD, replace(context(calling), shown=shown))
    assert again == shown
    assert "owner" not in calling.asked


async def test_what_is_lost_is_a_warning(calling):
    calling.owners[1] = BOB.model_copy(update={"licence": Licence.PROFESSIONAL})
    assert (await planned(calling)).warnings == (RESET,)


async def test_both_licences_lead_to_warnings(calling):
    calling.owners[0] = ANN.model_copy(update={"licence": Licence.STANDARD})
    assert (await planned(calling)).warnings[1:] == (
        "Ann Alder has Webex Calling Standard: without this phone, calling is switched on in their"
        " Webex apps.",
        "Bob Birch has Webex Calling Standard: adding a phone switches calling off in their Webex"
        " apps. Removing the phone brings it back.",
    )


@pytest.mark.parametrize("unknown", [0, 1])
async def test_unknown_licences_are_only_a_warning(calling, unknown):
    owner = calling.owners[unknown]
    calling.owners[1] = BOB.model_copy(update={"licence": Licence.PROFESSIONAL})
    calling.owners[unknown] = owner.model_copy(update={"licence": Licence.UNKNOWN})
    (_, warning) = (await planned(calling)).warnings
    assert warning.startswith("I could not check the licence")


async def test_the_limit_of_the_new_owner_is_a_warning(calling):
    calling.most = 1
    made = await planned(calling, owner="Meeting Room South")
    assert made.warnings[0] == (
        "Meeting Room South already has 1 of 1 allowed devices. If Webex refuses this one, the"
        " phone belongs to nobody until it is put back."
    )


async def test_a_new_owner_who_may_have_no_devices_is_the_first_warning(calling):
    calling.most = 0
    warning = (await planned(calling)).warnings[0]
    assert warning.startswith("Webex allows Bob Birch no devices so far. If Webex refuses this one")


async def test_a_workspace_without_calling_is_the_first_warning(calling):
    at = next(i for i, each in enumerate(calling.owners) if each.name == "Lobby")
    calling.owners[at] = calling.owners[at].model_copy(update={"calling_type": "none"})
    warning = (await planned(calling, owner="Lobby")).warnings[0]
    assert warning == (
        "Lobby has no calling in Webex so far. If Webex refuses this one, the phone belongs to"
        " nobody until it is put back."
    )


async def test_the_tags_of_a_9800_must_be_put_back_later(calling):
    made = await planned(with_phone(calling, product="Cisco 9861"))
    assert [step.key for step in made.steps] == ["remove", "add"]
    assert made.warnings[-2:] == (
        NOT_LISTED_YET,
        f"Its tags cannot be put back before Webex lists it. Once it is listed, type: tag {MAC}"
        " +front",
    )


@pytest.mark.parametrize(
    ("read", "sentence"),
    [
        ("owner", "I could not check who the owner is."),
        ("models", "I could not check whether your organization can use this model."),
        ("devices_of", "I could not check how many devices the owner has."),
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


async def test_facts_are_read_again_in_one_round(calling):
    shown = await planned(calling, owner="Lobby")
    calling.asked.clear()
    inputs = GOOD | {"owner": "Lobby"}
    again = await plan(MOVE_PHONE, inputs, replace(context(calling), shown=shown))
    assert again == shown
    assert calling.asked.count("owner") == 2  # the old one and the new one
    assert calling.asked.count("devices_of") == 1


@pytest.mark.parametrize("facts", [{"tags": ("front", "vip")}, {"person_id": LOBBY.id}])
async def test_another_phone_or_owner_changes_the_plan(calling, facts):
    before = await planned(calling)
    assert not before.is_still(await planned(with_phone(calling, **facts)))


async def test_the_phone_belongs_to_its_new_owner_and_keeps_its_tags(calling):
    made = await planned(calling)
    told = await done(MOVE_PHONE, made, context(calling))
    assert told.title == f"The Cisco 8845 {MAC} now belongs to Bob Birch"
    assert told.facts == made.facts
    assert told.notes == (LOST,)
    phone = calling.phone(ANNS_PHONE.mac)
    assert phone
    assert (phone.person_id, phone.tags) == (BOB.id, ("front",))
    assert calling.changes == 3


async def test_a_9800_is_only_accepted_for_its_new_owner(calling):
    made = await planned(with_phone(calling, product="Cisco 9861"))
    told = await done(MOVE_PHONE, made, context(calling))
    assert told.title == f"Webex accepted the Cisco 9861 {MAC} for Bob Birch"
    assert told.awaits_listing
    assert told.notes[1:] == (LOST, made.warnings[-1])


async def test_what_is_left_of_a_half_done_move_is_known(calling):
    made = await planned(calling)
    assert MOVE_PHONE.remainder(made, []) is None
    left = MOVE_PHONE.remainder(made, ["remove"])
    assert left
    assert left.state == (
        "Ann Alder does not have the phone 00:00:5E:00:53:01 any more, and Bob Birch does not have"
        " it yet."
    )
    assert left.command.startswith("add phone ")
    assert left.command.endswith(" for bob@example.com")
    tags = MOVE_PHONE.remainder(made, ["remove", "add"])
    assert tags
    assert tags.state == "The move itself is done."
    assert tags.command.endswith(" +front")


async def test_what_is_left_for_a_workspace_names_it_as_people_type_it(calling):
    left = MOVE_PHONE.remainder(await planned(calling, owner="Lobby"), ["remove"])
    assert left
    assert left.command.endswith(" in Lobby")
