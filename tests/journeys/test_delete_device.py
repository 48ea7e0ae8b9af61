"""Deleting a device, and taking changes back: each a request of its own under the same policy."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.journeys import cards
from tests.journeys.approving import approving, card_of, heard
from tests.journeys.world import ADA, ANA, ELI, TOM, Json, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

STANDARD = "Webex Calling - Standard"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(allowlist: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """With approvers."""
    async with approving(allowlist, tmp_path_factory.mktemp("world")) as world:
        yield world


async def done(world: World, person: str, command: str) -> Json:
    """Ask and confirm; the result."""
    plan = await world.say(person, command)
    return await world.press(person, plan, "Confirm")


async def in_apps(world: World, email: str) -> bool:
    people = (await world.client.organization())["people"]
    (person,) = [sender for sender in people if sender["email"] == email]
    return bool(person["callingInApps"])


async def test_the_plan_names_the_owner_and_other_effects(world: World):
    plan = await world.say(ADA, "delete device 0011223344D4")

    assert cards.facts(plan) == {
        "Device": "Cisco 6841",
        "Owner": "Frank Weber (frank@acme.example)",
        "MAC": "00:11:22:33:44:D4",
        "Location": "Berlin",
        "Status": "online",
    }
    reset, licence = cards.warnings(plan)
    assert "The phone is reset" in reset
    assert "Frank Weber has Webex Calling Standard" in licence
    assert "needs approval" not in plan["text"]
    assert not await in_apps(world, "frank@acme.example")

    result = await world.press(ADA, plan, "Confirm")

    assert "✓ The Cisco 6841 of Frank Weber was deleted" in result["text"]
    assert await world.devices("0011223344D4") == []
    assert await in_apps(world, "frank@acme.example")


async def test_add_it_again_opens_a_filled_in_form_that_says_what_cannot_come_back(world: World):
    await world.client.place_phone("D82E3EEF7801", "DMS Cisco 8865", ownerEmail="bob@acme.example")
    result = await done(world, ADA, "delete device D82E3EEF7801")
    assert cards.buttons(result) == ["Add it again"]

    form = await world.press(ADA, result, "Add it again")

    assert "cannot be restored" in form["text"]
    assert cards.filled(form)["mac"] == "D82E3EEF7801"
    assert cards.filled(form)["owner"] == "bob@acme.example"
    assert await world.devices("D82E3EEF7801") == []
    plan = await world.press(ADA, form, "Continue")
    assert cards.facts(plan)["Phone"] == "Cisco 8865"
    await world.press(ADA, plan, "Confirm")
    (device,) = await world.devices("D82E3EEF7801")
    assert (device["owner"], device["model"]) == ("Bob Keller", "DMS Cisco 8865")


async def test_a_snapshot_of_the_device_is_kept(world: World):
    await world.client.place_phone("D82E3EEF7802", "DMS Cisco 8865", workspace="Lobby Lyon")
    await done(world, ADA, "tag D82E3EEF7802 +door")
    result = await done(world, ADA, "delete device D82E3EEF7802")

    (row,) = world.rows(
        "select json_extract(outcome, '$.snapshot.mac') as mac,"
        " json_extract(outcome, '$.snapshot.tags') as tags from requests where code = ?",
        cards.code_of(result),
    )
    assert row == {"mac": "D82E3EEF7802", "tags": "door"}


async def test_undo_of_adding_a_phone_deletes_it(world: World):
    result = await done(world, ADA, "add phone D82E3EEF7803 8865 for omar@acme.example")
    assert cards.buttons(result) == ["Undo", "Add another"]

    plan = await world.press(ADA, result, "Undo")
    assert cards.facts(plan)["MAC"] == "D8:2E:3E:EF:78:03"
    assert cards.code_of(plan) != cards.code_of(result)
    assert len(await world.devices("D82E3EEF7803")) == 1
    await world.press(ADA, plan, "Confirm")

    assert await world.devices("D82E3EEF7803") == []


async def test_a_technician_undoes_a_fresh_phone_without_an_approver(world: World):
    result = await done(world, TOM, "add phone D82E3EEF7809 8865 for omar@acme.example")
    plan = await world.press(TOM, result, "Undo")
    assert f"undo of {cards.code_of(result)}, needs no approval." in plan["text"]
    same = await world.say(TOM, f"undo {cards.code_of(result)}")
    assert cards.code_of(same) == cards.code_of(plan)
    await world.gone(TOM, plan)

    await world.press(TOM, same, "Confirm")

    assert await world.devices("D82E3EEF7809") == []
    (entry,) = world.rows(
        "select json_extract(detail, '$.no_approval') as reason from audit"
        " where action = 'confirmed' and request = ?",
        cards.code_of(plan),
    )
    assert entry["reason"] == f"undo of {cards.code_of(result)} by the person who did it"


async def test_a_late_undo_follows_the_policy_of_its_operation(world: World):
    result = await done(world, TOM, "add phone D82E3EEF7804 8865 for omar@acme.example")
    world.write(
        "update requests set changed_at = changed_at - 901 where code = ?", cards.code_of(result)
    )
    plan = await world.press(TOM, result, "Undo")
    assert "needs approval" in plan["text"]

    async with world.nothing_changes():
        waiting = await world.press(TOM, plan, "Confirm")

    code, seq = cards.code_of(waiting), await world.client.seq()
    card = await card_of(world, ANA, code)
    assert cards.facts(card)["MAC"] == "D8:2E:3E:EF:78:04"
    await world.client.press(ANA, card["id"], "Approve")
    await heard(world, TOM, "was deleted", after=seq)
    assert await world.devices("D82E3EEF7804") == []


async def test_a_deletion_of_what_one_just_added_names_the_undo(world: World):
    result = await done(world, TOM, "add phone D82E3EEF7811 8865 for omar@acme.example")

    plan = await world.say(TOM, "pls delete D82E3EEF7811 now")

    code = cards.code_of(result)
    assert f"The undo of {code} does the same and needs no approval." in plan["text"]
    undo = await world.say(TOM, f"undo {code}")
    assert "needs no approval. Confirm within" in undo["text"]
    await world.press(TOM, plan, "Cancel")
    await world.press(TOM, undo, "Cancel")


async def test_a_typed_confirm_after_the_time_says_that_nothing_was_confirmed(world: World):
    result = await done(world, TOM, "add phone D82E3EEF7810 8865 for omar@acme.example")
    plan = await world.press(TOM, result, "Undo")
    age = "update requests set {0} = {0} - ? where code = ?"
    world.write(age.format("planned_at"), 300, cards.code_of(plan))
    world.write(age.format("changed_at"), 1000, cards.code_of(result))

    async with world.nothing_changes():
        again = await world.say(TOM, f"confirm {cards.code_of(plan)}")

    assert "without approval is over. Nothing was confirmed." in again["text"]
    assert "needs approval" in again["text"]
    await world.press(TOM, again, "Cancel")


async def test_undo_is_for_the_requester_alone(world: World):
    room = await world.client.room(TOM, "Field team")
    message = await world.client.say(
        TOM, "add phone D82E3EEF7805 8865 for jack@acme.example", roomId=room, mention=True
    )
    plan = await world.answer(TOM, message["seq"], room=room)
    result = await world.press(TOM, plan, "Confirm")

    async with world.nothing_changes():
        answer = await world.press_aside("tess@acme.example", result, "Undo")

    assert answer["text"].startswith("Only Tom Berger can undo request ")


async def test_a_second_undo_says_that_it_is_done(world: World):
    result = await done(world, ADA, "add phone D82E3EEF7806 8865 for jack@acme.example")
    undo = cards.data_of(result, "Undo")
    plan = await world.press(ADA, result, "Undo")
    deleted = await world.press(ADA, plan, "Confirm")

    async with world.nothing_changes():
        answer = await world.craft(ADA, deleted, **undo)

    assert f"{cards.code_of(plan)} is the undo of {undo['request']}." in answer["text"]
    listed = await world.say(ADA, "requests")
    assert f"{undo['request']} · done, undone by {cards.code_of(plan)}" in listed["text"]
    late = await world.say(ADA, f"cancel {undo['request']}")
    assert late["text"].startswith(f"{undo['request']} is already done; it cannot be cancelled.")


async def test_an_operation_without_undo_offers_none_and_refuses_a_crafted_press(world: World):
    plan = await world.say(ELI, "activation code 8865 for jack@acme.example")
    result = await world.press(ELI, plan, "Confirm")
    assert "Undo" not in cards.buttons(result)

    async with world.nothing_changes():
        answer = await world.craft(
            ELI, result, request=cards.code_of(plan), version=1, press="undo"
        )

    assert "cannot be undone" in answer["text"]


async def test_a_device_deleted_meanwhile_counts_as_deleted(world: World):
    await world.client.place_phone("D82E3EEF7807", "DMS Cisco 8865", workspace="Lobby Lyon")
    plan = await world.say(ADA, "delete device D82E3EEF7807")
    await world.client.fault(method="DELETE", path="/devices/*", afterCommit=True, drop=True)
    seq = await world.client.seq()

    result = await world.press(ADA, plan, "Confirm")

    assert "was deleted" in result["text"]
    assert await world.devices("D82E3EEF7807") == []
    assert len(await world.changes(seq)) == 1


async def test_a_name_of_several_devices_becomes_a_choice(world: World):
    async with world.nothing_changes():
        form = await world.say(ADA, "delete device Grace Lam")

    assert cards.mistakes(form)["device"]
    await world.press(ADA, form, "Cancel")
