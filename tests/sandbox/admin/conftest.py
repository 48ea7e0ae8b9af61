"""A running sandbox for a test of the admin APIs."""

from collections.abc import AsyncIterator

import pytest

from tests.sandbox.admin.admin_client import Api, admin_api


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """A sandbox with default settings, on a clock that the test moves."""
    async with admin_api() as running:
        yield running
