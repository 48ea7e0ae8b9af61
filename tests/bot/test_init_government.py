"""`provbot init` in Webex for Government, at a real terminal and with the real addresses.

A proxy leads the names of both clouds to the sandbox and to the commercial cloud beside it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.setup.cloud_choice import QUESTION
from sandbox.server import Sandbox
from sandbox.settings import Settings
from tests.bot.test_init import answer_the_service_app, here, hides, written
from tests.journeys.government import API, CATALOG, COMMERCIAL, routes
from tests.proxy import Proxy, proxy
from tests.terminal import Terminal, terminal

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("forks")]

OLD = "https://webexapis.com/v1"


@asynccontextmanager
async def both_clouds() -> AsyncIterator[tuple[Sandbox, Proxy, dict[str, str]]]:
    """The sandbox, the proxy, and the environment of a terminal that knows no address of Webex."""
    async with Sandbox(Settings(gov=True)) as sandbox, proxy(routes=routes(sandbox)) as through:
        url = f"http://127.0.0.1:{through.port}"
        ways = {"HTTPS_PROXY": url, "https_proxy": url, "NO_PROXY": "", "no_proxy": ""}
        yield sandbox, through, here(sandbox, "WEBEX_CA_FILE") | ways


async def answer_the_rest(screen: Terminal, sandbox: Sandbox) -> None:
    await answer_the_service_app(screen, sandbox)
    await screen.answers(("Your email", "ada@acme.example"))


async def test_the_cloud_is_asked_first_and_no_token_goes_to_the_other_one(tmp_path: Path):
    async with both_clouds() as (sandbox, through, env):
        async with terminal(tmp_path, env, "init") as screen:
            before = await screen.sees(QUESTION)
            assert "1 of 4" not in before
            await screen.types("n")
            told = await screen.sees("Bot access token")
            assert "This is Webex for Government, at https://api-usgov.webex.com/v1." in told
            assert "curl -X POST https://api-usgov.webex.com/v1/applications" in told
            await screen.types(sandbox.env["WEBEX_BOT_TOKEN"])
            await screen.sees("Confirm with Cisco first")
            await answer_the_rest(screen, sandbox)
            assert await screen.ends() == 0, screen.shown
            assert "✓ cloud                                  Webex for Government (" in screen.shown
            assert hides(screen, sandbox)
        made = written(tmp_path)
        assert made["WEBEX_CLOUD"] == "government"
        assert not {"WEBEX_API_URL", "WEBEX_U2C_URL"} & made.keys()
        assert await sandbox.client.wrong_cloud_calls() == []
        assert {API, CATALOG} <= set(through.asked_for)
        assert COMMERCIAL & set(through.asked_for) == set()


async def test_addresses_of_the_other_cloud_are_removed_from_the_file(tmp_path: Path):
    (tmp_path / ".env").write_text(f"WEBEX_CLOUD=commercial\nWEBEX_API_URL={OLD}\nOTHER=1\n")
    async with both_clouds() as (sandbox, _, env):
        async with terminal(tmp_path, env, "init") as screen:
            await screen.answers(("Go on?", ""), ("WEBEX_CLOUD is commercial. Keep it?", "n"))
            await screen.answers((QUESTION, "n"))
            await screen.answers(("Bot access token", sandbox.env["WEBEX_BOT_TOKEN"]))
            await answer_the_rest(screen, sandbox)
            assert await screen.ends() == 0, screen.shown
        made = written(tmp_path)
        assert made["WEBEX_CLOUD"] == "government"
        assert "WEBEX_API_URL" not in made
        assert made["OTHER"] == "1"
        assert await sandbox.client.wrong_cloud_calls() == []


async def test_a_sandbox_of_the_government_cloud_tells_the_cloud(tmp_path: Path):
    async with Sandbox(Settings(gov=True)) as sandbox:
        page = sandbox.control_url.removesuffix("/control")
        async with terminal(tmp_path, here(sandbox), "init", "--sandbox", page) as screen:
            await screen.answers(("WEBEX_CLOUD is government. Keep it?", ""))
            told = await screen.sees("Bot access token")
            assert f"curl -X POST {sandbox.api_url}/applications" in told
            await screen.types(sandbox.env["WEBEX_BOT_TOKEN"])
            await answer_the_rest(screen, sandbox)
            assert await screen.ends() == 0, screen.shown
        made = written(tmp_path)
        assert made["WEBEX_CLOUD"] == "government"
        assert made["WEBEX_API_URL"] == sandbox.api_url


async def test_another_value_stops_before_any_question(tmp_path: Path):
    async with Sandbox() as sandbox:
        env = here(sandbox, "WEBEX_BOT_TOKEN") | {"WEBEX_CLOUD": "gov"}
        async with terminal(tmp_path, env, "init") as screen:
            assert await screen.ends() == 2
            assert "WEBEX_CLOUD: must be commercial or government." in screen.shown
