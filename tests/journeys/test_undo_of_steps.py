"""Undo of a swap and of a move: the new phone goes, the old one comes back with its tags."""

from collections.abc import Iterable

import pytest

from tests.journeys import cards
from tests.journeys.world import ANA, ELI, TOM, Json, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

MODEL = "DMS Cisco 8845"
BOB = "bob@acme.example"
UNDO_CALLS = ["DELETE", "POST", "PATCH"]
STARTS_EMPTY = "starts without its old settings, line keys and call history."


async def placed(world: World, mac: str, owner: str = BOB, tags: Iterable[str] = ("lobby",)) -> str:
    """The only phone of that owner, with these tags."""
    phones = world.sandbox.cloud.organization.phones
    people = world.sandbox.cloud.people.values()
    owner_key = next(each.key for each in people if each.email == owner)
    for key in [key for key, phone in phones.items() if phone.owner.key == owner_key]:
        del phones[key]
    await world.client.place_phone(mac, MODEL, ownerEmail=owner)
    next(phone for phone in phones.values() if phone.mac == mac).tags = list(tags)
    return mac


async def done(world: World, person: str, command: str) -> Json:
    """Ask and confirm; the result."""
    plan = await world.say(person, command)
    return await world.press(person, plan, "Confirm")


async def is_back(world: World, old: str, new: str = "", owner: str = "Bob Keller") -> None:
    """The old phone is its owner's, with its tags, and nobody has the new one."""
    (device,) = await world.devices(old)
    assert (device["owner"], device["model"], device["tags"]) == (owner, MODEL, ["lobby"])
    if new:
        assert await world.devices(new) == []


async def test_the_button_below_a_swap_leads_to_a_plan_that_brings_the_old_phone_back(
    world: World,
):
    old, new = await placed(world, "D82E3EEF8101"), "D82E3EEF8102"
    result = await done(world, TOM, f"swap {old} with {new} 8865")
    assert cards.buttons(result) == ["Undo"]

    plan = await world.press(TOM, result, "Undo")

    code = cards.code_of(result)
    assert plan["text"].startswith(f"Undo {code}: Replace the Cisco 8845 of Bob Keller")
    assert cards.buttons(plan) == ["Confirm", "Change", "Cancel"]
    assert cards.facts(plan) == {
        "Delete": "Cisco 8865 · D8:2E:3E:EF:81:02",
        "From": "Bob Keller",
        "Add": "Cisco 8845 · D8:2E:3E:EF:81:01",
        "For": "Bob Keller (bob@acme.example)",
        "Tags": "lobby",
        "Location": "Berlin",
    }
    assert any(STARTS_EMPTY in text for text in cards.warnings(plan))
    seq = await world.client.seq()
    undone = await world.press(TOM, plan, "Confirm")
    assert f"{code} is undone: Replace the Cisco 8845 of Bob Keller" in undone["text"]
    assert cards.buttons(undone) == []
    assert "Plug in the old phone again: it fetches its settings" in undone["text"]
    assert cards.facts(undone)["Deleted"] == "Cisco 8865 · D8:2E:3E:EF:81:02"
    assert cards.facts(undone)["Added"] == "Cisco 8845 · D8:2E:3E:EF:81:01"
    assert [call["method"] for call in await world.changes(seq)] == UNDO_CALLS
    await is_back(world, old, new)


async def test_a_typed_undo_without_a_code_takes_the_last_swap_back(world: World):
    old, new = await placed(world, "D82E3EEF8103"), "D82E3EEF8104"
    result = await done(world, TOM, f"swap {old} with {new} 8865")

    plan = await world.say(TOM, "undo")

    assert plan["text"].startswith(f"Undo {cards.code_of(result)}: ")
    await world.press(TOM, plan, "Confirm")
    await is_back(world, old, new)
    listed = await world.say(TOM, "requests")
    assert f"{cards.code_of(result)} · done, undone by {cards.code_of(plan)}" in listed["text"]
    again = await world.say(TOM, f"undo {cards.code_of(result)}")
    assert f"{cards.code_of(plan)} is the undo of {cards.code_of(result)}." in again["text"]
    assert cards.code_of(plan) in again["text"]
    no_redo = await world.say(TOM, f"undo {cards.code_of(plan)}")
    assert "It is an undo itself." in no_redo["text"]


async def test_a_swap_whose_new_phone_is_refused_offers_to_put_the_old_one_back(world: World):
    old, new = await placed(world, "D82E3EEF8105"), "D82E3EEF8106"
    plan = await world.say(TOM, f"swap {old} with {new} 8865")
    refused = {"status": 400, "message": "Device model is not supported."}
    await world.client.fault(method="POST", path="/devices", **refused)
    told = await world.press(TOM, plan, "Confirm")
    assert cards.buttons(told) == ["Put the old one back"]
    assert await world.devices(old) == []

    back = await world.press(TOM, told, "Put the old one back")

    assert "Delete" not in cards.facts(back)
    assert cards.plain(cards.warnings(back)[0]).endswith(
        f"{cards.code_of(plan)} is only half done: Bob Keller has no phone D8:2E:3E:EF:81:05 until"
        " this is done."
    )
    seq = await world.client.seq()
    undone = await world.press(TOM, back, "Confirm")
    assert f"{cards.code_of(plan)} is undone" in undone["text"]
    assert [call["method"] for call in await world.changes(seq)] == ["POST", "PATCH"]
    await is_back(world, old, new)


async def test_the_undo_of_a_swap_tells_what_a_standard_licence_does(world: World):
    old, new = await placed(world, "D82E3EEF810E", "paul@acme.example"), "D82E3EEF810F"
    result = await done(world, TOM, f"swap {old} with {new} 8865")

    plan = await world.press(TOM, result, "Undo")

    effect = "calling is on in their Webex apps until the old phone is added, then off again."
    assert any(effect in text for text in cards.warnings(plan))
    await world.press(TOM, plan, "Cancel")


async def test_the_undo_of_a_move_tells_what_both_standard_licences_do(world: World):
    old = await placed(world, "D82E3EEF8110", "paul@acme.example")
    result = await done(world, ELI, f"move {old} to sam@acme.example")

    plan = await world.press(ELI, result, "Undo")

    told = " ".join(cards.warnings(plan))
    assert "Sam Stone has Webex Calling Standard: without this phone, calling is switched" in told
    assert "Paul Adler has Webex Calling Standard: adding a phone switches calling off" in told
    await world.press(ELI, plan, "Cancel")


async def test_an_undo_that_is_half_done_is_tried_again_for_the_rest(world: World):
    old, new = await placed(world, "D82E3EEF8107"), "D82E3EEF8108"
    result = await done(world, TOM, f"swap {old} with {new} 8865")
    undo = await world.press(TOM, result, "Undo")
    await world.client.fault(method="POST", path="/devices", status=400, message="No.")
    told = await world.press(TOM, undo, "Confirm")
    assert told["text"].startswith(f"Partly done: Undo {cards.code_of(result)}: ")
    assert [await world.devices(mac) for mac in (old, new)] == [[], []]

    rest = await world.press(TOM, told, "Try again")

    gone = "The Cisco 8865 D8:2E:3E:EF:81:08 of Bob Keller is not there any more"
    assert any(gone in text for text in cards.warnings(rest))
    await world.press(TOM, rest, "Confirm")
    await is_back(world, old, new)


async def test_an_old_mac_that_somebody_took_meanwhile_stops_the_undo(world: World):
    old, new = await placed(world, "D82E3EEF8109"), "D82E3EEF810A"
    result = await done(world, TOM, f"swap {old} with {new} 8865")
    await placed(world, old, "hugo@acme.example")

    async with world.nothing_changes():
        refused = await world.press(TOM, result, "Undo")

    assert "cannot be undone now. Nothing was changed." in refused["text"]
    assert "its MAC is in use by the Cisco 8845 of Hugo Petit" in refused["text"]


async def test_a_lost_answer_of_an_undo_is_looked_up(world: World):
    old, new = await placed(world, "D82E3EEF810B"), "D82E3EEF810C"
    result = await done(world, TOM, f"swap {old} with {new} 8865")
    plan = await world.press(TOM, result, "Undo")
    await world.client.fault(method="POST", path="/devices", afterCommit=True, drop=True)
    seq = await world.client.seq()

    undone = await world.press(TOM, plan, "Confirm")

    assert "is undone" in undone["text"]
    assert [call["method"] for call in await world.changes(seq)] == UNDO_CALLS
    await is_back(world, old, new)


async def test_the_undo_of_a_move_needs_approval_as_the_move_does(world: World):
    old = await placed(world, "D82E3EEF810D")
    result = await done(world, ELI, f"move {old} to hugo@acme.example")
    (device,) = await world.devices(old)
    assert device["owner"] == "Hugo Petit"

    plan = await world.press(ELI, result, "Undo")  # an engineer needs no approval for either

    assert "needs approval" not in plan["text"]
    undone = await world.press(ELI, plan, "Confirm")
    assert "lug in" not in undone["text"]
    await is_back(world, old)

    ask = await world.say(TOM, f"move {old} to hugo@acme.example")
    assert "needs approval" in ask["text"]
    await world.press(TOM, ask, "Confirm")
    await world.say(ANA, f"approve {cards.code_of(ask)}")
    await world.at_rest()
    back = await world.say(TOM, f"undo {cards.code_of(ask)}")
    assert "needs approval" in back["text"]
    await world.press(TOM, back, "Confirm")
    await world.say(ANA, f"approve {cards.code_of(back)}")
    await world.at_rest()
    await is_back(world, old)
