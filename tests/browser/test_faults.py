"""The drawer "Make it hard": faults are switched on while the bot copes."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.page_driver import DESKTOP, PHONE, TIMEOUT_MS, Screen
from tests.journeys.world import TOM, until

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest_asyncio.fixture(autouse=True, loop_scope="package")
async def reset_faults(screen: Screen) -> AsyncIterator[None]:
    """Switch off the faults of a test before the next one."""
    yield
    await screen.world.client.clear_faults()
    await screen.world.at_rest()


async def enable_fault(screen: Screen, title: str) -> None:
    """Switch on one fault; the bar shows that it is on."""
    drawer = await screen.make_it_hard()
    await drawer.get_by_role("switch", name=title).click()
    await expect(drawer.get_by_role("switch", name=title)).to_be_checked()
    await drawer.get_by_role("button", name="Close").click()
    await expect(
        screen.page.get_by_role("button", name=re.compile(r"Make it hard\s*, 1 on"))
    ).to_be_visible()


async def disable_faults(screen: Screen) -> None:
    """Switch off all faults."""
    drawer = await screen.make_it_hard()
    await drawer.get_by_role("button", name="Switch all off").click()
    await expect(drawer.get_by_role("switch", checked=True)).to_have_count(0)
    await drawer.get_by_role("button", name="Close").click()


async def test_the_bot_waits_for_a_slow_webex(screen: Screen):
    await screen.open("tom/provbot" if screen.size.touch else "tess/provbot")
    await enable_fault(screen, "Slow API")
    side = screen.side()

    await side.say("whoami")
    await expect(side.region.get_by_text("Provbot is working")).to_be_visible()
    await side.sees("Roles", 2 * TIMEOUT_MS)
    await screen.make_it_hard()
    await screen.picture("make-it-hard", PHONE)


async def test_after_an_outage_the_question_is_answered(screen: Screen):
    await screen.open("vera/provbot" if screen.size.touch else "ana/provbot")
    side = screen.side()
    await enable_fault(screen, "Outage")

    await side.say("whoami")
    await disable_faults(screen)
    await side.sees("Roles", 3 * TIMEOUT_MS)  # the bot's delays grow from attempt to attempt


async def test_a_lost_answer_makes_no_second_phone(screen: Screen):
    address = f"D82E3EEF07{screen.size.width % 100:02d}"
    owner = "lena" if screen.size.touch else "zoe"
    await screen.open("eli/provbot")
    await enable_fault(screen, "Lost answers")
    eli = screen.side("Eli Novak")

    await eli.say(f"add phone {address} 8845 for {owner}@acme.example")
    details = ":".join(address[i : i + 2] for i in range(0, 12, 2))
    await eli.press("Confirm", details)
    await eli.sees(f"{details} now belongs to")
    await screen.make_it_hard()
    await screen.picture("make-it-hard", DESKTOP)

    assert len(await screen.world.devices(address)) == 1


async def test_duplicate_events_are_answered_once(screen: Screen):
    client = screen.world.client
    await screen.open("tom/provbot")
    await enable_fault(screen, "Duplicate events")
    before = len(await client.messages(TOM))

    await screen.side("Tom Berger").say("whoami")

    async def is_answered() -> bool:
        return len(await client.messages(TOM)) > before + 1

    await until(is_answered, "there was an answer")
    await screen.world.at_rest()
    assert len(await client.messages(TOM)) == before + 2
