"""A sandbox, and the official JavaScript SDK connected to it."""

from collections.abc import AsyncIterator

import pytest

from sandbox.server import Sandbox
from tests.foreign.js_sdk import Sdk, sdk_in


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A new sandbox."""
    async with Sandbox() as running:
        yield running


@pytest.fixture
async def sdk(sandbox: Sandbox) -> AsyncIterator[Sdk]:
    """The SDK with the bot's token, not listening yet."""
    async with sdk_in(sandbox) as running:
        yield running
