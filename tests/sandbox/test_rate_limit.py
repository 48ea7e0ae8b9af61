"""Rate limits by token bucket, and messages that are announced before they can be fetched."""

import pytest
from aiohttp import ClientSession

from sandbox.client import ControlError
from sandbox.clock import ManualClock
from sandbox.errors import ApiError
from sandbox.rate_limit import MAX_BUCKETS, RateLimit
from sandbox.server import Sandbox
from sandbox.settings import Settings
from tests.sandbox.conftest import session, token_of
from tests.sandbox.organization import NOW

TOM = "tom@acme.example"


def refused(limit: RateLimit, token: str, settings: Settings, path: str = "people/me") -> int:
    """Return the seconds to wait; 0 if the call passes."""
    try:
        limit.take(token, path, settings)
    except ApiError as error:
        return int(error.headers["Retry-After"])
    return 0


def test_a_bucket_empties_and_fills_again():
    clock = ManualClock(NOW)
    limit, settings = RateLimit(clock), Settings(rate_per_second=0.5, rate_burst=3)

    assert [refused(limit, "a", settings) for _ in range(4)] == [0, 0, 0, 2]
    clock.advance(1.9)
    assert refused(limit, "a", settings) == 1
    clock.advance(0.1)
    assert [refused(limit, "a", settings) for _ in range(2)] == [0, 2]
    clock.advance(3600)
    assert [refused(limit, "a", settings) for _ in range(4)] == [0, 0, 0, 2]


def test_each_token_has_a_bucket_of_its_own():
    limit, settings = RateLimit(ManualClock(NOW)), Settings(rate_per_second=1, rate_burst=1)

    assert [refused(limit, token, settings) for token in "aab"] == [0, 1, 0]


def test_each_api_of_a_token_may_have_a_bucket_of_its_own():
    limit = RateLimit(ManualClock(NOW))
    settings = Settings(rate_per_second=1, rate_burst=1, rate_per_api=True)
    paths = ["people", "people/me", "telephony/config/a", "telephony/config/b", "telephony/calls"]

    assert [refused(limit, "a", settings, path) for path in paths] == [0, 1, 0, 1, 0]
    assert refused(limit, "b", settings) == 0


def test_the_number_of_buckets_is_limited():
    limit, settings = RateLimit(ManualClock(NOW)), Settings(rate_per_second=1, rate_burst=1)
    for number in range(MAX_BUCKETS + 1):
        limit.take(f"{number}", "people", settings)

    assert refused(limit, "1", settings) == 1
    assert refused(limit, "0", settings) == 0


async def status(http: ClientSession, path: str = "/v1/people/me") -> int:
    async with http.get(path) as response:
        return response.status


async def test_the_rate_limit_is_off_by_default_and_can_be_switched(sandbox, bot):
    assert {await status(bot) for _ in range(20)} == {200}

    await sandbox.client.rate_limit(0.01, burst=2)
    assert [await status(bot) for _ in range(3)] == [200, 200, 429]
    async with session(sandbox, token_of(sandbox, TOM)) as tom:
        assert await status(tom) == 200

    await sandbox.client.rate_limit(None)
    assert await status(bot) == 200


async def test_the_limit_may_be_for_each_api(sandbox, bot):
    await sandbox.client.rate_limit(0.01, burst=1, per_api=True)
    paths = ["/v1/people/me", "/v1/people/me", "/v1/rooms", "/v1/rooms"]
    assert [await status(bot, path) for path in paths] == [200, 429, 200, 429]


async def test_the_answer_is_webexs():
    settings = Settings(rate_per_second=0.1, rate_burst=1)
    async with (
        Sandbox(settings, ManualClock(NOW)) as sandbox,
        session(sandbox, sandbox.cloud.bot_token) as http,
    ):
        await status(http)
        async with http.get("/v1/people/me") as response:
            body = await response.json()

        assert response.headers["Retry-After"] == "10"
        assert body["message"].startswith("Too many requests have been sent")
        assert body["trackingId"] == response.headers["trackingid"]
        assert await status(http, "/u2c/api/v1/catalog") == 200
        assert sandbox.cloud.calls.after(0)[1].status == 429


@pytest.mark.parametrize(
    ("rate", "burst"), [(0, 1), (-1, 1), ("1", 1), (True, 1), (1, 0), (1, "2")], ids=str
)
async def test_an_invalid_limit_is_refused(sandbox, rate, burst):
    with pytest.raises(ControlError, match="400"):
        await sandbox.client.rate_limit(rate, burst)


async def test_per_api_is_true_or_false(sandbox):
    with pytest.raises(ControlError, match="400"):
        await sandbox.client.rate_limit(1, burst=1, per_api="yes")


async def test_only_null_switches_it_off(sandbox, bot):
    await sandbox.client.rate_limit(0.01, burst=1)
    async with ClientSession(f"{sandbox.control_url}/") as http:
        async with http.post("rate-limit", json=[1]) as response:
            assert response.status == 400
        async with http.post(
            "rate-limit", json=None, data=b"null", headers={"Content-Type": "application/json"}
        ) as off:
            assert await off.json() == {"perSecond": None, "burst": 1}
    assert {await status(bot) for _ in range(3)} == {200}


async def test_a_message_can_be_announced_before_it_can_be_fetched():
    clock = ManualClock(NOW)
    async with (
        Sandbox(Settings(message_get_lag_s=2), clock) as sandbox,
        session(sandbox, sandbox.cloud.bot_token) as http,
        session(sandbox, token_of(sandbox, TOM)) as tom,
    ):
        message = await sandbox.client.say(TOM, "help")
        path = f"/v1/messages/{message['id']}"

        assert await status(tom, path) == 200
        assert await status(http, path) == 404
        clock.advance(2)
        assert await status(http, path) == 200
