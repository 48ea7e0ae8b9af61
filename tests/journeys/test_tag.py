"""Tags: what somebody else tags meanwhile stays, and Undo brings back the former ones."""

import asyncio

import pytest

from tests.journeys import cards
from tests.journeys.world import ELI, TESS, TOM, Json, World, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

MAC = "001122334455"  # Erin's, tagged austin and desk


async def tags(world: World, mac: str = MAC) -> list[str]:
    (device,) = await world.devices(mac)
    listed: list[str] = device["tags"]
    return listed


def retag(world: World, *now: str, mac: str = MAC) -> None:
    """Somebody else sets the tags, in Control Hub."""
    phones = world.sandbox.cloud.organization.phones.values()
    phone = next(known for known in phones if known.mac == mac)
    phone.tags = list(now)


async def tagged(world: World, command: str, person: str = TOM) -> Json:
    """Ask and confirm; the result."""
    plan = await world.say(person, command)
    return await world.press(person, plan, "Confirm")


async def test_tags_are_added_and_removed_and_others_stay(world: World):
    retag(world, "austin", "desk")
    plan = await world.say(TOM, f"tag {MAC} +lobby -desk")
    assert cards.facts(plan)["Add"] == "lobby"
    assert cards.facts(plan)["Remove"] == "desk"
    assert cards.facts(plan)["Tags now"] == "austin, desk"
    seq = await world.client.seq()

    result = await world.press(TOM, plan, "Confirm")

    assert "has the tags austin and lobby" in result["text"]
    assert await tags(world) == ["austin", "lobby"]
    (call,) = await world.changes(seq)
    assert call["method"] == "PATCH"
    assert call["body"] == {"op": "replace", "path": "tags", "value": ["austin", "lobby"]}


async def test_tags_of_others_between_plan_and_confirm_stay(world: World):
    retag(world, "austin", "desk")
    plan = await world.say(TOM, f"tag {MAC} +lobby -desk")
    retag(world, "austin", "desk", "fragile")

    result = await world.press(TOM, plan, "Confirm")

    assert "austin, fragile and lobby" in result["text"]
    assert await tags(world) == ["austin", "fragile", "lobby"]


async def test_tags_that_others_overwrite_meanwhile_are_merged_again(world: World):
    retag(world, "austin")
    plan = await world.say(TOM, f"tag {MAC} +lobby")
    patch = world.sandbox.fault(method="PATCH", path="/devices/*", latency=0.5)
    pressed = await world.client.press(TOM, plan["id"], "Confirm")

    async def is_on_its_way() -> bool:
        return patch.seen > 0

    async def is_looking() -> bool:
        return look.seen > 0

    await until(is_on_its_way, "the tags were on their way")
    look = world.sandbox.fault(method="GET", path="/devices/*", latency=0.5)
    await until(is_looking, "the bot looks again")
    assert await tags(world) == ["austin", "lobby"]
    retag(world, "austin", "audited")
    result = await world.answer(TOM, pressed["seq"])

    assert "austin, audited and lobby" in result["text"]
    assert await tags(world) == ["austin", "audited", "lobby"]


async def test_tags_of_others_during_our_change_stay(world: World):
    retag(world, "austin")
    plan = await world.say(TOM, f"tag {MAC} +lobby")
    patch = world.sandbox.fault(method="PATCH", path="/devices/*", latency=0.5)
    seq = await world.client.seq()
    pressed = await world.client.press(TOM, plan["id"], "Confirm")

    async def is_on_its_way() -> bool:
        return patch.seen > 0

    await until(is_on_its_way, "the tags were on their way")
    retag(world, "austin", "audited")
    result = await world.answer(TOM, pressed["seq"])

    assert "austin, audited and lobby" in result["text"]
    assert await tags(world) == ["austin", "audited", "lobby"]
    (call,) = await world.changes(seq)
    assert call["body"] == {"op": "add", "path": "tags", "value": ["lobby"]}


async def test_removing_a_tag_warns_of_a_possible_lost_update(world: World):
    retag(world, "austin", "desk")
    plan = await world.say(TOM, f"tag {MAC} -desk")
    assert "replaces the whole list of tags" in cards.facts(plan)["Note"]
    result = await world.press(TOM, plan, "Confirm")
    assert "has the tag austin" in result["text"]


async def test_two_people_tagging_a_device_simultaneously_both_succeed(world: World):
    for number in range(5):
        retag(world, "austin")
        plans = {
            TOM: await world.say(TOM, f"tag {MAC} +by-tom-{number}"),
            ELI: await world.say(ELI, f"tag {MAC} +by-eli-{number}"),
        }

        await asyncio.gather(*(world.press(who, plan, "Confirm") for who, plan in plans.items()))

        assert sorted(await tags(world)) == ["austin", f"by-eli-{number}", f"by-tom-{number}"]


async def test_undo_restores_the_tags_and_keeps_later_ones(world: World):
    retag(world, "austin", "desk")
    result = await tagged(world, f"tag {MAC} +lobby -desk")
    assert cards.buttons(result) == ["Undo"]
    retag(world, "austin", "lobby", "since")

    plan = await world.press(TOM, result, "Undo")
    assert cards.facts(plan)["Add"] == "desk"
    assert cards.facts(plan)["Remove"] == "lobby"
    assert cards.code_of(plan) != cards.code_of(result)  # a request of its own
    assert await tags(world) == ["austin", "lobby", "since"]
    await world.press(TOM, plan, "Confirm")

    assert sorted(await tags(world)) == ["austin", "desk", "since"]


async def test_tags_that_are_already_right_cost_no_call(world: World):
    retag(world, "austin")
    seq = await world.client.seq()

    answer = await world.say(TOM, f"tag {MAC} +austin")

    assert "That changes nothing" in answer["text"]
    assert "has the tag austin" in answer["text"]
    assert await world.changes(seq) == []


async def test_a_lost_answer_is_looked_up_and_not_sent_twice(world: World):
    retag(world, "austin")
    plan = await world.say(TOM, f"tag {MAC} +once")
    await world.client.fault(method="PATCH", path="/devices/*", afterCommit=True, drop=True)
    seq = await world.client.seq()

    result = await world.press(TOM, plan, "Confirm")

    assert "has the tags austin and once" in result["text"]
    assert len(await world.changes(seq)) == 1


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (f"tag {MAC} +a -a", "cannot be added and removed at once"),
        (f"tag {MAC} +a b", "Write +tag to add and -tag to remove"),
        (f"tag {MAC} +{'x' * 65}", "Write +tag to add and -tag to remove"),
    ],
)
async def test_invalid_tags_are_reported_beside_the_field(world: World, typed: str, expected: str):
    async with world.nothing_changes():
        form = await world.say(TOM, typed)

    assert expected in cards.mistakes(form)["tags"]
    await world.press(TOM, form, "Cancel")


async def test_a_device_of_another_location_cannot_be_tagged(world: World):
    async with world.nothing_changes():
        form = await world.say(TESS, f"tag {MAC} +mine")

    assert "device" in cards.mistakes(form)
    assert "Erin" not in form["text"]
    await world.press(TESS, form, "Cancel")
