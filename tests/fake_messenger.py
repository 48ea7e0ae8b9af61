"""A messenger that remembers what was posted and removed."""

import asyncio
from dataclasses import dataclass
from typing import Any

from bot.chat.messenger import Answer, Mention, Messenger
from bot.core.errors import NotFound
from bot.core.models.files import FileMessage
from bot.core.models.people import Place, Sender
from cards import render


@dataclass(frozen=True)
class PostedMessage:
    """A message of the bot: its text, and the content of its card."""

    id: str
    place: Place | None
    email: str | None
    text: str
    card: dict[str, Any] | None
    file: FileMessage | None = None


class FakeMessenger(Messenger):
    """Remembers what was posted and removed; each of `troubles` spoils one answer.

    Spaces and emails among `unreachable` cannot be written to.
    """

    def __init__(self) -> None:
        self.posted: list[PostedMessage] = []
        self.removed: list[str] = []
        self.edits: list[tuple[str, str]] = []  # message ids and new texts
        self.troubles: list[Exception | None] = []
        self.unreachable: set[str] = set()
        self.sticky: set[str] = set()  # messages that cannot be taken away
        self.gate = asyncio.Event()  # cleared: messages do not get through
        self.gate.set()

    async def answer(self, place: Place, answer: Answer) -> str:
        """Remember it."""
        await self.gate.wait()
        return self._keep(place, None, answer)

    async def post_progress(
        self, place: Place, words: str, *, maybe_posted: bool = False
    ) -> str | None:
        """Remember it like other messages."""
        return await self.answer(place, words)

    async def edit(self, message_id: str, place: Place, text: str) -> None:
        """Remember it."""
        await self.gate.wait()
        if trouble := self.troubles.pop(0) if self.troubles else None:
            raise trouble
        self.edits.append((message_id, text))

    async def tell(self, email: str, answer: Answer) -> str:
        """Remember it."""
        return self._keep(None, email, answer)

    async def tell_account(self, sender: Sender, answer: Answer) -> str:
        """Remember it by the address of the account."""
        return await self.tell(sender.email, answer)

    async def remove(self, message_id: str | None) -> bool:
        """Remember it, even if it fails."""
        if not message_id:
            return True
        self.removed.append(message_id)
        return message_id not in self.sticky

    @property
    def texts(self) -> list[str]:
        """All texts in order."""
        return [message.text for message in self.posted]

    @property
    def standing(self) -> list[PostedMessage]:
        """The messages that were not removed."""
        gone = set(self.removed) - self.sticky
        return [message for message in self.posted if message.id not in gone]

    def _keep(self, place: Place | None, email: str | None, answer: Answer) -> str:
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble:
            raise trouble
        if {email, place.room_id if place else None} & self.unreachable:
            raise NotFound(404, "There is no such space.", "T-gone")
        message_id = f"msg-{len(self.posted) + 1}"
        if isinstance(answer, Mention):
            card = None if isinstance(answer.content, str) else render.to_content(answer.content)
            message = PostedMessage(message_id, place, email, answer.markdown, card)
        elif isinstance(answer, FileMessage):
            message = PostedMessage(message_id, place, email, answer.text, None, answer)
        else:
            card = None if isinstance(answer, str) else render.to_content(answer)
            text = answer if isinstance(answer, str) else render.to_text(answer)
            message = PostedMessage(message_id, place, email, text, card)
        self.posted.append(message)
        return self.posted[-1].id
