"""An HTTP client whose answers a test plays."""

from collections.abc import Awaitable, Callable

import httpx

Play = Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]


def fake_http(play: Play) -> httpx.AsyncClient:
    """A client that answers each call as `play` does, which may raise the errors of httpx."""

    async def handle(request: httpx.Request) -> httpx.Response:
        response = play(request)
        return response if isinstance(response, httpx.Response) else await response

    return httpx.AsyncClient(transport=httpx.MockTransport(handle))
