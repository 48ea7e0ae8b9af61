"""What a person asked for: list, details, cancel; and the text_of for people who come too late."""

import asyncio
from typing import Any

import pytest

from bot.core.errors import Refused, WebexError
from bot.core.models.local_time import utc
from bot.core.models.people import Grant, Role
from bot.requests import listings
from bot.requests.lifecycle import PLAN_LIFETIME, State
from bot.store import progress_messages
from cards import render
from tests.bot.requests.fixtures import (
    ADA,
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


async def test_what_was_confirmed_is_listed_before_the_drafts(world: RequestFixture):
    done = await world.confirmed("add phone", PHONE)
    world.clock.now += 300
    form = await world.ask("add phone", {"mac": "d82e3eef4e5d", "owner": "Bob"})
    await world.ask("add phone", {}, TESS)
    plan = await world.ask("add phone", PHONE | {"mac": "D82E3EEF4E5E"})
    await world.press(plan, "cancel")
    assert form.request
    assert plan.request
    listed = await world.type("requests")
    assert text_of(listed).split("\n")[:8] == [
        "Your requests",
        f"{done} · done · 5 min ago",
        "Add a Cisco 8865 for Ann Alder, D8:2E:3E:EF:4E:5C",
        "Not confirmed",
        f"{plan.request.code} · cancelled · just now",
        "Add a Cisco 8865 for Ann Alder, D8:2E:3E:EF:4E:5E",
        f"{form.request.code} · form, not finished · just now",
        "add phone, D8:2E:3E:EF:4E:5D, Bob",
    ]
    assert rules.buttons(card(listed)) == [
        f"Open {form.request.code}", f"Show {plan.request.code}", f"Show {done}",
    ]  # fmt: skip
    assert rules.violations(card(listed)) == []


async def test_a_long_list_has_pages_and_says_how_much_is_hidden(world: RequestFixture):
    macs = [f"D82E3EEF4E{number:02}" for number in range(16)]
    codes = [await world.confirmed("add phone", PHONE | {"mac": mac}) for mac in macs]
    first = await world.type("requests")
    assert "1 to 7 of 16. 9 more." in text_of(first)
    assert rules.button(card(first), "More") == {"say": "requests page 2"}
    await world.ask("add phone", {})
    assert "Not confirmed" in text_of(await world.type("requests"))
    last = await world.type("requests", listing="page 3")
    assert "Not confirmed" not in text_of(last)
    shown = [code for code in codes if code in text_of(last)]
    assert (shown, "15 to 16 of 16." in text_of(last)) == (codes[:2], True)
    assert "More" not in rules.buttons(card(last))
    assert text_of(await world.type("requests", listing="page 9")) == text_of(last)


async def test_drafts_have_a_list_of_their_own(world: RequestFixture):
    await world.confirmed("add phone", PHONE)
    forms = [await world.ask("add phone", {}) for _ in range(10)]
    listed = await world.type("requests")
    assert "To see all 10, type: drafts" in text_of(listed)
    assert rules.button(card(listed), "Drafts") == {"say": "drafts"}
    drafts = await world.type("drafts")
    assert "1 to 7 of 10. 3 more." in text_of(drafts)
    assert rules.button(card(drafts), "More") == {"say": "drafts page 2"}
    codes = [form.request.code for form in forms if form.request]
    rest = text_of(await world.type("drafts", listing="page 2"))
    assert [code for code in codes if code in rest] == codes[:3]
    assert text_of(await world.type("drafts", sender=TESS)).startswith("No drafts")


async def test_the_requests_that_wait_for_an_approver_have_pages(world: RequestFixture):
    await world.allow(Grant("ana@example.com", Role.APPROVER))
    waiting = [
        await world.asked("create dect network", NETWORK | {"name": f"Hall {number}"})
        for number in range(10)
    ]
    first = listings.waiting_list(waiting, utc(0.0))
    text = render.to_text(first)
    assert "1 to 8 of 10. 2 more." in text
    assert text.endswith("Or type: approvals page 2")
    rest = render.to_text(listings.waiting_list(waiting, utc(0.0), 2))
    assert [each.code for each in waiting if each.code in rest] == [
        each.code for each in waiting[8:]
    ]


async def test_a_code_behind_requests_shows_that_request(world: RequestFixture):
    code = await world.confirmed("add phone", PHONE)
    assert "State: done" in text_of(await world.type("requests", code))


async def test_an_empty_list_of_requests_is_reported(world: RequestFixture):
    assert text_of(await world.type("requests")).startswith("No requests yet")


async def test_what_was_done_stays_listed_after_many_forms_that_led_nowhere(world: RequestFixture):
    code = await world.confirmed("add phone", PHONE)
    forms = [await world.ask("add phone", {}) for _ in range(10)]
    listed = text_of(await world.type("requests"))
    assert f"{code} · done · just now" in listed
    shown = [form for form in forms if form.request and form.request.code in listed]
    assert shown == forms[-3:]


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
    assert "State: expired" in details
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
    with pytest.raises(Refused, match="Only the person who asked for it can cancel"):
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
    assert text_of(await world.type("cancel")) == (
        f"{first.request.code} (Add a Cisco 8865 for Ann Alder, D8:2E:3E:EF:4E:5C) is cancelled. "
        "Nothing was changed."
    )


async def being_sent(world: RequestFixture, mac: str = PHONE["mac"]) -> str:
    """The code of a request of one step whose change has no answer yet, or waits for its turn."""
    world.calling.gate.clear()
    shown = await world.ask("add phone", PHONE | {"mac": mac})
    assert shown.request
    await world.press(shown, "confirm")
    while not world.calling.changes:  # noqa: ASYNC110 - until the first was sent
        await asyncio.sleep(0)
    return shown.request.code


@pytest.mark.parametrize("verb", ["cancel", "stop"])
async def test_without_a_code_the_only_request_that_runs_is_meant(world: RequestFixture, verb: str):
    code = await being_sent(world)

    with pytest.raises(Refused) as refusal:
        await world.type(verb)

    assert str(refusal.value).startswith(f"{code} is already confirmed and running.")
    with pytest.raises(Refused) as by_code:
        await world.type(verb, code)
    assert str(by_code.value) == str(refusal.value)
    with pytest.raises(Refused, match="no open request"):  # it was written before
        await world.type(verb, waited=60.0)
    world.calling.gate.set()
    await world.rest()
    assert await world.state(code) == "done"
    with pytest.raises(Refused, match="no open request"):
        await world.type(verb)


async def test_without_a_code_one_of_several_that_run_is_asked_for(world: RequestFixture):
    first, second = await being_sent(world), await being_sent(world, "D82E3EEF4E5D")

    with pytest.raises(Refused) as refusal:
        await world.type("cancel")

    assert str(refusal.value).startswith(f"Which one? Type: cancel {second} (Add a Cisco 8865")
    assert f"or cancel {first} (" in str(refusal.value)
    assert "is cancelled" in text_of(await world.type("cancel", second))
    world.calling.gate.set()
    await world.rest()
    assert [await world.state(code) for code in (first, second)] == ["done", "cancelled"]


async def test_cancel_without_a_code_means_the_newest_and_names_the_others(world: RequestFixture):
    plan = await world.ask("add phone", PHONE)
    world.clock.now += 120
    form = await world.ask("activation code", {"owner": "Lobby"})
    assert plan.request
    assert form.request
    assert text_of(await world.type("cancel")) == (
        f"{form.request.code} (activation code, Lobby) is cancelled. Nothing was changed. Still "
        f"open: {plan.request.code} (Add a Cisco 8865 for Ann Alder, D8:2E:3E:EF:4E:5C, 2 min "
        f"ago). To cancel, type: cancel {plan.request.code}"
    )
    assert await world.state(form.request.code) == "cancelled"
    assert await world.state(plan.request.code) == "draft"


async def test_a_plan_that_was_made_last_is_the_newest(world: RequestFixture):
    changed = await world.ask("add phone", {"mac": PHONE["mac"], "model": PHONE["model"]})
    world.clock.now += 60
    later = await world.ask("activation code", {"owner": "Lobby"})
    world.clock.now += 60
    await world.press(changed, "continue", inputs=PHONE)
    world.clock.now += 60
    await world.type("cancel")
    assert changed.request
    assert later.request
    assert await world.state(changed.request.code) == "cancelled"
    assert await world.state(later.request.code) == "draft"


async def test_cancel_that_is_handled_again_after_a_crash_cancels_no_other(world: RequestFixture):
    plan = await world.ask("add phone", PHONE)
    world.clock.now += 1
    form = await world.ask("add phone", {})
    world.clock.now += 5
    await world.type("cancel")
    world.clock.now += 60
    again = await world.type("cancel", waited=60.0)
    assert plan.request
    assert form.request
    assert text_of(again).startswith(f"{form.request.code} (add phone) is cancelled.")
    assert await world.state(plan.request.code) == "draft"
    world.clock.now += 1
    await world.type("cancel")
    assert await world.state(plan.request.code) == "cancelled"


async def test_drafts_are_cancelled_before_what_waits_for_approval(world: RequestFixture):
    await world.allow(Grant("ana@example.com", Role.APPROVER))
    form = await world.ask("add phone", {})
    waiting = await world.asked("create dect network", NETWORK)
    answer = text_of(await world.type("cancel"))
    assert form.request
    assert await world.state(form.request.code) == "cancelled"
    assert f"Still open: {waiting.code}" in answer
    assert await world.state(waiting.code) == "waiting"


async def test_only_some_of_many_open_requests_are_named(world: RequestFixture):
    for _ in range(8):
        await world.ask("add phone", {})
    told = text_of(await world.type("cancel"))
    assert told.endswith("and 4 more. To cancel, type: cancel CODE")
    assert told.count("add phone") == 1 + listings.MAX_STILL_OPEN


async def test_cancel_without_a_code_ends_what_waits_for_approval(world: RequestFixture):
    await world.allow(Grant("ana@example.com", Role.APPROVER))
    waiting = await world.asked("create dect network", NETWORK)
    await world.type("stop")
    assert await world.state(waiting.code) == "cancelled"


async def test_a_done_request_cannot_be_cancelled(world: RequestFixture):
    code = await world.confirmed("add phone", PHONE)
    with pytest.raises(Refused) as refused:
        await world.type("cancel", code)
    assert str(refused.value) == (
        f"{code} is already done; it cannot be cancelled. To take it back, type: undo {code}"
    )
    with pytest.raises(Refused, match="Only the person who asked for it can cancel"):
        await world.type("cancel", code, TESS)


async def test_what_has_no_undo_is_not_offered_one_instead_of_cancel(world: RequestFixture):
    code = await world.confirmed("activation code", {"model": "8865", "owner": "Lobby"})
    with pytest.raises(Refused, match=r"cannot be cancelled\.$"):
        await world.type("cancel", code)


async def test_a_request_that_was_undone_says_by_which(world: RequestFixture):
    code = await world.confirmed("add phone", PHONE, ADA)
    undo = await world.type("undo", code, ADA)
    assert f"{code} · done · just now" in text_of(await world.type("requests", sender=ADA))
    await world.press(undo, "confirm", ADA)
    await world.rest()
    assert undo.request
    listed = text_of(await world.type("requests", sender=ADA))
    assert f"{code} · done, undone by {undo.request.code} · just now" in listed


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
