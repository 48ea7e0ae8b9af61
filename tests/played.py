"""A Carrier that a test plays: it is given what would be sent, and says what comes back."""

import inspect
from collections.abc import Awaitable, Callable, Mapping

import httpx

from bot.webex.transport import Answer, Carrier, NoAnswer, NotSent

NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
Playing = Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]


class Played:
    """Answers as `play` does. Where that raises an error of httpx the call never left, or its answer was lost."""

    def __init__(self, play: Playing) -> None:
        self._play = play

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> Answer:
        """As the Protocol says."""
        request = httpx.Request(method, url, headers=headers, content=content)
        assert request.url == url  # or it was not encoded
        try:
            playing = self._play(request)
            found = await playing if inspect.isawaitable(playing) else playing
        except NEVER_SENT as problem:
            raise NotSent(str(problem)) from problem
        except httpx.TransportError as problem:
            raise NoAnswer(type(problem).__name__) from problem
        return Answer(found.status_code, found.headers, found.content)


def _fits(played: Played) -> Carrier:
    return played
