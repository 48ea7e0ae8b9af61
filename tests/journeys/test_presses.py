"""Every press gets an answer; one that is old, foreign, made up or late changes nothing."""

import asyncio

import pytest

from tests.journeys import cards
from tests.journeys.world import ADA, ELI, TOM, VERA, Json, World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def plan_for(world: World, mac: str, owner: str = "jack@acme.example") -> Json:
    return await world.say(TOM, f"add phone {mac} 8865 for {owner}")


async def shown_elsewhere(world: World) -> Json:
    """A card to craft presses on: cards that served their purpose are gone."""
    return await world.say(TOM, "help")


async def test_a_press_on_an_old_form_shows_the_newest_card_and_takes_no_inputs(world: World):
    form = await world.say(TOM, "add phone D82E3EEF5401")
    old = cards.data_of(form, "Continue")
    plan = await world.press(
        TOM, form, "Continue", model="DMS Cisco 8865", owner="jack@acme.example"
    )

    async with world.nothing_changes():
        answer = await world.craft(TOM, plan, **old, mac="D82E3EEF5402")

    assert cards.facts(answer) == cards.facts(plan)
    assert cards.buttons(answer) == ["Confirm", "Change", "Cancel"]
    await world.gone(TOM, plan)
    await world.press(TOM, answer, "Cancel")


async def test_confirming_an_outdated_plan_does_not_run_it(world: World):
    plan = await plan_for(world, "D82E3EEF5403")
    old = cards.data_of(plan, "Confirm")
    form = await world.press(TOM, plan, "Change")
    newer = await world.press(TOM, form, "Continue", mac="D82E3EEF5404")

    async with world.nothing_changes():
        answer = await world.craft(TOM, newer, **old)

    assert cards.facts(answer)["MAC"] == "D8:2E:3E:EF:54:04"
    assert world.state(cards.code_of(answer)) == "draft"
    await world.press(TOM, answer, "Cancel")


async def test_confirm_without_a_plan_does_not_run(world: World):
    form = await world.say(TOM, "add phone D82E3EEF5405 for jack@acme.example")
    data = cards.data_of(form, "Continue")

    async with world.nothing_changes():
        answer = await world.craft(TOM, form, **{**data, "press": "confirm"})

    assert "a newer card replaced that one" in answer["text"]
    await world.press(TOM, form, "Cancel")


@pytest.mark.parametrize("button", ["Confirm", "Change", "Cancel"])
async def test_a_press_on_a_cancelled_request_says_so(world: World, button: str):
    plan = await plan_for(world, "D82E3EEF5406")
    code = cards.code_of(plan)
    await world.press(TOM, plan, "Cancel")
    card = await shown_elsewhere(world)

    async with world.nothing_changes():
        answer = await world.craft(TOM, card, **cards.data_of(plan, button))

    assert answer["text"].startswith(f"{code} was cancelled by Tom Berger at ")


@pytest.mark.parametrize(
    ("button", "mac"),
    [("Confirm", "D82E3EEF5407"), ("Change", "D82E3EEF5408"), ("Cancel", "D82E3EEF5409")],
)
async def test_a_press_on_a_done_request_says_so(world: World, button: str, mac: str):
    plan = await plan_for(world, mac, "lena@acme.example")
    code = cards.code_of(plan)
    await world.press(TOM, plan, "Confirm")
    card = await shown_elsewhere(world)

    async with world.nothing_changes():
        answer = await world.craft(TOM, card, **cards.data_of(plan, button))

    assert answer["text"].startswith(f"{code} is already done. Nothing was done a second time.")
    assert len(await world.devices(mac)) == 1


async def test_a_press_on_a_failed_request_says_so(world: World):
    plan = await plan_for(world, "D82E3EEF540A", "grace@acme.example")  # has five already
    await world.press(TOM, plan, "Confirm")
    card = await shown_elsewhere(world)

    async with world.nothing_changes():
        answer = await world.craft(TOM, card, **cards.data_of(plan, "Confirm"))

    assert "has already failed" in answer["text"]


async def test_a_card_for_another_person_cannot_be_confirmed(world: World):
    plan = await plan_for(world, "D82E3EEF540B")
    card = await world.say(ELI, "help")

    async with world.nothing_changes():
        answer = await world.craft(ELI, card, **cards.data_of(plan, "Confirm"))

    assert "Only the person who asked for it can confirm request" in answer["text"]
    await world.press(TOM, plan, "Cancel")


MADE_UP: list[tuple[Json, str]] = [
    ({"request": "ZZZZ", "version": 1, "press": "confirm"}, "There is no request ZZZZ"),
    ({"request": "", "version": 1, "press": "confirm"}, "There is no request"),
    ({"request": "' or 1=1 --", "press": "confirm"}, "There is no request"),
    ({"request": "x" * 100_000, "version": 1, "press": "confirm"}, "There is no request"),
    ({"request": {"code": "ZZZZ"}, "press": ["confirm"]}, "There is no request"),
    ({"request": None, "version": None, "press": None}, "There is no request"),
    ({"callback_keyword": "help"}, "I do not know that card"),
    ({}, "I do not know that card"),
    ({"say": ""}, "What I can do"),
    ({"say": "🤖" * 500}, "Nothing waits for you"),
    ({"say": {"a": 1}}, "I do not know that card"),
]


@pytest.mark.parametrize(("data", "expected"), MADE_UP)
async def test_a_crafted_press_is_answered(world: World, data: Json, expected: str):
    card = await shown_elsewhere(world)

    async with world.nothing_changes():
        answer = await world.craft(TOM, card, **data)

    assert expected in answer["text"]


@pytest.mark.parametrize("version", ["99", -1, "two", None, 1e308, "²", "1" * 5000])
async def test_a_press_with_a_wrong_version_shows_the_newest_card(world: World, version: object):
    plan = await plan_for(world, "D82E3EEF540C")
    data = {**cards.data_of(plan, "Confirm"), "version": version}

    async with world.nothing_changes():
        answer = await world.craft(TOM, plan, **data)

    assert cards.facts(answer) == cards.facts(plan)
    assert world.state(cards.code_of(plan)) == "draft"
    await world.press(TOM, answer, "Cancel")


@pytest.mark.parametrize("button", ["APPROVE", "__class__", "again", "", "CONFIRM"])
async def test_a_press_of_a_button_that_does_not_exist_runs_nothing(world: World, button: str):
    plan = await plan_for(world, "D82E3EEF540C")
    data = {**cards.data_of(plan, "Confirm"), "press": button}

    async with world.nothing_changes():
        answer = await world.craft(TOM, plan, **data)

    assert "do not know that button" in answer["text"]
    assert world.state(cards.code_of(plan)) == "draft"
    await world.press(TOM, plan, "Cancel")


async def test_other_data_of_a_press_than_its_code_is_ignored(world: World):
    plan = await plan_for(world, "D82E3EEF540D")
    data = cards.data_of(plan, "Confirm")

    await world.craft(
        TOM, plan, **data, mac="D82E3EEF540E", owner="ada@acme.example", operation="delete",
        plan={"title": "something else"}, room_id="elsewhere", person_id="somebody",
    )  # fmt: skip

    assert await world.devices("D82E3EEF540E") == []
    (device,) = await world.devices("D82E3EEF540D")
    assert device["owner"] == "Jack Doyle"


async def test_two_simultaneous_confirms_create_once(world: World):
    plan = await plan_for(world, "D82E3EEF540F")
    code = cards.code_of(plan)
    seq = await world.client.seq()

    await asyncio.gather(*(world.client.press(TOM, plan["id"], "Confirm") for _ in range(5)))
    answers = await world.answers(TOM, seq)

    assert len(await world.devices("D82E3EEF540F")) == 1
    (call,) = await world.changes(seq)
    assert call["status"] == 200
    results = [answer for answer in answers if "now belongs to Jack Doyle" in answer["text"]]
    others = [answer for answer in answers if answer not in results]
    assert len(results) == 1
    assert len({answer["text"] for answer in others}) == len(others) >= 1  # none of them twice
    states = f"{code} is ", f"{code} was already confirmed "
    assert all(answer["text"].startswith(states) for answer in others)


async def test_simultaneous_confirm_and_cancel_do_one_of_them(world: World):
    plan = await plan_for(world, "D82E3EEF5410", "kim@acme.example")
    seq = await world.client.seq()

    await asyncio.gather(
        world.client.press(TOM, plan["id"], "Cancel"),
        world.client.press(TOM, plan["id"], "Confirm"),
    )
    answers = await world.answers(TOM, seq)

    assert len(answers) == 2
    state = world.state(cards.code_of(plan))
    assert state in ("done", "cancelled")
    assert len(await world.devices("D82E3EEF5410")) == (1 if state == "done" else 0)


async def test_two_people_confirming_one_mac_simultaneously_add_it_once(world: World):
    plans = {
        TOM: await plan_for(world, "D82E3EEF5411", "kim@acme.example"),
        ADA: await world.say(ADA, "add phone D82E3EEF5411 8865 for omar@acme.example"),
    }
    seq = await world.client.seq()

    await asyncio.gather(
        *(world.client.press(who, plan["id"], "Confirm") for who, plan in plans.items())
    )
    toms, adas = [await world.answers(who, seq) for who in plans]

    assert len(await world.devices("D82E3EEF5411")) == 1
    assert (len(toms), len(adas)) == (1, 1)
    texts = [toms[0]["text"], adas[0]["text"]]
    assert len([text for text in texts if "now belongs to" in text]) == 1
    assert len([text for text in texts if "in use" in text or "already uses" in text]) == 1


async def test_a_plan_older_than_fifteen_minutes_expires(world: World):
    plan = await plan_for(world, "D82E3EEF5412")
    code = cards.code_of(plan)
    world.write("update requests set planned_at = planned_at - 901 where code = ?", code)

    async with world.nothing_changes():
        answer = await world.press(TOM, plan, "Confirm")
        again = await world.craft(TOM, answer, **cards.data_of(plan, "Confirm"))

    assert "This plan has expired. Nothing was changed." in answer["text"]
    assert "This plan has expired. Nothing was changed." in again["text"]
    assert cards.buttons(again) == ["Ask again"]
    assert world.state(code) == "expired"
    await world.gone(TOM, plan)
    await world.gone(TOM, answer)


async def test_the_card_of_an_expired_plan_says_so_by_itself_and_asks_again(world: World):
    plan = await plan_for(world, "D82E3EEF5415")
    code, seq = cards.code_of(plan), await world.client.seq()
    world.write("update requests set planned_at = planned_at - 1000 where code = ?", code)

    expired = await world.answer(TOM, seq, where=lambda message: "expired" in message["text"])
    await world.gone(TOM, plan)
    details = await world.say(TOM, f"request {code}")
    again = await world.press(TOM, expired, "Ask again")

    assert expired["text"].splitlines()[:2] == [
        "Expired: Add a Cisco 8865 for Jack Doyle",
        "This plan has expired. Nothing was changed.",
    ]
    assert cards.facts(details)["State"] == "expired"
    assert cards.facts(again) == cards.facts(plan)
    assert cards.code_of(again) != code
    await world.gone(TOM, expired)
    await world.press(TOM, again, "Cancel")


async def test_a_plan_of_fourteen_minutes_runs(world: World):
    plan = await plan_for(world, "D82E3EEF5413", "omar@acme.example")
    world.write(
        "update requests set planned_at = planned_at - 840 where code = ?", cards.code_of(plan)
    )

    answer = await world.press(TOM, plan, "Confirm")

    assert "now belongs to Omar Haddad" in answer["text"]


async def test_a_viewers_crafted_press_opens_nothing(world: World):
    card = await world.say(VERA, "help")
    before = world.rows("select count(*) as n from requests")

    answer = await world.craft(VERA, card, say="add phone D82E3EEF5414 8865 for bob@acme.example")

    assert "does not allow" in answer["text"]
    assert world.rows("select count(*) as n from requests") == before
