"""What people of this field really write, each with the answer that is right."""

import dataclasses
import unicodedata
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from sandbox.organization import Organization
from tests.journeys import cards
from tests.journeys.world import ADA, ELI, TOM, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

MAC = "6C5E3BA0B1C2"
SHOWN = "6C:5E:3B:A0:B1:C2"
ADD = f"add phone {MAC} 8865 for"
ALEXES = 13
DECOMPOSED = unicodedata.normalize("NFD", "Büro Süd")


@pytest_asyncio.fixture(loop_scope="module")
async def acme(world: World) -> AsyncIterator[World]:
    """The sandbox's organization, with more people and places."""
    organization = world.sandbox.cloud.organization
    if organization.location_named("Zürich") is None:
        for number in range(ALEXES):
            _add_person(organization, f"alex{number}", "Alex", f"Field{number}", 1900 + number)
        _add_person(organization, "o'brien", "Pat", "O'Brien", 1950)
        _add_person(organization, "mona+desk2", "Mona", "Vale", 1951)
        for name in ("Director's Office", "Büro Süd", "Desk for Visitors"):
            _add_workspace(organization, name)
        lyon = organization.location_named("Lyon")
        assert lyon
        zurich = dataclasses.replace(lyon, key=str(uuid.uuid4()), name="Zürich")
        organization.locations[zurich.key] = zurich
    yield world


def _add_person(
    organization: Organization, mailbox: str, first: str, last: str, extension: int
) -> None:
    bob = next(one for one in organization.people.values() if one.email == "bob@acme.example")
    person = dataclasses.replace(
        bob,
        key=str(uuid.uuid4()),
        email=f"{mailbox}@acme.example",
        first_name=first,
        last_name=last,
        display_name=f"{first} {last}",
        extension=str(extension),
        phone_number=None,
    )
    organization.people[person.key] = person


def _add_workspace(organization: Organization, name: str) -> None:
    lobby = next(one for one in organization.workspaces.values() if one.name == "Lobby Berlin")
    workspace = dataclasses.replace(lobby, key=str(uuid.uuid4()), name=name)
    organization.workspaces[workspace.key] = workspace


# By id: the message, and the title of the plan that it makes.
PLANS = {
    "A01": (f"add phone SEP{MAC} 8865 for bob@acme.example", "Add a Cisco 8865 for Bob Keller"),
    "A05": (
        f"add phone PID: CP-8865-K9 , VID: V08 , SN: FCH2145D1AB, MAC: {MAC} for bob@acme.example",
        "Add a Cisco 8865 for Bob Keller",
    ),
    "A09": (
        "add phone MAC Addr: 6C:5E:3B:A0:B1:C2 8865 for bob@acme.example",
        "Add a Cisco 8865 for Bob Keller",
    ),
    "A10": (
        "add phone 6C–5E–3B–A0–B1–C2 8865 for bob@acme.example",
        "Add a Cisco 8865 for Bob Keller",
    ),
    "A15": (
        f"add\xa0phone\xa0{MAC}\xa08865\xa0for\xa0bob@acme.example",
        "Add a Cisco 8865 for Bob Keller",
    ),
    "B01": (f"add phone {MAC} CP-8865-K9 for bob@acme.example", "Add a Cisco 8865 for Bob Keller"),
    "B02": (
        f"add phone {MAC} CP-8865-3PCC-K9= for bob@acme.example",
        "Add a Cisco 8865 for Bob Keller",
    ),
    "B04": (
        f"add phone {MAC} ATA192-3PW-K9 for bob@acme.example",
        "Add a Cisco 192 for Bob Keller",
    ),
    "B06": (
        f"add phone {MAC} Cisco IP Conference Phone 8832 for bob@acme.example",
        "Add a Cisco 8832 for Bob Keller",
    ),
    "B07": (
        f"add phone {MAC} Cisco Video Phone 8875 for bob@acme.example",
        "Add a Cisco 8875 for Bob Keller",
    ),
    "B08": (f"add phone {MAC} 8845 MPP for bob@acme.example", "Add a Cisco 8845 for Bob Keller"),
    "C01": (f"{ADD} Bob Keller <bob@acme.example>", "Add a Cisco 8865 for Bob Keller"),
    "C02": (f"{ADD} Bob Keller (bob@acme.example)", "Add a Cisco 8865 for Bob Keller"),
    "C04": (f"{ADD} Keller, Bob <bob@acme.example>", "Add a Cisco 8865 for Bob Keller"),
    "C06": (f"{ADD} bob@acme.example please", "Add a Cisco 8865 for Bob Keller"),
    "C07": (f"{ADD} bob@acme.example, thanks!", "Add a Cisco 8865 for Bob Keller"),
    "C08": (f"{ADD} o'brien@acme.example", "Add a Cisco 8865 for Pat O'Brien"),
    "C10": (f"add phone {MAC} 8865 in Director’s Office", "Add a Cisco 8865 for Director's Office"),
    "C12": (
        "activation code 8865 for bob@acme.example.",
        "Get an activation code for Bob Keller",
    ),
    "C14": (f"{ADD} bkellner", "Add a Cisco 8865 for Bob Kellner"),
    "C15": (f"{ADD} 1107", "Add a Cisco 8865 for Bob Keller"),
    "C16": (f"{ADD} mona+desk2@acme.example", "Add a Cisco 8865 for Mona Vale"),
    "C17": (f"{ADD} BOB@ACME.EXAMPLE", "Add a Cisco 8865 for Bob Keller"),
    "D01": (f"add phone for bob@acme.example {MAC} 8865", "Add a Cisco 8865 for Bob Keller"),
    "D04": ("activation code for bob@acme.example 8865", "Get an activation code for Bob Keller"),
    "D06": (
        f"can you add a phone {MAC} 8865 for bob@acme.example",
        "Add a Cisco 8865 for Bob Keller",
    ),
    "D07": ("delete phone 001122334455", "Delete the Cisco 8845 of Erin Walsh"),
    "D17": (f"`{ADD} bob@acme.example`", "Add a Cisco 8865 for Bob Keller"),
    "D22": ("untag 001122334455 austin", "Tag the Cisco 8845 of Erin Walsh"),
    "D24": ("delete device 00:11:22:33:44:55 please", "Delete the Cisco 8845 of Erin Walsh"),
    "G03": (f"add phone {MAC} 8865 in {DECOMPOSED}", "Add a Cisco 8865 for Büro Süd"),
    "G04": (f"add phone {MAC} 8865 in Buro Sud", "Add a Cisco 8865 for Büro Süd"),
    "N05": (f"add phone {MAC} 8865 in Desk for Visitors", "Add a Cisco 8865 for Desk for Visitors"),
    "H04": ("activation code in Boardroom", "Get an activation code for Boardroom"),
    "sentence": (
        f"please add a new phone for Bob Keller, it's an 8865, mac {MAC}",
        "Add a Cisco 8865 for Bob Keller",
    ),
    "give": (f"give Kim an 8845 {MAC.lower()}", "Add a Cisco 8845 for Kim Larsen"),
    "German": (f"neues Telefon für Bob Keller 8865 {MAC}", "Add a Cisco 8865 for Bob Keller"),
    "French": (f"ajouter un téléphone pour Kim {MAC} 8865", "Add a Cisco 8865 for Kim Larsen"),
    "Spanish": (f"añadir teléfono para Kim {MAC} 8865", "Add a Cisco 8865 for Kim Larsen"),
    "labels": (f"Model: 8865 For: Kim Larsen MAC: {MAC}", "Add a Cisco 8865 for Kim Larsen"),
    "lines": (f"add phone\nMAC: {MAC}\nModel: 8865\nFor: Kim", "Add a Cisco 8865 for Kim Larsen"),
    "row": (f"{MAC}\t8865\tkim@acme.example", "Add a Cisco 8865 for Kim Larsen"),
    "OCR": ("add phone 6c : 5e : 3b : a0 : b1 : c2 8865 kim", "Add a Cisco 8865 for Kim Larsen"),
    "serial": (f"add phone {MAC} FCH2345ABCD 8865 for kim", "Add a Cisco 8865 for Kim Larsen"),
    "last name": (f"{ADD} Keller", "Add a Cisco 8865 for Bob Keller"),
    "possessive": (f"{ADD} Bob Keller's desk", "Add a Cisco 8865 for Bob Keller"),
    "place": (f"{ADD} the lobby in Berlin", "Add a Cisco 8865 for Lobby Berlin"),
    "mailto": (f"{ADD} mailto:bob@acme.example", "Add a Cisco 8865 for Bob Keller"),
    "typo": (f"ad phnoe {MAC} 8865 for kim", "Add a Cisco 8865 for Kim Larsen"),
    "excluded": (f"{ADD} Kim, not for Bob Keller", "Add a Cisco 8865 for Kim Larsen"),
    "tag to": ("add tag lobby to 00:11:22:33:44:55", "Tag the Cisco 8845 of Erin Walsh"),
    "of": ("delete the phone of frank weber", "Delete the Cisco 6841 of Frank Weber"),
}


@pytest.mark.parametrize("case", PLANS)
async def test_it_makes_a_plan(acme: World, case: str):
    text, title = PLANS[case]
    plan = await acme.say(TOM, text)
    assert plan["text"].startswith(title)
    assert cards.buttons(plan) == ["Confirm", "Change", "Cancel"]
    if MAC in text.upper():
        assert cards.facts(plan)["MAC"] == "6C:5E:3B:A0:B1:C2"


# By id: the message, and the phones of the plan: the old one of Erin Walsh, and the new one.
OLD, NEW = "Cisco 8845 00:11:22:33:44:55", f"Cisco 8845 {SHOWN}"
NEW_8865 = NEW.replace("8845", "8865")
SWAPS = {
    "H01": (f"replace phone 001122334455 with {MAC}", NEW),
    "swap": (f"swap the 8845 of Erin Walsh with {MAC} 8865", NEW_8865),
    "exchange": ("exchange 0011.2233.4455 for 6c5e.3ba0.b1c2 cp-8865", NEW_8865),
    "broken": (f"Erin's 8845 is broken, please replace it with {MAC}", NEW),
    "new first": (f"{MAC} 8865 replaces 00:11:22:33:44:55", NEW_8865),
    "two lines": (f"New phone: {MAC}\nOld phone: 00:11:22:33:44:55", NEW),
    "arrow": (f"001122334455 -> {MAC}", NEW),
    "instead": (f"install {MAC} 8865 instead of Erin's 8845", NEW_8865),
    "German": (f"tausche 00:11:22:33:44:55 gegen {MAC}", NEW),
    "label": (f"swap 001122334455 with PID: CP-8865-K9 , SN: FCH2145D1AB, MAC: {MAC}", NEW_8865),
    "typo": (f"swpa 001122334455 with {MAC}", NEW),
}


@pytest.mark.parametrize("case", SWAPS)
async def test_it_plans_a_swap(acme: World, case: str):
    text, new = SWAPS[case]
    facts = cards.facts(await acme.say(TOM, text))
    assert (facts["Old"], facts["New"]) == (OLD, new)


# By id: the message, and the title of the plan of an engineer.
MOVED = "Move the Cisco 6841 of Frank Weber to Kim Larsen"
MOVES = {
    "owner": ("move Frank Weber's phone to kim@acme.example", MOVED),
    "from": ("move the 6841 from Frank Weber to Kim Larsen", MOVED),
    "reassign": ("reassign the phone of frank@acme.example to Kim", MOVED),
    "give": ("give the phone of Frank Weber to Kim Larsen", MOVED),
    "gets": ("Kim Larsen gets Frank's phone", MOVED),
    "new owner": ("new owner of Frank Weber's phone: Kim Larsen", MOVED),
    "German": ("verschiebe das Telefon von Frank Weber zu Kim Larsen", MOVED),
    "workspace": (
        "move Frank Weber's phone to Lobby Lyon",
        "Move the Cisco 6841 of Frank Weber to Lobby Lyon",
    ),
}


@pytest.mark.parametrize("case", MOVES)
async def test_it_plans_a_move(acme: World, case: str):
    text, title = MOVES[case]
    plan = await acme.say(ELI, text)
    assert plan["text"].startswith(title)
    assert cards.buttons(plan) == ["Confirm", "Change", "Cancel"]


# By id: the message, the input with the question, and a part of it.
QUESTIONS: dict[str, tuple[str, str, str]] = {
    "A14": (
        "add phone dead-dead-0001 2N Customer Managed in Meeting Room South",
        "password",
        "please give its SIP password",
    ),
    "B09": (
        f"add phone {MAC} ATA191-3PW-K9 for bob@acme.example",
        "model",
        "Your organization has no model “ATA191-3PW-K9”",
    ),
    "C18": (f"{ADD} Alex", "owner", "13 people match “Alex”. Which one?"),
    "N01": (f"{ADD} bob@acme.example and jack@acme.example", "owner", "Please name one of them"),
    "N03": (f"add phone SEP{MAC}F 8865 for bob@acme.example", "mac", "I read 13 digits"),
    "N04": (f"add phone {MAC} CP-8866-K9 for bob@acme.example", "model", "has no model"),
    "N08": (f"{ADD} bob@acme.example in Lobby Lyon", "owner", "not to both"),
    "two MACs": (
        f"add phone {MAC} 8865 for kim or D82E3EEF4E5C",
        "mac",
        "6C:5E:3B:A0:B1:C2 and D8:2E:3E:EF:4E:5C",
    ),
    "typo": (f"{ADD} Bob Kellr", "owner", "Did you mean"),
    "swap of one of two": (f"swap Erin's phone with {MAC}", "device", "2 devices match"),
    "move to a location": ("move 00:11:22:33:44:55 to Berlin", "owner", "Berlin"),
}


@pytest.mark.parametrize("case", QUESTIONS)
async def test_it_asks_beside_the_field(acme: World, case: str):
    text, field, question = QUESTIONS[case]
    form = await acme.say(TOM, text)
    assert question in (cards.mistakes(form) | cards.hints(form))[field]
    others = [name for name in cards.filled(form) if name != field]
    assert others or field == "owner"


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("swap Erin's phone", {"device": "Erin's phone"}),
        (f"replace it with {MAC} 8865", {"mac": SHOWN, "model": "DMS Cisco 8865"}),
        ("move it to Kim Larsen", {"owner": "Kim Larsen"}),
        ("move phone 001122334455", {"device": "00:11:22:33:44:55"}),
    ],
)
async def test_what_is_missing_is_asked_for(acme: World, text: str, filled: dict[str, str]):
    form = await acme.say(ELI, text)
    assert {key: value for key, value in cards.filled(form).items() if value} == filled
    assert cards.buttons(form) == ["Continue", "Cancel"]


# By id: who asks what, and parts of the answer.
ANSWERS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "A03": (TOM, "device SEP001122334455", ("Erin Walsh", "00:11:22:33:44:55")),
    "A12": (TOM, "devices 3344.a1", ("00:11:22:33:44:A1",)),
    "A13": (TOM, "devices 44-a1", ("00:11:22:33:44:A1",)),
    "D09": (TOM, "list phones", ("11 devices",)),
    "D10": (TOM, "show devices", ("11 devices",)),
    "D11": (TOM, "devices for Erin", ("2 devices",)),
    "D12": (TOM, "devices at Austin", ("Phones in Austin: 2",)),
    "D15": (TOM, "Provbot help", ("What I can do for you",)),
    "E05": (ADA, "grant <sam@acme.example> technician", ("Who: sam@acme.example",)),
    "H02": (
        ELI,
        f"add base station {MAC} to Warehouse DECT",
        (f"Add base station {SHOWN} to Warehouse DECT", "Or type: confirm"),
    ),
    "DECT": (
        ELI,
        f"I need to set up DECT for our Depot in Lyon: DBS210, base {MAC}, for kim and Bob Keller",
        ("Depot in Lyon: 1 base station and 2 handsets",),
    ),
    "cordless": (ELI, "put Kim Larsen's cordless on Warehouse DECT", ("Kim Larsen", "confirm")),
    "base": (ELI, f"Basisstation {MAC} zu Warehouse DECT hinzufügen", (SHOWN, "Or type: confirm")),
    "H05": (TOM, "devices erin@acme.example", ("2 devices",)),
    "who": (TOM, "who has 00:11:22:33:44:55", ("Erin Walsh",)),
    "extension": (TOM, "who has extension 3110", ("Erin Walsh",)),
    "name": (TOM, "erin walsh", ("2 devices",)),
    "status": (TOM, "offline phones in Austin", ("00:11:22:33:44:A1",)),
    "make": (ADA, "make sam a technician", ("sam@acme.example", "technician")),
    "how": (TOM, "how do I add a phone?", ("add phone MAC MODEL",)),
    "requests": (TOM, "where are my requests", ("Your requests",)),
    "broken": (TOM, "Frank's 6841 is broken", ("00:11:22:33:44:D4",)),
    "negated swap": (TOM, f"don't replace 001122334455 with {MAC}", ("Nothing was changed",)),
    "negated": (TOM, "please don't delete 00:11:22:33:44:55", ("Nothing was changed",)),
    "nonsense": (TOM, "the printer is on fire again", ("I do not understand",)),
}


@pytest.mark.parametrize("case", ANSWERS)
async def test_it_is_answered(acme: World, case: str):
    person, text, parts = ANSWERS[case]
    answer = await acme.say(person, text)
    for part in parts:
        assert part in answer["text"]


@pytest.mark.parametrize("text", [MAC, f"MAC: {MAC}", "6c5e.3ba0.b1c2"])
async def test_a_mac_alone_asks_what_to_do_with_it(acme: World, text: str):
    """D21."""
    answer = await acme.say(TOM, text)
    assert cards.data_of(answer, "Add phone")["say"] == "add phone 6C:5E:3B:A0:B1:C2"
    known = await acme.say(TOM, "0011.2233.4455")
    assert cards.buttons(known) == ["Tag", "Apply changes", "Swap", "Move", "Delete"]


@pytest.mark.parametrize(
    "text", ["create dect network Hall in Lyon", "dect network Hall at Zurich"]
)
async def test_a_location_is_read_as_people_write_it(acme: World, text: str):
    """D13 and G01."""
    form = await acme.say(ELI, text)
    assert cards.mistakes(form) == {}
    assert cards.filled(form)["location"] in ("Lyon", "Zürich")
    assert cards.filled(form)["name"] == "Hall"


async def test_the_field_of_the_form_reads_what_a_scanner_gives(acme: World):
    """A07."""
    form = await acme.say(TOM, "add phone")
    inputs: dict[str, Any] = {
        "mac": f"onboardingMethod:3 mac:{MAC}",
        "model": "DMS Cisco 8865",
        "owner": "Bob Keller <bob@acme.example>",
    }
    plan = await acme.press(TOM, form, "Continue", **inputs)
    assert plan["text"].startswith("Add a Cisco 8865 for Bob Keller")
    assert cards.facts(plan)["MAC"] == "6C:5E:3B:A0:B1:C2"


# Cases by id that other tests play, with all that belongs to them.
ELSEWHERE = {
    "C19": "tests/journeys/test_messages_as_sent.py::test_c19_a_mention_is_that_person",
    "C21": "tests/bot/domain/test_owner_search.py"
    "::test_an_address_of_another_organization_is_named_so",
    "C22": "tests/journeys/test_owners_as_written.py"
    "::test_an_owner_without_a_number_is_told_before_and_after_webex_refuses",
    "D18": "tests/journeys/test_messages_as_sent.py::test_d18_what_is_quoted_is_not_a_command",
    "D19": "tests/journeys/test_messages_as_sent.py"
    "::test_d19_two_phones_in_one_message_are_one_list",
    "E01": "tests/journeys/test_approvals.py::test_approve_can_be_typed",
    "E03": "tests/journeys/test_typed_decisions.py::test_confirm_and_undo_work_by_typing",
    "E08": "tests/journeys/test_tokens.py"
    "::test_a_token_that_expires_before_the_change_is_renewed_and_the_phone_added_once",
    "E09": "tests/journeys/test_typed_decisions.py"
    "::test_what_was_done_is_still_listed_after_ten_forms",
    "F01": "tests/journeys/test_messages_as_sent.py::test_f01_a_command_is_corrected_by_editing_it",
    "F02": "tests/journeys/test_messages_as_sent.py::test_f02_a_damaged_picture_alone_is_answered",
    "F04": "tests/journeys/test_messages_as_sent.py"
    "::test_f04_a_command_in_a_thread_is_answered_in_it",
    "F05": "tests/journeys/test_messages_as_sent.py"
    "::test_f05_an_edit_replaces_the_plan_even_if_it_arrives_twice",
    "Z01": "tests/bot/domain/test_policy.py::test_a_grant_is_for_an_email_or_its_domain",
    "Z02": "tests/journeys/test_approvers_out_of_reach.py"
    "::test_an_approver_out_of_reach_is_told_at_once_and_another_is_asked",
}


@pytest.mark.parametrize("case", ELSEWHERE)
async def test_every_other_case_has_its_test(case: str):
    path, _, name = ELSEWHERE[case].partition("::")
    assert f"def {name}(" in (Path(__file__).parents[2] / path).read_text("utf-8")
