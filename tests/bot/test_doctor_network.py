"""`provbot doctor` on an API that it cannot reach, and through proxies."""

from urllib.parse import urlsplit

import pytest

from sandbox.server import Sandbox
from tests.bot.doctor_process import doctor
from tests.proxy import proxy

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("forks")]


async def test_an_api_that_cannot_be_reached_is_named(tmp_path, unused_tcp_port):
    async with Sandbox() as sandbox:
        url = f"https://localhost:{unused_tcp_port}/v1"
        report = await doctor(sandbox, tmp_path, WEBEX_API_URL=url)
    assert report.status == 1
    assert "cannot be reached" in report.checks["network"].message
    assert report.failed == {"network", "bot token", "service app"}


async def test_a_cloud_that_is_not_trusted_is_named(tmp_path):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, WEBEX_CA_FILE="")
    assert report.status == 1
    assert report.failed == {"network", "bot token", "websocket", "service app"}
    assert "set WEBEX_CA_FILE to its certificate authority" in report.checks["network"].message


async def test_everything_goes_through_the_proxy_of_the_machine(tmp_path):
    async with Sandbox() as sandbox, proxy() as through:
        url = f"http://someone:hidden-password@127.0.0.1:{through.port}"
        report = await doctor(sandbox, tmp_path, HTTPS_PROXY=url)
        assert report.failed == set()
        assert report.checks["network"].message.endswith(
            f"through the proxy 127.0.0.1:{through.port}"
        )
        hosts = {urlsplit(sandbox.env[name]).netloc for name in ("WEBEX_API_URL", "WEBEX_U2C_URL")}
        assert hosts <= set(through.asked_for)


async def test_a_proxy_can_be_named_as_for_curl(tmp_path):
    async with Sandbox() as sandbox, proxy() as through:
        report = await doctor(sandbox, tmp_path, HTTPS_PROXY=f"127.0.0.1:{through.port}")
        assert report.failed == set()
        assert report.checks["network"].message.endswith(
            f"through the proxy 127.0.0.1:{through.port}"
        )


@pytest.mark.parametrize("port", ["99999", "http"])
async def test_a_proxy_with_an_invalid_port_is_named(tmp_path, port):
    async with Sandbox() as sandbox:
        report = await doctor(sandbox, tmp_path, HTTPS_PROXY=f"http://127.0.0.1:{port}")
    assert {"network", "bot token", "service app"} <= report.failed
    assert "through a proxy with an invalid address or port" in report.checks["network"].hint


async def test_a_proxy_that_blocks_everything_is_named(tmp_path):
    async with Sandbox() as sandbox, proxy(passes=False) as through:
        report = await doctor(sandbox, tmp_path, HTTPS_PROXY=f"http://127.0.0.1:{through.port}")
        assert report.failed == {"network", "bot token", "websocket", "service app"}
        assert f"tried through the proxy 127.0.0.1:{through.port}" in report.checks["network"].hint
