"""Killed at any step and started again, the bot answers everybody and does everything once."""

import pytest

from tests.journeys import cards
from tests.journeys.crash import hang, start_again, start_again_at_rest
from tests.journeys.gates import held
from tests.journeys.world import ELI, TOM, VERA, Json, World, answering, in_progress, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def results(world: World, person: str, after: int, text: str) -> list[Json]:
    return [answer for answer in await world.answers(person, after) if text in answer["text"]]


async def test_killed_between_receiving_a_message_and_reading_it(fresh: World):
    await hang(fresh, "GET", "/messages/*")
    message = await fresh.client.say(VERA, "whoami")

    async def is_claimed() -> bool:
        return bool(fresh.rows("select id from events where handled_at is null"))

    await until(is_claimed, "the question was taken")
    await start_again(fresh)

    (answer,) = await fresh.answers(VERA, message["seq"])
    assert "Roles: viewer" in answer["text"]


async def test_killed_before_the_answer_was_posted(fresh: World):
    await hang(fresh, "POST", "/messages")
    message = await fresh.client.say(TOM, "add phone D82E3EEF6201 8865 for bob@acme.example")

    async def is_planned() -> bool:
        return bool(fresh.rows("select code from requests where plan is not null"))

    await until(is_planned, "the plan was made")
    await start_again(fresh)

    (plan,) = await fresh.answers(TOM, message["seq"], where=answering)
    assert cards.buttons(plan) == ["Confirm", "Change", "Cancel"]
    assert len(fresh.rows("select code from requests")) == 1
    assert "now belongs to Bob Keller" in (await fresh.press(TOM, plan, "Confirm"))["text"]


async def test_killed_while_the_phone_is_being_added(fresh: World):
    plan = await fresh.say(TOM, "add phone D82E3EEF6202 8865 for bob@acme.example")
    call = fresh.sandbox.fault(method="POST", path="/devices", latency=1.5)
    pressed = await fresh.client.press(TOM, plan["id"], "Confirm")
    code = cards.code_of(plan)

    async def is_under_way() -> bool:
        return call.seen > 0

    async def is_added() -> bool:
        return bool(await fresh.devices("D82E3EEF6202"))

    await until(is_under_way, "the change was on its way")
    await fresh.kill()
    await until(is_added, "Webex added the phone")
    await fresh.start()

    assert len(await results(fresh, TOM, pressed["seq"], "now belongs to Bob Keller")) == 1
    assert len(await fresh.devices("D82E3EEF6202")) == 1
    assert len(await fresh.changes(pressed["seq"])) == 1
    assert fresh.state(code) == "done"


async def test_killed_after_adding_the_phone_before_the_requester_is_told(fresh: World):
    plan = await fresh.say(TOM, "add phone D82E3EEF6203 8865 for bob@acme.example")
    await hang(fresh, "POST", "/messages")
    pressed = await fresh.client.press(TOM, plan["id"], "Confirm")
    code = cards.code_of(plan)

    async def is_done() -> bool:
        return fresh.state(code) == "done"

    await until(is_done, "the phone was added")
    await start_again(fresh)

    result = await results(fresh, TOM, pressed["seq"], "now belongs to Bob Keller")
    assert len(result) == 1
    assert len(await fresh.changes(pressed["seq"])) == 1


async def test_killed_between_creating_a_code_and_sending_it(fresh: World):
    plan = await fresh.say(TOM, "activation code 8865 for bob@acme.example")
    await hang(fresh, "POST", "/messages")
    pressed = await fresh.client.press(TOM, plan["id"], "Confirm")

    async def is_done() -> bool:
        return fresh.state(cards.code_of(plan)) == "done"

    await until(is_done, "the code was made")
    await start_again(fresh)

    (notice,) = await fresh.answers(TOM, pressed["seq"])
    made = fresh.sandbox.cloud.organization.codes[-1].code
    assert made not in notice["text"].replace(" ", "")
    assert len(fresh.sandbox.cloud.organization.codes) == 1
    # The code itself is kept nowhere, so the person must learn that it is lost.
    assert "ask for a new one" in notice["text"]


async def nothing_says_that_it_runs(world: World, person: str, room: str | None = None) -> None:
    """Wait until no line is left."""

    async def is_gone() -> bool:
        return not any(
            in_progress(message) for message in await world.client.messages(person, room=room)
        )

    async def is_forgotten() -> bool:
        return not world.rows("select message_id from progress_messages")

    await until(is_gone, "the line was taken away")
    await until(is_forgotten, "the line was forgotten")


async def plan_in_the_space(world: World, mac: str) -> Json:
    """In a group space a bot cannot list what it said itself."""
    room = await world.client.room(TOM, "Field team")
    text = f"add phone {mac} 8865 for bob@acme.example"
    return await world.say(TOM, text, roomId=room, mention=True)


async def test_killed_while_reading_facts_leaves_no_progress_message(fresh: World):
    plan = await plan_in_the_space(fresh, "D82E3EEF6207")
    room = plan["roomId"]
    await hang(fresh, "GET", "/people/*")
    pressed = await fresh.client.press(TOM, plan["id"], "Confirm")
    line = await fresh.answer(TOM, pressed["seq"], room=room, where=in_progress)

    async def is_noted() -> bool:
        return bool(fresh.rows("select message_id from progress_messages"))

    await until(is_noted, "the line was noted")
    await start_again(fresh)

    await fresh.answer(
        TOM, pressed["seq"], room=room, where=lambda message: "now belongs to" in message["text"]
    )
    await fresh.gone(TOM, line)
    await fresh.at_rest()
    await nothing_says_that_it_runs(fresh, TOM, room)


async def test_killed_while_reading_facts_after_the_card_is_gone(fresh: World):
    plan = await fresh.say(TOM, "add phone D82E3EEF6209 8865 for bob@acme.example")
    await hang(fresh, "POST", "*/validateMacs/invoke")
    pressed = await fresh.client.press(TOM, plan["id"], "Confirm")
    await fresh.gone(TOM, plan)
    assert fresh.state(cards.code_of(plan)) == "draft"

    await start_again(fresh)

    assert "now belongs to" in (await fresh.answer(TOM, pressed["seq"]))["text"]
    await fresh.at_rest()
    await nothing_says_that_it_runs(fresh, TOM)
    assert len(await fresh.changes(pressed["seq"])) == 1


async def test_killed_before_removing_a_progress_message_it_goes_at_the_start(fresh: World):
    plan = await plan_in_the_space(fresh, "D82E3EEF6208")
    room = plan["roomId"]
    await hang(fresh, "DELETE", "/messages/*")
    async with held(fresh, "POST", "/devices"):
        pressed = await fresh.client.press(TOM, plan["id"], "Confirm")
        line = await fresh.answer(TOM, pressed["seq"], room=room, where=in_progress)
    await fresh.answer(TOM, pressed["seq"], room=room)

    await start_again(fresh)

    await fresh.gone(TOM, line)
    await fresh.at_rest()
    await nothing_says_that_it_runs(fresh, TOM, room)
    assert len(await fresh.changes(pressed["seq"])) == 1


async def test_killed_during_a_rate_limit_its_notice_goes_at_the_start(fresh: World):
    await fresh.client.fault(
        method="GET", path="/devices", status=429, headers={"Retry-After": "60"}
    )
    message = await fresh.client.say(VERA, "devices erin")
    line = await fresh.answer(VERA, message["seq"], where=in_progress)

    async def are_noted() -> bool:
        # One line says that it is looked up, the other that Webex limits the calls.
        return len(fresh.rows("select message_id from progress_messages")) == 2

    await until(are_noted, "both lines were noted")
    await start_again(fresh)

    await fresh.gone(VERA, line)
    assert "2 devices" in (await fresh.answer(VERA, message["seq"]))["text"]
    await nothing_says_that_it_runs(fresh, VERA)


async def test_a_plan_survives_a_restart(fresh: World):
    plan = await fresh.say(TOM, "add phone D82E3EEF6204 8865 for bob@acme.example")
    await start_again_at_rest(fresh)

    result = await fresh.press(TOM, plan, "Confirm")

    assert "now belongs to Bob Keller" in result["text"]
    await fresh.gone(TOM, plan)


async def test_a_password_does_not_survive_a_restart_and_is_asked_for_again(fresh: World):
    fresh.said_in_secret.add("open-sesame-7")
    form = await fresh.say(ELI, "add phone D82E3EEF6205 2N Customer Managed for Lobby Lyon")
    plan = await fresh.press(ELI, form, "Continue", password="open-sesame-7")
    await start_again_at_rest(fresh)

    async with fresh.nothing_changes():
        form = await fresh.press(ELI, plan, "Confirm")

    assert "please give its SIP password" in cards.hints(form)["password"]
    plan = await fresh.press(ELI, form, "Continue", password="open-sesame-7")
    assert "now belongs to Lobby Lyon" in (await fresh.press(ELI, plan, "Confirm"))["text"]


async def test_an_access_code_does_not_survive_a_restart_and_nothing_is_created_without_it(
    fresh: World,
):
    fresh.said_in_secret.add("6173")
    form = await fresh.say(ELI, "create dect network Crash at Lyon")
    plan = await fresh.press(ELI, form, "Continue", access_code="6173")
    assert "never shown" in cards.facts(plan)["Access code"]
    await start_again_at_rest(fresh)

    async with fresh.nothing_changes():
        again = await fresh.press(ELI, plan, "Confirm")

    assert "This has changed since you saw it" in again["text"]
    assert cards.facts(again)["Access code"] == "one per user"


async def test_stopping_waits_for_running_work(fresh: World):
    plan = await fresh.say(TOM, "add phone D82E3EEF6206 8865 for bob@acme.example")
    await fresh.client.fault(method="POST", path="/devices", latency=1)
    pressed = await fresh.client.press(TOM, plan["id"], "Confirm")

    async def is_running() -> bool:
        return fresh.state(cards.code_of(plan)) == "running"

    await until(is_running, "the change was on its way")
    assert await fresh.stop() == 0

    messages = await fresh.client.messages(TOM, after=pressed["seq"])
    assert [
        message for message in messages if "now belongs to Bob Keller" in message.get("text", "")
    ]
    assert fresh.state(cards.code_of(plan)) == "done"


async def test_unanswered_messages_are_answered_after_the_next_start(fresh: World):
    await fresh.client.fault(method="GET", path="/messages/*", times=0, status=500)
    message = await fresh.client.say(VERA, "whoami")

    async def has_tried() -> bool:
        calls = await fresh.client.calls()
        return len([call for call in calls if call["status"] == 500]) >= 5

    await until(has_tried, "the bot tried for a while")
    await start_again(fresh)

    (answer,) = await fresh.answers(VERA, message["seq"])
    assert "Roles: viewer" in answer["text"]
