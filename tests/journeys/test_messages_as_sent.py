"""Messages as people send them: edited, quoted, with mentions, files, or several commands."""

import pytest

from tests.database import all_rows
from tests.journeys import cards
from tests.journeys.crash import hang, start_again
from tests.journeys.world import TOM, Json, World, answering, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

TWO = "add phone D82E3EEF6608 8865 for bob@acme.example\nactivation code 8865 for jack@acme.example"
TWO_PHONES = (
    "add phone D82E3EEF6608 8865 for bob@acme.example\n"
    "add phone D82E3EEF6609 8865 for jack@acme.example"
)


async def edit(world: World, message: Json, text: str) -> Json:
    """Tom edits his message; the bot's answer."""
    edited = await world.client.edit(TOM, message["id"], text)
    return await world.answer(TOM, edited["seq"])


def owners(world: World) -> list[tuple[str, str]]:
    """Owner and state of each request, oldest first."""
    query = "select json_extract(inputs, '$.owner') as owner, state from requests order by rowid"
    rows = world.rows(query)
    return [(row["owner"], row["state"]) for row in rows]


async def test_f01_a_command_is_corrected_by_editing_it(fresh: World):
    message = await fresh.client.say(TOM, "ad phnoe D82E3EEF6601 8865 for bob@acme.example")
    await fresh.answer(TOM, message["seq"])

    plan = await edit(fresh, message, "add phone D82E3EEF6601 8865 for bob@acme.example")

    assert cards.buttons(plan) == ["Confirm", "Change", "Cancel"]
    assert "now belongs to Bob Keller" in (await fresh.press(TOM, plan, "Confirm"))["text"]


async def test_f05_an_edit_replaces_the_plan_even_if_it_arrives_twice(fresh: World):
    message = await fresh.client.say(TOM, "add phone D82E3EEF6602 8865 for bob@acme.example")
    first = await fresh.answer(TOM, message["seq"])
    await fresh.client.mercury("duplicate")
    seq = await fresh.client.seq()

    plan = await edit(fresh, message, "add phone D82E3EEF6602 8865 for jack@acme.example")

    assert "Jack" in plan["text"]
    await fresh.gone(TOM, first)
    assert len(await fresh.answers(TOM, seq)) == 1
    assert owners(fresh) == [("bob@acme.example", "cancelled"), ("jack@acme.example", "draft")]


async def test_an_edit_after_confirm_changes_nothing(fresh: World):
    message = await fresh.client.say(TOM, "add phone D82E3EEF6603 8865 for bob@acme.example")
    plan = await fresh.answer(TOM, message["seq"])
    await fresh.press(TOM, plan, "Confirm")
    code = cards.code_of(plan)

    async with fresh.nothing_changes():
        answer = await edit(fresh, message, "add phone D82E3EEF6603 8865 for jack@acme.example")

    assert f"{code} is done. The edit changes nothing." in answer["text"]
    assert owners(fresh) == [("bob@acme.example", "done")]


async def test_killed_while_an_edit_is_answered(fresh: World):
    message = await fresh.client.say(TOM, "add phone D82E3EEF6604 8865 for bob@acme.example")
    await fresh.answer(TOM, message["seq"])
    await fresh.at_rest()
    await hang(fresh, "POST", "/messages")
    edited = await fresh.client.edit(
        TOM, message["id"], "add phone D82E3EEF6604 8865 for jack@acme.example"
    )

    async def is_planned() -> bool:
        return ("jack@acme.example", "draft") in owners(fresh)

    await until(is_planned, "the new plan was made")
    await start_again(fresh)

    (plan,) = await fresh.answers(TOM, edited["seq"], where=answering)
    assert "Jack" in plan["text"]
    assert owners(fresh) == [("bob@acme.example", "cancelled"), ("jack@acme.example", "draft")]


async def test_an_edit_during_an_outage_is_answered_afterwards(fresh: World):
    message = await fresh.client.say(TOM, "add phone D82E3EEF6605 8865 for bob@acme.example")
    await fresh.answer(TOM, message["seq"])
    await fresh.at_rest()
    await fresh.kill()
    edited = await fresh.client.edit(
        TOM, message["id"], "add phone D82E3EEF6605 8865 for jack@acme.example"
    )
    await fresh.start()

    assert "Jack" in (await fresh.answer(TOM, edited["seq"]))["text"]
    assert len(await fresh.answers(TOM, edited["seq"], where=answering)) == 1


async def test_d18_what_is_quoted_is_not_a_command(world: World):
    room = await world.client.room(TOM, "Field team")
    bot = (await world.client.settings())["bot"]
    quote = "> add phone D82E3EEF6606 8865 for bob@acme.example"
    help_text = (await world.say(TOM, "help"))["text"]

    sent = await world.client.say(
        TOM, markdown=f"{quote}\n\n<@personEmail:{bot['email']}|Provbot> help", roomId=room
    )

    answer = await world.answer(TOM, sent["seq"], room=room)
    assert answer["text"] == help_text
    assert answer["parentId"] == sent["id"]


async def test_c19_a_mention_is_that_person(world: World):
    room = await world.client.room(TOM, "Field team")
    plan = await world.say(
        TOM,
        markdown="add phone D82E3EEF6607 8865 for <@personEmail:vera@acme.example|Vera>",
        mention=True,
        roomId=room,
    )
    assert cards.facts(plan)["For"].startswith("Vera")
    assert "vera@acme.example" in plan["text"]


async def test_f02_a_damaged_picture_alone_is_answered(world: World):
    async with world.nothing_changes():
        seq = await world.client.seq()
        await world.client.send_file(TOM, "Etikett Süd.jpg", b"\xff\xd8\xff")
        (answer,) = await world.answers(TOM, seq)

    assert "The picture is damaged or incomplete" in answer["text"]
    assert "Nothing was changed." in answer["text"]


async def test_a_command_beside_a_picture_is_answered(world: World):
    seq = await world.client.seq()
    await world.client.send_file(TOM, "label.png", b"\x89PNG", text="whoami")
    preface, answer = await world.answers(TOM, seq)
    assert "so I ignored “label.png”" in preface["text"]
    assert "Roles: technician" in answer["text"]


async def test_a_password_in_a_message_is_neither_kept_nor_shown(world: World):
    seq = await world.client.seq()
    text = (
        "add phone D82E3EEF7C73 2N Customer Managed for bob@acme.example with password S3cr3tWord"
    )
    await world.client.say(TOM, text)
    preface, form = await world.answers(TOM, seq)
    assert "passwords are typed into the form only" in preface["text"]
    assert "Bob Keller" in str(form) or "bob@acme.example" in str(form)

    await world.press(TOM, form, "Cancel")
    rows = all_rows(world.database)
    files = [*world.database.parent.glob("provbot.db*"), world.log]
    kept = b"".join(file.read_bytes() for file in files) + str([*rows]).encode()
    assert b"S3cr3tWord" not in kept + str([preface, form]).encode()


async def test_a_file_that_is_still_scanned_is_answered_without_its_name(fresh: World):
    await fresh.client.fault(method="HEAD", path="/contents/*", times=0, status=423)
    seq = await fresh.client.seq()
    await fresh.client.send_file(TOM, "label.jpg", b"\xff\xd8\xff", text="whoami")
    preface, _ = await fresh.answers(TOM, seq)
    assert "so I ignored the file." in preface["text"]


async def test_d19_two_phones_in_one_message_are_one_list(world: World):
    seq = await world.client.seq()
    await world.client.say(TOM, TWO_PHONES)
    check, plan = await world.answers(TOM, seq)
    rows = (await world.client.file(TOM, check)).decode("utf-8-sig")
    assert rows.count(",ready,") == 2
    assert "Add 2 phones" in plan["text"]
    await world.press(TOM, plan, "Cancel")


async def test_two_commands_in_one_message_are_answered_one_by_one(world: World):
    seq = await world.client.seq()
    await world.client.say(TOM, TWO)
    first, second = await world.answers(TOM, seq)
    assert "Bob Keller" in first["text"]
    assert "Jack Doyle" in second["text"]
    await world.press(TOM, second, "Cancel")
    assert "now belongs to Bob Keller" in (await world.press(TOM, first, "Confirm"))["text"]


async def test_killed_between_two_answers_nothing_is_opened_twice(fresh: World):
    await hang(fresh, "POST", "/messages", nth=2)
    sent = await fresh.client.say(TOM, TWO)
    first = await fresh.answer(TOM, sent["seq"])
    assert "Bob Keller" in first["text"]
    await start_again(fresh)

    texts = [message["text"] for message in await fresh.answers(TOM, sent["seq"])]
    assert any("Jack Doyle" in text for text in texts)
    assert owners(fresh) == [("bob@acme.example", "draft"), ("jack@acme.example", "draft")]


async def test_an_edit_in_a_space_is_answered_in_its_thread(world: World):
    room = await world.client.room(TOM, "Field team")
    text = "add phone D82E3EEF6610 8865 for bob@acme.example"
    said = await world.client.say(TOM, text, roomId=room, mention=True)
    first = await world.answer(TOM, said["seq"], room=room)

    edited = await world.client.edit(TOM, said["id"], text.replace("bob", "jack"))

    plan = await world.answer(TOM, edited["seq"], room=room)
    assert "Jack Doyle" in plan["text"]
    assert plan["parentId"] == first["parentId"] == said["id"]
    await world.gone(TOM, first)


async def test_f04_a_command_in_a_thread_is_answered_in_it(world: World):
    root = await world.client.say(TOM, "whoami")
    await world.answer(TOM, root["seq"])
    plan = await world.say(
        TOM, "add phone D82E3EEF6611 8865 for bob@acme.example", parentId=root["id"]
    )
    assert plan["parentId"] == root["id"]


async def test_an_edit_that_webex_shows_late_is_answered(fresh: World):
    message = await fresh.client.say(TOM, "add phone D82E3EEF6612 8865 for bob@acme.example")
    await fresh.answer(TOM, message["seq"])
    await fresh.client.fault(method="GET", path="/messages/*", status=200, body=message, times=1)

    plan = await edit(fresh, message, "add phone D82E3EEF6612 8865 for jack@acme.example")

    assert "Jack Doyle" in plan["text"]
