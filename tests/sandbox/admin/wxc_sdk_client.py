"""jeokrohn's wxc_sdk, unmodified, pointed at a sandbox.

Functions import it: that takes more than a second, and each worker imports every test file.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from tests.sandbox.admin.admin_client import Api

if TYPE_CHECKING:
    from wxc_sdk import WebexSimpleApi
    from wxc_sdk.rest import RestError

T = TypeVar("T")


@contextmanager
def webex(api: Api) -> Iterator["WebexSimpleApi"]:
    """Return the SDK with another base address and another certificate authority."""
    from wxc_sdk import WebexSimpleApi
    from wxc_sdk.rest import RestSession
    from wxc_sdk.tokens import Tokens

    class SandboxSession(RestSession):  # type: ignore[misc,unused-ignore]  # wxc_sdk may be untyped
        BASE = api.sandbox.api_url

    tokens = Tokens(access_token=api.http.headers["Authorization"].removeprefix("Bearer "))
    ca_file = api.sandbox.ca_file
    with SandboxSession(tokens=tokens, concurrent_requests=1, verify=ca_file) as session:
        session.trust_env = False  # ignore proxies and CAs of this machine's environment
        yield WebexSimpleApi(tokens=tokens, session=session)


async def with_sdk(api: Api, use: Callable[["WebexSimpleApi"], T]) -> T:
    """Call the SDK, which blocks, in a thread beside the sandbox's loop."""

    def run() -> T:
        with webex(api) as sdk:
            return use(sdk)

    return await asyncio.to_thread(run)


def error_text(error: "RestError") -> tuple[int, int | None, str]:
    """Return the text of an error, which would keep its connection open itself."""
    return error.response.status_code, error.code, error.description
