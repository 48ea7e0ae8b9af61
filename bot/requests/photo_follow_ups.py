"""A photo and its words in two messages, as phones send them: one completes the other."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from bot.chat.event_reader import IncomingEvent
from bot.core.models.requests import Request
from bot.domain.message_parser import MessageParser
from bot.requests.drafts import Drafts
from bot.store import requests as requests_table
from bot.webex.messaging import key_of

FORM_STAYS_OPEN = 600.0  # seconds in which a photo or an owner belongs to an open form
CAPTION_WAITS = 120.0  # seconds in which words belong to the photo behind them
MAX_CAPTIONS = 500


@dataclass(frozen=True)
class OpenForms:
    """Finds the form that a person has just opened in the place of a message."""

    drafts: Drafts
    started_at: float = 0.0  # Unix seconds: when this process began

    async def newest(
        self, incoming: IncomingEvent, lacks: Callable[[Request], bool]
    ) -> Request | None:
        """The newest form of the sender there; None if it is too old or lacks nothing."""
        person = incoming.sender.person_id
        forms = await self.drafts.store.call(requests_table.forms, person, 1)
        return next(
            (form for form in forms if self._is_meant(form, incoming) and lacks(form)), None
        )

    async def completed_before(
        self, incoming: IncomingEvent, holds: Callable[[Request], bool]
    ) -> Request | None:
        """The newest draft of the sender there, if it holds what the message told.

        None for messages that no earlier process can have read: it may have completed the form,
        and died before the answer.
        """
        if self.drafts.clock() - incoming.waited >= self.started_at:
            return None
        person = incoming.sender.person_id
        newest = partial(requests_table.forms, person_id=person, limit=1, with_plans=True)
        drafts = await self.drafts.store.call(newest)
        return next(
            (draft for draft in drafts if self._is_meant(draft, incoming) and holds(draft)), None
        )

    def _is_meant(self, form: Request, incoming: IncomingEvent) -> bool:
        is_here = form.place.room_id == incoming.place.room_id
        is_here = is_here and _may_belong(incoming, form.place.thread_id)
        return is_here and self.drafts.clock() - form.created_at < FORM_STAYS_OPEN


@dataclass(frozen=True)
class RecentCaptions:
    """What people wrote for whom a phone is, before they sent its photo. Lost with the process."""

    clock: Callable[[], float]
    _kept: dict[tuple[str, str], tuple[IncomingEvent, float]] = field(default_factory=dict)

    def keep(self, incoming: IncomingEvent) -> None:
        """Keep the text of a message for a photo that may follow."""
        key = _key(incoming)
        self._kept.pop(key, None)
        self._kept[key] = (incoming, self.clock())
        if len(self._kept) > MAX_CAPTIONS:
            del self._kept[next(iter(self._kept))]

    def put_on(self, incoming: IncomingEvent, parser: MessageParser) -> IncomingEvent:
        """A photo without words, with those that its sender wrote right before it; used once."""
        caption, kept_at = self._kept.pop(_key(incoming), (None, 0.0))
        if caption is None or incoming.message.text or self.clock() - kept_at > CAPTION_WAITS:
            return incoming
        if not _may_belong(incoming, caption.place.thread_id):
            return incoming
        text = caption.message.text
        message = replace(incoming.message, text=text)
        return replace(incoming, message=message, commands=parser.parse_all(text))


def _key(incoming: IncomingEvent) -> tuple[str, str]:
    return incoming.sender.person_id, incoming.place.room_id


def _may_belong(incoming: IncomingEvent, thread_id: str | None) -> bool:
    """Whether a message may belong to that thread: it is in it, or in none of its own.

    In a group space, a message outside all threads begins one.
    """
    own = incoming.place.thread_id
    is_reply = own is not None and key_of(own) != incoming.message_key
    return not is_reply or own == thread_id
