"""The real bot behind a proxy: calls, discovery, registration and websocket all pass through it."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.database import copy
from tests.journeys.world import TOM, living
from tests.proxy import proxy

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_bot_behind_a_proxy_answers_and_comes_back(allowlist: Path, tmp_path: Path):
    copy(allowlist, tmp_path / "provbot.db")
    async with proxy() as through:
        url = f"http://127.0.0.1:{through.port}"
        ways = {"HTTPS_PROXY": url, "https_proxy": url, "NO_PROXY": "", "no_proxy": ""}
        async with living(tmp_path, None, **ways) as world:
            assert "Roles: technician" in (await world.say(TOM, "whoami"))["text"]
            await world.client.mercury("drop")
            assert "Roles: technician" in (await world.say(TOM, "whoami"))["text"]
            cloud = urlsplit(world.sandbox.env["WEBEX_API_URL"]).netloc
            # The discovery, the registration and two sockets at least; calls share connections.
            assert len(through.asked_for) >= 4
            assert set(through.asked_for) == {cloud}
