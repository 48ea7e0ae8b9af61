"""Move a phone to another owner: its tags stay, and an approver must reach both locations."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.journeys import cards
from tests.journeys.approving import BOB, HUGO, approving, card_of, give, has_card, heard, take
from tests.journeys.world import ADA, ANA, ELI, TESS, TOM, Json, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

MODEL = "DMS Cisco 8845"
OMAR, KIM, JACK = "omar@acme.example", "kim@acme.example", "jack@acme.example"
LOST = "The phone starts without its old settings, line keys and call history."
MESSAGING = "Messaging - Basic Messaging"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(allowlist: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """With approvers."""
    async with approving(allowlist, tmp_path_factory.mktemp("world")) as world:
        yield world


def shown(mac: str) -> str:
    """With colons."""
    return ":".join(mac[at : at + 2] for at in range(0, 12, 2))


async def placed(world: World, mac: str, owner: str = JACK, *tags: str) -> str:
    """A phone of that owner, with these tags; other phones of all owners here are taken away."""
    phones = world.sandbox.cloud.organization.phones
    for key in [key for key, phone in phones.items() if phone.mac.startswith("D82E3EEF81")]:
        del phones[key]
    await world.client.place_phone(mac, MODEL, ownerEmail=owner)
    next(phone for phone in phones.values() if phone.mac == mac).tags = list(tags)
    return mac


async def asked(world: World, person: str, mac: str, owner: str) -> Json:
    """Ask for a move, and confirm the plan; the answer to that."""
    plan = await world.say(person, f"move {mac} to {owner}")
    return await world.press(person, plan, "Confirm")


async def test_a_typed_move_leads_to_the_plan_and_confirm_to_the_new_owner(world: World):
    mac = await placed(world, "D82E3EEF8101", JACK, "lobby", "vip")
    plan = await world.say(ELI, f"move {mac} to {OMAR}")
    assert plan["text"].startswith("Move the Cisco 8845 of Jack Doyle to Omar Haddad")
    assert cards.facts(plan) == {
        "Phone": "Cisco 8845",
        "MAC": shown(mac),
        "From": "Jack Doyle (jack@acme.example)",
        "For": "Omar Haddad (omar@acme.example)",
        "Location": "Berlin and Austin",
        "Tags": "lobby, vip",
        "Status": "offline",
        "New number": "ext. 3121 · +15125550121",
    }
    seq = await world.client.seq()

    result = await world.press(ELI, plan, "Confirm")

    assert result["text"].startswith(f"✓ The Cisco 8845 {shown(mac)} now belongs to Omar Haddad")
    assert LOST in result["text"]
    assert "lug in" not in result["text"]
    assert cards.facts(result)["New number"] == "ext. 3121 · +15125550121"
    (device,) = await world.devices(mac)
    assert (device["owner"], device["model"]) == ("Omar Haddad", MODEL)
    assert device["tags"] == ["lobby", "vip"]
    calls = await world.changes(seq)
    assert [call["method"] for call in calls] == ["DELETE", "POST", "PATCH"]


async def test_the_form_leads_to_the_plan_and_the_phone_goes_to_a_workspace(world: World):
    mac = await placed(world, "D82E3EEF8102")
    form = await world.say(ELI, "move phone")
    assert list(cards.boxes(form)) == ["device", "owner"]
    assert cards.buttons(form) == ["Continue", "Cancel"]

    plan = await world.press(ELI, form, "Continue", device=mac, owner="Reception Austin")
    await world.press(ELI, plan, "Confirm")

    (device,) = await world.devices(mac)
    assert (device["owner"], device["ownerKind"]) == ("Reception Austin", "workspace")


async def test_the_button_on_a_device_opens_the_filled_in_form(world: World):
    mac = await placed(world, "D82E3EEF8103")
    device = await world.say(ADA, f"device {mac}")
    form = await world.press(ADA, device, "Move")
    assert cards.filled(form)["device"] in (mac, shown(mac))

    plan = await world.press(ADA, form, "Continue", owner=KIM)
    await world.press(ADA, plan, "Confirm")

    (device,) = await world.devices(mac)
    assert device["owner"] == "Kim Larsen"


async def test_only_approvers_of_both_locations_decide(world: World):
    mac = await placed(world, "D82E3EEF8104", KIM)
    waiting = await asked(world, TOM, mac, JACK)
    code = cards.code_of(waiting)
    assert "Waiting for approval" in waiting["text"]
    card = await card_of(world, ANA, code)
    assert cards.facts(card)["Location"] == "Lyon and Berlin"
    assert not await has_card(world, HUGO, code)

    async with world.nothing_changes():
        refused = await world.say(HUGO, f"approve {code}")

    told = f"{code} needs an approver for both Lyon and Berlin; you are one for Lyon only."
    assert told in refused["text"]
    seq = await world.client.seq()
    await world.client.press(ANA, card["id"], "Approve")
    await heard(world, TOM, f"The Cisco 8845 {shown(mac)} now belongs to Jack", after=seq)
    (device,) = await world.devices(mac)
    assert device["owner"] == "Jack Doyle"


async def test_within_lyon_the_approver_of_lyon_decides(world: World):
    mac = await placed(world, "D82E3EEF8105", KIM)
    waiting = await asked(world, TESS, mac, "Lobby Lyon")
    card = await card_of(world, HUGO, cards.code_of(waiting))

    await world.client.press(HUGO, card["id"], "Approve")

    await heard(world, TESS, "now belongs to Lobby Lyon", after=waiting["seq"])


async def test_without_an_approver_of_both_locations_nobody_can_decide(world: World):
    for who in (ANA, BOB):
        take(world, who, "approver")
    plan = await world.say(TOM, f"move {await placed(world, 'D82E3EEF8106', KIM)} to {JACK}")

    async with world.nothing_changes():
        answer = await world.press(TOM, plan, "Confirm")

    assert "nobody who could give it for Lyon and Berlin" in answer["text"]
    for who in (ANA, BOB):
        give(world, who, "approver", "")
    await world.press(TOM, plan, "Cancel")


@pytest.mark.parametrize(
    ("owner", "new_owner", "box"), [(KIM, JACK, "owner"), (JACK, KIM, "device")]
)
async def test_a_technician_of_one_location_moves_nothing_out_of_it_or_into_it(
    world: World, owner: str, new_owner: str, box: str
):
    mac = await placed(world, "D82E3EEF8107", owner)

    async with world.nothing_changes():
        form = await world.say(TESS, f"move {mac} to {new_owner}")

    assert list(cards.mistakes(form)) == [box]
    await world.press(TESS, form, "Cancel")


async def test_a_refused_owner_leaves_the_phone_removed_and_says_so(world: World):
    mac = await placed(world, "D82E3EEF8108", JACK, "lobby")
    plan = await world.say(ELI, f"move {mac} to {OMAR}")
    refused = {"status": 400, "message": "Phones cannot be added to this user"}
    await world.client.fault(method="POST", path="/devices", **refused)

    told = await world.press(ELI, plan, "Confirm")

    assert told["text"].startswith("Partly done: Move the Cisco 8845 of Jack Doyle to Omar Haddad")
    assert "1 of 3 done: Delete the Cisco 8845 of Jack Doyle." in told["text"]
    assert "was refused: This owner cannot have another phone" in told["text"]
    assert "Not begun: Put the tag lobby on it." in told["text"]
    stands = f"Jack Doyle does not have the phone {shown(mac)} any more, and Omar Haddad does not"
    assert stands in told["text"]
    command = f"type: add phone {shown(mac)} Cisco 8845 for {OMAR}"
    assert command in cards.plain(told["text"])
    assert "Nothing was changed" not in told["text"]
    assert await world.devices(mac) == []


async def test_a_new_owner_who_has_all_allowed_devices_is_the_first_warning(world: World):
    mac = await placed(world, "D82E3EEF8109", JACK)

    plan = await world.say(ELI, f"move {mac} to frank@acme.example")

    assert cards.plain(cards.warnings(plan)[0]).endswith(
        "Frank Weber already has 1 of 1 allowed devices. If Webex refuses this one, the phone"
        " belongs to nobody until it is put back."
    )
    await world.press(ELI, plan, "Cancel")


async def test_an_owner_who_lost_the_licence_meanwhile_gets_no_phone(world: World):
    mac = await placed(world, "D82E3EEF8109")
    plan = await world.say(ELI, f"move {mac} to nora@acme.example")
    await world.client.change_person("nora@acme.example", licences=[MESSAGING])

    async with world.nothing_changes():
        form = await world.press(ELI, plan, "Confirm")

    assert "has no Webex Calling licence" in cards.mistakes(form)["owner"]
    await world.press(ELI, form, "Cancel")


async def test_a_phone_that_somebody_moved_meanwhile_is_shown_again(world: World):
    mac = await placed(world, "D82E3EEF810A")
    plan = await world.say(ELI, f"move {mac} to {OMAR}")
    await placed(world, mac, KIM)

    async with world.nothing_changes():
        again = await world.press(ELI, plan, "Confirm")

    assert "This has changed since you saw it:" in again["text"]
    assert cards.facts(again)["From"] == "Kim Larsen (kim@acme.example)"
    await world.press(ELI, again, "Cancel")


@pytest.mark.parametrize(
    ("device", "owner", "box", "expected"),
    [
        ("001122334455", "erin@acme.example", "owner", "Erin Walsh already has this phone"),
        ("0011223344C3", OMAR, "device", "is a third-party phone"),
        ("0011223344F7", OMAR, "device", "is not a desk phone"),
        ("001122334455", "dave@acme.example", "owner", "has no Webex Calling licence"),
        ("001122334455", "Boardroom", "owner", "for Webex room devices"),
    ],
)
async def test_a_mistake_stands_beside_its_box(
    world: World, device: str, owner: str, box: str, expected: str
):
    async with world.nothing_changes():
        form = await world.say(ELI, f"move {device} to {owner}")

    assert expected in cards.mistakes(form)[box]
    await world.press(ELI, form, "Cancel")


@pytest.mark.parametrize(
    "text",
    [
        "Bob Keller's phone goes to Kim Larsen",
        "give Bob Keller's phone back to Kim Larsen",
        "meine Kollegin Kim Larsen bekommt das Telefon von Bob Keller",
    ],
)
async def test_a_move_is_understood_without_its_name(world: World, text: str):
    await placed(world, "D82E3EEF81C1", "bob@acme.example")
    plan = await world.say(ADA, text)
    assert "Move the Cisco 8845 of Bob Keller to Kim Larsen" in plan["text"]
