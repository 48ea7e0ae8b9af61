"""The page is accessible: axe finds nothing, light and dark, large and small, in every view."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Browser, expect

from tests.browser.page_driver import ROOT, Screen, Size, window
from tests.journeys.world import World

pytestmark = pytest.mark.asyncio(loop_scope="package")

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# Elements in transition do not have their final colours yet.
RUN = """async options => {
  await Promise.allSettled(document.getAnimations().filter(
    one => one.effect.getComputedTiming().endTime < Infinity).map(one => one.finished));
  const {violations} = await axe.run(document, {resultTypes: ['violations'], ...options});
  return violations.map(one =>
    `${one.id}: ${one.help}: ` + one.nodes.map(node => node.target.join(' ')).join(', '));
}"""


async def a_conversation(screen: Screen) -> None:
    await screen.open("tom/provbot")
    await screen.side("Tom Berger").say("add phone")
    await screen.side("Tom Berger").sees("Continue")


async def the_lists(screen: Screen) -> None:
    await screen.open("tom/provbot")
    if screen.size.touch:
        await screen.page.get_by_role("button", name="Back to people and spaces").click()


async def two_people(screen: Screen) -> None:
    await screen.open("tom/provbot+ana/provbot")
    await screen.turn_to("Ana Costa")


async def the_drawer(screen: Screen) -> None:
    await screen.open("tom/provbot")
    await screen.make_it_hard()


async def the_organization(screen: Screen) -> None:
    await screen.open("tom/provbot")
    await screen.behind("Organization")


async def the_calls(screen: Screen) -> None:
    await screen.open("tom/provbot")
    await screen.behind("API calls")


async def the_phones(screen: Screen) -> None:
    await screen.open("tom/provbot")
    await screen.behind("Phones")


async def the_dect_networks(screen: Screen) -> None:
    await screen.open("tom/provbot")
    await screen.behind("DECT")


async def a_label(screen: Screen) -> None:
    await screen.open("tom/provbot")
    await screen.side("Tom Berger").region.get_by_role("button", name="Photo of a label").click()
    await expect(screen.page.get_by_role("dialog", name="Photo of a label")).to_be_visible()


VIEWS = [a_conversation, the_lists, two_people, the_drawer]
VIEWS += [the_organization, the_calls, the_phones, the_dect_networks, a_label]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
async def test_axe_finds_nothing(
    browser: Browser, world: World, size: Size, view: Callable[[Screen], Awaitable[None]]
):
    # The page's own policy keeps axe out, as it should.
    async with window(browser, world, size, color_scheme="light", bypass_csp=True) as screen:
        await view(screen)
        await screen.page.evaluate(AXE.read_text("utf-8"))

        assert await screen.page.evaluate(RUN, {}) == []
        await screen.page.emulate_media(color_scheme="dark")
        assert await screen.page.evaluate(RUN, {"runOnly": ["color-contrast"]}) == []
