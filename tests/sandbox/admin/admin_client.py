"""A plain HTTP client of the sandbox's admin APIs, and the ids of the seed."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from sandbox.clock import ManualClock
from sandbox.ids import public_id
from sandbox.server import Sandbox
from sandbox.settings import Settings
from tests.sandbox.organization import NOW, location_key, owner

FREE_MAC = "D82E3EEF4E5C"


@dataclass
class Api:
    """A running sandbox with a manual clock, and a client that holds a service-app token."""

    sandbox: Sandbox
    clock: ManualClock
    http: httpx.AsyncClient

    async def get(self, path: str, **query: Any) -> Any:
        """Return the body of a GET, which must succeed."""
        response = await self.http.get(path, params=query)
        assert response.status_code == 200, response.text
        return response.json()

    async def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """POST a JSON body."""
        return await self.http.post(path, json=body)

    async def add(self, who: str, **changes: Any) -> httpx.Response:
        """POST /devices for an owner, by default with a free MAC and a valid model."""
        body = {"mac": FREE_MAC, "model": "DMS Cisco 8845"} | self.owner_of(who) | changes
        return await self.post("/devices", body)

    def id_of(self, who: str) -> str:
        """Return the public id of a person (by mailbox) or a workspace (by name)."""
        matches = owner(self.sandbox.cloud.organization, who)
        return public_id("PEOPLE" if matches.kind == "person" else "PLACE", matches.key)

    def owner_of(self, who: str) -> dict[str, str]:
        """Return the part of a body that names an owner."""
        matches = owner(self.sandbox.cloud.organization, who)
        return {f"{matches.kind}Id": self.id_of(who)}

    def location(self, name: str) -> str:
        """Return the public id of a location."""
        return public_id("LOCATION", location_key(self.sandbox.cloud.organization, name))

    async def device_by_mac(self, mac: str) -> dict[str, Any]:
        """Return the only listed device with this MAC."""
        (device,) = (await self.get("/devices", mac=mac))["items"]
        return dict(device)


def refresh_form(sandbox: Sandbox) -> dict[str, str]:
    """Return the form of a valid refresh grant."""
    env = sandbox.env
    return {
        "grant_type": "refresh_token",
        "client_id": env["WEBEX_SERVICE_APP_CLIENT_ID"],
        "client_secret": env["WEBEX_SERVICE_APP_CLIENT_SECRET"],
        "refresh_token": env["WEBEX_SERVICE_APP_REFRESH_TOKEN"],
    }


@asynccontextmanager
async def admin_api(settings: Settings | None = None) -> AsyncIterator[Api]:
    """Start a sandbox and get a service-app token from it."""
    clock = ManualClock(NOW)
    async with Sandbox(settings, clock) as sandbox, connected(sandbox, clock) as api:
        yield api


@asynccontextmanager
async def connected(sandbox: Sandbox, clock: ManualClock) -> AsyncIterator[Api]:
    """Get a service-app token. `clock` matters only if it is that of the sandbox."""
    context = ssl.create_default_context(cafile=sandbox.ca_file)
    async with httpx.AsyncClient(base_url=sandbox.api_url, verify=context) as http:
        tokens = await http.post("/access_token", data=refresh_form(sandbox))
        http.headers["Authorization"] = f"Bearer {tokens.json()['access_token']}"
        yield Api(sandbox, clock, http)
