"""A real browser, and for each module a cloud in this process and a real bot process."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from sandbox.settings import Settings
from tests.browser.page_driver import DESKTOP, FLAGS, PHONE, Screen, Size, window
from tests.database import copy
from tests.journeys.conftest import allowlist
from tests.journeys.world import World, living

__all__ = ["allowlist"]  # a shared fixture


# The first is Chromium without windows, which takes half the CPU time for the same pages.
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser")


def chromium() -> str:
    """Return the path of Chromium; skip if there is none."""
    path = next(filter(None, map(shutil.which, PROGRAMS)), None)
    sentence = f"There is no Chromium for the browser tests: apt-get install -y {PROGRAMS[0]}"
    if path is None and os.environ.get("CI") == "true":
        pytest.fail(sentence)
    return path or pytest.skip(sentence)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser() -> AsyncIterator[Browser]:
    """The browser of all tests; each test has its own context in it."""
    path = chromium()
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        await launched.close()


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def world(
    browser: Browser, forks: None, allowlist: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """The world of a module. Phones register quickly, so that tests need not wait."""
    folder = tmp_path_factory.mktemp("world")
    copy(allowlist, folder / "provbot.db")
    async with living(folder, Settings(phone_registers_s=0.5), TESTS_INTERVALS_BY="10") as running:
        yield running


@pytest.fixture(
    params=[PHONE] if os.environ.get("TESTS_ON_PHONE_ONLY") else [PHONE, DESKTOP],
    ids=lambda size: size.name,
)
def size(request: pytest.FixtureRequest) -> Size:
    """Every test runs on a phone and on a desktop; `make test` plays the phone."""
    matches: Size = request.param
    return matches


@pytest_asyncio.fixture(loop_scope="package")
async def screen(browser: Browser, world: World, size: Size) -> AsyncIterator[Screen]:
    """A window of that size; nothing may have gone wrong in it."""
    async with window(browser, world, size) as opened:
        yield opened
