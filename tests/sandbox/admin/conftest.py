"""One running sandbox for a test of the admin APIs."""

from collections.abc import AsyncIterator

import pytest

from tests.sandbox.admin.api import Api, admin_api


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """A sandbox as everybody starts it, on a clock that the test moves."""
    async with admin_api() as running:
        yield running
