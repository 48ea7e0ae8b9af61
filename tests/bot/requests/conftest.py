"""Everything a request meets."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.models.people import Grant, Role
from tests.bot.requests import fixtures as worlds
from tests.bot.requests.approving import APPROVERS, BOTH, PHONES, SPACE
from tests.bot.requests.fixtures import RequestFixture


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[RequestFixture]:
    """With everybody on the list."""
    async with worlds.world(tmp_path / "provbot.db") as made:
        yield made


@pytest.fixture
async def approving(tmp_path: Path) -> AsyncIterator[RequestFixture]:
    """With an approver everywhere and one in Lyon, asked each alone; phones need approval, too."""
    async with worlds.world(tmp_path / "provbot.db", policy=PHONES) as made:
        await made.allow(*APPROVERS)
        yield made


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[RequestFixture]:
    """The same with two required approvals for a DECT network."""
    async with worlds.world(tmp_path / "provbot.db", policy=BOTH) as made:
        await made.allow(*APPROVERS)
        yield made


@pytest.fixture
async def space(tmp_path: Path) -> AsyncIterator[RequestFixture]:
    """With a space for approvals, and a whole domain of approvers."""
    async with worlds.world(tmp_path / "provbot.db", approval_room=SPACE) as made:
        await made.allow(Grant("@example.com", Role.APPROVER))
        yield made
