"""What a person asked for: list, details, cancel; and the text_of for people who come too late."""

import asyncio
from typing import Any

import pytest

from bot.core.errors import Refused, WebexError
from bot.core.models.people import Grant, Role
from bot.requests.lifecycle import PLAN_LIFETIME, State
from bot.store import progress_messages
from tests.bot.requests.fixtures import (
    GROUP,
    NETWORK,
    PHONE,
    TESS,
    TOM,
    RequestFixture,
    card,
    text_of,
)
from tests.cards import rules


async def test_own_requests_are_listed_newest_first(world: RequestFixture):
    first = await world.ask("add phone", PHONE)
    world.clock.now += 300
    second = await world.ask("add phone", {"mac": "d82e3eef4e5c", "owner": "Bob"})
    await world.ask("add phone", {}, TESS)
    await world.press(first, "cancel")
    assert first.request
    assert second.request
    listed = await world.type("requests")
    assert text_of(listed).split("\n")[:5] == [
        "Your requests",
        f"{second.request.code} · form, not finished · just now",
        "add phone, D8:2E:3E:EF:4E:5C, Bob",
        f"{first.request.code} · cancelled · 5 min ago",
        "Add a Cisco 8865 for Ann Alder, D8:2E:3E:EF:4E:5C",
    ]
    assert rules.buttons(card(listed)) == [f"Open {second.request.code}"]
    assert rules.violations(card(listed)) == []


async def test_an_empty_list_of_requests_is_reported(world: RequestFixture):
    assert text_of(await world.type("requests")).startswith("No requests yet")


async def test_what_was_done_stays_listed_after_many_forms_that_led_nowhere(world: RequestFixture):
    code = await world.confirmed("add phone", PHONE)
    forms = [await world.ask("add phone", {}) for _ in range(10)]
    listed = text_of(await world.type("requests"))
    assert f"{code} · done · just now" in listed
    shown = [form for form in forms if form.request and form.request.code in listed]
    assert shown == forms[-2:]


async def test_a_button_of_the_list_opens_the_newest_card_again(world: RequestFixture):
    plan = await world.ask("add phone", PHONE)
    listed = card(await world.type("requests"))
    assert plan.request
    inputs = rules.button(listed, f"Open {plan.request.code}")
    again = await world.press(plan, inputs["press"], version=inputs["version"])
    assert rules.buttons(card(again)) == ["Confirm", "Change", "Cancel"]
    world.clock.now += PLAN_LIFETIME + 1
    fresh = await world.press(plan, "open")
    await world.press(fresh, "confirm")
    await world.rest()
    assert await world.state(plan.request.code) == "done"


async def test_a_card_of_another_space_is_listed_without_a_button(world: RequestFixture):
    plan = await world.ask("add phone", PHONE, place=GROUP)
    listed = await world.type("requests")
    assert plan.request
    assert plan.request.code in text_of(listed)
    assert rules.buttons(card(listed)) == []


async def test_a_plan_that_nobody_confirmed_is_listed_as_expired(world: RequestFixture):
    await world.ask("add phone", PHONE)
    assert "waits for your Confirm · just now" in text_of(await world.type("requests"))
    world.clock.now += PLAN_LIFETIME + 1
    listed = await world.type("requests")
    assert "expired · 15 min ago" in text_of(listed)
    assert rules.buttons(card(listed)) == []


async def test_a_request_is_shown_to_its_requester(world: RequestFixture):
    shown = await world.ask("add phone", PHONE)
    assert shown.request
    details = text_of(await world.type("request", shown.request.code.lower()))
    assert "State: draft" in details
    assert "MAC: D8:2E:3E:EF:4E:5C" in details
    world.clock.now += PLAN_LIFETIME + 1
    details = text_of(await world.type("request", shown.request.code))
    assert "State: draft, expired" in details
    with pytest.raises(Refused, match="somebody else's request"):
        await world.type("request", shown.request.code, TESS)


async def test_a_failed_request_shows_its_reason_and_tracking_id(world: RequestFixture):
    world.calling.troubles = [WebexError(400, "Owner Ann has too many.", "T-77")]
    code = await world.confirmed("add phone", PHONE)
    details = text_of(await world.type("request", code))
    row = await world.row(code)
    assert row.outcome
    assert f"Outcome: {row.outcome['title']}" in details
    assert "For support: Webex 400 · tracking id T-77" in details


@pytest.mark.parametrize("code", ["ZZZZ", "x" * 500])
async def test_an_unknown_code_is_reported(world: RequestFixture, code):
    with pytest.raises(Refused, match="There is no request") as caught:
        await world.type("request", code)
    assert len(str(caught.value)) < 100


async def test_cancel_by_code(world: RequestFixture):
    shown = await world.ask("add phone", PHONE)
    assert shown.request
    with pytest.raises(Refused, match="somebody else's request"):
        await world.type("cancel", shown.request.code, TESS)
    assert "is cancelled" in text_of(await world.type("cancel", shown.request.code))
    assert await world.state(shown.request.code) == "cancelled"


async def test_a_request_that_waits_for_its_turn_can_be_cancelled(world: RequestFixture):
    go_on, add_phone = asyncio.Event(), world.calling.add_phone

    async def slow(*args: Any, **wanted: Any) -> Any:
        await go_on.wait()
        return await add_phone(*args, **wanted)

    object.__setattr__(world.calling, "add_phone", slow)
    first = await world.ask("add phone", PHONE)
    second = await world.ask("add phone", PHONE | {"mac": "D82E3EEF4E5D"})
    assert second.request
    await world.press(first, "confirm")
    await world.press(second, "confirm")
    assert "is cancelled" in text_of(await world.type("cancel", second.request.code))
    go_on.set()
    await world.rest()
    assert await world.state(second.request.code) == "cancelled"
    assert world.calling.changes == 1
    assert [message for message in world.messenger.standing if message.text.startswith("⏳")] == []
    assert await world.store.call(progress_messages.posted) == []


async def test_cancel_without_a_code_means_the_only_open_one(world: RequestFixture):
    with pytest.raises(Refused, match="no open request"):
        await world.type("cancel")
    await world.ask("add phone", PHONE, TESS)
    first = await world.ask("add phone", PHONE)
    assert first.request
    assert first.request.code in text_of(await world.type("cancel"))


async def test_cancel_without_a_code_asks_which_of_several(world: RequestFixture):
    plan = await world.ask("add phone", PHONE)
    world.clock.now += 120
    form = await world.ask("activation code", {"owner": "Lobby"})
    assert plan.request
    assert form.request
    with pytest.raises(Refused, match="Which one") as caught:
        await world.type("cancel")
    assert str(caught.value) == (
        f"Which one? Type: cancel {plan.request.code} (Add a Cisco 8865 for Ann Alder, "
        f"D8:2E:3E:EF:4E:5C, 2 min ago) or cancel {form.request.code} (activation code, Lobby, "
        "just now)"
    )


async def test_only_some_of_many_open_requests_are_named(world: RequestFixture):
    for _ in range(7):
        await world.ask("add phone", {})
    with pytest.raises(Refused, match="There are 2 more"):
        await world.type("cancel")


async def test_a_single_request_that_is_not_named_is_counted(world: RequestFixture):
    for _ in range(6):
        await world.ask("add phone", {})
    with pytest.raises(Refused, match="There is 1 more"):
        await world.type("cancel")


async def test_cancel_without_a_code_ends_what_waits_for_approval(world: RequestFixture):
    await world.allow(Grant("ana@example.com", Role.APPROVER))
    waiting = await world.asked("create dect network", NETWORK)
    await world.type("stop")
    assert await world.state(waiting.code) == "cancelled"


async def test_a_done_request_cannot_be_cancelled(world: RequestFixture):
    code = await world.confirmed("add phone", PHONE)
    with pytest.raises(Refused, match="is done already"):
        await world.type("cancel", code)


async def test_the_second_of_two_simultaneous_moves_is_told_the_state(world: RequestFixture):
    shown = await world.ask("add phone", PHONE)
    assert shown.request
    before = shown.request
    await world.transitions.apply(before, State.CANCELLED, by=TOM)
    with pytest.raises(Refused, match=f"{before.code} was cancelled"):
        await world.transitions.apply(before, State.APPROVED, by=TOM)


async def test_only_one_of_many_simultaneous_presses_counts(world: RequestFixture):
    shown = await world.ask("add phone", PHONE)
    presses = [world.press(shown, "confirm") for _ in range(10)]
    answers = await asyncio.gather(*presses, return_exceptions=True)
    await world.rest()
    assert sum(isinstance(answer, Refused) for answer in answers) == 9
    assert world.calling.changes == 1


async def test_an_impossible_step_is_refused_with_a_sentence(world: RequestFixture):
    shown = await world.ask("add phone", PHONE)
    assert shown.request
    with pytest.raises(Refused, match="is still open"):
        await world.transitions.apply(shown.request, State.DONE, by=TOM)
    assert await world.state(shown.request.code) == "draft"
