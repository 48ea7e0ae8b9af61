"""Where webhooks are posted, how many at once, how late, and when they are switched off.

See docs/webex/messaging.md §3.7.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession

from sandbox.clock import ManualClock
from sandbox.server import Sandbox
from sandbox.settings import Settings
from sandbox.webhook_rules import is_loopback
from tests.sandbox.conftest import session
from tests.sandbox.organization import NOW
from tests.sandbox.webhook_receiver import TOM, call, delivery_attempts, subscribe


async def test_nothing_leaves_this_machine(sandbox, bot, receiver):
    created = await subscribe(bot, "https://bot.example.test/hook", "messages", "created")

    await sandbox.client.say(TOM, "help")

    (attempt,) = await delivery_attempts(sandbox, 1)
    assert attempt["error"] == "Not sent: the sandbox posts to this machine only."
    assert (attempt["webhookId"], attempt["status"]) == (created["id"], None)


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:1/x", True),
        ("https://[::1]/", True),
        ("http://localhost/", True),
        ("http://localhost.example.com/", False),
        ("http://10.0.0.1/", False),
        ("http://127.0.0.1@example.com/", False),
        ("nonsense", False),
    ],
)
def test_loopback_targets(url, here):
    assert is_loopback(url) == here


@asynccontextmanager
async def cloud_with(**changes: Any) -> AsyncIterator[tuple[Sandbox, ClientSession, ManualClock]]:
    clock = ManualClock(NOW)
    async with (
        Sandbox(Settings(**changes), clock) as running,
        session(running, running.cloud.bot_token) as http,
    ):
        yield running, http, clock


async def status_of(http: ClientSession, hook: Any) -> str:
    return str((await call(http, "GET", f"/webhooks/{hook['id']}"))["status"])


async def test_too_many_failures_deactivate_a_webhook(receiver):
    async with cloud_with(webhook_failures=3) as (sandbox, http, _):
        hook = await subscribe(http, receiver.url, "messages", "created")
        receiver.status = 302  # redirects are not followed and count as failures
        for number in range(1, 4):
            assert await status_of(http, hook) == "active"
            await sandbox.client.say(TOM, "help")
            await delivery_attempts(sandbox, number)
        assert await status_of(http, hook) == "inactive"
        await sandbox.client.say(TOM, "nobody is told")
        receiver.status = 200

        put = {"name": "h", "targetUrl": receiver.url, "status": "active"}
        assert (await call(http, "PUT", f"/webhooks/{hook['id']}", put))["status"] == "active"
        message = await sandbox.client.say(TOM, "again")

        events = [await receiver.next() for _ in range(4)]
        assert events[-1]["data"]["id"] == message["id"]
        assert [attempt["status"] for attempt in await delivery_attempts(sandbox, 4)] == [
            302,
            302,
            302,
            200,
        ]


async def test_failures_long_ago_do_not_count(receiver):
    async with cloud_with(webhook_failures=2) as (sandbox, http, clock):
        hook = await subscribe(http, receiver.url, "messages", "created")
        receiver.status = 500
        for number in (1, 2):
            await sandbox.client.say(TOM, "help")
            await delivery_attempts(sandbox, number)
            clock.advance(301)

        assert await status_of(http, hook) == "active"


async def test_a_silent_or_missing_target_is_a_failure(receiver):
    async with cloud_with(webhook_timeout_s=0.05) as (sandbox, http, _):
        receiver.hold = asyncio.Event()
        hook = await subscribe(http, receiver.url, "messages", "created")
        await sandbox.client.say(TOM, "help")
        (silent,) = await delivery_attempts(sandbox, 1)
        assert silent["error"] == "The target did not answer in time."

        deleted = {"name": "h", "targetUrl": "http://127.0.0.1:1/"}
        await call(http, "PUT", f"/webhooks/{hook['id']}", deleted)
        await sandbox.client.say(TOM, "help")
        _, unreachable = await delivery_attempts(sandbox, 2)
        assert unreachable["error"].startswith("ClientConnectorError")


async def test_concurrent_deliveries_are_limited_and_block_nobody(sandbox, bot, receiver):
    receiver.hold = asyncio.Event()
    await subscribe(bot, receiver.url, "messages", "created")

    for number in range(20):
        await sandbox.client.say(TOM, f"{number}")
    for _ in range(8):
        await receiver.next()
    assert receiver.arrived.empty()
    receiver.hold.set()
    for _ in range(12):
        await receiver.next()

    assert receiver.most == 8


async def test_webhooks_may_be_late(receiver):
    async with cloud_with(webhook_lag_s=30) as (sandbox, http, clock):
        await subscribe(http, receiver.url, "messages", "created")
        message = await sandbox.client.say(TOM, "help")
        clock.advance(29)
        await sandbox.client.settings()
        assert receiver.arrived.empty()

        clock.advance(1)
        assert (await receiver.next())["data"]["id"] == message["id"]
