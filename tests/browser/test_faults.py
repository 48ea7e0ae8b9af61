"""The drawer "Make it hard": one switches trouble on, and watches the bot cope."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.screen import DESKTOP, PATIENCE, PHONE, Screen
from tests.journeys.world import TOM, until

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest_asyncio.fixture(autouse=True, loop_scope="package")
async def easy_again(screen: Screen) -> AsyncIterator[None]:
    """Whatever a test made hard is easy for the next one."""
    yield
    await screen.world.client.clear_faults()
    await screen.world.at_rest()


async def turn_on(screen: Screen, title: str) -> None:
    """Switch one kind of trouble on; the bar says that it is."""
    drawer = await screen.make_it_hard()
    await drawer.get_by_role("switch", name=title).click()
    await expect(drawer.get_by_role("switch", name=title)).to_be_checked(timeout=PATIENCE)
    await drawer.get_by_role("button", name="Close").click()
    await expect(
        screen.page.get_by_role("button", name=re.compile(r"Make it hard\s*, 1 on"))
    ).to_be_visible()


async def make_easy(screen: Screen) -> None:
    """Switch all trouble off."""
    drawer = await screen.make_it_hard()
    await drawer.get_by_role("button", name="All easy again").click()
    await expect(drawer.get_by_role("switch", checked=True)).to_have_count(0, timeout=PATIENCE)
    await drawer.get_by_role("button", name="Close").click()


async def test_a_slow_webex_is_waited_for(screen: Screen):
    await screen.open("tom/provbot" if screen.size.touch else "tess/provbot")
    await turn_on(screen, "Slow API")
    side = screen.side()

    await side.say("whoami")
    await expect(side.region.get_by_text("Provbot is working")).to_be_visible()
    await side.sees("Roles", 2 * PATIENCE)
    await screen.make_it_hard()
    await screen.picture("make-it-hard", PHONE)


async def test_after_an_outage_the_question_is_answered(screen: Screen):
    await screen.open("vera/provbot" if screen.size.touch else "ana/provbot")
    side = screen.side()
    await turn_on(screen, "Outage")

    await side.say("whoami")
    await make_easy(screen)
    await side.sees("Roles", 3 * PATIENCE)  # the bot waits longer from one attempt to the next


async def test_a_lost_answer_makes_no_second_phone(screen: Screen):
    address = f"D82E3EEF07{screen.size.width % 100:02d}"
    owner = "lena" if screen.size.touch else "zoe"
    await screen.open("eli/provbot")
    await turn_on(screen, "Lost answers")
    eli = screen.side("Eli Novak")

    await eli.say(f"add phone {address} 8845 for {owner}@acme.example")
    shown = ":".join(address[i : i + 2] for i in range(0, 12, 2))
    await eli.press("Confirm", shown)
    await eli.sees(f"{shown} now belongs to")
    await screen.make_it_hard()
    await screen.picture("make-it-hard", DESKTOP)

    assert len(await screen.world.devices(address)) == 1


async def test_what_is_told_twice_is_answered_once(screen: Screen):
    client = screen.world.client
    await screen.open("tom/provbot")
    await turn_on(screen, "Duplicate events")
    before = len(await client.messages(TOM))

    await screen.side("Tom Berger").say("whoami")

    async def is_answered() -> bool:
        return len(await client.messages(TOM)) > before + 1

    await until(is_answered, "there was an answer")
    await screen.world.at_rest()
    assert len(await client.messages(TOM)) == before + 2
