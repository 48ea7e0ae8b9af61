"""Between asking and deciding the world may change: then nothing runs, and both sides hear why."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.journeys import cards
from tests.journeys.approving import (
    BOB,
    approving,
    ask_for_network,
    became,
    card_of,
    give,
    has_card,
    heard,
    networks,
    no_card,
    take,
    verdicts,
)
from tests.journeys.gates import held
from tests.journeys.world import ADA, ANA, ELI, NAMES, TOM, Json, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

STANDARD = "Webex Calling - Standard"
MESSAGING = "Messaging - Basic Messaging"
POLICY = """
["add phone"]
technician = "ask"

["create dect network"]
engineer = "ask"
approvers = 2
"""
CHANGED = "This has changed since you saw it:"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(allowlist: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Where adding a phone needs approval as well."""
    folder = tmp_path_factory.mktemp("world")
    async with approving(allowlist, folder, policy=POLICY) as world:
        yield world


async def asked(world: World, command: str, person: str = TOM) -> tuple[str, Json]:
    """Ask and confirm; the code, and Ana's card."""
    plan = await world.say(person, command)
    waiting = await world.press(person, plan, "Confirm")
    assert waiting["text"].startswith("Waiting for approval"), waiting["text"]
    code = cards.code_of(waiting)
    return code, await card_of(world, ANA, code)


async def approved_in_vain(
    world: World, code: str, card: Json, why: str, person: str = TOM
) -> Json:
    """Ana approves; nothing runs, and all are told why. What the requester hears."""
    seq = await world.client.seq()
    async with world.nothing_changes():
        await world.client.press(ANA, card["id"], "Approve")
        answer = await heard(world, person, why, after=seq)
    assert "Cancelled by provbot at" in answer["text"]
    assert "Nothing was changed." in answer["text"]
    assert cards.buttons(answer) == ["Ask again"]
    for who in (ANA, BOB):
        await heard(world, who, why, after=seq)
        await no_card(world, who, code)
    assert world.state(code) == "cancelled"
    assert await world.changes(seq) == []
    return answer


async def test_a_mac_taken_meanwhile(world: World):
    code, card = await asked(world, "add phone D82E3EEF7601 8865 for jack@acme.example")
    await world.client.place_phone("D82E3EEF7601", "DMS Cisco 7821", workspace="Lobby Lyon")

    why = "is in use by the Cisco 7821 of Lobby Lyon"
    message = await approved_in_vain(world, code, card, why)

    form = await world.press(TOM, message, "Ask again")
    assert cards.data_of(form, "Continue")["request"] != code
    assert cards.filled(form) == {
        "mac": "D8:2E:3E:EF:76:01",
        "model": "DMS Cisco 8865",
        "owner": "jack@acme.example",
    }
    assert why in cards.mistakes(form)["mac"]
    plan = await world.press(TOM, form, "Continue", mac="D82E3EEF7602")
    again = cards.code_of(await world.press(TOM, plan, "Confirm"))
    seq = await world.client.seq()
    await world.client.press(ANA, (await card_of(world, ANA, again))["id"], "Approve")
    await heard(world, TOM, "now belongs to Jack Doyle", after=seq)


async def test_a_changed_licence_of_the_owner(world: World):
    code, card = await asked(world, "add phone D82E3EEF7603 8865 for jack@acme.example")
    assert cards.warnings(card) == []
    await world.client.change_person("jack@acme.example", licences=[STANDARD, MESSAGING])

    message = await approved_in_vain(world, code, card, CHANGED)

    assert "switches calling off" in message["text"]
    plan = await world.press(TOM, message, "Ask again")
    assert any("switches calling off" in text for text in cards.warnings(plan))
    await world.press(TOM, plan, "Cancel")


async def test_an_owner_who_moved(world: World):
    code, card = await asked(world, "add phone D82E3EEF7604 8865 for omar@acme.example")
    await world.client.change_person("omar@acme.example", location="Lyon")

    message = await approved_in_vain(world, code, card, CHANGED)

    assert "Location: now “Lyon”, before “Austin”." in cards.plain(message["text"])


async def test_a_deleted_device(world: World):
    await world.client.place_phone("D82E3EEF7605", "DMS Cisco 8865", workspace="Lobby Lyon")
    code, card = await asked(world, "delete device D82E3EEF7605")
    plan = await world.say(ADA, "delete device D82E3EEF7605")
    await world.press(ADA, plan, "Confirm")
    assert await world.devices("D82E3EEF7605") == []

    message = await approved_in_vain(world, code, card, "I found no device “D82E3EEF7605”")

    form = await world.press(TOM, message, "Ask again")
    assert cards.filled(form)["device"]
    await world.press(TOM, form, "Cancel")


async def test_a_revoked_role_of_the_requester(world: World):
    code, card = await asked(world, "add phone D82E3EEF7606 8865 for kim@acme.example")
    revoke = await world.say(ADA, f"revoke {TOM} technician")
    await world.press(ADA, revoke, "Confirm")

    message = await approved_in_vain(world, code, card, f"{TOM} is no longer allowed to do this.")

    refused = await world.press(TOM, message, "Ask again")
    assert "not on the list of people I work for" in refused["text"]
    give(world, TOM, "technician")
    plan = await world.press(TOM, message, "Ask again")
    assert cards.facts(plan)["MAC"] == "D8:2E:3E:EF:76:06"
    await world.press(TOM, plan, "Cancel")


async def test_a_requesters_role_narrowed_to_another_location(world: World):
    code, card = await asked(world, "add phone D82E3EEF7607 8865 for jack@acme.example")
    take(world, TOM, "technician")
    give(world, TOM, "technician", "Lyon")

    await approved_in_vain(world, code, card, f"{TOM} is no longer allowed to do this.")

    take(world, TOM, "technician")
    give(world, TOM, "technician")


async def test_an_approvers_role_revoked_between_card_and_press(world: World):
    code, card = await asked(world, "add phone D82E3EEF7608 8865 for kim@acme.example")
    revoke = await world.say(ADA, f"revoke {ANA} approver")
    await world.press(ADA, revoke, "Confirm")

    async with world.nothing_changes():
        pressed = await world.press(ANA, card, "Approve")
        typed = await world.say(ANA, f"reject {code} because I could yesterday")

    assert "not on the list of people I work for" in pressed["text"]
    assert "not on the list of people I work for" in typed["text"]
    assert world.state(code) == "waiting"
    assert verdicts(world, code) == []
    assert await has_card(world, BOB, code)
    give(world, ANA, "viewer")
    viewer = await world.press(ANA, card, "Approve")
    assert f"Only people with the role approver may decide on {code} in Lyon" in viewer["text"]
    take(world, ANA, "viewer")
    give(world, ANA, "approver")
    seq = await world.client.seq()
    await world.client.press(ANA, card["id"], "Approve")
    await heard(world, TOM, "now belongs to Kim Larsen", after=seq)


async def test_an_approvers_role_narrowed_to_another_location(world: World):
    code, card = await asked(world, "add phone D82E3EEF7609 8865 for jack@acme.example")
    take(world, ANA, "approver")
    give(world, ANA, "approver", "Austin")

    async with world.nothing_changes():
        pressed = await world.press(ANA, card, "Approve")

    assert f"Only people with the role approver may decide on {code} in Berlin" in pressed["text"]
    assert world.state(code) == "waiting"
    take(world, ANA, "approver")
    give(world, ANA, "approver")
    await world.say(TOM, f"cancel {code}")


async def test_the_first_approver_lost_the_role_before_the_second_approved(world: World):
    waiting = await ask_for_network(world, ELI, "Lost")
    code = cards.code_of(waiting)
    card = {who: await card_of(world, who, code) for who in (ANA, BOB)}
    await world.press(BOB, card[BOB], "Approve")
    take(world, BOB, "approver")
    give(world, BOB, "viewer")

    why = f"{BOB} is no longer allowed to approve this."
    message = await approved_in_vain(world, code, card[ANA], why, ELI)

    take(world, BOB, "viewer")
    give(world, BOB, "approver")
    form_or_plan = await world.press(ELI, message, "Ask again")
    assert "Lost" in form_or_plan["text"]
    assert await networks(world, "Lost") == []
    await world.press(ELI, form_or_plan, "Cancel")


async def test_an_approver_added_later_can_decide_by_command(world: World):
    code, _ = await asked(world, "add phone D82E3EEF760A 8865 for kim@acme.example")
    give(world, ELI, "approver")
    assert code in (await world.say(ELI, "approvals"))["text"]
    seq = await world.client.seq()

    await world.client.say(ELI, f"approve {code}")

    await heard(world, TOM, f"✓ Approved by {NAMES[ELI]}", after=seq)
    await heard(world, TOM, "now belongs to Kim Larsen", after=seq)
    take(world, ELI, "approver")


async def test_a_role_revoked_while_an_approved_change_is_queued_stops_it(world: World):
    code, card = await asked(world, "add phone D82E3EEF760B 8865 for lena@acme.example")
    first = await world.say(ELI, "add phone D82E3EEF760C 8865 for lena@acme.example")
    seq = await world.client.seq()
    async with held(world, "POST", "/devices") as addition:
        await world.client.press(ELI, first["id"], "Confirm")
        await addition.reached()
        await world.client.press(ANA, card["id"], "Approve")
        await became(world, code, "approved")
        await heard(world, TOM, "✓ Approved by", after=seq)

        take(world, TOM, "technician")
    message = await heard(world, TOM, f"{TOM} is no longer allowed to do this.", after=seq)
    await heard(world, ANA, f"{code} is cancelled", after=seq)

    assert message["text"].startswith("Not done: ")
    assert await became(world, code, "cancelled") == "cancelled"
    assert await world.devices("D82E3EEF760B") == []
    assert len(await world.devices("D82E3EEF760C")) == 1
    give(world, TOM, "technician")
    assert cards.buttons(message) == ["Try again"]
    plan = await world.press(TOM, message, "Try again")
    assert cards.facts(plan)["MAC"] == "D8:2E:3E:EF:76:0B"
    await world.press(TOM, plan, "Cancel")
