"""The service app's access token: renewed ahead of time, one at a time, and given up in words."""

import asyncio
from contextlib import suppress
from urllib.parse import parse_qs

import httpx
import pytest

from bot.core.errors import RateLimited, ServiceAppRevoked, Unavailable
from bot.webex.refresh_token import RefreshTokenStore
from bot.webex.tokens import (
    RENEW_RETRY_INTERVAL,
    REVOKED,
    REVOKED_RETRY_INTERVAL,
    SECOND_REFUSAL_WINDOW,
    Credentials,
    ServiceAppToken,
)
from tests.fake_http import fake_http

DAY = 86_400.0
CREDENTIALS = Credentials("client-1", "secret-1", "refresh-0")
# Both documented shapes of a refusal (docs/webex/provisioning.md §2).
REFUSALS = [
    httpx.Response(400, json={"error": "invalid_grant", "error_description": "expired"}),
    httpx.Response(
        401,
        json={
            "message": "Not valid.",
            "errors": [{"description": "Not valid."}],
            "trackingId": "T",
        },
    ),
    httpx.Response(400, json={"message": "The refresh token is revoked."}),
]
GATEWAY_400 = {
    "message": "The request could not be understood by the server due to malformed syntax."
}
# Each says what is wrong with the grant itself.
FINAL = [
    *({"error": code} for code in (
        "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client",
        "unsupported_grant_type", "invalid_scope", "INVALID_GRANT",
    )),
    GATEWAY_400 | {"errors": [{"description": "Client Id is invalid"}]},
    GATEWAY_400 | {"errors": [{"description": "The requested refresh token is invalid"}]},
]  # fmt: skip
# None of these does.
STRAY_400 = [
    httpx.Response(400),
    httpx.Response(400, text="<html>Bad Request</html>"),
    httpx.Response(400, json=GATEWAY_400 | {"errors": [{"description": "malformed"}]}),
    httpx.Response(400, json={"error": "Bad Request"}),
    httpx.Response(400, json={"error": {"code": 400}}),
    httpx.Response(400, json={"error": "tokenlimit_reached"}),
    httpx.Response(400, json=["invalid_grant"]),
]


class Kept:
    """Keeps the newest refresh token."""

    def __init__(self) -> None:
        self.newest: str | None = None

    async def load(self) -> str | None:
        """What was kept."""
        return self.newest

    async def save(self, refresh_token: str) -> None:
        """Keep it."""
        self.newest = refresh_token


def _fits(fake: Kept) -> RefreshTokenStore:
    return fake


class World:
    """A token service that gives the answers in order, a clock that is moved, and who was told."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.forms: list[dict[str, str]] = []
        self.now = 1_000_000.0
        self.notices = self.restored = 0
        self.kept = Kept()
        self.token = ServiceAppToken(
            fake_http(self._answer),
            "https://api.example.test/v1",
            CREDENTIALS,
            self.kept,
            lambda: self.now,
            self._sleep,
        )
        self.token.on_revoked = self._tell
        self.token.on_restored = self._tell_restored

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        assert str(request.url) == "https://api.example.test/v1/access_token"
        self.forms.append(
            {name: only for name, (only,) in parse_qs(request.content.decode()).items()}
        )
        await asyncio.sleep(0)  # somebody else may come meanwhile
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def _sleep(self, seconds: float) -> None:
        self.now += seconds

    async def _tell(self) -> None:
        self.notices += 1

    async def _tell_restored(self) -> None:
        self.restored += 1


def granted(number: int, lifetime: object = 14 * DAY, **more: str) -> httpx.Response:
    """The answer that carries a token."""
    body = {
        "access_token": f"access-{number}",
        "expires_in": lifetime,
        "refresh_token": f"refresh-{number}",
    }
    return httpx.Response(200, json=body | more)


async def test_the_first_token_is_fetched_with_the_refresh_grant_and_kept():
    world = World(granted(1))
    assert [await world.token.get() for _ in range(3)] == ["access-1"] * 3
    assert world.forms == [
        {
            "grant_type": "refresh_token",
            "client_id": "client-1",
            "client_secret": "secret-1",
            "refresh_token": "refresh-0",
        }
    ]
    assert world.kept.newest == "refresh-1"


async def test_the_newest_refresh_token_is_used():
    world = World(granted(2))
    world.kept.newest = "refresh-1"
    await world.token.get()
    assert world.forms[0]["refresh_token"] == "refresh-1"


async def test_an_answer_without_a_refresh_token_keeps_the_one_that_worked():
    world = World(httpx.Response(200, json={"access_token": "a", "expires_in": 3600}))
    await world.token.get()
    assert world.kept.newest == "refresh-0"


@pytest.mark.parametrize(
    ("lifetime", "renewed_after"),
    [(14 * DAY, 13 * DAY), (10 * DAY, 9 * DAY), (3600, 3240), (None, 3240)],
)
async def test_a_token_is_renewed_before_it_expires(lifetime, renewed_after):
    world = World(granted(1, lifetime), granted(2))
    await world.token.get()
    world.now += renewed_after - 1
    assert await world.token.get() == "access-1"
    world.now += 1
    assert await world.token.get() == "access-2"
    assert world.forms[1]["refresh_token"] == "refresh-1"


async def test_concurrent_requests_for_a_token_share_one_refresh():
    world = World(granted(1))
    assert await asyncio.gather(*(world.token.get() for _ in range(20))) == ["access-1"] * 20
    assert len(world.forms) == 1


async def test_concurrent_refusals_of_a_token_share_one_refresh():
    world = World(granted(1), granted(2))
    await world.token.get()
    renewed = await asyncio.gather(*(world.token.renew("access-1") for _ in range(20)))
    assert renewed == ["access-2"] * 20
    assert len(world.forms) == 2


async def test_a_late_refusal_of_an_old_token_returns_the_newer_one():
    world = World(granted(1), granted(2))
    await world.token.get()
    await world.token.renew("access-1")
    assert await world.token.renew("access-1") == "access-2"
    assert len(world.forms) == 2


@pytest.mark.parametrize("refusal", REFUSALS, ids=["oauth", "webex", "message"])
async def test_a_refused_refresh_token_is_reported_once_and_does_not_loop(refusal):
    world = World(refusal, refusal)
    for _ in range(10):
        with pytest.raises(ServiceAppRevoked):
            await world.token.get()
        world.now += REVOKED_RETRY_INTERVAL / 20
    assert (len(world.forms), world.notices) == (1 if refusal.status_code == 400 else 2, 1)


@pytest.mark.parametrize("status", [401, 403, 404, 409, 410])
async def test_a_refusal_that_does_not_repeat_is_no_revocation(status):
    world = World(httpx.Response(status), granted(1))
    assert await world.token.get() == "access-1"
    assert (world.notices, await world.token.problem()) == (0, "")


@pytest.mark.parametrize("stray", STRAY_400, ids=lambda answer: answer.text or "empty")
async def test_a_400_that_does_not_name_the_grant_is_retried_once(stray):
    world = World(stray, granted(1))
    assert await world.token.get() == "access-1"
    assert (world.notices, await world.token.problem()) == (0, "")


@pytest.mark.parametrize("body", FINAL, ids=str)
async def test_a_400_that_names_the_grant_is_final(body):
    world = World(httpx.Response(400, json=body), granted(1))
    with pytest.raises(ServiceAppRevoked):
        await world.token.get()
    assert (len(world.forms), world.notices) == (1, 1)


class RefusingForAMinute(World):
    """A token service that is wrong for a minute."""

    status = 401

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        wrong = self.now < 1_000_060.0
        self.answers = [httpx.Response(self.status) if wrong else granted(1)]
        return await super()._answer(request)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410])
async def test_a_refusal_that_lasts_a_minute_ends_within_another(status):
    world = RefusingForAMinute()
    world.status = status
    while world.now < 1_000_120.0:
        with suppress(ServiceAppRevoked):
            await world.token.get()
        world.now += 10.0
    assert (world.notices, await world.token.problem()) == (1, "")


async def test_many_concurrent_calls_with_a_refused_refresh_token_report_once():
    world = World(REFUSALS[0])
    answers = await asyncio.gather(*(world.token.get() for _ in range(20)), return_exceptions=True)
    assert all(isinstance(answer, ServiceAppRevoked) for answer in answers)
    assert (len(world.forms), world.notices) == (1, 1)


async def test_after_a_pause_the_refresh_is_retried():
    world = World(REFUSALS[0], granted(1))
    with pytest.raises(ServiceAppRevoked):
        await world.token.get()
    world.now += REVOKED_RETRY_INTERVAL
    assert await world.token.get() == "access-1"
    assert world.notices == 1


async def test_a_refresh_that_returns_the_refused_token_means_revocation():
    world = World(*[granted(1)] * 3)
    await world.token.get()
    assert await world.token.renew("access-1") == "access-1"  # the 401 may have been a stray one
    assert world.notices == 0
    for _ in range(2):
        with pytest.raises(ServiceAppRevoked):
            await world.token.renew("access-1")
    assert (len(world.forms), world.notices) == (3, 1)


async def test_occasional_stray_401s_are_no_revocation():
    world = World(*[granted(1)] * 5)
    await world.token.get()
    for _ in range(4):
        assert await world.token.renew("access-1") == "access-1"
        world.now += SECOND_REFUSAL_WINDOW
    assert (world.notices, await world.token.problem()) == (0, "")


async def test_a_revoked_app_is_unhealthy_until_a_token_works_and_reported_once():
    world = World(granted(1), *[REFUSALS[0]] * 3, granted(2), REFUSALS[0])
    await world.token.get()
    with pytest.raises(ServiceAppRevoked):
        await world.token.renew("access-1")
    for refused in (1, 2, 3):
        for _ in range(10):  # as it is asked for each minute
            assert await world.token.problem() == REVOKED
            assert await world.token.get() == "access-1"  # perhaps it was given back
            world.now += REVOKED_RETRY_INTERVAL / 10
        assert await world.token.problem() == REVOKED
        assert (len(world.forms), world.notices) == (1 + refused, 1)
    assert await world.token.get() == "access-2"
    assert await world.token.problem() == ""
    with pytest.raises(ServiceAppRevoked):
        await world.token.renew("access-2")
    assert world.notices == 2


async def test_admins_are_told_once_that_a_revoked_app_works_again():
    world = World(granted(1), *[REFUSALS[0]] * 2, granted(2), granted(3))
    await world.token.get()
    assert world.restored == 0  # the first token restores nothing
    with pytest.raises(ServiceAppRevoked):
        await world.token.renew("access-1")
    world.now += REVOKED_RETRY_INTERVAL
    await world.token.get()
    assert world.restored == 0
    world.now += REVOKED_RETRY_INTERVAL
    assert await world.token.get() == "access-2"
    assert await world.token.renew("access-2") == "access-3"
    assert (world.notices, world.restored) == (1, 1)


class Revocable(World):
    """A service app that can be revoked, and whose access tokens can be ended."""

    def __init__(self) -> None:
        super().__init__()
        self.revoked = False
        self.valid = ""

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.revoked:
            self.answers = [REFUSALS[0]]
        else:
            self.valid = f"access-{len(self.forms) + 1}"
            self.answers = [granted(len(self.forms) + 1)]
        return await super()._answer(request)

    async def works(self) -> bool:
        """Whether a call is accepted, with one renewal as the client makes it."""
        with suppress(ServiceAppRevoked):
            token = await self.token.get()
            if token == self.valid and not self.revoked:
                return True
            return await self.token.renew(token) == self.valid and not self.revoked
        return False


async def test_after_a_revocation_and_expired_tokens_calls_work_within_a_minute():
    world = Revocable()
    assert await world.works()
    world.revoked = True
    assert not await world.works()
    world.revoked = False
    assert await world.works()  # the old access token, which was given back
    world.valid = ""  # it expires a moment later
    began = world.now
    while not await world.works():
        world.now += 1
    assert world.now - began <= 60
    world.valid = ""
    assert await world.works()  # an ordinary renewal does not wait
    assert (world.notices, world.restored) == (1, 1)


async def test_a_missing_token_is_reported_once_for_many_tries():
    world = World(*[REFUSALS[0]] * 3)
    for _ in range(3):
        with pytest.raises(ServiceAppRevoked):
            await world.token.get()
        world.now += REVOKED_RETRY_INTERVAL
        assert await world.token.problem() == REVOKED
    assert (len(world.forms), world.notices) == (3, 1)


async def test_a_refused_refresh_keeps_a_token_that_is_still_valid():
    world = World(granted(1), REFUSALS[0], REFUSALS[0])
    await world.token.get()
    world.now += 13 * DAY
    assert [await world.token.get() for _ in range(5)] == ["access-1"] * 5
    assert (len(world.forms), world.notices) == (2, 1)
    world.now += REVOKED_RETRY_INTERVAL  # it is well again only when there is another
    assert await world.token.problem() == REVOKED
    world.now += DAY
    with pytest.raises(ServiceAppRevoked):
        await world.token.get()


async def test_an_outage_of_the_token_service_keeps_a_valid_token():
    world = World(granted(1), httpx.Response(503), granted(2))
    await world.token.get()
    world.now += 13 * DAY
    assert await world.token.get() == "access-1"
    world.now += RENEW_RETRY_INTERVAL
    assert await world.token.get() == "access-2"
    assert world.notices == 0


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (httpx.Response(500), Unavailable),
        (httpx.Response(503, text="<html>"), Unavailable),
        (httpx.Response(429, headers={"retry-after": "11"}), RateLimited),
        (httpx.ConnectError("no"), Unavailable),
        (httpx.ReadTimeout("slow"), Unavailable),
        (httpx.Response(200, text="<html>"), Unavailable),
        (httpx.Response(200, json={}), Unavailable),
        (httpx.Response(200, json={"access_token": None}), Unavailable),
        (httpx.Response(200, json=[]), Unavailable),
        (granted(1, lifetime="soon"), Unavailable),
        (httpx.Response(204), Unavailable),
    ],
)
async def test_a_temporary_failure_is_no_revocation(problem, kind):
    world = World(problem, granted(2))
    with pytest.raises(kind):
        await world.token.get()
    assert world.notices == 0
    world.now += 11
    assert await world.token.get() == "access-2"


@pytest.mark.parametrize("clock_set_back", [0.0, DAY])
async def test_the_token_service_is_not_asked_during_its_retry_after(clock_set_back):
    world = World(httpx.Response(429, headers={"retry-after": "30"}), granted(2))
    for waited in (0, 29):
        world.now += waited
        with pytest.raises(RateLimited) as caught:
            await world.token.get()
        assert caught.value.retry_after == 30 - waited
    assert len(world.forms) == 1
    world.now += 1 - clock_set_back
    assert await world.token.get() == "access-2"


async def test_no_error_repeats_a_secret():
    world = World(REFUSALS[0])
    with pytest.raises(ServiceAppRevoked) as caught:
        await world.token.get()
    assert not any(secret in str(caught.value) for secret in ("secret-1", "refresh-0"))


async def test_a_short_retry_after_of_the_token_service_is_waited_for_once():
    world = World(httpx.Response(429, headers={"retry-after": "3"}), granted(2))
    assert await world.token.get() == "access-2"
    world = World(*[httpx.Response(429, headers={"retry-after": "3"})] * 3, granted(2))
    with pytest.raises(RateLimited):
        await world.token.get()
    assert len(world.forms) == 2
    with pytest.raises(RateLimited):
        await world.token.get()
    assert len(world.forms) == 2  # the second Retry-After is not over
    world.now += 3
    assert await world.token.get() == "access-2"
