"""The messaging APIs, with the bot's token (webex-messaging.md §3). Ids are opaque strings."""

import base64
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from bot import tally
from bot.errors import NotFound
from bot.webex.client import Client
from bot.webex.shapes import changes, reads

CARD = "application/vnd.microsoft.card.adaptive"


class MessagesApi:
    """Read what people said and pressed; post, edit and delete what the bot says."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @reads
    async def me(self) -> dict[str, Any]:
        """`GET /people/me`."""
        return _with("id", await self._client.get("people/me"))

    @reads
    async def person(self, person_id: str) -> dict[str, Any]:
        """`GET /people/{id}`."""
        return _with("id", await self._client.get(f"people/{person_id}"))

    async def room(self, room_id: str) -> dict[str, Any]:
        """`GET /rooms/{id}`; NotFound where the bot is no member."""
        found: dict[str, Any] = await self._client.get(f"rooms/{room_id}")
        return found

    @reads
    async def message(self, message_id: str) -> dict[str, Any]:
        """`GET /messages/{id}`; NotFound also for what the bot may not see."""
        return _with("id personId roomId", await self._client.get(f"messages/{message_id}"))

    def rooms(self) -> AsyncGenerator[dict[str, Any], None]:
        """`GET /rooms`: the bot's spaces, those where something was said last first."""
        return _whole("id", self._client.pages("rooms", sortBy="lastactivity", max=100))

    def memberships(self) -> AsyncGenerator[dict[str, Any], None]:
        """`GET /memberships` without a space: the bot's own, in no order."""
        return _whole("roomId created", self._client.pages("memberships", max=100))

    def said_in(self, room_id: str, *, direct: bool) -> AsyncGenerator[dict[str, Any], None]:
        """`GET /messages`, newest first; in group spaces a bot may list only where it is mentioned."""
        mentioned = None if direct else "me"
        rows = self._client.pages("messages", roomId=room_id, mentionedPeople=mentioned, max=50)
        return _whole("id personId roomId", rows)

    @reads
    async def action(self, action_id: str) -> dict[str, Any]:
        """`GET /attachment/actions/{id}`: what a press submitted."""
        return _with(
            "id personId roomId", await self._client.get(f"attachment/actions/{action_id}")
        )

    @changes
    async def post(
        self,
        *,
        text: str,
        room_id: str | None = None,
        email: str | None = None,
        parent_id: str | None = None,
        card: dict[str, Any] | None = None,
    ) -> str:
        """`POST /messages` to a space or to one person; answers the message id."""
        body: dict[str, Any] = {"roomId": room_id} if room_id else {"toPersonEmail": email}
        body["text"] = text
        if parent_id:
            body["parentId"] = parent_id
        if card is not None:
            body["attachments"] = [{"contentType": CARD, "content": card}]
        answer = await self._client.change("POST", "messages", body)
        tally.current().replied()
        return str(answer["id"])

    async def edit(self, message_id: str, room_id: str, text: str) -> None:
        """`PUT /messages/{id}`: ten times at most, and never a message with a card."""
        await self._client.change(
            "PUT", f"messages/{message_id}", {"roomId": room_id, "text": text}
        )

    async def delete(self, message_id: str) -> None:
        """`DELETE /messages/{id}`; one that is gone already is as good as deleted."""
        try:
            await self._client.change("DELETE", f"messages/{message_id}")
        except NotFound:
            return


def _with(names: str, answer: Any) -> dict[str, Any]:
    """The answer, which must be an object in which these are words; ValueError or KeyError."""
    if not isinstance(answer, dict):
        raise TypeError("no object")
    if not all(isinstance(answer[name], str) for name in names.split()):
        raise ValueError("no words")
    return answer


async def _whole(
    names: str, rows: AsyncGenerator[Any, None]
) -> AsyncGenerator[dict[str, Any], None]:
    """The rows with all of these; one that is broken must not hide the others."""
    async with aclosing(rows):
        async for row in rows:
            if isinstance(row, dict) and all(
                isinstance(row.get(one), str) for one in names.split()
            ):
                yield row


def public_id(kind: str, key: str, cluster: str = "us") -> str:
    """The REST id of what the socket names by uuid (webex-messaging.md §0.4), sparing a call."""
    return base64.b64encode(f"ciscospark://{cluster}/{kind}/{key}".encode()).decode().rstrip("=")


def key_of(public: str) -> str:
    """The uuid inside a REST id, to recognise the bot itself on the socket; empty if there is none."""
    return _parts(public)[2]


def cluster_in(public: str) -> str:
    """The cluster inside a REST id; empty if there is none."""
    return _parts(public)[0]


def _parts(public: str) -> list[str]:
    """`ciscospark://CLUSTER/KIND/KEY`, decoded and taken apart."""
    try:
        text = base64.b64decode(public + "=" * (-len(public) % 4)).decode()
    except ValueError:
        return ["", "", ""]
    parts = text.removeprefix("ciscospark://").split("/", 2)
    return parts if text.startswith("ciscospark://") and len(parts) == 3 else ["", "", ""]
