"""Reads a message or a press from Webex: the socket only announces it.

A message arrives encrypted over the socket, and a press without its inputs; each takes one GET.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.chat import message_text
from bot.chat.events import CARD_ACTION, JOINED, MESSAGE, Event
from bot.chat.message_text import MessageText, spoken_text
from bot.core.errors import WebexError
from bot.core.models.people import Grant, Place, Sender
from bot.core.models.requests import Request
from bot.core.models.text import clean
from bot.domain.command_parser import Command, Unknown
from bot.domain.identity import Identities
from bot.domain.message_parser import MessageParser
from bot.store import approvals
from bot.store import requests as request_rows
from bot.store.database import Store
from bot.webex.messaging import MessagesApi, public_id

# Presses that only lead to a form or a plan.
HARMLESS_PRESSES = frozenset({"continue", "continue anyway", "try", "change", "another"})
MAX_READS_OF_EDIT = 3
READ_EDIT_AGAIN = 1.0  # seconds; an edit that Webex does not show by then is read as it is
SAME_EDIT = 1.0  # seconds by which the socket and REST may date one edit differently


@dataclass(frozen=True)
class IncomingEvent:
    """An event with its contents.

    Of a message, `message_key` is its uuid; the `event_id` of an edit is another one.
    """

    event_id: str
    sender: Sender
    place: Place
    message_key: str = ""
    message: MessageText = field(default_factory=MessageText)
    files: tuple[str, ...] = ()  # the addresses of those in a message
    commands: tuple[Command | Unknown, ...] = ()  # what it asks for, in order
    sent_at: float | None = None  # Unix seconds
    inputs: Mapping[str, Any] | None = None  # of a press
    card_id: str | None = None
    repeat_notice: str = ""  # why a decision must be repeated; empty if it is carried out
    is_to_everybody: bool = False  # it mentions the whole space, and not the bot
    is_join: bool = False  # the bot was added to the space; nobody wrote anything
    read_since: float | None = None  # by the clock of identities: when reading the presser began
    waited: float = 0.0  # seconds since it was received, before it is handled
    grants: tuple[Grant, ...] | None = None  # the sender's, if they were read for this command
    acts: bool = False  # whether it may change something: a decision, no form and no question

    @property
    def did(self) -> str:
        """What the person did, as part of a sentence."""
        inputs = self.inputs or {}
        if "request" in inputs:
            return f"pressed {clean(str(inputs.get('press')), 20).capitalize()}"
        return f"wrote “{clean(self.message.shown or str(inputs.get('say', '')), 60)}”"


@dataclass(frozen=True)
class EventReader:
    """Reads the contents of events. `me` are the ids by which people mention the bot."""

    me: frozenset[str]
    cluster_of: Callable[[str], str]
    messages: MessagesApi
    identities: Identities
    store: Store
    parser: MessageParser

    async def read(self, event: Event) -> IncomingEvent:
        """The message or press. Raises WebexError if Webex does not return it, or not yet."""
        if event.kind == JOINED:
            return IncomingEvent(event.id, Sender("", ""), self.place_of(event), is_join=True)
        if event.kind == CARD_ACTION:
            return await self._read_press(event)
        return await self._read_message(event)

    def place_of(self, event: Event) -> Place:
        """Where it happened, as far as the socket tells: it does not tell the thread of a press."""
        room_id = self._public_id("ROOM", event, event.room)
        is_threaded = event.kind == MESSAGE and not event.direct
        thread_id = self._public_id("MESSAGE", event, event.message_key) if is_threaded else None
        return Place(room_id, event.direct, thread_id)

    def actor_of(self, event: Event) -> str:
        """The id of the person who did it."""
        return self._public_id("PEOPLE", event, event.actor)

    def _public_id(self, kind: str, event: Event, key: str) -> str:
        return public_id(kind, key, event.cluster or self.cluster_of(event.host))

    async def _read_message(self, event: Event) -> IncomingEvent:
        message = await self._newest_version(event)
        sender = Sender(message["personId"], str(message.get("personEmail") or "").strip().lower())
        direct = message.get("roomType", "group") == "direct"
        # In group spaces the bot replies in a thread; in direct ones only if there is one already.
        thread_id = message.get("parentId") or (None if direct else message["id"])
        speech, files = spoken_text(message, self.me), _texts(message, "files")
        is_only_file = bool(files) and not speech.text
        commands = () if is_only_file else self.parser.parse_all(speech.text)
        return IncomingEvent(
            event.id,
            sender,
            Place(message["roomId"], direct, thread_id),
            message_key=event.message_key,
            message=speech,
            files=files,
            commands=commands,
            is_to_everybody=self._is_to_everybody(message),
            sent_at=message_text.sent_at(message, edited=bool(event.message)),
            acts=self.parser.acts_at_once(commands),
        )

    def _is_to_everybody(self, message: Mapping[str, Any]) -> bool:
        mentions_bot = self.me.intersection(_texts(message, "mentionedPeople"))
        return bool(_texts(message, "mentionedGroups")) and not mentions_bot

    async def _newest_version(self, event: Event) -> Mapping[str, Any]:
        """The message. After an edit, Webex may show the old text for a moment: read it again."""
        message_id = self._public_id("MESSAGE", event, event.message_key)
        message = await self.messages.message(message_id)
        for _ in range(MAX_READS_OF_EDIT - 1):
            if not _is_outdated(message, event):
                break
            await asyncio.sleep(READ_EDIT_AGAIN)
            message = await self.messages.message(message_id)
        return message

    async def _read_press(self, event: Event) -> IncomingEvent:
        identities = self.identities
        read_since = identities.clock()
        # A press has no email address; the person is read at the same time.
        action, _ = await asyncio.gather(
            self.messages.action(self._public_id("ATTACHMENT_ACTION", event, event.id)),
            identities.read_ahead(self.actor_of(event)),
        )
        submitted = action.get("inputs")
        inputs = submitted if isinstance(submitted, dict) else {}
        card_id = str(action.get("messageId") or "")
        commands = _command_of(inputs, self.parser)
        return IncomingEvent(
            event.id,
            Sender(action["personId"], ""),
            await self._place_of_press(action, inputs, card_id, direct=event.direct),
            sent_at=message_text.sent_at(action),
            inputs=inputs,
            card_id=card_id,
            read_since=read_since,
            commands=commands,
            acts=_is_decision(inputs) or self.parser.acts_at_once(commands),
        )

    async def _place_of_press(
        self, action: Mapping[str, Any], inputs: Mapping[str, Any], card_id: str, *, direct: bool
    ) -> Place:
        """The place of a press, with the thread of its request or of its card.

        A press does not name its thread (docs/webex/messaging.md §4.6). The request is used only if
        its own card or requester names it: the thread of a reply must not tell which codes exist.
        """
        room_id, code = str(action["roomId"]), request_code(inputs)
        if direct:
            return Place(room_id, direct=True)
        request = await self.store.call(request_rows.find, code) if code else None
        if request is not None and _belongs_to(request, action):
            return request.place
        if await self.store.call(approvals.is_shown_by, card_id):
            return Place(room_id, direct=False)  # approval cards are outside threads
        try:
            card = await self.messages.message(card_id)
        except WebexError:
            return Place(room_id, direct=False)
        return Place(room_id, direct=False, thread_id=card.get("parentId"))


def _is_outdated(message: Mapping[str, Any], event: Event) -> bool:
    """Whether the message is still what it was before this edit."""
    if not event.message or event.at is None:
        return False
    updated = message_text.sent_at(message, edited=True)
    return updated is None or updated < event.at - SAME_EDIT


def _is_decision(inputs: Mapping[str, Any]) -> bool:
    """Whether a press on the card of a request may do more than lead to a form or a plan."""
    return "request" in inputs and str(inputs.get("press")) not in HARMLESS_PRESSES


def _command_of(inputs: Mapping[str, Any], parser: MessageParser) -> tuple[Command | Unknown, ...]:
    """The command that a button stands for; a button of a request stands for none."""
    say = inputs.get("say")
    return (parser.parse(say),) if isinstance(say, str) and "request" not in inputs else ()


def _texts(message: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """An optional list of a message."""
    listed = message.get(key)
    return tuple(str(text) for text in listed) if isinstance(listed, list) else ()


def _belongs_to(request: Request, action: Mapping[str, Any]) -> bool:
    """Whether the request's own card or requester pressed, in the request's space."""
    in_its_space = action["roomId"] == request.place.room_id
    by_requester = action["personId"] == request.requester.person_id
    return in_its_space and (by_requester or action.get("messageId") == request.card_id)


def request_code(inputs: Mapping[str, Any]) -> str:
    """The code of the request that a press names, as a short clean string."""
    return clean(str(inputs.get("request", "")), 20)
