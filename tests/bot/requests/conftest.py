"""Everything a request meets."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.requests import world as worlds
from tests.bot.requests.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """With everybody on the list."""
    async with worlds.world(tmp_path / "provbot.db") as made:
        yield made
