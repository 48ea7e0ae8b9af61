"""What a person asked for: list, details, cancel; and the words for whoever comes too late."""

import asyncio
from typing import Any

import pytest

from bot.errors import Refused, WebexError
from bot.requests.lifecycle import State
from bot.store import lines
from tests.bot.requests.world import PHONE, TESS, TOM, World, card, words
from tests.cards import rules


async def test_the_own_requests_are_listed_newest_first(world: World):
    first = await world.ask("add phone", PHONE)
    second = await world.ask("add phone", {})
    await world.ask("add phone", {}, TESS)
    await world.press(first, "cancel")
    assert first.request
    assert second.request
    listed = await world.desk.listing(TOM)
    assert words(listed).split("\n")[:5] == [
        "Your requests",
        f"{second.request.code} · draft", "add phone",
        f"{first.request.code} · cancelled", "Add a Cisco 8865 for Ann Alder",
    ]  # fmt: skip
    assert rules.violations(card(listed)) == []


async def test_no_requests_is_said(world: World):
    assert words(await world.desk.listing(TOM)).startswith("No requests yet")


async def test_one_request_is_shown_to_whose_it_is(world: World):
    shown = await world.ask("add phone", PHONE)
    assert shown.request
    details = words(await world.desk.details(shown.request.code.lower(), TOM))
    assert "State: draft" in details
    assert "MAC: D8:2E:3E:EF:4E:5C" in details
    with pytest.raises(Refused, match="somebody else's request"):
        await world.desk.details(shown.request.code, TESS)


async def test_one_that_failed_says_why_and_what_support_asks_for(world: World):
    world.calling.troubles = [WebexError(400, "Owner Ann has too many.", "T-77")]
    code = await world.confirmed("add phone", PHONE)
    details = words(await world.desk.details(code, TOM))
    row = await world.row(code)
    assert row.outcome
    assert f"Outcome: {row.outcome['title']}" in details
    assert "For support: Webex 400 · tracking id T-77" in details


@pytest.mark.parametrize("code", ["ZZZZ", "", "x" * 500])
async def test_a_code_nobody_has_is_said(world: World, code):
    with pytest.raises(Refused, match="I know no request") as caught:
        await world.desk.details(code, TOM)
    assert len(str(caught.value)) < 100


async def test_cancel_by_code(world: World):
    shown = await world.ask("add phone", PHONE)
    assert shown.request
    with pytest.raises(Refused, match="somebody else's request"):
        await world.desk.cancel(shown.request.code, TESS)
    assert "is cancelled" in words(await world.desk.cancel(shown.request.code, TOM))
    assert await world.state(shown.request.code) == "cancelled"


async def test_what_waits_for_its_turn_can_be_cancelled_and_its_line_goes(world: World):
    go_on, add_phone = asyncio.Event(), world.calling.add_phone

    async def slow(*args: Any, **given: Any) -> Any:
        await go_on.wait()
        return await add_phone(*args, **given)

    object.__setattr__(world.calling, "add_phone", slow)
    first = await world.ask("add phone", PHONE)
    second = await world.ask("add phone", PHONE | {"mac": "D82E3EEF4E5D"})
    assert second.request
    await world.press(first, "confirm")
    await world.press(second, "confirm")
    assert "is cancelled" in words(await world.desk.cancel(second.request.code, TOM))
    go_on.set()
    await world.rest()
    assert await world.state(second.request.code) == "cancelled"
    assert world.calling.changes == 1
    assert [one for one in world.messenger.standing if one.words.startswith("⏳")] == []
    assert await world.store.call(lines.standing) == []


async def test_cancel_without_a_code_means_the_only_open_one(world: World):
    with pytest.raises(Refused, match="nothing open"):
        await world.desk.cancel("", TOM)
    await world.ask("add phone", PHONE, TESS)
    first = await world.ask("add phone", PHONE)
    assert first.request
    assert first.request.code in words(await world.desk.cancel("", TOM))


async def test_cancel_without_a_code_asks_which_of_several(world: World):
    one = await world.ask("add phone", PHONE)
    other = await world.ask("add phone", PHONE)
    assert one.request
    assert other.request
    with pytest.raises(Refused, match="Which one") as caught:
        await world.desk.cancel("", TOM)
    assert one.request.code in str(caught.value)
    assert other.request.code in str(caught.value)


async def test_what_is_done_cannot_be_cancelled(world: World):
    code = await world.confirmed("add phone", PHONE)
    with pytest.raises(Refused, match="is done already"):
        await world.desk.cancel(code, TOM)


async def test_the_second_of_two_who_move_a_request_hears_where_it_is(world: World):
    shown = await world.ask("add phone", PHONE)
    assert shown.request
    before = shown.request
    await world.ledger.move(before, State.CANCELLED, by=TOM)
    with pytest.raises(Refused, match=f"{before.code} was cancelled"):
        await world.ledger.move(before, State.APPROVED, by=TOM)


async def test_of_many_presses_at_the_same_instant_one_counts(world: World):
    shown = await world.ask("add phone", PHONE)
    presses = [world.press(shown, "confirm") for _ in range(10)]
    answers = await asyncio.gather(*presses, return_exceptions=True)
    await world.rest()
    assert sum(isinstance(answer, Refused) for answer in answers) == 9
    assert world.calling.changes == 1


async def test_a_step_that_is_not_in_the_table_is_refused_in_words(world: World):
    shown = await world.ask("add phone", PHONE)
    assert shown.request
    with pytest.raises(Refused, match="is still open"):
        await world.ledger.move(shown.request, State.DONE, by=TOM)
    assert await world.state(shown.request.code) == "draft"
