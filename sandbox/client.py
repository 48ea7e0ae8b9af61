"""A thin client of the control API, for tests and scripts in Python."""

import asyncio
import io
import json
from collections.abc import Callable, Sequence
from mimetypes import guess_type
from typing import Any, Final, Self

from aiohttp import ClientSession, FormData

Json = dict[str, Any]
POLL_SECONDS: Final = 5.0


class ControlError(Exception):
    """The sandbox refused a call; carries the HTTP status and its message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message


def anything(_message: Json) -> bool:
    """Accept every message."""
    return True


class SandboxClient:
    """``async with SandboxClient(control_url) as client``. People are named by email address."""

    def __init__(self, control_url: str) -> None:
        self._url = control_url
        self._session: ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = ClientSession()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def _call(self, method: str, path: str, **options: Any) -> Any:
        content = await self._bytes(method, path, **options)
        return json.loads(content) if content else None

    async def _bytes(self, method: str, path: str, **options: Any) -> bytes:
        if self._session is None:
            raise RuntimeError("Use the client in an 'async with'.")
        async with self._session.request(method, self._url + path, **options) as response:
            if not response.ok:
                body = await response.json() if response.content_length else None
                raise ControlError(response.status, body["message"] if body else "")
            return await response.read()

    async def _post(self, path: str, /, **values: Any) -> Any:
        body = {name: value for name, value in values.items() if value is not None}
        return await self._call("POST", path, json=body)

    async def _get(self, path: str, /, **query: Any) -> Any:
        params = {name: str(value) for name, value in query.items() if value is not None}
        return await self._call("GET", path, params=params)

    # Watch

    async def settings(self) -> Json:
        """Return the URLs, the organization, the bot and whether it is online."""
        settings: Json = await self._get("/settings")
        return settings

    async def cast(self) -> list[Json]:
        """Return the people that can be played, with their roles."""
        people: list[Json] = (await self._get("/cast"))["people"]
        return people

    async def env(self) -> dict[str, str]:
        """Return the environment variables that a bot needs."""
        variables: dict[str, str] = await self._get("/env")
        return variables

    async def rooms(self, person: str) -> list[Json]:
        """Return the rooms of a person: id, title, type, lastActivity."""
        rooms: list[Json] = (await self._get("/rooms", person=person))["rooms"]
        return rooms

    async def room(self, person: str, title: str) -> str:
        """Return the id of a person's room with that title; AssertionError if there is none."""
        rooms = await self.rooms(person)
        ids = [room["id"] for room in rooms if room["title"] == title]
        if not ids:
            raise AssertionError(
                f"{person} has no room '{title}', only {[r['title'] for r in rooms]}"
            )
        return str(ids[0])

    async def messages(
        self,
        person: str,
        *,
        room: str | None = None,
        after: int | None = None,
        wait: float | None = None,
    ) -> list[Json]:
        """Return the messages of a room (default: the direct room), oldest first."""
        query = {"person": person, "roomId": room, "after": after, "wait": wait}
        messages: list[Json] = (await self._get("/messages", **query))["messages"]
        return messages

    async def file(self, person: str, message: Json, number: int = 0) -> bytes:
        """Return the bytes of a file in a message that this person can read."""
        params = {"person": person, "messageId": message["id"], "number": str(number)}
        return await self._bytes("GET", "/files", params=params)

    async def calls(self, after: int = 0) -> list[Json]:
        """Return the API calls so far, oldest first."""
        calls: list[Json] = (await self._get("/calls", after=after))["calls"]
        return calls

    async def wrong_cloud_calls(self) -> list[Json]:
        """Return the calls that went to the commercial cloud beside ``--gov``, oldest first.

        In each, ``token`` is ``none`` if no credential came with the call.
        """
        calls: list[Json] = (await self._get("/wrong-cloud"))["calls"]
        return calls

    async def seq(self) -> int:
        """Return the number of the latest event."""
        seq: int = (await self._get("/calls", after=2**62))["seq"]
        return seq

    async def clear_calls(self) -> None:
        """Clear the call log."""
        await self._call("DELETE", "/calls")

    async def organization(self) -> Json:
        """Return a snapshot of the organization."""
        snapshot: Json = await self._get("/organization")
        return snapshot

    async def sockets(self) -> Json:
        """Return the bot's registrations: online, and the acknowledged frames of each device."""
        sockets: Json = await self._get("/mercury")
        return sockets

    # The phones on the desks

    async def phones(self) -> list[Json]:
        """Return the simulated phones: mac, model, displayName, state, owner, …."""
        phones: list[Json] = (await self._get("/phones"))["phones"]
        return phones

    async def phone_settings(
        self, *, wait_for_plug: bool | None = None, code_seconds: float | None = None
    ) -> Json:
        """Change whether new phones wait to be plugged in, and how long new codes are valid.

        Return both: ``waitForPlug`` and ``codeSeconds``.
        """
        settings: Json = await self._post(
            "/phones/settings", waitForPlug=wait_for_plug, codeSeconds=code_seconds
        )
        return settings

    async def activate(self, code: str, mac: str | None = None) -> Json:
        """Type in an activation code on a phone; return the phone."""
        phone: Json = await self._post("/phones/activate", code=code, mac=mac)
        return phone

    async def unplug(self, mac: str) -> Json:
        """Take a phone off the network."""
        phone: Json = await self._post("/phones/unplug", mac=mac)
        return phone

    async def plug(self, mac: str) -> Json:
        """Connect a phone to the network."""
        phone: Json = await self._post("/phones/plug", mac=mac)
        return phone

    async def report(
        self, mac: str, *, status: str | None = None, error_codes: Sequence[str] | None = None
    ) -> Json:
        """Let a phone report a status and problems; None leaves each as it is."""
        fields = {"status": status, "errorCodes": error_codes}
        phone: Json = await self._post("/phones/report", mac=mac, **fields)
        return phone

    # The base stations and handsets of DECT networks

    async def dect(self) -> list[Json]:
        """Return the DECT networks: name, location, baseStations and handsets with their states."""
        networks: list[Json] = (await self._get("/dect"))["networks"]
        return networks

    async def switch_base(self, mac: str, *, online: bool) -> Json:
        """Plug in or unplug a base station; return it."""
        base: Json = await self._post(f"/dect/bases/{mac}", online=online)
        return base

    async def pair_handset(
        self, base: str, code: str, *, index: int | None = None, mac: str | None = None
    ) -> Json:
        """Type an access code into a handset near a base station (a MAC); return the handset.

        By default it becomes the first unpaired handset with that code, and its MAC is invented.
        """
        handset: Json = await self._post(
            "/dect/handsets/pair", base=base, code=code, index=index, mac=mac
        )
        return handset

    # Play a person; every answer has the ``seq`` to wait after

    async def say(self, person: str, text: str | None = None, **options: Any) -> Json:
        """Post a message. ``options``: markdown, roomId, parentId, mention."""
        message: Json = await self._post("/say", person=person, text=text, **options)
        return message

    async def send_file(
        self, person: str, name: str, data: bytes, *, kind: str | None = None, **fields: str
    ) -> Json:
        """Send a file, such as a photo. ``fields``: text, roomId, parentId, mention (``true``).

        ``kind`` is its content type, by default that of files with such a name.
        """
        form = FormData({"person": person, **fields}, quote_fields=False)
        form.add_field(
            "file", io.BytesIO(data), filename=name, content_type=kind or guess_type(name)[0]
        )
        message: Json = await self._call("POST", "/files", data=form)
        return message

    async def edit(
        self, person: str, message_id: str, text: str | None = None, **options: Any
    ) -> Json:
        """Edit a message. ``options``: markdown, mention (default: as before)."""
        edited: Json = await self._post(
            "/edit", person=person, messageId=message_id, text=text, **options
        )
        return edited

    async def delete(self, person: str, message_id: str) -> None:
        """Delete a message."""
        await self._post("/delete", person=person, messageId=message_id)

    async def press(
        self, person: str, message_id: str, title: str | None = None, **options: Any
    ) -> Json:
        """Press the button with that title. ``options``: inputs, or data for a crafted press.

        With ``validate=True``, inputs that a client would not submit raise ControlError.
        """
        pressed: Json = await self._post(
            "/press", person=person, messageId=message_id, title=title, **options
        )
        return pressed

    async def reply(
        self,
        person: str,
        *,
        after: int,
        room: str | None = None,
        timeout: float = 10,  # noqa: ASYNC109 - the caller's limit is part of the contract
        where: Callable[[Json], bool] = anything,
    ) -> Json:
        """Return the bot's first message that changed after that number and satisfies ``where``.

        After ``timeout`` seconds it raises AssertionError, which lists the messages that came
        instead.
        """
        bot = (await self.settings())["bot"]["id"]
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        messages: list[Json] = []
        query = {"person": person, "roomId": room, "after": after}
        while (remaining := deadline - loop.time()) > 0:
            page = await self._get("/messages", **query, wait=min(remaining, POLL_SECONDS))
            for message in (m for m in page["messages"] if m["personId"] == bot and where(m)):
                reply: Json = message
                return reply
            messages += page["messages"]
            query["after"] = page["seq"]
        raise AssertionError(
            f"No such reply to {person} within {timeout} s, but {_listed(messages)}"
        )

    async def until_online(self, timeout: float = 20) -> None:  # noqa: ASYNC109 - as above
        """Return when the bot is connected; AssertionError after ``timeout`` seconds."""
        if not (await self._get("/online", wait=timeout))["botOnline"]:
            raise AssertionError(f"The bot did not come online within {timeout} s.")

    # Change facts and order faults

    async def fault(self, **fault: Any) -> str:
        """Order a fault by ``what`` and its fields (docs/sandbox.md); return its id."""
        ordered: str = (await self._post("/faults", **fault))["id"]
        return ordered

    async def faults(self) -> list[Json]:
        """Return every fault with its state and hits."""
        faults: list[Json] = (await self._get("/faults"))["faults"]
        return faults

    async def end_fault(self, fault_id: str) -> None:
        """End one fault."""
        await self._call("DELETE", f"/faults/{fault_id}")

    async def difficulties(self) -> list[Json]:
        """Return the fault presets of the page: id, title, says, on, hits, endsAt."""
        presets: list[Json] = (await self._get("/difficulties"))["difficulties"]
        return presets

    async def difficulty(self, name: str, *, on: bool = True) -> Json:
        """Turn a fault preset on or off; return its new state."""
        preset: Json = await self._post("/difficulties", id=name, on=on)
        return preset

    async def scenarios(self) -> Json:
        """Return the running scenario, and those available by name."""
        scenarios: Json = await self._get("/scenario")
        return scenarios

    async def scenario(self, **scenario: Any) -> None:
        """Start a scenario: by ``name``, or given in full (seed, settings, fault)."""
        await self._post("/scenario", **scenario)

    async def end_scenario(self) -> None:
        """End the scenario's faults and restore the settings."""
        await self._call("DELETE", "/scenario")

    async def clear_faults(self) -> None:
        """End all faults."""
        await self._call("DELETE", "/faults")

    async def mercury(self, action: str, **options: Any) -> None:
        """Act on the sockets: drop, close, shutdown, stall, duplicate, offline or online."""
        await self._post("/mercury", action=action, **options)

    async def rate_limit(
        self, per_second: float | None, burst: int = 10, *, per_api: bool = False
    ) -> None:
        """Limit each token to ``per_second`` calls, ``burst`` at once; None: no limit.

        With ``per_api`` each API of a token, such as ``people``, has that limit.
        """
        await self._post("/rate-limit", perSecond=per_second, burst=burst, perApi=per_api)

    async def tokens(self, token: str, action: str) -> None:
        """Revoke or expire all bot, service_app or refresh tokens."""
        await self._post("/tokens", token=token, action=action)

    async def change_person(self, email: str, **facts: Any) -> None:
        """Change ``licences``, ``location``, ``newEmail`` or ``external``."""
        await self._post("/people", email=email, **facts)

    async def crowd(self, people: int = 0, workspaces: int = 0, phones: int = 0) -> Json:
        """Add people and workspaces, and phones for the first people with calling.

        Return what was added: ``people``, ``workspaces`` and ``phones``.
        """
        added: Json = await self._post(
            "/crowd", people=people, workspaces=workspaces, phones=phones
        )
        return added

    async def recreate_person(self, email: str) -> None:
        """Delete the account and create a new one with its address."""
        await self._post("/people/recreate", email=email)

    async def rename_locations(self, **names: str) -> None:
        """Rename locations, from each name to the new one, all at once."""
        await self._post("/locations", names=names)

    async def place_phone(self, mac: str, model: str, **owner: str) -> None:
        """Add a phone behind the bot's back, for ``ownerEmail`` or ``workspace``."""
        await self._post("/devices", mac=mac, model=model, **owner)


def _listed(messages: list[Json]) -> str:
    if not messages:
        return "nothing was said."
    lines = (f"  {m['personEmail']}: {m.get('text', '(no text)')}" for m in messages)
    return "\n".join(["this was said:", *lines])
