"""Add phones from a list: what decides about each row, and what the plan says of all."""

from dataclasses import replace

import pytest

from bot.core import api_calls as calls
from bot.core.errors import Forbidden, Unavailable
from bot.core.models.webex import Licence, Owner, OwnerKind
from bot.domain import unsupported
from bot.domain.identity import Identities
from bot.domain.lists.row_reader import NO_MODEL
from bot.domain.lookup import models, row_checks
from bot.domain.lookup.bulk_reads import MAX_SEARCHED, OF_MANY
from bot.domain.lookup.late_phones import NOT_LISTED_YET
from bot.domain.lookup.models import ANY_ROOM_DEVICE
from bot.domain.third_party import GENERATED
from bot.domain.unsupported import Feature
from bot.operations.add_phones import ADD_PHONES
from tests.bot.operations.accepted import FakeAccepted, accepted
from tests.bot.operations.forms import context, done
from tests.bot.operations.lists import plan_lines, plan_table, rows_of, told, wrong
from tests.example_org import (
    ANN,
    ANNS_PHONE,
    BERLIN,
    BOARDROOM,
    BOB,
    FOREIGN_MAC,
    FREE_MAC,
    LYON,
    person,
)
from tests.fake_calling import FakeCalling
from tests.fake_people import OTHER_ORG, OWN_ORG, FakePeople

ANNS_MAC = "00:00:5E:00:53:01"
MACS = [f"D82E3EEF4E{number:02X}" for number in range(0x60, 0x70)]


@pytest.fixture
def calling() -> FakeCalling:
    """An organization."""
    return FakeCalling()


@pytest.mark.parametrize("line", ["Boardroom", "for Boardroom", "Room Kit Boardroom"])
async def test_a_pasted_line_may_name_a_workspace_for_room_devices_alone(calling, line):
    made = await plan_lines(ADD_PHONES, f"{line}\n{MACS[1]} 8845 Lobby", context(calling))
    assert wrong(made) == {}
    assert made.title == "Add 1 phone and get 1 activation code"


@pytest.mark.parametrize("line", ["Lobby", "ann@example.com", "Ann Alder"])
async def test_a_pasted_line_with_an_owner_of_phones_needs_a_model(calling, line):
    made = await plan_lines(ADD_PHONES, f"{line}\n{MACS[1]} 8845 Lobby", context(calling))
    assert wrong(made) == {1: NO_MODEL}


@pytest.mark.parametrize(
    ("model", "advice"),
    [
        ("8865", row_checks.FOR_ROOM_DEVICE),
        ("WP999", row_checks.FOR_ROOM_DEVICE),
        ("", row_checks.FOR_ROOM_DEVICE),
        ("Room Kit", models.IN_ROW.room_device),
    ],
)
async def test_a_workspace_for_room_devices_gets_one_advice(calling, model, advice):
    made = await plan_lines(ADD_PHONES, f"{MACS[0]} {model} Boardroom", context(calling))
    assert wrong(made)[1].endswith(advice)
    assert wrong(made)[1].count("MAC address") == 1


async def test_rows_with_and_without_mac_are_counted(calling):
    made = await plan_lines(
        ADD_PHONES,
        f"{MACS[0]} 8865 ann@example.com\n{MACS[1]} 8845 Lobby\n8865 ann@example.com",
        context(calling),
    )
    assert made.title == "Add 2 phones and get 1 activation code"
    assert made.facts == (
        ("Rows", "3"),
        ("Ready", "3"),
        ("Wrong", ""),
        ("Phones", "1 × Cisco 8865, 1 × Cisco 8845"),
        ("Activation codes", "1 × Cisco 8865"),
        ("Location", "Berlin"),
        ("Tags", ""),
        ("SIP passwords", ""),
    )
    assert made.on_refusal == "go on"
    assert calling.changes == 0


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (f"{MACS[0]};6871;ann@example.com", models.IN_ROW.by_code),
        (";7811;ann@example.com", models.IN_ROW.by_mac),
        (f"{MACS[0]};Room Bar;Boardroom", models.IN_ROW.room_device),
        (f"{MACS[0]};no phone;ann@example.com", models.IN_ROW.unknown),
        (f"{MACS[0]};7832;ann@example.com", "cannot be added for people, only for workspaces"),
        (f"{MACS[0]};8865;Boardroom", row_checks.FOR_ROOM_DEVICE),
        (f"{MACS[0]};8865;carl@example.com", "has no Webex Calling licence"),
        (f"{MACS[0]};8865;nobody@example.com", "I found no person or workspace called"),
        (";Room Bar;Lobby", "is a workspace for phones; a room device cannot be added to it"),
        (";;ann@example.com", "The row has no model."),
        (f"{FOREIGN_MAC};8865;ann@example.com", "is in use by a device that I cannot see"),
        (f"{ANNS_MAC};8865;ann@example.com", "Ann Alder already has this phone"),
        (f"{ANNS_MAC};8865;Lobby", f"{ANNS_MAC} is in use by the Cisco 8845 of Ann Alder"),
    ],
)
async def test_a_row_says_what_is_wrong(calling, row, sentence):
    made = await plan_table(ADD_PHONES, f"MAC;Model;Owner\n{row}\n", context(calling))
    assert made.steps == ()
    assert sentence in wrong(made)[2]
    assert "Type:" not in wrong(made)[2]
    assert "type:" not in wrong(made)[2]


async def test_a_row_for_room_devices_needs_no_model(calling):
    table = "Model;Owner\n;Boardroom\nroom device;Meeting Room North\n"
    made = await plan_table(ADD_PHONES, table, context(calling))
    assert rows_of(made) == ["row 2", "row 3"]
    assert made.steps[0].call.body == BOARDROOM.field
    assert dict(made.facts)["Activation codes"] == f"2 × {ANY_ROOM_DEVICE}"


async def test_a_device_elsewhere_is_not_named(calling):
    made = await plan_table(
        ADD_PHONES,
        f"MAC;Model;Owner\n{ANNS_MAC};8865;bob@example.com\n",
        context(calling, "Lyon"),
    )
    assert "in use in a location that is not yours" in wrong(made)[2]
    assert "Ann" not in wrong(made)[2]


async def test_each_row_must_be_in_reach(calling):
    lines = f"{MACS[0]} 8865 ann@example.com\n{MACS[1]} 8865 bob@example.com"
    made = await plan_lines(ADD_PHONES, lines, context(calling, "Lyon"))
    assert rows_of(made) == ["row 2"]
    assert "in your locations" in wrong(made)[1]
    assert [place.name for place in made.locations] == ["Lyon"]


@pytest.mark.parametrize(("column", "value"), [("Location", "Lyon"), ("Type", "workspace")])
async def test_columns_tell_owners_of_the_same_name_apart(calling, column, value):
    meant = Owner(
        kind=OwnerKind.WORKSPACE, id="id-bob-room", name="Bob Birch", location="Lyon",
        location_id=LYON.id, licence=Licence.PROFESSIONAL, calling_type="webexCalling",
    )  # fmt: skip
    calling.owners = [person("bob2", "Bob Birch", BERLIN, Licence.PROFESSIONAL), meant]
    both = await plan_table(
        ADD_PHONES, f"MAC;Model;Owner\n{MACS[0]};8865;Bob Birch\n", context(calling)
    )
    assert (
        "2 owners are called “Bob Birch”: bob2@example.com and Bob Birch in Lyon." in wrong(both)[2]
    )

    table = f"MAC;Model;Owner;{column}\n{MACS[0]};8865;Bob Birch;{value}\n"
    made = await plan_table(ADD_PHONES, table, context(calling))

    assert [step.details["owner"] for step in made.steps] == [meant.key]


async def test_owners_may_be_written_as_for_a_single_phone(calling):
    calling.extensions[ANN.key] = "4711"
    table = f"MAC;Model;Owner\n{MACS[0]};8865;4711\n{MACS[1]};8865;{BOB.key}\n"
    made = await plan_table(ADD_PHONES, table, context(calling))
    assert [step.details["owner"] for step in made.steps] == [ANN.key, BOB.key]
    assert told(made)[2] == "I read “4711” as Ann Alder (ann@example.com)."
    assert "I read" not in told(made)[3]


async def test_a_name_that_may_mean_several_is_a_question(calling):
    table = f"MAC;Model;Owner\n{MACS[0]};8865;Meeting\n"
    made = await plan_table(ADD_PHONES, table, context(calling))
    assert wrong(made)[2] == (
        "I am not sure who “Meeting” is. Did you mean Meeting Room North in Berlin or Meeting Room"
        " South in Lyon? Please write the email or the whole name."
    )


async def test_only_a_few_unknown_names_are_searched(calling):
    lines = [f"{mac} 8865 Nobody{number}here" for number, mac in enumerate(MACS)]
    made = await plan_lines(ADD_PHONES, "\n".join(lines), context(calling))
    assert len(wrong(made)) == len(MACS)
    searches = calling.asked.count("people_named")
    await plan_lines(ADD_PHONES, "\n".join(lines[:MAX_SEARCHED]), context(calling))
    assert calling.asked.count("people_named") == 2 * searches


async def test_two_phones_for_one_standard_licence_are_warned_of(calling):
    lines = "\n".join(f"{mac} 8865 bob@example.com" for mac in MACS[:2])
    made = await plan_lines(ADD_PHONES, lines, context(calling))
    assert len(made.steps) == 2
    assert (
        "which is for one phone: Webex may refuse this one, as row 2 adds another." in told(made)[1]
    )


async def test_an_owner_with_as_many_devices_as_allowed_is_warned_of(calling):
    calling.most = 1
    made = await plan_lines(ADD_PHONES, f"{MACS[0]} 8865 ann@example.com", context(calling))
    assert told(made) == {
        1: "Ann Alder already has 1 of 1 allowed devices: Webex may refuse one more."
    }


async def test_the_devices_of_many_owners_are_not_read(calling):
    people = [person(f"p{n}", f"Pat Number{n}", BERLIN, Licence.PROFESSIONAL) for n in range(11)]
    calling.owners += people
    lines = "\n".join(f"{mac} 8865 {owner.email}" for mac, owner in zip(MACS, people, strict=False))
    made = await plan_lines(ADD_PHONES, lines, context(calling))
    assert len(made.steps) == len(people)
    assert "devices_of" not in calling.asked


async def test_the_same_owner_in_many_rows_is_fine(calling):
    lines = "\n".join(f"{mac} 8865 ann@example.com" for mac in MACS)
    made = await plan_lines(ADD_PHONES, lines, context(calling))
    assert len(made.steps) == len(MACS)
    assert made.checks == ()
    assert {step.subject for step in made.steps} == {ANN.key}


async def test_licence_effects_are_summed_up(calling):
    calling.owners.append(person("eve", "Eve Elm", LYON, Licence.STANDARD))
    lines = f"{MACS[0]} 8865 bob@example.com\n{MACS[1]} 8865 eve@example.com"
    made = await plan_lines(ADD_PHONES, lines, context(calling))
    assert made.warnings == (
        "2 people have Webex Calling Standard: adding phones switches calling off in their Webex"
        " apps. Removing the phones brings it back.",
    )


async def test_a_typed_password_is_needed_and_a_missing_one_is_made(calling):
    table = (
        "MAC;Model;Owner;Password\n"
        f"{MACS[0]};Customer Managed IP Phone;Lobby;Secret-12345678\n"
        f"{MACS[1]};Customer Managed IP Phone;Lobby;\n"
        f"{MACS[2]};Customer Managed IP Phone;Lobby;kurz\n"
    )
    made = await plan_table(ADD_PHONES, table, context(calling))
    assert [step.needs for step in made.steps] == [("row 2/password",), ()]
    assert [step.generates for step in made.steps] == [(), ("row 3/password",)]
    assert dict(made.facts)["SIP passwords"] == f"1 {GENERATED}"
    assert "The password of this row was not accepted." in wrong(made)[4]
    assert "kurz" not in wrong(made)[4]


async def test_the_government_cloud_tells_no_sip_settings(calling):
    table = f"MAC;Model;Owner\n{MACS[0]};Customer Managed IP Phone;Lobby\n"
    made = await plan_table(ADD_PHONES, table, context(calling, government=True))
    assert made.warnings == unsupported.warnings(Feature.THIRD_PARTY_DETAILS, government=True)


@pytest.mark.parametrize(
    ("location", "is_told"), [("Lyon", True), ("berlin", False), ("second floor", False)]
)
async def test_an_owner_in_another_location_is_told(calling, location, is_told):
    table = f"MAC;Model;Owner;Location\n{MACS[0]};8865;ann@example.com;{location}\n"
    made = await plan_table(ADD_PHONES, table, context(calling))
    assert rows_of(made) == ["row 2"]
    warning = "The row names the location Lyon, but Ann Alder is in Berlin."
    assert told(made) == ({2: warning} if is_told else {})


async def test_an_owner_of_another_kind_is_not_meant(calling):
    table = f"MAC;Model;Owner;Type\n{MACS[0]};8865;Ann Alder;workspace\n"
    made = await plan_table(ADD_PHONES, table, context(calling))
    assert wrong(made)[2].startswith("I found no workspace called “Ann Alder”.")


async def test_tags_are_put_on_phones_that_are_listed(calling):
    ctx = context(calling)
    table = (
        "MAC;Model;Owner;Tags\n"
        f"{MACS[0]};8865;ann@example.com;floor 2, lobby\n"
        f"{MACS[1]};9861;Lobby;lobby\n"
        ";8865;ann@example.com;lobby\n"
    )
    made = await plan_table(ADD_PHONES, table, ctx)
    assert rows_of(made) == ["row 2", "row 2 tags", "row 3", "row 4"]
    title = "Put the tags floor 2 and lobby on the Cisco 8865 of Ann Alder"
    assert made.steps[1].title == title
    assert dict(made.facts)["Tags"] == "1 × floor 2, 1 × lobby"
    assert told(made) == {
        3: f"{NOT_LISTED_YET} {row_checks.TAGS_NOT_SET}",
        4: row_checks.TAGS_OF_CODE,
    }
    await done(ADD_PHONES, made, ctx)
    added = calling.phone(MACS[0])
    assert added
    assert added.tags == ("floor 2", "lobby")


@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("models", calls.MODELS),
        ("mac_states", calls.MACS),
        ("locations", calls.LOCATIONS),
        ("devices_of", calls.PERSONS_DEVICES),
    ],
)
async def test_what_cannot_be_read_is_told_once(calling, method, call):
    lines = "\n".join(f"{mac} 8865 ann@example.com" for mac in MACS)
    before = await plan_lines(ADD_PHONES, lines, context(calling))
    calling.broken[method] = [Forbidden(403, "No."), Forbidden(403, "No.")]
    made = await plan_lines(ADD_PHONES, lines, context(calling))
    assert len(made.steps) == len(MACS)
    assert made.warnings == (OF_MANY[call.name],)
    assert before.is_still(made)
    assert made.is_still(before)


async def test_devices_tell_of_taken_macs_when_they_cannot_be_validated(calling):
    calling.broken["mac_states"] = [Unavailable(503, "No.")]
    lines = f"{ANNS_MAC} 8865 Lobby\n{FREE_MAC} 8865 Lobby"
    made = await plan_lines(ADD_PHONES, lines, context(calling))
    assert rows_of(made) == ["row 2"]
    assert "is in use by the Cisco 8845 of Ann Alder" in wrong(made)[1]


async def test_owners_that_cannot_be_looked_up_are_not_said_to_be_missing(calling):
    calling.unread = (calls.WORKSPACES,)
    calling.broken["workspaces_named"] = [Unavailable(503, "No.")] * 9
    lines = f"{MACS[0]} 8865 Nobody\n{MACS[1]} 8865 ann@example.com"
    made = await plan_lines(ADD_PHONES, lines, context(calling))
    assert rows_of(made) == ["row 2"]
    assert wrong(made)[1] == "“Nobody” could not be looked up. Please try again later."


async def test_a_search_that_fails_does_not_say_that_there_is_nobody(calling):
    calling.broken["people_named"] = [Unavailable(503, "No.")] * 9
    calling.broken["workspaces_named"] = [Unavailable(503, "No.")] * 9
    made = await plan_lines(ADD_PHONES, f"{MACS[0]} 8865 Nobody", context(calling))
    assert wrong(made)[1] == "“Nobody” could not be looked up. Please try again later."


async def test_an_address_of_another_organization_is_asked_for(calling):
    people = FakePeople({"g": "guest@partner.example"}, {"g": OTHER_ORG})
    accounts = Identities(people, frozenset({OWN_ORG}))
    ctx = replace(context(calling), accounts=accounts)
    made = await plan_lines(ADD_PHONES, f"{MACS[0]} 8865 guest@partner.example", ctx)
    assert "belongs to another organization" in wrong(made)[1]


async def test_licences_that_cannot_be_read_now_do_not_change_the_plan(calling):
    lines = (
        f"{MACS[0]} 8865 ann@example.com\n{MACS[1]} 8865 carl@example.com\n"
        f"{MACS[2]} 8865 bob@example.com"
    )
    shown = await plan_lines(ADD_PHONES, lines, context(calling))
    assert rows_of(shown) == ["row 1", "row 3"]
    calling.owners = [
        owner.model_copy(update={"licence": Licence.UNKNOWN}) for owner in calling.owners
    ]

    now = await plan_lines(ADD_PHONES, lines, replace(context(calling), shown=shown))

    assert calls.LICENCES.name in now.unread
    assert shown.is_still(now)


async def test_a_phone_that_webex_accepted_before_is_told(calling):
    calling.unlisted.add(ANNS_PHONE.mac)
    ctx = replace(context(calling), accepted=FakeAccepted((accepted(ANNS_PHONE.mac),)))
    table = f"MAC;Model;Owner\n{ANNS_PHONE.mac};8865;ann@example.com\n"
    made = await plan_table(ADD_PHONES, table, ctx)
    assert "was accepted 5 minutes ago for Ann Alder (QH4A)" in wrong(made)[2]
    assert wrong(made)[2].endswith("Nothing needs to be added.")


async def test_a_phone_that_was_accepted_elsewhere_is_not_told(calling):
    calling.unlisted.add(ANNS_PHONE.mac)
    fake = FakeAccepted((accepted(ANNS_PHONE.mac),))
    ctx = replace(context(calling, "Lyon"), accepted=fake)
    table = f"MAC;Model;Owner\n{ANNS_PHONE.mac};8865;bob@example.com\n"
    made = await plan_table(ADD_PHONES, table, ctx)
    assert "QH4A" not in wrong(made)[2]
