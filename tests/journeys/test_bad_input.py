"""Bad input: a clear sentence beside the field, nothing lost, nothing changed."""

import pytest

from tests.journeys import cards
from tests.journeys.world import ELI, TOM, Json, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

GOOD = {"mac": "D82E3EEF5601", "model": "DMS Cisco 8865", "owner": "jack@acme.example"}
DECT = {"location": "Lyon", "name": "Hall", "display_name": "Hall", "model": "DBS210"}
NO_MAC = "A MAC address has twelve hex digits"
BOTH = "A phone belongs to a person or to a workspace, not to both"
MARKUP = "[x](https://evil.example) **b** <@all> <script>alert(1)</script>"

ADD_PHONE: list[tuple[str, str, str]] = [
    ("mac", "D8:2E:3E:EF:4E", NO_MAC),
    ("mac", "D8:2E:3E:EF:4E:5G", NO_MAC),
    ("mac", "12345", NO_MAC),
    ("mac", "the phone on my desk", NO_MAC),
    ("mac", "", "Please enter the MAC address."),
    ("mac", "001122334455", "is in use by the Cisco 8845 of Erin Walsh"),
    ("mac", "0A0B0C0D0E0F", "but I cannot see the device"),
    ("owner", "", "Please enter an email, or the name of a person or workspace."),
    ("owner", "nobody@acme.example", "I found no person or workspace called"),
    ("owner", "Broom cupboard", "I found no person or workspace called"),
    ("owner", "Lobby", "2 workspaces match “Lobby”. Which one?"),
    ("owner", "dave@acme.example", "Dave Nolan has no Webex Calling licence"),
    ("owner", "Boardroom", "a desk phone cannot be added to it"),
    ("owner", "jack@acme.example in Lobby Lyon", BOTH),
    ("owner", "Lobby Lyon jack@acme.example", BOTH),
    ("owner", "jack@acme.example, kim@acme.example", "A phone belongs to one owner, not to both"),
    ("owner", "PEOPLE:made-up", "I found no person"),
    ("owner", "PLACE:../../people/me", "I found no person"),
    ("owner", MARKUP, "I found no person"),
    ("owner", "x" * 1_000_000, "I found no person"),
    ("model", "", "Please choose a model."),
    ("model", "Nokia 3310", "Your organization has no model “Nokia 3310”"),
    ("model", "8866", "Did you mean Cisco 8"),
    ("model", "Cisco", "I could not find a model in “Cisco”"),
    ("model", "DMS Sandbox WP100", "is added with an activation code, not by MAC"),
    ("model", "DBS-210-3PC", "is a DECT base station, not a phone"),
    ("model", MARKUP, "Your organization has no model"),
    ("model", "8" * 1_000_000, "no model"),
]


async def tried(world: World, person: str, command: str, good: Json, wrong: Json) -> Json:
    """Continue a form with one thing wrong; the form that comes back, with all else kept."""
    form = await world.say(person, command)
    async with world.nothing_changes():
        pressed = await world.client.press(
            person, form["id"], data={**cards.data_of(form, "Continue"), **good, **wrong}
        )
        again = await world.answer(person, pressed["seq"])
    assert cards.buttons(again)[:2] == ["Continue", "Cancel"], again["text"]
    kept = {name: value for name, value in good.items() if name not in wrong}
    assert kept.items() <= cards.filled(again).items()
    return again


@pytest.mark.parametrize(("name", "value", "expected"), ADD_PHONE)
async def test_a_mistake_in_add_phone_is_reported_beside_its_field(
    world: World, name: str, value: str, expected: str
):
    again = await tried(world, TOM, "add phone", GOOD, {name: value})

    assert cards.mistakes(again).keys() == {name}
    assert expected in cards.mistakes(again)[name]
    await world.press(TOM, again, "Cancel")


async def test_control_and_direction_characters_are_removed(world: World):
    form = await world.say(TOM, "add phone")
    odd = {**GOOD, "owner": "\u202ejack@acme.example\x00\x07", "mac": "\ufeffD8:2E:3E:EF:56:01\t"}

    plan = await world.craft(TOM, form, **cards.data_of(form, "Continue"), **odd)

    assert cards.facts(plan)["For"] == "Jack Doyle (jack@acme.example)"
    assert "\u202e" not in str(plan)
    await world.press(TOM, plan, "Cancel")


CODE = [
    ("owner", "dave@acme.example", "has no Webex Calling licence"),
    ("owner", "Meeting Room", "3 workspaces match “Meeting Room”"),
    ("owner", "", "Please enter an email, or the name of a person or workspace."),
    ("model", "2N Customer Managed", "does not take an activation code"),
    ("model", "DMS Sandbox WP100", "cannot be added for people"),
    ("model", "banana", "could not find a model in “banana”"),
]


@pytest.mark.parametrize(("name", "value", "expected"), CODE)
async def test_a_mistake_in_activation_code_is_reported_beside_its_field(
    world: World, name: str, value: str, expected: str
):
    good = {"model": GOOD["model"], "owner": GOOD["owner"]}

    again = await tried(world, TOM, "activation code", good, {name: value})

    assert cards.mistakes(again).keys() == {name}
    assert expected in cards.mistakes(again)[name]
    await world.press(TOM, again, "Cancel")


NETWORK = [
    ("name", "", "Please enter a name."),
    ("name", "n" * 41, "A name has 1 to 40 characters; this one has 41."),
    ("name", "   ", "Please enter a name."),
    ("display_name", "d" * 12, "11 characters at most; this one has 12."),
    ("access_code", "123", "exactly four digits"),
    ("access_code", "86420", "exactly four digits"),
    ("access_code", "abcd", "exactly four digits"),
    ("access_code", "١٢٣٤", "exactly four digits"),
    ("location", "Atlantis", "is not one of your locations. The locations are"),
    ("location", "", "Please choose a location."),
    ("model", "DBS999", "The models are DBS110"),
    ("model", "", "Please choose a model."),
]


@pytest.mark.parametrize(("name", "value", "expected"), NETWORK)
async def test_a_mistake_in_a_dect_network_is_reported_beside_its_field(
    world: World, name: str, value: str, expected: str
):
    again = await tried(world, ELI, "create dect network", DECT, {name: value})

    assert cards.mistakes(again).keys() == {name}
    assert expected in cards.mistakes(again)[name]
    await world.press(ELI, again, "Cancel")


@pytest.mark.parametrize(
    ("name", "length"), [("name", 40), ("display_name", 11), ("name", 1), ("display_name", 1)]
)
async def test_the_longest_and_shortest_names_are_valid(world: World, name: str, length: int):
    form = await world.say(ELI, "create dect network")

    plan = await world.press(ELI, form, "Continue", **{**DECT, name: "n" * length})

    assert cards.buttons(plan) == ["Confirm", "Change", "Cancel"]
    await world.press(ELI, plan, "Cancel")


async def test_an_access_code_in_use_is_refused_without_revealing_it(world: World):
    good = {**DECT, "location": "Austin"}

    again = await tried(world, ELI, "create dect network", good, {"access_code": "1234"})

    assert "uses this access code" in cards.mistakes(again)["access_code"]
    assert "1234" not in str(again["attachments"])
    await world.press(ELI, again, "Cancel")


async def test_a_name_that_the_location_already_has_is_refused(world: World):
    good = {**DECT, "location": "Austin"}

    again = await tried(world, ELI, "create dect network", good, {"name": "warehouse dect"})

    assert "Austin already has a DECT network" in cards.mistakes(again)["name"]
    await world.press(ELI, again, "Cancel")


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"mac": None, "model": None, "owner": None},
        {"mac": ["D82E3EEF5601"], "model": {"a": 1}, "owner": [[[]]]},
        {"mac": {"$ne": ""}, "owner": {"toString": "x"}, "model": []},
    ],
)
async def test_inputs_that_are_missing_or_of_the_wrong_type_are_asked_for(
    world: World, inputs: Json
):
    form = await world.say(TOM, "add phone")

    async with world.nothing_changes():
        again = await world.craft(TOM, form, **cards.data_of(form, "Continue"), **inputs)

    assert cards.mistakes(again) == {
        "mac": "Please enter the MAC address.",
        "model": "Please choose a model.",
        "owner": "Please enter an email, or the name of a person or workspace.",
    }
    await world.press(TOM, again, "Cancel")


@pytest.mark.parametrize("value", [123456789012, 12.5, True, -1])
async def test_a_number_in_place_of_text_does_no_harm(world: World, value: object):
    form = await world.say(TOM, "add phone")

    async with world.nothing_changes():
        answer = await world.craft(
            TOM, form, **cards.data_of(form, "Continue"), mac=value, model=value, owner=value
        )

    assert cards.mistakes(answer).keys() >= {"model", "owner"}
    await world.press(TOM, answer, "Cancel")


@pytest.mark.parametrize(
    "text",
    [
        f"add phone D82E3EEF5602 8865 for {MARKUP}",
        "add phone D82E3EEF5602 8865 for \x00\x1b[31mjack\u202e",
        "add phone " + "for " * 400,
        "add phone " + "9" * 5000,
        "activation code " + "%s%n{0}${x}" * 50,
        "create dect network <b>Hall</b> at <i>Lyon</i>",
        "device ../../../etc/passwd",
        "devices ' or 1=1; drop table requests; --",
        "request ' or 1=1; --",
        "cancel " + "A" * 3000,
    ],
)
async def test_unusual_text_in_a_message_is_answered_and_changes_nothing(world: World, text: str):
    async with world.nothing_changes():
        answer = await world.say(TOM, text)

    assert answer["text"]
    assert "Something went wrong in provbot" not in answer["text"]


async def test_typed_markup_is_shown_as_text_and_mentions_nobody(world: World):
    room = await world.client.room(TOM, "Field team")
    message = await world.client.say(
        TOM, "add phone for **bold** <@all> [x](https://evil.example)", roomId=room, mention=True
    )

    answer = await world.answer(TOM, message["seq"], room=room)

    assert cards.filled(answer)["owner"] == "bold <@all> [x](https://evil.example)"
    assert "mentionedGroups" not in answer
    assert "mentionedPeople" not in answer
    (request,) = world.rows("select code from requests order by created_at desc limit 1")
    await world.say(TOM, f"cancel {request['code']}")


@pytest.mark.parametrize(
    "owner",
    ["PLACE:../organizations/X", "PEOPLE:../../u2c/api/v1/catalog", "PEOPLE:me", "PLACE:a%2Fb"],
)
async def test_an_owner_key_with_a_path_in_it_finds_nobody(world: World, owner: str):
    seq = await world.client.seq()
    async with world.nothing_changes():
        form = await world.say(TOM, f"add phone D82E3EEF6001 8865 for {owner}")
        assert "I found no person" in cards.mistakes(form)["owner"]
        again = await world.press(TOM, form, "Continue", owner=owner)
        assert "I found no person" in cards.mistakes(again)["owner"]
    paths = [
        call["path"] for call in await world.client.calls(seq) if call["token"] == "service_app"
    ]
    assert not [path for path in paths if ".." in path or path.endswith("/me") or "%2F" in path]
