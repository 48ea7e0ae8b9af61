"""Answers for one person alone: about a press that concerns nobody else, and those with secrets.

Answers to presses are given once a minute.
In a space, everybody sees the buttons of a card, and some press them a second time or too late.
Such an answer goes to the presser's direct space, so that nothing is left for the others to read.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.chat.messenger import Answer, Messenger
from bot.core import logs, retry
from bot.core.errors import WebexError
from bot.core.models.people import Place, Sender
from bot.core.models.text import clean
from bot.domain.identity import key
from bot.domain.operation import PrivateAnswer
from bot.requests.interaction import ButtonPress, Reply

log = logs.get_logger("private_replies")

REPEAT_AFTER = 60.0  # seconds; until then the same answer is not given again
MAX_REMEMBERED = 1_000  # answers, the newest


@dataclass(frozen=True)
class PrivateReplies:
    """Remembers in memory who was told what: after a restart an answer may come once more."""

    clock: Callable[[], float]
    repeat_after: float = REPEAT_AFTER
    _told: dict[tuple[str, str, str], float] = field(default_factory=dict)

    def reply(self, press: ButtonPress, text: str) -> Reply:
        """The answer; an empty reply if the same press got the person the same a moment ago."""
        now, answer = self.clock(), (key(press.sender.person_id), clean(press.kind, 20), text)
        told_at = self._told.pop(answer, None)
        if told_at is not None and now - told_at < self.repeat_after:
            self._told[answer] = told_at
            return Reply(None)
        self._told[answer] = now
        if len(self._told) > MAX_REMEMBERED:
            del self._told[next(iter(self._told))]
        return Reply(text, to=press.sender)


async def post_to_presser(
    messenger: Messenger, place: Place, presser: Sender, answer: Answer
) -> None:
    """Post to the presser alone; where the bot may not write to them, where they pressed."""
    if not place.direct:
        try:
            await messenger.tell_account(presser, answer)
        except WebexError as error:
            if not retry.is_refusal(error):
                raise
            log.warning("sender_not_reached", status=error.status, tracking_id=error.tracking_id)
        else:
            return
    await messenger.answer(place, answer)


async def post_privately(
    messenger: Messenger, place: Place, person: Sender, private: PrivateAnswer
) -> None:
    """Post what has secrets to the person alone, and say so where they asked.

    It is never posted where others read, also if Webex refuses the direct message.
    """
    if place.direct:
        await messenger.answer(place, private.answer)
        return
    try:
        await messenger.tell_account(person, private.answer)
    except WebexError as error:
        if not retry.is_refusal(error):
            raise
        log.warning("requester_not_reached", status=error.status, tracking_id=error.tracking_id)
        await messenger.answer(place, private.not_sent)
    else:
        await messenger.answer(place, private.sent)
