"""A sandbox in this process, and clients for it."""

import ssl
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, TCPConnector

from sandbox.server import Sandbox
from tests.sandbox.webhook_receiver import Receiver, webhook_target


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A new sandbox, stopped at the end of the test."""
    async with Sandbox() as running:
        yield running


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[ClientSession]:
    """An HTTP session that trusts the sandbox and carries the bot's token."""
    async with session(sandbox, sandbox.cloud.bot_token) as opened:
        yield opened


def session(sandbox: Sandbox, token: str) -> ClientSession:
    """Return a session with this token; paths start with ``/v1``."""
    trust = ssl.create_default_context(cafile=sandbox.ca_file)
    return ClientSession(
        base_url=sandbox.cloud.base_url,
        connector=TCPConnector(ssl=trust),
        headers={"Authorization": f"Bearer {token}"},
    )


def token_of(sandbox: Sandbox, email: str) -> str:
    """Return a token for a person."""
    person = sandbox.cloud.person_by_email(email)
    assert person is not None
    return sandbox.cloud.tokens.issue("person", person.key).value


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with webhook_target() as receiver:
        yield receiver
