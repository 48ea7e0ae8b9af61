"""Records what really happens in a sandbox, below the faults, even if the bot never hears of it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from aiohttp import web

from sandbox.chat_model import ChatEvent
from sandbox.cloud import CLOUD, Cloud
from sandbox.endpoints import bearer
from sandbox.ids import key_of
from sandbox.organization.entities import DectNetwork
from tests.torture.dect_parts import Part, parts_of
from tests.torture.records import Change, Deed, Json, Post, Record

WRITES = ("post", "share")  # without and with a file
Next = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Witness:
    """Fills a record. `observer` goes into sandbox.server.OBSERVERS before the sandbox starts."""

    def __init__(self) -> None:
        self.record = Record()
        self.before_change: Callable[[web.Request], None] = _ignore
        self._news = asyncio.Event()
        self._cloud: Cloud | None = None
        self._networks: dict[str, DectNetwork] = {}
        self._places: dict[str, str] = {}  # of what is changed: it may be gone the second time

    def watch(self, cloud: Cloud) -> None:
        """Listen to the chat."""
        self._cloud = cloud
        cloud.listeners.append(self._hear)

    async def news(self, patience: float) -> None:
        """Wait until something was posted, at most so many seconds.

        `wait_for` of Python 3.11 can lose a cancellation in the moment of a post.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._news.wait()

    # The chat

    def _hear(self, event: ChatEvent) -> None:
        cloud = self._cloud
        assert cloud
        if event.actor_key == cloud.bot_key:
            self._posted(event)
        elif event.verb == "delete" and event.message:
            self.record.withdrawn.add(event.message.key)
        elif event.verb == "cardAction" or (event.verb in WRITES and _concerns(event, cloud)):
            self.record.deeds.append(_deed(event, cloud))

    def _posted(self, event: ChatEvent) -> None:
        if event.verb not in WRITES or event.message is None:
            return
        message = event.message
        text = message.content.text or message.content.markdown or ""
        self.record.posts.append(
            Post(message.key, message.room_key, message.parent_key or "", text,
                 message.card or {}, event.at.timestamp(),
                 {file.name: file.data.decode("utf-8", "replace") for file in message.files})
        )  # fmt: skip
        self._news.set()
        self._news = asyncio.Event()

    # The organization

    async def look(self, request: web.Request, handler: Next) -> web.StreamResponse:
        """A middleware, innermost: what faults do to the answer comes later."""
        cloud = request.app[CLOUD]
        token = bearer(request.headers, cloud)
        if token is not None and token.kind == "service_app":
            self._follow(request.raw_path)
        if request.method == "GET" or token is None or token.kind != "service_app":
            return await handler(request)
        if request.path.endswith("validateMacs/invoke"):
            return await handler(request)
        raw = await request.read()
        body = json.loads(raw) if raw else {}
        path = request.path.removeprefix("/v1")
        where = location_of(cloud, path, body) or self._places.get(path, "")
        self._places[path] = where
        self._networks |= cloud.organization.dect_networks
        status, before = 500, parts_of(cloud)
        if echo := self._echo(body):
            self._changed(request, body, 400, where, before)
            return web.json_response(echo, status=400)
        try:
            answered = await handler(request)
            status = answered.status
        except Exception as problem:
            status = int(getattr(problem, "status", 500))
            raise
        finally:
            self._changed(request, body, status, where, before)
        return answered

    def _follow(self, path: str) -> None:
        """Where a crafted id may lead."""
        bare = path.lower().partition("?")[0]
        if ".." in bare or "%2e" in bare or "%2f" in bare or bare.endswith("/people/me"):
            self.record.astray.append(path)

    def _echo(self, body: Json) -> Json | None:
        """Webex repeats what it refuses."""
        secret = str(body.get("password") or "")
        if secret not in self.record.secrets:
            return None
        message = f"Password '{secret}' does not meet the policy."
        return {
            "message": message,
            "errors": [{"description": message}],
            "trackingId": "ROUTER_echo",
        }

    def _changed(
        self, request: web.Request, body: Json, status: int, where: str, before: frozenset[Part]
    ) -> None:
        cloud = request.app[CLOUD]
        after = parts_of(cloud)
        self._networks |= cloud.organization.dect_networks
        self.record.changes.append(
            Change(
                request.method, request.path.removeprefix("/v1"), body, status,
                request.headers.get("trackingid", ""), cloud.clock.now().timestamp(), where,
                after - before, before - after,
            )
        )  # fmt: skip

    def look_at_dect(self) -> None:
        """Write down the DECT networks as they are now, also those that were deleted."""
        assert self._cloud
        self.record.dect = parts_of(self._cloud)
        networks = self._networks.values()
        self.record.early = {network.name: network.early_changes for network in networks}


def _ignore(_request: web.Request) -> None:
    """With one process there is nothing to check."""


def observer(witness: Witness) -> Any:
    """The witness as a middleware."""

    @web.middleware
    async def look(request: web.Request, handler: Next) -> web.StreamResponse:
        if request.method != "GET":
            witness.before_change(request)
        return await witness.look(request, handler)

    return look


def _concerns(event: ChatEvent, cloud: Cloud) -> bool:
    """Whether a bot hears of it: in a group space only where it is mentioned."""
    message = event.message
    mentioned = message is not None and cloud.bot_key in message.content.mentioned
    return cloud.bot_key in event.room.members and (event.room.kind == "direct" or mentioned)


def _deed(event: ChatEvent, cloud: Cloud) -> Deed:
    person, action, message = cloud.people[event.actor_key], event.action, event.message
    return Deed(
        key=action.key if action else event.key, verb="pressed" if action else "said",
        person=person.email, person_key=person.key, room=event.room.key,
        direct=event.room.kind == "direct", at=event.at.timestamp(),
        online=cloud.hub.is_online(cloud.bot_key),
        text=(message.content.text or message.content.markdown or "") if message else "",
        inputs=dict(action.inputs) if action else {},
        has_file=bool(message and message.files),
    )  # fmt: skip


def location_of(cloud: Cloud, path: str, body: Json) -> str:
    """The name of the location that a changing call is about; empty if there is none."""
    org = cloud.organization
    place = org.locations.get(_location_key(cloud, path.strip("/").split("/"), body))
    return place.name if place else ""


def _location_key(cloud: Cloud, parts: list[str], body: Json) -> str:
    org = cloud.organization
    if "locations" in parts:
        return key_of(parts[parts.index("locations") + 1], "LOCATION")
    if parts[:3] == ["telephony", "config", "devices"] and len(parts) > 3:
        calling = key_of(parts[3], "CALLING_DEVICE")
        phones = (phone for phone in org.phones.values() if calling == phone.calling_key)
        return next((phone.location_key for phone in phones if calling), "")
    if parts[0] == "devices" and len(parts) == 2 and parts[1] != "activationCode":
        key = key_of(parts[1], "DEVICE") or key_of(parts[1], "CALLING_DEVICE")
        phone = org.phone(key, cloud.clock.now())
        return phone.location_key if phone else ""
    person = org.people.get(key_of(body.get("personId"), "PEOPLE"))
    owner = person or org.workspaces.get(key_of(body.get("workspaceId"), "PLACE"))
    return (owner.location_key or "") if owner else ""
