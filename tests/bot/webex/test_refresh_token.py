"""The newest refresh token outlives whatever the database and the network do."""

import asyncio
from urllib.parse import parse_qs

import httpx
import pytest

from bot.core.errors import DatabaseUnavailable, ServiceAppRevoked, Unavailable
from bot.webex.refresh_token import NOT_SAVED, SAVE_TIMEOUT, RefreshToken, RefreshTokenStore
from bot.webex.tokens import Credentials, ServiceAppToken
from tests.fake_http import fake_http
from tests.virtual_clock import virtually

PROBLEMS = [
    DatabaseUnavailable("database is locked"),
    DatabaseUnavailable("database or disk is full"),
    DatabaseUnavailable("disk I/O error"),
    OSError(28, "No space left on device"),
]


class Kept:
    """A store that fails so often, and may take its time."""

    def __init__(self, *problems: Exception, takes: float = 0.0) -> None:
        self.problems, self.takes = list(problems), takes
        self.newest: str | None = None

    async def load(self) -> str | None:
        """What was kept."""
        return self.newest

    async def save(self, refresh_token: str) -> None:
        """Keep it, unless there is a problem."""
        await asyncio.sleep(self.takes)
        if self.problems:
            raise self.problems.pop(0)
        self.newest = refresh_token


def _fits(fake: Kept) -> RefreshTokenStore:
    return fake


class Service:
    """A token service that accepts only its newest refresh token, and replaces it each time."""

    def __init__(self, *lost: int, accepts: str = "refresh-0") -> None:
        self.lost, self.accepts = lost, accepts
        self.exchanged: list[str] = []
        self.answers_after = 0.0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """One exchange. The answers of the numbers in `lost` are made and do not arrive."""
        (shown,) = parse_qs(request.content.decode())["refresh_token"]
        self.exchanged.append(shown)
        number = len(self.exchanged)
        await asyncio.sleep(self.answers_after)
        if shown != self.accepts:
            return httpx.Response(400, json={"error": "invalid_grant"})
        self.accepts = f"refresh-{number}"
        if number in self.lost:
            raise httpx.ReadError("gone")
        body = {
            "access_token": f"access-{number}",
            "expires_in": 3600,
            "refresh_token": self.accepts,
        }
        return httpx.Response(200, json=body)

    def tokens(self, store: RefreshTokenStore) -> ServiceAppToken:
        """A source of access tokens, on the clock of the loop."""
        clock = asyncio.get_running_loop().time
        credentials = Credentials("client", "secret", "refresh-0")
        return ServiceAppToken(
            fake_http(self), "https://api.example.test/v1", credentials, store, clock
        )


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
@pytest.mark.parametrize("times", [1, 2, 50])
def test_a_token_that_cannot_be_saved_is_saved_later_unnoticed(problem, times):
    kept = Kept(*[problem] * times)

    async def work() -> None:
        token = Service().tokens(kept)
        assert await token.get() == "access-1"
        assert await token.problem() == NOT_SAVED
        await asyncio.sleep(10 * times)
        assert (kept.newest, await token.problem()) == ("refresh-1", "")
        assert await token.renew("access-1") == "access-2"
        assert kept.newest == "refresh-2"

    virtually(work)


def test_a_newer_token_is_used_although_the_previous_was_not_saved():
    kept, service = Kept(*[PROBLEMS[0]] * 3), Service()

    async def work() -> None:
        token = service.tokens(kept)
        await token.get()
        assert await token.renew("access-1") == "access-2"
        await asyncio.sleep(60)

    virtually(work)
    assert (service.exchanged, kept.newest) == (["refresh-0", "refresh-1"], "refresh-2")


def test_one_that_another_process_has_put_there_is_used():
    kept, service = Kept(), Service()

    async def work() -> None:
        token = service.tokens(kept)
        assert await token.get() == "access-1"
        doctor = service.tokens(kept)
        assert await doctor.get() == "access-2"
        assert await token.renew("access-1") == "access-3"

    virtually(work)
    assert service.exchanged == ["refresh-0", "refresh-1", "refresh-2"]


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_the_one_in_memory_is_used_while_the_store_does_not_answer(problem):
    kept, service = Gone(problem), Service()

    async def work() -> None:
        token = service.tokens(kept)
        await token.get()
        kept.is_gone = True
        assert await token.renew("access-1") == "access-2"

    virtually(work)


class Gone(Kept):
    """A store that cannot be read from some moment on."""

    is_gone = False

    def __init__(self, problem: Exception) -> None:
        super().__init__()
        self.problem = problem

    async def load(self) -> str | None:
        """What was kept."""
        if self.is_gone:
            raise self.problem
        return await super().load()


def test_a_person_does_not_wait_for_a_database_that_is_slow():
    async def work() -> None:
        assert await Service().tokens(Kept(takes=60.0)).get() == "access-1"

    _, seconds = virtually(work)
    assert seconds == pytest.approx(SAVE_TIMEOUT, abs=0.1)


@pytest.mark.parametrize(("problems", "newest"), [(1, "refresh-1"), (2, None)])
def test_saving_is_tried_once_more_at_the_end_of_the_process(problems, newest):
    kept = Kept(*[PROBLEMS[0]] * problems)

    async def work() -> None:
        token = Service().tokens(kept)
        await token.get()
        await token.close()

    virtually(work)
    assert kept.newest == newest


def test_the_end_of_the_process_does_not_wait_for_a_database_that_hangs():
    async def work() -> None:
        token = Service().tokens(Kept(takes=600.0))
        await token.get()
        await token.close()

    assert virtually(work)[1] < 5


def test_a_cancelled_caller_does_not_lose_the_new_token():
    kept, service = Kept(), Service()
    service.answers_after = 0.5

    async def work() -> None:
        token = service.tokens(kept)
        asking = asyncio.create_task(token.get())
        await asyncio.sleep(0.1)
        asking.cancel()
        await asyncio.wait({asking})
        await token.close()

    virtually(work)
    assert kept.newest == "refresh-1"


def test_a_lost_answer_is_retried_and_a_refusal_after_it_is_reported():
    service = Service(1)

    async def work() -> None:
        token = service.tokens(Kept())
        with pytest.raises(Unavailable):
            await token.get()
        with pytest.raises(ServiceAppRevoked):
            await token.get()

    virtually(work)
    assert service.exchanged == ["refresh-0", "refresh-0"]


def test_while_a_token_is_saved_as_usual_nothing_is_wrong():
    async def work() -> None:
        saved = asyncio.Event()
        token = RefreshToken(Slow(saved), "refresh-0")
        replacing = asyncio.create_task(token.replace("refresh-1"))
        await asyncio.sleep(SAVE_TIMEOUT / 2)
        assert token.problem() == ""
        await asyncio.sleep(SAVE_TIMEOUT)
        assert (replacing.done(), token.problem()) == (True, NOT_SAVED)
        saved.set()
        await asyncio.sleep(0.1)
        assert token.problem() == ""

    virtually(work)


class Slow:
    """A store that saves when the event is set."""

    def __init__(self, saved: asyncio.Event) -> None:
        self.saved = saved

    async def load(self) -> str | None:
        """Nothing is stored."""
        return None

    async def save(self, refresh_token: str) -> None:
        """Wait."""
        await self.saved.wait()
