"""A bot in Webex for Government, with the real addresses of both clouds.

The proxy of the machine leads the names of the government cloud to the sandbox, and those of the
commercial cloud to the one beside it, which refuses and records every token. So the bot works with
`WEBEX_CLOUD` alone, as in production, and the addresses that it really asks for are seen.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.server import Sandbox
from sandbox.settings import Settings
from sandbox.wrong_cloud import COMMERCIAL_HOSTS, GOVERNMENT_HOSTS
from tests.database import copy
from tests.journeys.world import World, inside
from tests.proxy import Proxy, proxy

API, CATALOG = (f"{host}:443" for host in GOVERNMENT_HOSTS)
COMMERCIAL = {f"{host}:443" for host in COMMERCIAL_HOSTS}
BY_CLOUD = {"WEBEX_CLOUD": "government"}
BY_API_URL = {"WEBEX_CLOUD": "", "WEBEX_API_URL": "https://api-usgov.webex.com/v1"}


def routes(sandbox: Sandbox) -> dict[str, str]:
    """Where the proxy leads the names of the two clouds."""
    government, commercial = (
        urlsplit(url).netloc for url in (sandbox.api_url, sandbox.wrong_cloud_url)
    )
    return {API: government, CATALOG: government, **dict.fromkeys(COMMERCIAL, commercial)}


@asynccontextmanager
async def in_government(
    allowlist: Path, folder: Path, settings: Mapping[str, str]
) -> AsyncIterator[tuple[World, Proxy]]:
    """A world whose bot has these settings, and the proxy that it connects through."""
    copy(allowlist, folder / "provbot.db")
    async with Sandbox(Settings(gov=True)) as sandbox, proxy(routes=routes(sandbox)) as through:
        url = f"http://127.0.0.1:{through.port}"
        ways = {"HTTPS_PROXY": url, "https_proxy": url, "NO_PROXY": "", "no_proxy": ""}
        no_addresses = {"WEBEX_API_URL": "", "WEBEX_U2C_URL": ""}
        async with inside(World(sandbox, folder, {**no_addresses, **ways, **settings})) as world:
            yield world, through


async def assert_no_token_went_to_the_other_side(world: World, through: Proxy) -> None:
    """The bot asked both addresses of its cloud, and neither of the other one."""
    assert {API, CATALOG} <= set(through.asked_for)
    assert COMMERCIAL & set(through.asked_for) == set()
    assert await world.client.wrong_cloud_calls() == []
    catalogs = [call for call in await world.client.calls() if call["path"].endswith("/catalog")]
    assert {(call["token"], call["status"]) for call in catalogs} == {("bot", 200)}
