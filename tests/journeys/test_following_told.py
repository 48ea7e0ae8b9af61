"""What people see of what was added: registered, late, expired; one message for a list.

That looks find a registration is the matter of other journeys. Here the database is told so, as no
phone takes a minute then.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.settings import Settings
from tests.database import copy
from tests.journeys import cards
from tests.journeys.world import ADA, ANA, ELI, TOM, VERA, Json, World, living, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOB, KIM = "bob@acme.example", "kim@acme.example"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(allowlist: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Nobody plugs the phones in."""
    async with following(allowlist, tmp_path_factory.mktemp("world")) as world:
        yield world


@asynccontextmanager
async def following(allowlist: Path, folder: Path, minutes: str = "60") -> AsyncIterator[World]:
    """A world in which looks make four calls a minute."""
    copy(allowlist, folder / "provbot.db")
    settings = Settings(phone_registers_s=None)
    async with living(
        folder, settings, PROVBOT_FOLLOW_MINUTES=minutes, TESTS_INTERVALS_BY="10"
    ) as world:
        yield world


def settle(world: World, code: str, state: str, *rows: int) -> None:
    """What a look would have shown of the devices of a request; of all, without numbers."""
    keys = [row["key"] for row in world.rows("select key from steps where request = ?", code)]
    for number, key in enumerate(keys, start=1):
        if not rows or number in rows:
            world.write(
                "update followed set state = ?, changed_at = ? where request = ? and step = ?",
                state, time.time(), code, key,
            )  # fmt: skip


def age(world: World, code: str, seconds: float) -> None:
    """Let it be added, and its message be edited, so long ago."""
    world.write("update followed set since = since - ? where request = ?", seconds, code)
    update = "update followed_messages set shown_at = shown_at - ? where request = ?"
    world.write(update, seconds, code)


def has_card(message: Json) -> bool:
    return bool(message.get("attachments"))


async def done(world: World, person: str, text: str, room: str = "") -> tuple[str, int]:
    """Ask for something and confirm it; the code of the request, and the number of the press."""
    more = {"roomId": room, "mention": True} if room else {}
    said = await world.client.say(person, text, **more)
    plan = await world.answer(person, said["seq"], room=room or None, where=has_card)
    pressed = await world.client.press(person, plan["id"], "Confirm", validate=True)
    code = cards.code_of(plan)

    async def is_told() -> bool:
        return bool(world.rows("select told from requests where code = ?", code)[0]["told"])

    await until(is_told, "the result was told")
    return code, pressed["seq"]


async def told(world: World, person: str, after: int, start: str, room: str = "") -> Json:
    """The message after that number that has this text."""
    return await world.answer(
        person, after, room=room or None, where=lambda each: start in each.get("text", "")
    )


async def test_a_late_phone_is_told_once_with_a_button_to_its_card(world: World):
    code, seq = await done(world, TOM, f"add phone D82E3EEFB102 8865 for {BOB}")
    assert "Not registered yet" in (await world.say(TOM, f"request {code}"))["text"]

    age(world, code, 3600)

    card = await told(world, TOM, seq, "Not registered yet: Bob Keller's 8865")
    assert "Webex has not heard of it for 60 minutes." in card["text"]
    assert cards.buttons(card) == ["Still not there?"]
    device = await world.press(TOM, card, "Still not there?")
    assert "D8:2E:3E:EF:B1:02" in device["text"]
    settle(world, code, "registered")
    await told(world, TOM, device["seq"], "✓ Bob Keller's 8865 is registered, 60 minutes after")


async def test_a_registration_mentions_the_requester_in_the_thread(world: World):
    room = await world.client.room(TOM, "Phone rollout")
    code, seq = await done(world, TOM, f"add phone D82E3EEFB101 8865 for {BOB}", room)

    settle(world, code, "registered")

    message = await told(world, TOM, seq, "✓ Bob Keller's 8865 is registered, ", room)
    result = await told(world, TOM, seq, "now belongs to Bob Keller", room)
    assert message["text"].startswith("Tom Berger ✓")
    assert "seconds after it was added." in message["text"]
    assert message["parentId"] == result["parentId"]
    assert "spark-mention" in message["html"]
    shown = await world.say(TOM, f"request {code}")
    assert "Registered at " in shown["text"]


async def test_an_expired_code_is_told_with_a_button_for_another(world: World):
    room = await world.client.room(TOM, "Phone rollout")
    code, seq = await done(world, TOM, f"activation code 8865 for {BOB}", room)

    settle(world, code, "expired")

    start = "The activation code for Bob Keller (8865) has expired"
    card = await told(world, TOM, seq, start, room)
    assert "spark-mention" in card["html"]
    plan = await world.press(TOM, card, "New code")
    assert plan["text"].startswith("Get an activation code for Bob Keller\n")
    await world.press(TOM, plan, "Cancel")


async def test_a_list_has_one_message_over_a_crash_and_a_last_one(world: World):
    lines = f"add phones\nD82E3EEFB111 8865 {BOB}\nD82E3EEFB112 8865 {KIM}\nD82E3EEFB113 8865 {KIM}"
    code, seq = await done(world, ELI, lines)
    settle(world, code, "registered", 1)
    message = await told(world, ELI, seq, "1 of 3 registered; not yet: Kim Larsen 8865 D8:2E:")

    async def is_noted() -> bool:
        return bool(world.rows("select 1 from followed_messages where request = ?", code))

    await until(is_noted, "the message was noted")
    await world.kill()
    settle(world, code, "registered", 2)
    age(world, code, 60)
    await world.start()

    async def is_edited() -> bool:
        messages = {each["id"]: each for each in await world.client.messages(ELI)}
        return bool(messages[message["id"]]["text"].startswith("2 of 3 registered; not yet: Kim"))

    await until(is_edited, "the message was edited")
    settle(world, code, "registered", 3)
    await told(world, ELI, message["seq"], "✓ 3 of 3 registered, the last one ")
    await world.gone(ELI, message)
    shown = await world.say(ELI, f"request {code}")
    assert "3 of 3 registered" in shown["text"]


async def test_what_is_followed_is_listed_for_its_requester_and_admins(world: World):
    code, _ = await done(world, TOM, f"add phone D82E3EEFB121 8865 for {KIM}")
    assert (await world.say(VERA, "followed"))["text"].startswith("Nothing is waiting to register")

    mine = await world.say(TOM, "which phones are not registered?")
    of_code = await world.say(ADA, f"followed {code}")
    refused = await world.say(ANA, "followed")

    assert "Kim Larsen\n8865 · D8:2E:3E:EF:B1:21 · added at " in mine["text"]
    assert of_code["text"].startswith("Not registered yet: 1\nKim Larsen\n")
    assert " ago by Tom Berger · " in of_code["text"]
    assert "Your role (approver) does not allow “followed”." in refused["text"]
    device = await world.press(ADA, of_code, "Kim Larsen …B121")
    assert "D8:2E:3E:EF:B1:21" in device["text"]
    settle(world, code, "gone")


async def test_a_phone_that_the_customer_manages_is_not_followed(world: World):
    world.said_in_secret.add("rosebud-4712!")
    form = await world.say(ELI, "add phone D82E3EEFB131 2N Customer Managed for Lobby Lyon")
    plan = await world.press(ELI, form, "Continue", password="rosebud-4712!")

    result = await world.press(ELI, plan, "Confirm")

    assert "now belongs to Lobby Lyon" in result["text"]
    answer = await world.say(ELI, f"followed {cards.code_of(plan)}")
    assert answer["text"].startswith("Nothing is waiting to register")


async def test_what_webex_could_not_be_asked_about_is_not_called_missing(
    allowlist: Path, tmp_path: Path
):
    async with following(allowlist, tmp_path, minutes="0.03") as world:
        for path in ("/devices", "/devices/*"):
            await world.client.fault(method="GET", path=path, status=503, lasts=60)

        _, seq = await done(world, TOM, f"add phone D82E3EEFB103 8865 for {KIM}")

        card = await told(world, TOM, seq, "Kim Larsen's 8865\nRequest")
        assert card["text"].startswith("Not known whether it is registered: Kim Larsen's 8865\n")
        assert "provbot has not been able to ask Webex about it since " in card["text"]
        assert "not heard" not in card["text"]
