"""The bot from the event to the answer, for tests of what people hear."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.requests.approving import APPROVERS
from tests.bot.requests.fixtures import ROLES
from tests.bot.requests.harness import DispatchHarness, opened


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[DispatchHarness]:
    """With everybody on the list but SAM, and two approvers."""
    async with opened(tmp_path / "provbot.db", *ROLES, *APPROVERS) as made:
        yield made
