"""No web site reaches the page or the control API through a browser on this machine."""

import pytest
from aiohttp import ClientSession

from sandbox.control.origin_check import rejection_reason
from sandbox.server import Sandbox


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8780", None),
        ("127.0.0.1:8780", None),
        ("[::1]:8780", None),
        ("LOCALHOST:8780", "http://localhost:8780"),
        ("localhost", "http://localhost"),
        ("10.1.2.3:8780", None),
    ],
)
def test_its_own_page_and_programs_may_pass(host: str, origin: str | None):
    assert rejection_reason(host, origin, "10.1.2.3") is None


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("evil.example:8780", None),
        ("localhost.evil.example:8780", None),
        ("evil.example@localhost.evil", None),
        ("[::1", None),
        ("", None),
        ("0.0.0.0:8780", None),
        ("localhost:8780", "https://evil.example"),
        ("localhost:8780", "http://localhost:3000"),
        ("localhost:8780", "https://localhost:8780"),
        ("localhost:8780", "null"),
        ("localhost:8780", ""),
    ],
)
def test_everybody_else_is_refused(host: str, origin: str | None):
    assert rejection_reason(host, origin, "127.0.0.1")


def test_a_wildcard_address_is_not_an_allowed_host():
    assert rejection_reason("0.0.0.0:8780", None, "0.0.0.0")  # noqa: S104 - what is tested


@pytest.mark.parametrize(
    ("headers", "sentence"),
    [
        ({"Host": "evil.example"}, "The sandbox answers to localhost only, not to 'evil.example'."),
        (
            {"Origin": "https://evil.example"},
            "Pages of 'https://evil.example' may not use the sandbox",
        ),
    ],
)
@pytest.mark.parametrize("path", ["/control/faults", "/"])
async def test_a_refusal_is_a_403_with_a_reason(
    sandbox: Sandbox, headers: dict[str, str], sentence: str, path: str
):
    async with ClientSession(headers=headers) as browser:
        posted = await browser.delete(sandbox.page_url + path)
        read = await browser.get(sandbox.page_url + path)

        assert posted.status == read.status == 403
        assert (await read.json())["message"].startswith(sentence)
