"""What people see and get of a list: cards, files, codes in private, and what helps afterwards."""

import csv
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.journeys import cards
from tests.journeys.approving import approving, heard
from tests.journeys.gates import held
from tests.journeys.world import ANA, ELI, TOM, VERA, Json, World, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOB, KIM = "bob@acme.example", "kim@acme.example"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(allowlist: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """With approvers."""
    async with approving(allowlist, tmp_path_factory.mktemp("world")) as world:
        yield world


def has_card(message: Json) -> bool:
    return bool(message.get("attachments"))


def named(ending: str, message: Json) -> bool:
    return any(name.endswith(ending) for name in message.get("fileNames") or ())


async def file(world: World, person: str, ending: str, after: int, room: str | None = None) -> Json:
    """The message with the first file of that name."""
    return await world.answer(person, after, room=room, where=lambda each: named(ending, each))


async def rows(world: World, person: str, message: Json) -> list[dict[str, str]]:
    text = (await world.client.file(person, message)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


async def check(world: World, person: str, lines: str, room: str = "") -> Json:
    """The card of the check of these lines, pasted into the form."""
    more = {"roomId": room, "mention": True} if room else {}
    form = await world.say(person, "add phones", **more)
    pressed = await world.client.press(person, form["id"], "Continue", inputs={"rows": lines})
    return await world.answer(person, pressed["seq"], room=room or None, where=has_card)


async def confirm(world: World, person: str, plan: Json) -> tuple[int, Json]:
    """Press Confirm; the number of the press, and the card of the result."""
    pressed = await world.client.press(person, plan["id"], "Confirm", validate=True)
    told = await world.answer(
        person,
        pressed["seq"],
        room=plan["roomId"],
        where=lambda each: has_card(each) and not each["text"].startswith("⏳"),
    )
    return pressed["seq"], told


async def test_failed_rows_are_told_with_their_numbers_and_retried(world: World):
    lines = f"D82E3EEFA101 8865 {BOB}\nD82E3EEFA102 8865 {KIM}\nD82E3EEFA103 8865 nobody@x.example"
    plan = await check(world, ELI, lines)
    assert plan["text"].startswith("Add 2 phones\n")
    assert "Row 3: I found no person or workspace called" in plan["text"]
    assert "Confirm runs the 2 ready rows and leaves out 1." in plan["text"]
    await world.client.fault(method="POST", path="/devices", status=400, message="No.", times=1)

    seq, told = await confirm(world, ELI, plan)

    assert told["text"].startswith("Partly done: Add 2 phones\n")
    assert re.search(
        r"Added: 1\nFailed: 1\nLeft out: 1\nRow [12] \((Bob Keller|Kim Larsen)\): ", told["text"]
    )
    assert "tracking id" in told["text"]
    assert cards.buttons(told) == ["Retry failed", "Undo"]
    result = await rows(world, ELI, await file(world, ELI, "-result.csv", seq))
    assert sorted(row["status"] for row in result) == ["added", "failed", "wrong"]
    (failed,) = [row for row in result if row["status"] == "failed"]
    assert failed["tracking id"]

    pressed = await world.client.press(ELI, told["id"], "Retry failed")
    again = await world.answer(ELI, pressed["seq"], where=has_card)
    assert again["text"].startswith("Add 1 phone\n")
    assert f"Or type: retry {cards.code_of(told)}, undo" in told["text"]
    typed = await world.client.say(ELI, f"retry {cards.code_of(told)}")
    same = await world.answer(ELI, typed["seq"], where=has_card)
    assert cards.code_of(same) == cards.code_of(again)
    _, done = await confirm(world, ELI, same)
    assert done["text"].startswith("✓ Added 1 phone\n")
    for mac in ("D82E3EEFA101", "D82E3EEFA102"):
        assert len(await world.devices(mac)) == 1


async def test_codes_of_a_space_go_to_the_requester_alone(world: World):
    room = await world.client.room(ELI, "Phone rollout")
    before = len(world.sandbox.cloud.organization.codes)
    plan = await check(world, ELI, f"8865 {BOB}\n8865 {KIM}", room)

    seq, told = await confirm(world, ELI, plan)

    assert told["text"].startswith("✓ Got 2 activation codes\n")
    assert "were sent to Eli Novak in a direct message" in told["text"]
    sent = await file(world, ELI, "-codes.csv", seq)
    assert sent["roomType"] == "direct"
    codes = await rows(world, ELI, sent)
    made = {code.code for code in world.sandbox.cloud.organization.codes[before:]}
    assert {row["Activation code"].replace(" ", "") for row in codes} == made
    assert [row["Owner"] for row in codes] == ["Bob Keller", "Kim Larsen"]
    assert all(row["Valid until"] for row in codes)
    result = await world.client.file(ELI, await file(world, ELI, "-result.csv", seq, room))
    in_space = " ".join(each["text"] for each in await world.client.messages(ELI, room=room))
    for code in made:
        assert code not in (in_space + result.decode()).replace(" ", "")


async def test_an_approver_sees_counts_and_can_open_the_list(world: World):
    lines = f"D82E3EEFA111 8865 {BOB}\nD82E3EEFA112 8865 {KIM}\nD82E3EEFA113 8865 nobody@x.example"
    plan = await check(world, TOM, lines)
    assert "Confirm asks for approval of all 2" not in plan["text"]
    assert "Confirm asks for approval of the 2 ready rows and leaves out 1." in plan["text"]
    waiting = await world.press(TOM, plan, "Confirm")
    code = cards.code_of(waiting)
    asked = await heard(world, ANA, f"Request {code}", after=plan["seq"])
    assert cards.buttons(asked) == ["Approve", "Reject", "Show list"]
    assert cards.facts(asked)["Wrong"] == "1"
    assert "Row 1: D8:2E:3E:EF:A1:11, Cisco 8865 for Bob Keller" in asked["text"]

    shown = await world.press(ANA, asked, "Show list")
    assert shown["fileNames"] == [f"{code}-check.csv"]
    assert [row["status"] for row in await rows(world, ANA, shown)] == ["ready", "ready", "wrong"]
    data = cards.data_of(asked, "Show list")
    refused = await world.craft(VERA, await world.say(VERA, "help"), **data)
    assert "can see its list" in refused["text"]
    await world.client.fault(method="POST", path="/devices", status=400, message="No.", times=1)
    seq = await world.client.seq()
    await world.client.press(ANA, asked["id"], "Approve")
    end = await heard(world, ANA, f"{code} is partly done: Add 2 phones.", after=seq)
    assert "1 of 2 rows done, 1 failed." in end["text"]
    told = await world.answer(TOM, seq, where=lambda each: cards.has_button(each, "Retry failed"))
    assert "The undo needs approval again." in told["text"]


async def test_stop_ends_a_list_between_its_rows_and_the_rest_can_run(world: World):
    lines = "\n".join(f"D82E3EEFA12{number} 8865 {BOB}" for number in range(4))
    plan = await check(world, ELI, lines)
    async with held(world, "POST", "/devices") as addition:
        await world.client.press(ELI, plan["id"], "Confirm")
        await addition.reached()

        async def running() -> Json | None:
            messages = await world.client.messages(ELI, room=plan["roomId"])
            return next((each for each in messages if each["text"].startswith("⏳ Add 4")), None)

        card: Json = await until(running, "the running card was shown")
        assert "4 rows" in card["text"]
        answer = await world.press(ELI, card, "Stop")
        assert "0 of 4 rows done, and no other begins." in answer["text"]

    told = await world.answer(ELI, answer["seq"], where=has_card)
    assert told["text"].startswith("Stopped: Add 4 phones\nAdded: 1\nNot begun: 3\n")
    assert cards.buttons(told) == ["Run the rest", "Undo"]
    pressed = await world.client.press(ELI, told["id"], "Run the rest")
    rest = await world.answer(ELI, pressed["seq"], where=has_card)
    _, done = await confirm(world, ELI, rest)
    assert done["text"].startswith("✓ Added 3 phones\n")


async def test_tags_that_were_not_set_are_told_with_what_sets_them(world: World):
    lines = (
        "D82E3EEFA161 8865 eli@acme.example #floor-3\n"
        "D82E3EEFA162 8865 omar@acme.example #floor-3\n"
        "D82E3EEFA163 9851 ivy@acme.example #floor-3"
    )
    plan = await check(world, ELI, lines)
    await world.client.fault(method="PATCH", path="/devices/*", status=400, message="No.", times=1)

    seq, told = await confirm(world, ELI, plan)

    result = await rows(world, ELI, await file(world, ELI, "-result.csv", seq))
    assert {row["status"] for row in result} == {"added"}
    command = next(
        row["reason"].partition("type: ")[2]
        for row in result
        if row["reason"].startswith("Its tags were not set.")
    )
    mac = command.split()[1]
    typed = f"To set the tag floor-3 on 1 phone, type: tag devices +floor-3, and below it: {mac}"
    assert typed in told["text"]
    assert "The tags of 1 row are not set yet." in told["text"]
    assert result[2]["reason"].endswith("Please tag it when Webex lists it.")
    _, done = await confirm(world, ELI, await world.say(ELI, command))
    assert "floor-3" in (await world.devices(mac.replace(":", "")))[0]["tags"]
    assert done["text"].startswith("✓ ")

    undo = await world.press(ELI, told, "Undo")
    assert "1 device can be taken back only later, and will stay for now." in undo["text"]
    assert "Delete: Cisco 8865 D8:2E:3E:EF:A1:62 · Omar" in undo["text"]
    _, undone = await confirm(world, ELI, undo)
    code = cards.code_of(told)
    assert undone["text"].startswith(f"✓ {code} is partly undone: Add 3 phones\n")
    assert "1 device stayed.\n" in undone["text"]
    repeated = await world.say(ELI, f"undo {code}")
    assert "already done" not in repeated["text"]


async def test_change_brings_the_lines_back(world: World):
    lines = f"D82E3EEFA131 8865 {BOB}\nD82E3EEFA132 8865 nobody@x.example"
    plan = await check(world, ELI, lines)

    form = await world.press(ELI, plan, "Change")

    assert cards.filled(form)["rows"] == lines
    pressed = await world.client.press(
        ELI, form["id"], "Continue", inputs={"rows": lines.replace("nobody@x.example", KIM)}
    )
    again = await world.answer(ELI, pressed["seq"], where=has_card)
    assert again["text"].startswith("Add 2 phones\n")
    assert cards.code_of(again) == cards.code_of(plan)
    await world.say(ELI, f"cancel {cards.code_of(plan)}")


async def test_after_a_kill_each_row_is_done_once_and_the_file_is_complete(fresh: World):
    macs = [f"D82E3EEFA14{number}" for number in range(4)]
    # Of one owner, so that one call is under way: others would be looked up for minutes.
    lines = "\n".join(f"{mac} 8865 {BOB}" for mac in macs)
    plan = await check(fresh, ELI, lines)
    code = cards.code_of(plan)
    async with held(fresh, "POST", "/devices") as addition:
        await fresh.client.press(ELI, plan["id"], "Confirm")
        await addition.reached()
        await fresh.kill()
    await until(lambda: fresh.devices(macs[0]), "Webex made the change that was under way")
    seq = await fresh.client.seq()
    await fresh.start()

    told = await fresh.answer(
        ELI, seq, where=lambda each: has_card(each) and "Added 4 phones" in each["text"]
    )

    assert cards.buttons(told) == ["Undo"]
    result = await rows(fresh, ELI, await file(fresh, ELI, "-result.csv", seq))
    assert [row["status"] for row in result] == ["added"] * 4
    for mac in macs:
        assert len(await fresh.devices(mac)) == 1
    details = await fresh.say(ELI, f"request {code}")
    assert cards.buttons(details) == ["Undo", "Show list"]
    shown = await fresh.press(ELI, details, "Show list")
    assert await rows(fresh, ELI, shown) == result


async def test_rows_that_waited_for_the_rate_limit_when_stopped_have_not_begun(fresh: World):
    plan = await check(fresh, ELI, f"D82E3EEFA151 8865 {BOB}\nD82E3EEFA152 8865 {KIM}")
    seq = await fresh.client.seq()
    fault = await fresh.client.fault(
        method="POST", path="/devices", what="too_many_requests", retryAfter=600, times=0
    )
    await fresh.client.press(ELI, plan["id"], "Confirm")
    await fresh.answer(ELI, seq, where=lambda each: "limit" in each["text"])
    answer = await fresh.say(ELI, f"stop {cards.code_of(plan)}")
    told = await fresh.answer(ELI, answer["seq"], where=has_card)
    await fresh.client.end_fault(fault)

    assert told["text"].startswith("Stopped: Add 2 phones\nNot begun: 2\n")
    assert "It was stopped while it waited for Webex's rate limit" in told["text"]
    assert cards.buttons(told) == ["Run the rest"]
    assert await fresh.devices("D82E3EEFA151") == await fresh.devices("D82E3EEFA152") == []
