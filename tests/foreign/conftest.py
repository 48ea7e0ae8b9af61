"""A sandbox, and the official SDK in it."""

from collections.abc import AsyncIterator

import pytest

from sandbox.server import Sandbox
from tests.foreign.sdk import Sdk, sdk_in


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A sandbox of one's own."""
    async with Sandbox() as running:
        yield running


@pytest.fixture
async def sdk(sandbox: Sandbox) -> AsyncIterator[Sdk]:
    """The SDK with the bot's token, not listening yet."""
    async with sdk_in(sandbox) as running:
        yield running
