"""A thin client of the control API, for tests and for whoever drives a sandbox from Python."""

import asyncio
from collections.abc import Callable
from typing import Any, Final, Self

from aiohttp import ClientSession, FormData

Json = dict[str, Any]
POLL_SECONDS: Final = 5.0


class ControlError(Exception):
    """The sandbox refused; carries the HTTP status and the sentence it gave."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message


def anything(_message: Json) -> bool:
    """The condition every message meets."""
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
        if self._session is None:
            raise RuntimeError("Use the client in an 'async with'.")
        async with self._session.request(method, self._url + path, **options) as response:
            body = await response.json() if response.content_length else None
            if not response.ok:
                raise ControlError(response.status, body["message"] if body else "")
            return body

    async def _post(self, path: str, /, **values: Any) -> Any:
        given = {name: value for name, value in values.items() if value is not None}
        return await self._call("POST", path, json=given)

    async def _get(self, path: str, /, **query: Any) -> Any:
        given = {name: str(value) for name, value in query.items() if value is not None}
        return await self._call("GET", path, params=given)

    # Looking

    async def settings(self) -> Json:
        """URLs, the organization, the bot and whether it is online."""
        found: Json = await self._get("/settings")
        return found

    async def cast(self) -> list[Json]:
        """The people to play, with their roles."""
        found: list[Json] = (await self._get("/cast"))["people"]
        return found

    async def env(self) -> dict[str, str]:
        """The environment a bot needs."""
        found: dict[str, str] = await self._get("/env")
        return found

    async def rooms(self, person: str) -> list[Json]:
        """The rooms of a person: id, title, type, lastActivity."""
        found: list[Json] = (await self._get("/rooms", person=person))["rooms"]
        return found

    async def room(self, person: str, title: str) -> str:
        """The id of a person's room of that title; AssertionError when there is none."""
        rooms = await self.rooms(person)
        found = [room["id"] for room in rooms if room["title"] == title]
        if not found:
            raise AssertionError(
                f"{person} has no room '{title}', only {[r['title'] for r in rooms]}"
            )
        return str(found[0])

    async def messages(
        self,
        person: str,
        *,
        room: str | None = None,
        after: int | None = None,
        wait: float | None = None,
    ) -> list[Json]:
        """The messages of a room, oldest first; the direct room with the bot unless one is named."""
        query = {"person": person, "roomId": room, "after": after, "wait": wait}
        found: list[Json] = (await self._get("/messages", **query))["messages"]
        return found

    async def calls(self, after: int = 0) -> list[Json]:
        """The API calls that were made, oldest first."""
        found: list[Json] = (await self._get("/calls", after=after))["calls"]
        return found

    async def seq(self) -> int:
        """The number of the latest change."""
        found: int = (await self._get("/calls", after=2**62))["seq"]
        return found

    async def clear_calls(self) -> None:
        """Forget the calls so far."""
        await self._call("DELETE", "/calls")

    async def organization(self) -> Json:
        """A snapshot of the organization."""
        found: Json = await self._get("/organization")
        return found

    async def sockets(self) -> Json:
        """The bot's registrations: online, and per device what was acknowledged."""
        found: Json = await self._get("/mercury")
        return found

    # The phones on the desks

    async def phones(self) -> list[Json]:
        """Every simulated phone: mac, model, displayName, state, owner, ownerKind, takesCode."""
        found: list[Json] = (await self._get("/phones"))["phones"]
        return found

    async def activate(self, code: str, mac: str | None = None) -> Json:
        """Type an activation code in on a phone; which one came up."""
        phone: Json = await self._post("/phones/activate", code=code, mac=mac)
        return phone

    async def unplug(self, mac: str) -> Json:
        """Take a phone off the network."""
        phone: Json = await self._post("/phones/unplug", mac=mac)
        return phone

    async def plug(self, mac: str) -> Json:
        """Put a phone on the network."""
        phone: Json = await self._post("/phones/plug", mac=mac)
        return phone

    # Playing a person; every answer carries the ``seq`` to wait after

    async def say(self, person: str, text: str | None = None, **more: Any) -> Json:
        """Say something. ``more``: markdown, roomId, parentId, mention."""
        said: Json = await self._post("/say", person=person, text=text, **more)
        return said

    async def send_file(self, person: str, name: str, data: bytes, **more: str) -> Json:
        """Send a file. ``more``: text, roomId, parentId."""
        form = FormData({"person": person, **more}, quote_fields=False)
        form.add_field("file", data, filename=name)
        sent: Json = await self._call("POST", "/files", data=form)
        return sent

    async def edit(self, person: str, message_id: str, text: str) -> Json:
        """Change the words of a message."""
        edited: Json = await self._post("/edit", person=person, messageId=message_id, text=text)
        return edited

    async def delete(self, person: str, message_id: str) -> None:
        """Delete a message."""
        await self._post("/delete", person=person, messageId=message_id)

    async def press(
        self, person: str, message_id: str, title: str | None = None, **more: Any
    ) -> Json:
        """Press the button of that title. ``more``: inputs, or data for a crafted press."""
        pressed: Json = await self._post(
            "/press", person=person, messageId=message_id, title=title, **more
        )
        return pressed

    async def reply(
        self,
        person: str,
        *,
        after: int,
        room: str | None = None,
        timeout: float = 10,  # noqa: ASYNC109 - the caller's patience is part of the contract
        where: Callable[[Json], bool] = anything,
    ) -> Json:
        """The first message by the bot that changed after that number and satisfies ``where``.

        AssertionError that lists what was there instead when time (in seconds) runs out.
        """
        bot = (await self.settings())["bot"]["id"]
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        seen: list[Json] = []
        query = {"person": person, "roomId": room, "after": after}
        while (remaining := deadline - loop.time()) > 0:
            news = await self._get("/messages", **query, wait=min(remaining, POLL_SECONDS))
            for message in (m for m in news["messages"] if m["personId"] == bot and where(m)):
                found: Json = message
                return found
            seen += news["messages"]
            query["after"] = news["seq"]
        raise AssertionError(f"No such reply to {person} within {timeout} s, but {_listed(seen)}")

    async def until_online(self, timeout: float = 20) -> None:  # noqa: ASYNC109 - as above
        """Return when the bot is connected; AssertionError when time (in seconds) runs out."""
        if not (await self._get("/online", wait=timeout))["botOnline"]:
            raise AssertionError(f"The bot did not come online within {timeout} s.")

    # Meddling

    async def fault(self, **fault: Any) -> str:
        """Order a fault by ``what`` (``call`` if left out) and its fields, which docs/sandbox.md lists."""
        ordered: str = (await self._post("/faults", **fault))["id"]
        return ordered

    async def faults(self) -> list[Json]:
        """Every fault, with state and hits."""
        found: list[Json] = (await self._get("/faults"))["faults"]
        return found

    async def end_fault(self, fault_id: str) -> None:
        """Switch one fault off."""
        await self._call("DELETE", f"/faults/{fault_id}")

    async def difficulties(self) -> list[Json]:
        """The switches of the page: id, title, says, on, hits, endsAt."""
        found: list[Json] = (await self._get("/difficulties"))["difficulties"]
        return found

    async def difficulty(self, name: str, *, on: bool = True) -> Json:
        """Turn a switch on or off; how it stands then."""
        found: Json = await self._post("/difficulties", id=name, on=on)
        return found

    async def scenarios(self) -> Json:
        """The one that runs, and those that can be had by name."""
        found: Json = await self._get("/scenario")
        return found

    async def scenario(self, **scenario: Any) -> None:
        """Begin one: by ``name``, or given whole (seed, settings, fault)."""
        await self._post("/scenario", **scenario)

    async def end_scenario(self) -> None:
        """Its faults are over, and the settings are what they were."""
        await self._call("DELETE", "/scenario")

    async def clear_faults(self) -> None:
        """Let everything work again."""
        await self._call("DELETE", "/faults")

    async def mercury(self, action: str, **more: Any) -> None:
        """drop, close (code, reason), shutdown, stall, duplicate (on), offline (seconds) or online."""
        await self._post("/mercury", action=action, **more)

    async def rate_limit(self, per_second: float | None, burst: int = 10) -> None:
        """Let each token make so many calls a second, so many at once; None: any number."""
        await self._post("/rate-limit", perSecond=per_second, burst=burst)

    async def tokens(self, token: str, action: str) -> None:
        """revoke or expire: bot, service_app or refresh."""
        await self._post("/tokens", token=token, action=action)

    async def change_person(self, email: str, **facts: Any) -> None:
        """Other ``licences`` (names) or another ``location`` (name)."""
        await self._post("/people", email=email, **facts)

    async def place_phone(self, mac: str, model: str, **owner: str) -> None:
        """Put a phone there behind the bot's back, for ``ownerEmail`` or ``workspace``."""
        await self._post("/devices", mac=mac, model=model, **owner)


def _listed(messages: list[Json]) -> str:
    if not messages:
        return "nothing was said."
    said = (f"  {m['personEmail']}: {m.get('text', '(no text)')}" for m in messages)
    return "\n".join(["this was said:", *said])
