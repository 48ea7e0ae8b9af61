"""The messaging APIs, called with the bot's token. See docs/webex/messaging.md §3."""

import base64
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from bot.core import call_stats
from bot.core.errors import NotFound, WebexError
from bot.core.models.files import FileFacts, FileMessage
from bot.core.models.webex import id_parts, uuid_in
from bot.webex import responses
from bot.webex.client import Client
from bot.webex.paths import part
from bot.webex.response_guard import guarded_read, guarded_write

CARD = "application/vnd.microsoft.card.adaptive"


class MessagesApi:
    """Reads messages and presses; posts, edits and deletes the bot's messages."""

    def __init__(
        self, client: Client, note_created: Callable[[float | None], None] | None = None
    ) -> None:
        """`note_created` receives the time at which Webex has just created a message of the bot."""
        self._client = client
        self._note_created = note_created

    @guarded_read
    async def me(self) -> dict[str, Any]:
        """`GET /people/me`."""
        return _require("id", await self._client.get("people/me"))

    @guarded_read
    async def person(self, person_id: str) -> dict[str, Any]:
        """`GET /people/{id}`."""
        return _require("id", await self._client.get(f"people/{part(person_id)}"))

    @guarded_read
    async def people(self, email: str) -> list[dict[str, Any]]:
        """`GET /people?email=`: people with exactly this address, in any organization."""
        body = await self._client.get("people", email=email)
        return [_require("id", row) for row in body["items"]]

    async def room(self, room_id: str) -> dict[str, Any]:
        """`GET /rooms/{id}`; NotFound if the bot is not a member."""
        room: dict[str, Any] = await self._client.get(f"rooms/{part(room_id)}")
        return room

    @guarded_read
    async def message(self, message_id: str) -> dict[str, Any]:
        """`GET /messages/{id}`; NotFound also if the bot may not see it."""
        return _require(
            "id personId roomId", await self._client.get(f"messages/{part(message_id)}")
        )

    def rooms(self) -> AsyncGenerator[dict[str, Any], None]:
        """`GET /rooms`: the bot's spaces, the most recently active first."""
        return _complete("id", self._client.pages("rooms", sortBy="lastactivity", max=100))

    def memberships(self) -> AsyncGenerator[dict[str, Any], None]:
        """`GET /memberships` without a space: the bot's own, unordered."""
        return _complete("roomId created", self._client.pages("memberships", max=100))

    @guarded_read
    async def members(self, room_id: str, limit: int) -> list[dict[str, Any]]:
        """`GET /memberships?roomId=`: up to `limit` members of a space that the bot is in."""
        rows = self._client.pages("memberships", roomId=room_id, max=100)
        members: list[dict[str, Any]] = []
        async with aclosing(_complete("personEmail", rows)) as complete:
            async for row in complete:
                members.append(row)
                if len(members) >= limit:
                    break
        return members

    def in_room(self, room_id: str, *, direct: bool) -> AsyncGenerator[dict[str, Any], None]:
        """`GET /messages`, newest first; in group spaces only messages that mention the bot."""
        mentioned = None if direct else "me"
        rows = self._client.pages("messages", roomId=room_id, mentionedPeople=mentioned, max=50)
        return _complete("id personId roomId", rows)

    def with_person(
        self, *, person_id: str | None, email: str | None
    ) -> AsyncGenerator[dict[str, Any], None]:
        """`GET /messages/direct`: the direct space with this person, newest first."""
        rows = self._client.pages("messages/direct", personId=person_id, personEmail=email)
        return _complete("id personId roomId", rows)

    @guarded_read
    async def action(self, action_id: str) -> dict[str, Any]:
        """`GET /attachment/actions/{id}`: the inputs of a press."""
        return _require(
            "id personId roomId", await self._client.get(f"attachment/actions/{part(action_id)}")
        )

    @guarded_read
    async def file_facts(self, url: str) -> FileFacts:
        """`HEAD /contents/{id}`: name, type and size of a file, as far as Webex tells them."""
        return responses.file_facts(await self._client.headers(_file_path(url)))

    async def file_content(self, url: str, max_bytes: int) -> tuple[bytes, FileFacts]:
        """`GET /contents/{id}`, not retried: the bytes of a file, and what the headers tell of it.

        RateLimited with status 423 while it is scanned; status 413 if it has more bytes.
        """
        content, headers = await self._client.download(_file_path(url), max_bytes)
        return content, responses.file_facts(headers)

    @guarded_write
    async def post(  # noqa: PLR0913 - the fields of the call
        self,
        *,
        text: str,
        room_id: str | None = None,
        person_id: str | None = None,
        email: str | None = None,
        parent_id: str | None = None,
        card: dict[str, Any] | None = None,
        markdown: str | None = None,
    ) -> str:
        """`POST /messages` to a space or to one person; returns the message id.

        Clients show `markdown`, if there is one, in place of the text.
        """
        body: dict[str, Any] = _destination(room_id, person_id, email) | {"text": text}
        if markdown:
            body["markdown"] = markdown
        if parent_id:
            body["parentId"] = parent_id
        if card is not None:
            body["attachments"] = [{"contentType": CARD, "content": card}]
        return self._posted(await self._client.change("POST", "messages", body))

    @guarded_write
    async def post_file(
        self,
        file: FileMessage,
        *,
        room_id: str | None = None,
        person_id: str | None = None,
        email: str | None = None,
        parent_id: str | None = None,
    ) -> str:
        """`POST /messages` as a form with a text and one file; returns the message id.

        See docs/webex/messaging.md §3.
        """
        fields = _destination(room_id, person_id, email) | {"text": file.text}
        if parent_id:
            fields["parentId"] = parent_id
        return self._posted(await self._client.upload("messages", fields, file))

    def _posted(self, answer: Any) -> str:
        message_id = str(answer["id"])
        call_stats.current().replied()
        if self._note_created is not None:
            self._note_created(responses.timestamp(answer.get("created")))
        return message_id

    async def edit(self, message_id: str, room_id: str, text: str) -> None:
        """`PUT /messages/{id}`: at most ten times, and never for a message with a card."""
        await self._client.change(
            "PUT", f"messages/{part(message_id)}", {"roomId": room_id, "text": text}
        )

    async def delete(self, message_id: str) -> None:
        """`DELETE /messages/{id}`; a message that is gone already counts as deleted.

        A 404 may be an error of Webex: raises NotFound if the message can still be read.
        """
        try:
            await self._client.change("DELETE", f"messages/{part(message_id)}")
        except NotFound:
            if await self._can_be_read(message_id):
                raise

    async def _can_be_read(self, message_id: str) -> bool:
        try:
            await self.message(message_id)
        except WebexError:
            return False
        return True


def _file_path(url: str) -> str:
    """The path of a file. Only the id is taken from the address, because calls carry the token."""
    _, separator, content_id = url.rpartition("/contents/")
    return f"contents/{part(content_id if separator else '')}"


def _destination(room_id: str | None, person_id: str | None, email: str | None) -> dict[str, Any]:
    """The one destination that `POST /messages` takes."""
    if room_id:
        return {"roomId": room_id}
    return {"toPersonId": person_id} if person_id else {"toPersonEmail": email}


def _require(names: str, answer: Any) -> dict[str, Any]:
    """The answer, which must be an object with these strings; else TypeError or KeyError."""
    if not isinstance(answer, dict):
        raise TypeError("not an object")
    if not all(isinstance(answer[name], str) for name in names.split()):
        raise TypeError("not a string")
    return answer


async def _complete(
    names: str, rows: AsyncGenerator[Any, None]
) -> AsyncGenerator[dict[str, Any], None]:
    """The rows with all of these strings; a broken row must not hide the others."""
    async with aclosing(rows):
        async for row in rows:
            if isinstance(row, dict) and all(
                isinstance(row.get(name), str) for name in names.split()
            ):
                yield row


def public_id(kind: str, key: str, cluster: str = "us") -> str:
    """The REST id for a uuid of the socket (docs/webex/messaging.md §0.4), without a call."""
    return base64.b64encode(f"ciscospark://{cluster}/{kind}/{key}".encode()).decode().rstrip("=")


def key_of(public: str) -> str:
    """The uuid inside a REST id; empty if there is none."""
    return uuid_in(public)


def cluster_in(public: str) -> str:
    """The cluster inside a REST id; empty if there is none."""
    return id_parts(public)[0]
