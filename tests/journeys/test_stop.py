"""Stop: a swap that runs shows its steps with a button; what has not begun then never does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.journeys import cards
from tests.journeys.gates import held
from tests.journeys.test_swap import placed, planned
from tests.journeys.world import ADA, ELI, TOM, Json, World, is_limiting, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def running_card(world: World, plan: Json, person: str = TOM) -> Json:
    """What is shown while the request of this plan runs."""

    async def shown() -> Json | None:
        messages = await world.client.messages(person, room=plan["roomId"])
        return next((each for each in messages if each["text"].startswith("⏳ Replace")), None)

    card: Json = await until(shown, "the running card was shown")
    return card


@asynccontextmanager
async def being_removed(world: World, old: str, new: str) -> AsyncIterator[tuple[Json, Json]]:
    """The plan of a swap, and its running card; inside, the first step does not end."""
    plan = await planned(world, await placed(world, old, "bob@acme.example", "lobby"), new)
    async with held(world, "DELETE", "/devices/*") as removal:
        await world.client.press(TOM, plan["id"], "Confirm")
        card = await running_card(world, plan)
        await removal.reached()
        yield plan, card


async def was_refused(world: World, after: int) -> bool:
    """Whether Webex's rate limit refused a call since then."""
    return any(call["status"] == 429 for call in await world.client.calls(after))


async def test_stop_lets_the_step_end_that_is_being_sent_and_begins_no_other(world: World):
    async with being_removed(world, "D82E3EEF8101", "D82E3EEF8102") as (plan, card):
        assert cards.buttons(card) == ["Stop"]
        assert "1. Delete the Cisco 8845 of Bob Keller" in card["text"]
        assert "3. Put the tag lobby on it" in card["text"]
        seq = await world.client.seq()

        answer = await world.press(TOM, card, "Stop")

    assert f"Stopping {cards.code_of(plan)}: 0 of 3 steps are done" in answer["text"]
    told = await world.answer(TOM, answer["seq"])
    assert told["text"].startswith("Stopped: Replace the Cisco 8845 of Bob Keller")
    assert "1 of 3 done: Delete the Cisco 8845 of Bob Keller." in told["text"]
    assert "Not begun: Add a Cisco 8865 for Bob Keller; Put the tag lobby on it." in told["text"]
    assert "Nothing was changed" not in told["text"]
    assert world.state(cards.code_of(plan)) == "cancelled"
    assert [call["method"] for call in await world.changes(seq)] == ["DELETE"]
    assert await world.devices("D82E3EEF8102") == []
    await world.gone(TOM, card)


async def test_stop_is_typed_with_a_code_or_without(world: World):
    async with being_removed(world, "D82E3EEF8103", "D82E3EEF8104") as (plan, _):
        answer = await world.say(TOM, "stop that swap")

    assert f"Stopping {cards.code_of(plan)}" in answer["text"]
    told = await world.answer(TOM, answer["seq"])
    assert told["text"].startswith("Stopped: ")
    again = await world.say(TOM, f"stop {cards.code_of(plan)}")
    assert "was stopped by Tom Berger" in again["text"]
    bare = await world.say(TOM, "stop")
    assert bare["text"].endswith("To stop another request, type: stop CODE")
    assert bare["text"].lower().count("stopped by") == 1


@pytest.mark.parametrize(("verb", "mac"), [("cancel", "D82E3EEF8121"), ("stop", "D82E3EEF8122")])
async def test_a_change_of_one_step_that_is_being_sent_is_not_said_to_be_cancelled(
    world: World, verb: str, mac: str
):
    plan = await world.say(TOM, f"add phone {mac} 8865 for bob@acme.example")
    code = cards.code_of(plan)
    async with held(world, "POST", "/devices") as addition:
        await world.client.press(TOM, plan["id"], "Confirm")
        await addition.reached()
        answer = await world.say(TOM, f"{verb} {code}")
        without_code = await world.say(TOM, verb)

    assert answer["text"].startswith(f"{code} is already confirmed and running.")
    assert without_code["text"] == answer["text"]
    result = await world.answer(TOM, without_code["seq"])
    assert "now belongs to Bob Keller" in result["text"]
    assert world.state(code) == "done"


@pytest.mark.parametrize(("verb", "mac"), [("cancel", "D82E3EEF8123"), ("stop", "D82E3EEF8124")])
async def test_without_a_code_a_change_of_one_step_that_waits_for_the_rate_limit_is_named(
    world: World, verb: str, mac: str
):
    plan = await world.say(TOM, f"add phone {mac} 8865 for bob@acme.example")
    fault = await world.client.fault(
        method="POST", path="/devices", status=429, headers={"Retry-After": "2"}, times=0
    )
    seq = await world.client.seq()
    await world.client.press(TOM, plan["id"], "Confirm")
    await until(lambda: was_refused(world, seq), "Webex refused the change")

    answer = await world.say(TOM, verb)
    await world.client.end_fault(fault)

    assert answer["text"].startswith(f"{cards.code_of(plan)} is already confirmed and running.")
    result = await world.answer(TOM, answer["seq"])
    assert "now belongs to Bob Keller" in result["text"]


async def test_an_admin_may_stop_it_and_a_colleague_may_not(world: World):
    async with being_removed(world, "D82E3EEF8105", "D82E3EEF8106") as (plan, _):
        code = cards.code_of(plan)
        refused = await world.say(ELI, f"stop {code}")
        stopped = await world.say(ADA, f"stop {code}")

    assert "Only the person who asked for it or an admin can stop" in refused["text"]
    assert f"Stopping {code}" in stopped["text"]
    told = await world.answer(ADA, stopped["seq"])
    assert told["text"].startswith(f"{code} is stopped (1 of 3 done): Replace the Cisco 8845")
    await world.at_rest()
    assert world.state(code) == "cancelled"


async def test_the_requester_hears_that_an_admin_stopped_what_had_not_begun(world: World):
    phone = await placed(world, "D82E3EEF8109", "bob@acme.example", "lobby")
    first = await planned(world, phone, "D82E3EEF810A")
    waiting = await planned(world, phone, "D82E3EEF810B")
    code = cards.code_of(waiting)

    async def is_confirmed() -> bool:
        return world.state(code) == "approved"

    async with held(world, "DELETE", "/devices/*") as removal:
        await world.client.press(TOM, first["id"], "Confirm")
        await removal.reached()
        await world.client.press(TOM, waiting["id"], "Confirm")
        await until(is_confirmed, "the second swap of the same person waits for its turn")
        stopped = await world.say(ADA, f"stop {code}")

    assert stopped["text"] == f"{code} is stopped. Nothing was changed."

    async def told() -> Json | None:
        messages = await world.client.messages(TOM, room=waiting["roomId"])
        start = f"{code} was stopped by {ADA}"
        return next((each for each in messages if each["text"].startswith(start)), None)

    message: Json = await until(told, "the requester was told")
    assert message["text"].endswith("Put the tag lobby on it. Nothing was changed.")
    await world.at_rest()
    await world.gone(TOM, waiting)
    assert world.state(cards.code_of(first)) == "done"
    assert await world.devices("D82E3EEF810B") == []


async def test_stop_withdraws_a_change_that_waits_for_the_rate_limit(world: World):
    plan = await planned(
        world, await placed(world, "D82E3EEF8107", "bob@acme.example", "lobby"), "D82E3EEF8108"
    )
    seq = await world.client.seq()
    fault = await world.client.fault(
        method="DELETE", path="/devices/*", what="too_many_requests", retryAfter=600, times=0
    )
    await world.client.press(TOM, plan["id"], "Confirm")
    card = await running_card(world, plan)
    await world.answer(TOM, seq, where=is_limiting)
    answer = await world.press(TOM, card, "Stop")
    told = await world.answer(TOM, answer["seq"])
    await world.client.end_fault(fault)

    assert "It was stopped while it waited for Webex's rate limit" in told["text"]
    assert "Nothing was changed" in told["text"]
    assert len(await world.devices("D82E3EEF8107")) == 1
    assert [call["status"] for call in await world.changes(seq)] == [429]
