"""The commercial cloud beside a sandbox of Webex for Government refuses and records tokens."""

import asyncio
import json
import ssl
import sys

import httpx
import pytest

from sandbox.server import Sandbox
from sandbox.settings import GOVERNMENT_REFRESH_S, Settings
from tests.sandbox.admin.admin_client import refresh_form

GOVERNMENT = Settings(gov=True)


def client(sandbox: Sandbox) -> httpx.AsyncClient:
    return httpx.AsyncClient(verify=ssl.create_default_context(cafile=sandbox.ca_file))


async def test_a_token_in_the_wrong_cloud_is_refused_and_recorded():
    async with Sandbox(GOVERNMENT) as sandbox, client(sandbox) as http:
        wrong = sandbox.wrong_cloud_url
        for token, kind in ((sandbox.env["WEBEX_BOT_TOKEN"], "bot"), ("else", "unknown")):
            bearer = {"Authorization": f"Bearer {token}"}
            answer = await http.get(f"{wrong}/u2c/api/v1/catalog?format=hostmap", headers=bearer)
            assert answer.status_code == 401
            assert answer.json()["trackingId"]
            assert (await sandbox.client.wrong_cloud_calls())[-1]["token"] == kind
        form = refresh_form(sandbox)
        assert (await http.post(f"{wrong}/v1/access_token", data=form)).status_code == 401
        assert (await http.get(f"{wrong}/v1/people/me")).status_code == 401
        recorded = await sandbox.client.wrong_cloud_calls()

        assert [(call["method"], call["path"], call["token"]) for call in recorded[2:]] == [
            ("POST", "/v1/access_token", "refresh"),
            ("GET", "/v1/people/me", "none"),
        ]
        assert form["refresh_token"] not in json.dumps(recorded)
        assert await sandbox.client.calls() == []


async def test_the_same_token_works_in_the_right_cloud_and_is_not_recorded():
    async with Sandbox(GOVERNMENT) as sandbox, client(sandbox) as http:
        bearer = {"Authorization": f"Bearer {sandbox.env['WEBEX_BOT_TOKEN']}"}
        answer = await http.get(sandbox.u2c_url, headers=bearer)

        assert answer.status_code == 200
        assert await sandbox.client.wrong_cloud_calls() == []


async def test_only_the_government_cloud_has_another_one_beside_it():
    async with Sandbox() as sandbox:
        assert sandbox.wrong_cloud_url == ""
        assert "WEBEX_CLOUD" not in sandbox.env
    async with Sandbox(GOVERNMENT) as sandbox:
        assert sandbox.wrong_cloud_url.startswith("https://localhost:")
        assert sandbox.env["WEBEX_CLOUD"] == "government"


async def test_a_refresh_token_lives_for_sixty_days():
    async with Sandbox(GOVERNMENT) as sandbox, client(sandbox) as http:
        url = f"{sandbox.api_url}/access_token"
        body = (await http.post(url, data=refresh_form(sandbox))).json()

        assert GOVERNMENT_REFRESH_S - 60 < body["refresh_token_expires_in"] <= GOVERNMENT_REFRESH_S


@pytest.mark.parametrize(
    ("resource", "status"),
    [("messages", 200), ("attachmentActions", 200), ("meetings", 400), ("recordings", 400)],
)
async def test_webhooks_are_those_that_are_documented(resource, status):
    async with Sandbox(GOVERNMENT) as sandbox, client(sandbox) as http:
        hook = {"name": "n", "targetUrl": "https://localhost:1/", "event": "created"}
        answer = await http.post(
            f"{sandbox.api_url}/webhooks",
            json=hook | {"resource": resource},
            headers={"Authorization": f"Bearer {sandbox.env['WEBEX_BOT_TOKEN']}"},
        )

        assert answer.status_code == status


async def test_the_program_names_the_other_cloud(tmp_path):
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", "--gov", "--state-dir", str(tmp_path)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert program.stdout is not None
    ready = json.loads(await program.stdout.readline())
    program.terminate()

    assert await program.wait() == 0
    assert ready["wrongCloudUrl"].startswith("https://localhost:")
