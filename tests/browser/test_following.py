"""What was added and has not registered: the card, the device, and the message about a list."""

import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from sandbox.settings import Settings
from tests.browser.page_driver import PHONE, Screen
from tests.database import copy
from tests.journeys.world import World, living, until

pytestmark = pytest.mark.asyncio(loop_scope="package")

NEXT_LOOK_MS = 80_000  # milliseconds: a look comes first, and there are only four in a minute


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def world(
    browser: Browser, forks: None, allowlist: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A world in which nobody plugs the phones in."""
    folder = tmp_path_factory.mktemp("world")
    copy(allowlist, folder / "provbot.db")
    settings = Settings(phone_registers_s=None)
    async with living(
        folder, settings, PROVBOT_FOLLOW_MINUTES="60", TESTS_INTERVALS_BY="10"
    ) as running:
        yield running


def mac(screen: Screen, number: int) -> str:
    """Return an address of its own for each size."""
    return f"D8:2E:3E:EF:{number:02d}:{screen.size.width % 100:02d}"


async def result_told(world: World) -> str:
    """The code of the newest request, once its result was told."""

    async def is_told() -> bool:
        return bool(world.rows("select told from requests order by rowid desc limit 1")[0]["told"])

    await until(is_told, "the result was told")
    code: str = world.rows("select code from requests order by rowid desc limit 1")[0]["code"]
    return code


async def test_a_late_phone_has_a_card_that_leads_to_its_problem(screen: Screen):
    address, size = mac(screen, 41), screen.size.name
    owner, person = ("Kim Larsen", "kim") if size == "phone" else ("Lena Hofer", "lena")
    await screen.open("tom/provbot")
    tom = screen.side("Tom Berger")
    await tom.say(f"add phone {address} 8865 for {person}@acme.example")
    await tom.press("Confirm", address)
    code = await result_told(screen.world)

    screen.world.write("update followed set since = since - 3600 where request = ?", code)
    late = await tom.sees(f"Not registered yet: {owner}'s 8865", NEXT_LOOK_MS)
    await late.get_by_role("button", name="Still not there?").scroll_into_view_if_needed()
    await screen.picture("late", PHONE)
    await tom.press("Still not there?", "Not registered yet")

    device = await tom.sees("Apply changes")
    await expect(device).to_contain_text(address)
    await expect(device).to_contain_text("not registered yet")


async def test_the_card_of_a_phone_tells_its_problem_in_words(screen: Screen):
    await screen.open("tom/provbot")
    tom = screen.side("Tom Berger")

    await tom.say("device Meeting Room North")
    device = await tom.sees("It is not registered for calls")
    await expect(device).to_contain_text("Check its network and firewall")
    await device.get_by_role("button", name="Apply changes").scroll_into_view_if_needed()
    await screen.picture("device", PHONE)
    await tom.press("Apply changes", "It is not registered for calls")
    await tom.press("Cancel", "It may restart")


async def test_one_message_counts_the_phones_of_a_list(screen: Screen):
    people = ("bob", "kim", "lena", "erin", "hugo")
    rows = [
        f"{mac(screen, number)} 8865 {person}@acme.example" for number, person in enumerate(people)
    ]
    await screen.open("eli/provbot")
    eli = screen.side("Eli Novak")
    await eli.say("\n".join(["add phones", *rows]))
    await eli.press("Confirm", "Add 5 phones")
    code = await result_told(screen.world)

    screen.world.write(
        "update followed set state = 'registered', changed_at = ? where request = ?"
        " and step not in (select step from followed where request = ? limit 1)",
        time.time(), code, code,
    )  # fmt: skip
    counted = await eli.sees(re.compile("4 of 5 registered; not yet: .*8865"))
    await counted.scroll_into_view_if_needed()
    await screen.picture("counted", PHONE)
