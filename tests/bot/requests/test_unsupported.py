"""What the government cloud lacks: a sentence comes first, and nothing is asked of Webex before."""

from collections.abc import AsyncIterator

import pytest

from bot.core.errors import NotFound
from bot.domain.unsupported import GAPS, Feature
from tests.bot.requests import fixtures as worlds
from tests.bot.requests.fixtures import ELI, NETWORK, RequestFixture, card, text_of
from tests.cards import rules

SENTENCE = GAPS[Feature.DECT].sentence
TYPED = {"name": "Hall", "location": "Lyon", "access_code": "8362"}


@pytest.fixture
async def world(tmp_path) -> AsyncIterator[RequestFixture]:
    async with worlds.world(tmp_path / "provbot.db", government=True) as made:
        yield made


def dect_calls(world: RequestFixture) -> set[str]:
    """The reads about DECT."""
    return {name for name in world.calling.asked if "dect" in name}


@pytest.mark.parametrize("inputs", [{}, TYPED, NETWORK])
async def test_the_sentence_comes_first_and_no_dect_call_is_made(world, inputs):
    shown = await world.ask("create dect network", inputs, ELI)
    assert rules.buttons(card(shown)) == ["Try anyway", "Cancel"]
    assert SENTENCE in text_of(shown)
    assert "Nothing was changed." in text_of(shown)
    assert world.calling.asked == []


async def test_try_anyway_opens_the_form_with_what_was_typed(world):
    shown = await world.ask("create dect network", TYPED, ELI)
    form = await world.press(shown, "try", ELI)
    content = card(form)
    assert rules.buttons(content) == ["Continue", "Cancel"]
    assert rules.field(content, "name")["value"] == "Hall"
    assert rules.field(content, "access_code")["placeholder"].startswith("Kept.")
    assert dect_calls(world) == set()

    wrong = await world.press(form, "continue anyway", ELI, inputs=NETWORK | {"name": "x" * 41})
    assert "1 to 40 characters" in text_of(wrong)
    plan = await world.press(wrong, "continue anyway", ELI, inputs=NETWORK)
    assert SENTENCE in text_of(plan)
    again = await world.press(plan, "change", ELI)
    plan = await world.press(again, "continue anyway", ELI, inputs=NETWORK)
    await world.press(plan, "confirm", ELI)
    await world.rest()
    assert dect_calls(world) == {"dect_networks"}
    assert world.calling.changes == 1
    assert plan.request
    assert await world.state(plan.request.code) == "done"


@pytest.mark.parametrize("kind", ["continue", "change", "open", "confirm"])
async def test_no_other_button_passes_the_sentence(world, kind):
    shown = await world.ask("create dect network", NETWORK, ELI)
    assert shown.request
    for _ in range(2):
        now = await world.row(shown.request.code)
        if kind == "confirm":
            answer = await world.type("confirm", now.code, ELI)
        else:
            answer = await world.press(now, kind, ELI, inputs=NETWORK)
        assert SENTENCE in text_of(answer)
    assert dect_calls(world) == set()


async def test_after_a_restart_the_sentence_comes_again_for_a_form_that_led_nowhere(world):
    shown = await world.ask("create dect network", TYPED, ELI)
    await world.press(shown, "try", ELI)
    world.restart()
    assert shown.request
    answer = await world.press(await world.row(shown.request.code), "open", ELI)
    assert SENTENCE in text_of(answer)
    assert dect_calls(world) == set()


async def test_elsewhere_the_form_comes_at_once(tmp_path):
    async with worlds.world(tmp_path / "provbot.db") as commercial:
        form = await commercial.ask("create dect network", TYPED, ELI)
        assert rules.buttons(card(form)) == ["Continue", "Cancel"]
        assert "Government" not in text_of(form)
        plan = await commercial.press(form, "continue", ELI, inputs=NETWORK)
        assert rules.buttons(card(plan)) == ["Confirm", "Change", "Cancel"]


async def test_what_the_cloud_has_needs_no_sentence(world):
    shown = await world.ask("add phone", worlds.PHONE)
    assert rules.buttons(card(shown)) == ["Confirm", "Change", "Cancel"]


@pytest.mark.parametrize(
    ("government", "reason", "buttons"),
    [
        (True, "Webex refused it (404): DECT is not available in Webex for Government.", []),
        (False, "Webex cannot find the person, device or location.", ["Try again"]),
    ],
)
async def test_a_404_says_what_the_cloud_lacks_and_offers_no_second_try(
    tmp_path, government, reason, buttons
):
    async with worlds.world(tmp_path / "provbot.db", government=government) as world:
        shown = await world.ask("create dect network", NETWORK, ELI)
        if government:
            form = await world.press(shown, "try", ELI)
            shown = await world.press(form, "continue anyway", ELI, inputs=NETWORK)
        world.calling.troubles = [NotFound(404, "No.")]
        await world.press(shown, "confirm", ELI)
        await world.rest()
        answer = world.messenger.standing[-1]
        assert reason in answer.text
        assert rules.buttons(answer.card or {}) == buttons
