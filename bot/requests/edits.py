"""Edited messages: what they had opened is cancelled, unless somebody went on with it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.chat.event_reader import IncomingEvent
from bot.chat.progress import Progress
from bot.core.errors import Refused
from bot.core.models.people import Grant, Sender
from bot.core.models.requests import Request
from bot.core.models.text import join_words
from bot.domain.command_parser import Command, Unknown
from bot.domain.plan import Outcome
from bot.requests.authorization import Authorization
from bot.requests.form_secrets import FormSecrets
from bot.requests.lifecycle import State
from bot.requests.transitions import Transitions
from bot.requests.views import was_stopped
from bot.store import message_versions
from bot.store import requests as requests_table
from bot.store.database import Store
from bot.store.message_versions import Version, checksum
from bot.store.sql import Database

# What a request does that cannot be taken back by editing the message. A request that ended without
# a change is no obstacle: the edit may correct what it failed at.
ACTED_ON = {
    State.WAITING: "is waiting for an approver",
    State.APPROVED: "is confirmed and about to run",
    State.RUNNING: "is running",
    State.UNKNOWN: "is being checked",
    State.DONE: "is done",
    State.PARTLY: "is partly done",
}


@dataclass(frozen=True)
class ToAnswer:
    """A message that needs an answer: the id under which its commands open requests.

    `grants` are the sender's, read with it.
    """

    own_id: str
    grants: tuple[Grant, ...]


@dataclass(frozen=True)
class Edits:
    """Decides whether a message, or an edit of one, needs an answer."""

    store: Store
    authorization: Authorization
    transitions: Transitions
    form_secrets: FormSecrets
    progress: Progress

    async def begin(
        self, incoming: IncomingEvent, commands: Sequence[Command | Unknown]
    ) -> ToAnswer | None:
        """Note the version of the message that was read; None: no answer is needed.

        Cancels what earlier versions of the message opened. Refused if one of them was acted on;
        Stranger before anything else.
        """
        version = Version(
            incoming.message_key,
            incoming.event_id,
            checksum(incoming.message.text),
            _checksum_of(commands),
        )
        grants, number = await self.store.call_without_fsync(self._read, incoming.sender, version)
        if number is None:
            return None
        own_id = f"{incoming.message_key}#e{number}" if number else incoming.message_key
        if number:
            await self._replace_earlier(incoming, own_id)
        return ToAnswer(own_id, grants)

    def _read(
        self, db: Database, sender: Sender, version: Version
    ) -> tuple[tuple[Grant, ...], int | None]:
        """Check that the sender is on the list and note the version in one transaction."""
        grants = self.authorization.grants_or_deny(db, sender)
        return grants, message_versions.read(db, version, self.transitions.clock())

    def failed(self, incoming: IncomingEvent) -> None:
        """Note that the message was refused: an edit is answered even if it asks for the same."""
        self.store.write_behind(message_versions.set_not_answered, incoming.message_key)

    async def _replace_earlier(self, incoming: IncomingEvent, own_id: str) -> None:
        opened = await self.store.call(requests_table.opened_by_message, incoming.message_key)
        earlier = [request for request in opened if not _is_of(request, own_id)]
        _refuse_if_acted_on(earlier)
        drafts = [request for request in earlier if request.state == State.DRAFT]
        for draft in drafts:
            await self._cancel(draft, incoming.sender)
        self.progress.delete_soon([draft.card_id for draft in drafts if draft.card_id])

    async def _cancel(self, draft: Request, sender: Sender) -> None:
        """Cancel a draft. Refused if it was confirmed meanwhile."""
        try:
            await self.transitions.apply(draft, State.CANCELLED, by=sender, told=1)
        except Refused:
            moved_on = await self.transitions.find(draft.code)
            if moved_on.state == State.DRAFT:
                await self._cancel(moved_on, sender)
            _refuse_if_acted_on([moved_on])
        self.form_secrets.forget(draft.code)


def _checksum_of(commands: Sequence[Command | Unknown]) -> str:
    """Empty if a part of the message was not understood, or was misspelt."""
    if any(isinstance(command, Unknown) or command.corrected for command in commands):
        return ""
    return checksum(repr(commands))


def _is_of(request: Request, own_id: str) -> bool:
    """Whether this version of the message opened the request."""
    return request.event_id == own_id or request.event_id.startswith(f"{own_id}#")


def _refuse_if_acted_on(requests: Sequence[Request]) -> None:
    """Refused with the state of each request that was acted on, and what can be done."""
    acted_on = [request for request in requests if _acted_on(request)]
    if acted_on:
        states = [f"{request.code} {_acted_on(request)}" for request in acted_on]
        advice = "".join(_advice(request) for request in acted_on)
        raise Refused(
            f"I acted on that message before you edited it: {join_words(states, 'and')}. The edit "
            f"changes nothing.{advice} If you need something else, please write a new message."
        )


def _acted_on(request: Request) -> str:
    """What it does or did that an edit does not take back; empty if nothing."""
    if was_stopped(request):
        return "was stopped"
    return ACTED_ON.get(State(request.state), "")


def _advice(request: Request) -> str:
    if request.state == State.WAITING:
        return f" To stop {request.code}, type “cancel {request.code}”."
    if Outcome.model_validate(request.outcome or {"title": ""}).undo is not None:
        return f" To take {request.code} back, type “undo {request.code}”."
    return ""
