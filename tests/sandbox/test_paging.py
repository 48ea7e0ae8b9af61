"""Every list that Webex pages is paged here, and its links lead to the end.

See docs/webex/provisioning.md §1.
"""

from typing import Any

import pytest
from aiohttp import ClientSession
from yarl import URL

from sandbox.server import Sandbox
from sandbox.tokens import SERVICE_APP_SCOPES
from tests.sandbox.conftest import session, token_of
from tests.sandbox.contract_monitor import CONTRACT

TOM = "tom@acme.example"
AVAILABLE = "/telephony/config/devices/availableMembers"
# Path, key of the rows, and the caller: the service app or a person.
LISTS = [
    ("/people", "items", "service_app"),
    ("/devices", "items", "service_app"),
    ("/workspaces", "items", "service_app"),
    ("/locations", "items", "service_app"),
    (AVAILABLE, "members", "service_app"),
    ("/rooms", "items", "person"),
    ("/memberships", "items", "person"),
    ("/messages", "items", "person"),
    ("/webhooks", "items", "person"),
]


def token_for(sandbox: Sandbox, who: str) -> str:
    if who == "person":
        return token_of(sandbox, TOM)
    account = sandbox.cloud.service_app.person_key
    return sandbox.cloud.tokens.issue("service_app", account, SERVICE_APP_SCOPES).value


async def fill(sandbox: Sandbox, http: ClientSession, path: str) -> dict[str, str]:
    """Make sure there is more than one row; return the query that lists them."""
    if path == "/webhooks":
        hook = {
            "name": "h",
            "targetUrl": "http://localhost:1/",
            "resource": "rooms",
            "event": "all",
        }
        for _ in range(3):
            await http.post("/v1/webhooks", json=hook)
    if path != "/messages":
        return {}
    room = await sandbox.client.room(TOM, "Field team")
    for number in range(3):
        await sandbox.client.say(TOM, f"{number}", roomId=room)
    return {"roomId": room}


async def all_rows(http: ClientSession, path: str, key: str, query: dict[str, str]) -> list[Any]:
    """Return the rows of every page."""
    url: URL | None = URL(f"/v1{path}").with_query(query | {"max": "1"})
    rows: list[Any] = []
    while url is not None:
        async with http.get(url) as response:
            assert response.status == 200, await response.text()
            page = (await response.json())[key]
            assert len(page) == 1
            rows += page
            url = URL(str(response.links["next"]["url"])) if "next" in response.links else None
    return rows


@pytest.mark.parametrize(("path", "key", "who"), LISTS, ids=[case[0] for case in LISTS])
async def test_the_links_lead_through_all_of_it(sandbox, path, key, who):
    async with session(sandbox, token_for(sandbox, who)) as http:
        query = await fill(sandbox, http, path)
        rows = await all_rows(http, path, key, query)
        async with http.get(f"/v1{path}", params=query) as response:
            first_page = (await response.json())[key]

    assert len(rows) > 1
    assert len({row["id"] for row in rows}) == len(rows)
    assert rows[: len(first_page)] == first_page


def test_no_list_of_the_contract_is_left_out():
    paged = {
        path
        for path, operations in CONTRACT["paths"].items()
        for parameter in operations.get("get", {}).get("parameters", [])
        if parameter.get("name") == "max"
    }

    assert {path for path, _, _ in LISTS} == paged


INVALID_SIZES = ["9" * 5000, "٣", "²", "1e3", "-1", ""]


@pytest.mark.parametrize(("path", "key", "who"), LISTS, ids=[case[0] for case in LISTS])
async def test_an_invalid_max_is_refused(sandbox, path, key, who):
    async with session(sandbox, token_for(sandbox, who)) as http:
        query = await fill(sandbox, http, path)
        for size in INVALID_SIZES:
            async with http.get(f"/v1{path}", params=query | {"max": size}) as response:
                assert response.status == 400, size[:9]


@pytest.mark.parametrize("call", ["calls", "messages"])
async def test_an_invalid_number_is_refused_by_the_control_api(sandbox: Sandbox, call: str):
    query = {"person": TOM, "after": "9" * 5000}
    async with (
        ClientSession() as http,
        http.get(f"{sandbox.control_url}/{call}", params=query) as got,
    ):
        assert got.status == 400, await got.text()
