"""`retry CODE`: the rows of a list that were not done are checked again, with a plan first."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.errors import Forbidden, Refused
from bot.requests.interaction import Reply
from tests.bot.requests import fixtures as worlds
from tests.bot.requests.fixtures import ADA, ELI, PHONE, RequestFixture, text_of
from tests.example_org import FREE_MAC

LINES = f"{FREE_MAC} 8865 ann@example.com\nD82E3EEF4E5D 8865 bob@example.com"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[RequestFixture]:
    """With everybody on the list."""
    async with worlds.world(tmp_path / "provbot.db") as made:
        yield made


async def half_done(world: RequestFixture) -> str:
    """The code of a list of which Webex refused one row."""
    world.calling.troubles.append(Forbidden(403, "No licence.", "T-77"))
    shown = await world.ask("add phones", {"rows": LINES}, ELI)
    assert shown.request is not None
    await world.press(shown, "confirm", ELI)
    await world.rest()
    return shown.request.code


def code_of(shown: Reply) -> str:
    assert shown.request is not None
    return shown.request.code


async def test_it_does_what_the_button_does(world: RequestFixture):
    code = await half_done(world)
    shown = await world.type("retry", code, ELI)
    assert text_of(shown).startswith("Add 1 phone\n")
    assert f"These are the rows that {code} did not do" in text_of(shown)
    pressed = await world.press(await world.row(code), "retry", ELI)
    assert code_of(pressed) == code_of(shown)


async def test_without_a_code_it_means_the_last_list(world: RequestFixture):
    with pytest.raises(Refused, match="You have no list yet"):
        await world.type("retry", "", ELI)
    code = await half_done(world)
    assert f"the rows that {code} did not do" in text_of(await world.type("retry", "", ELI))


async def test_nobody_else_can_type_it(world: RequestFixture):
    code = await half_done(world)
    with pytest.raises(Refused, match="can repeat request"):
        await world.type("retry", code, ADA)


async def test_a_request_that_has_not_ended_says_so(world: RequestFixture):
    shown = await world.ask("add phones", {"rows": LINES}, ELI)
    with pytest.raises(Refused):
        await world.type("retry", code_of(shown), ELI)


async def test_a_single_phone_that_failed_is_asked_for_again(world: RequestFixture):
    world.calling.troubles.append(Forbidden(403, "No licence.", "T-77"))
    plan = await world.ask("add phone", PHONE, ELI)
    await world.press(plan, "confirm", ELI)
    await world.rest()
    again = await world.type("retry", code_of(plan), ELI)
    assert code_of(again) != code_of(plan)
    assert text_of(again).splitlines()[0] == text_of(plan).splitlines()[0]


async def test_what_is_done_is_not_asked_for_again(world: RequestFixture):
    plan = await world.ask("add phone", PHONE, ELI)
    await world.press(plan, "confirm", ELI)
    await world.rest()
    with pytest.raises(Refused, match="has no rows that could be tried again"):
        await world.type("retry", code_of(plan), ELI)
