"""In a group space: answers in the thread, the mention in front, presses by anybody."""

import pytest

from sandbox.ids import key_of
from tests.journeys import cards
from tests.journeys.world import SAM, TESS, TOM, VERA, Json, World, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def ask(world: World, person: str, text: str, **more: str) -> tuple[Json, Json]:
    """Mention the bot in the space; return that message and the answer."""
    room = await world.client.room(person, "Field team")
    sent = await world.client.say(person, text, roomId=room, mention=True, **more)
    return sent, await world.answer(person, sent["seq"], room=room)


async def test_the_mention_is_not_part_of_the_command(world: World):
    sent, plan = await ask(world, TOM, "add phone D82E3EEF5201 8865 for bob@acme.example")

    assert sent["text"].startswith("Provbot add phone")
    assert cards.facts(plan)["MAC"] == "D8:2E:3E:EF:52:01"
    await world.press(TOM, plan, "Cancel")


async def test_the_mention_can_be_anywhere(world: World):
    room = await world.client.room(TOM, "Field team")
    message = await world.client.say(
        TOM, markdown="help <@personEmail:provbot@webex.bot|Prov>", roomId=room, mention=False
    )

    answer = await world.answer(TOM, message["seq"], room=room)

    assert answer["text"].startswith("What I can do")


async def test_every_step_stays_in_the_thread_of_the_command(world: World):
    sent, form = await ask(world, TOM, "add phone D82E3EEF5202")
    assert form["parentId"] == sent["id"]

    plan = await world.press(
        TOM, form, "Continue", model="DMS Cisco 8865", owner="bob@acme.example"
    )
    assert plan["parentId"] == sent["id"]
    result = await world.press(TOM, plan, "Confirm")
    assert result["parentId"] == sent["id"]

    whoami = await world.craft(TOM, result, say="whoami")
    assert whoami["parentId"] == sent["id"]


async def test_a_file_and_its_next_page_stay_in_the_thread_of_the_command(world: World):
    sent, answer = await ask(world, TOM, "devices in Austin as file")

    assert answer["fileNames"] == ["devices-austin.csv"]
    assert answer["parentId"] == sent["id"]
    sent, listing = await ask(world, TOM, "devices")
    more = await world.press(TOM, listing, "More")
    assert more["parentId"] == sent["id"]
    assert "9 to " in more["text"]


async def test_in_a_thread_the_answer_goes_to_that_thread(world: World):
    first, _ = await ask(world, TOM, "whoami")

    _, answer = await ask(world, TOM, "help", parentId=first["id"])

    assert answer["parentId"] == first["id"]


async def test_without_a_mention_the_bot_gets_no_message(world: World):
    room = await world.client.room(TOM, "Field team")
    sent = await world.client.say(TOM, "help", roomId=room)
    _, answer = await ask(world, TOM, "whoami")

    assert [message["id"] for message in await world.answers(TOM, sent["seq"], room)] == [
        answer["id"]
    ]


@pytest.mark.parametrize("button", ["Confirm", "Change", "Cancel"])
@pytest.mark.parametrize("somebody", [VERA, TESS])
async def test_a_press_on_another_persons_plan_is_answered_without_a_change(
    world: World, somebody: str, button: str
):
    _, plan = await ask(world, TOM, "add phone D82E3EEF5203 8865 for bob@acme.example")
    code = cards.code_of(plan)

    async with world.nothing_changes():
        answer = await world.press_aside(somebody, plan, button)
        again = await world.client.press(somebody, plan["id"], button)

    assert answer["text"] == (f"Only {TOM} can {button.lower()} request {code}, so I did nothing.")
    assert await world.answers(somebody, again["seq"]) == []  # told a moment ago
    assert await world.answers(TOM, answer["seq"], plan["roomId"]) == []
    assert world.state(code) == "draft"
    await world.press(TOM, plan, "Cancel")


async def test_a_press_on_another_persons_form_does_not_fill_it_in(world: World):
    _, form = await ask(world, TOM, "add phone")

    answer = await world.press_aside(
        TESS, form, "Continue", mac="D82E3EEF5204", model="DMS Cisco 8865", owner="Lobby Lyon"
    )

    assert answer["text"].startswith(f"Only {TOM} can continue request ")
    plan = await world.press(
        TOM, form, "Continue",
        mac="D82E3EEF5205", model="DMS Cisco 8865", owner="bob@acme.example",
    )  # fmt: skip
    assert cards.facts(plan)["MAC"] == "D8:2E:3E:EF:52:05"
    await world.press(TOM, plan, "Cancel")


async def test_a_request_continues_only_in_its_own_space(world: World):
    _, plan = await ask(world, TOM, "add phone D82E3EEF5206 8865 for bob@acme.example")
    elsewhere = await world.say(TOM, "help")

    async with world.nothing_changes():
        answer = await world.craft(TOM, elsewhere, **cards.data_of(plan, "Confirm"))

    assert "was requested in another space" in answer["text"]
    await world.press(TOM, plan, "Cancel")


async def test_a_stranger_in_a_space_is_refused(world: World):
    room = await world.client.room(SAM, "Phone rollout")
    message = await world.client.say(SAM, "devices", roomId=room, mention=True)

    answer = await world.answer(SAM, message["seq"], room=room)

    assert "not on the list" in answer["text"]
    assert answer["parentId"] == message["id"]


async def test_a_bot_that_is_added_to_a_space_explains_its_use(world: World):
    cloud = world.sandbox.cloud
    tom = cloud.person_by_email(TOM)
    assert tom is not None
    room = cloud.chat.create_group(tom.key, "New building")
    seq = await world.client.seq()
    cloud.chat.add(tom.key, room, cloud.bot_key)

    title = await world.client.room(TOM, "New building")
    welcome = await world.answer(TOM, seq, room=title)

    assert "Mention me and write “help”" in welcome["text"]


def welcomes(world: World) -> list[str]:
    """The spaces that were greeted."""
    calls = world.sandbox.cloud.calls.after(0)
    bodies = [call.body for call in calls if call.method == "POST" and isinstance(call.body, dict)]
    return [body["roomId"] for body in bodies if "Hello, I am" in body.get("text", "")]


async def start_again_and_catch_up(world: World) -> None:
    """The memberships are the last that is read of what was missed."""
    await world.at_rest()
    await world.kill()
    seq = await world.client.seq()
    await world.start()

    async def is_read() -> bool:
        return any(call["path"].endswith("/memberships") for call in await world.client.calls(seq))

    await until(is_read, "the memberships were read")
    await world.at_rest()


async def test_spaces_that_added_the_bot_during_downtime_are_greeted_once(fresh: World):
    cloud = fresh.sandbox.cloud
    tom = cloud.person_by_email(TOM)
    assert tom is not None

    async def has_begun() -> bool:
        return bool(fresh.rows("select id from marks"))

    await until(has_begun, "it was noted since when the bot listens")
    await fresh.kill()
    room = cloud.chat.create_group(tom.key, "New building")
    cloud.chat.add(tom.key, room, cloud.bot_key)
    other = cloud.chat.create_group(tom.key, "Annex", (cloud.bot_key,))

    await fresh.start()

    async def are_greeted() -> bool:
        return {room.key, other.key} <= {*greeted()}

    def greeted() -> list[str]:
        # Webex's clock is read to the second: a space that is barely older may be greeted as well.
        spaces = [key_of(space, "ROOM") for space in welcomes(fresh)]
        return sorted(space for space in spaces if space in (room.key, other.key))

    await until(are_greeted, "both spaces were greeted")
    await start_again_and_catch_up(fresh)
    assert greeted() == sorted([room.key, other.key])

    cloud.chat.remove(tom.key, room, cloud.bot_key)
    cloud.chat.add(tom.key, room, cloud.bot_key)
    await start_again_and_catch_up(fresh)
    assert greeted() == sorted([room.key, other.key])  # a moment later it is no news


async def test_a_bot_that_is_removed_before_it_reads_goes_on(world: World):
    cloud = world.sandbox.cloud
    tom = cloud.person_by_email(TOM)
    assert tom is not None
    room = cloud.chat.create_group(tom.key, "Old building", (cloud.bot_key,))
    title = await world.client.room(TOM, "Old building")
    await world.client.fault(method="GET", path="/messages/*", latency=0.5)
    await world.client.say(TOM, "help", roomId=title, mention=True)

    cloud.chat.remove(tom.key, room, cloud.bot_key)

    assert "Roles: technician" in (await world.say(TOM, "whoami"))["text"]
    # What cannot be read is looked for more than two minutes; nobody need wait for that here.
    await until(lambda: left_unread(world), "the message was heard of")
    world.write("update events set handled_at = 1 where handled_at is null")


async def left_unread(world: World) -> bool:
    """Whether there is something that could not be read so far."""
    return bool(world.rows("select id from events where handled_at is null"))
