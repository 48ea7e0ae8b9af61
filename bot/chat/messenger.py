"""Posts cards and sentences: to the place where somebody asked, or to one person alone."""

import asyncio
import re
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, TypeAlias

from adaptivecardbuilder import AdaptiveCard

from bot.core import logs, retry
from bot.core.errors import OutcomeUnknown, WebexError
from bot.core.models.files import FileMessage
from bot.core.models.people import Place, Sender
from bot.core.models.text import clean
from bot.webex import responses
from bot.webex.messaging import MessagesApi
from bot.webex.rate_limiter import short_wait
from cards import render

log = logs.get_logger("messenger")

NOTICE_TIMEOUT = 10.0  # seconds for a notice that nobody waits for
MAX_SEARCHED = 50  # messages; one that was just posted is among the newest
FIND_TIMEOUT = 10.0  # seconds; then it is posted again: twice is better than never
# Seconds before the first attempt, as Webex's time is known to a second or so. Not more: after a
# restart, the same words that answered an earlier command would pass for the answer to this one.
FIND_SINCE = 2.0
MAX_KNOWN = 500  # ids of messages whose posting Webex confirmed: the lost one is another

_MARKUP = re.compile(r"([\\`*_\[\]<>~|])")  # of markdown, within a line
_LINE_START = re.compile(r"^([#+-])")  # of a heading or a list
PARAGRAPH = "\n\n"
MAX_NAME = 60  # characters


Content: TypeAlias = AdaptiveCard | str


@dataclass(frozen=True)
class Mention:
    """A text or card for one member of a group space, whom Webex notifies because it mentions them.

    Clients that show the card do not show the mention, which is in the text of the message.
    """

    person: Sender
    content: Content

    @property
    def text(self) -> str:
        """What it says, without the mention."""
        return _content(self.content)[0]

    @property
    def markdown(self) -> str:
        """The mention, then the text as it is: nothing in it is read as markdown."""
        name = re.sub(r"[<>|]", "", clean(self.person.shown, MAX_NAME))
        lines = (_LINE_START.sub(r"\\\1", _MARKUP.sub(r"\\\1", line)) for line in self._lines())
        return f"<@personId:{self.person.person_id}|{name}> {PARAGRAPH.join(lines)}"

    def _lines(self) -> list[str]:
        return [line.strip() for line in self.text.splitlines() if line.strip()]


Answer: TypeAlias = Content | FileMessage | Mention
FILE_REFUSED = (
    "Webex did not accept the file “{name}” here. Files may be switched off in this space or in "
    "your organization: ask me in a direct message, or ask your Webex administrator."
)


class Messenger:
    """Posts what the bot says. A card always goes along with its text.

    See docs/webex/messaging.md §4.3.
    """

    def __init__(self, messages: MessagesApi, webex_now: Callable[[], float] = time.time) -> None:
        """`webex_now` is the time that Webex puts on messages, in Unix seconds."""
        self._messages, self._webex_now = messages, webex_now
        self._known: deque[str] = deque(maxlen=MAX_KNOWN)

    async def answer(self, place: Place, answer: Answer) -> str:
        """Post to a place, in its thread if it has one; returns the message id."""
        thread_ids = [place.thread_id, None] if place.thread_id else [None]
        targets = [{"room_id": place.room_id, "parent_id": parent_id} for parent_id in thread_ids]
        return await self._post_answer(answer, targets, listable=place.direct)

    async def tell(self, email: str, answer: Answer) -> str:
        """Post to the person with this email address."""
        return await self._post_answer(answer, [{"email": email}])

    async def tell_account(self, sender: Sender, answer: Answer) -> str:
        """Post to one account: its email address may belong to somebody else by now.

        If Webex refuses `toPersonId` as a bad request, use the address.
        """
        if not sender.person_id:
            return await self.tell(sender.email, answer)
        try:
            return await self._post_answer(answer, [{"person_id": sender.person_id}])
        except WebexError as error:
            if error.status != HTTPStatus.BAD_REQUEST:
                raise
        return await self.tell(sender.email, answer)

    async def try_tell(
        self, recipient: Sender, answer: Answer, *, time_limit: float = NOTICE_TIMEOUT
    ) -> str | None:
        """Post to a person within `time_limit` seconds; returns the message id.

        None if that fails: for notices that must hold nothing else up. Without a person id it goes
        to the address.
        """
        outcome = await self.tell_or_error(recipient, answer, time_limit=time_limit)
        return outcome if isinstance(outcome, str) else None

    async def tell_or_error(
        self, recipient: Sender, answer: Answer, *, time_limit: float = NOTICE_TIMEOUT
    ) -> str | WebexError | TimeoutError:
        """Post to a person like `try_tell`; the message id, or why that failed."""
        try:
            with short_wait():
                async with asyncio.timeout(time_limit):
                    return await self.tell_account(recipient, answer)
        except WebexError as error:
            log.warning("notification_failed", status=error.status, tracking_id=error.tracking_id)
            return error
        except TimeoutError as error:
            log.warning("notification_failed", status=0, tracking_id="")
            return error

    async def post_progress(
        self, place: Place, answer: Content, *, maybe_posted: bool = False
    ) -> str | None:
        """Post a message that is removed later, and whose text is unique; returns its id.

        If the answer is lost, look for the message instead of posting it again, or the first one
        would stay. None if it is not found: in group spaces a bot cannot list its own messages.
        """
        text, card = _content(answer)
        if maybe_posted and place.direct and (message_id := await self._find(place, text)):
            return message_id
        try:
            return await self._messages.post(
                text=text, card=card, room_id=place.room_id, parent_id=place.thread_id
            )
        except OutcomeUnknown:
            return await self._find(place, text) if place.direct else None

    async def edit(self, message_id: str, place: Place, text: str) -> None:
        """Replace the text of a message without a card, at most ten times."""
        await self._messages.edit(message_id, place.room_id, text)

    async def _find(self, place: Place, text: str) -> str | None:
        """The id of a recent message with this text."""
        recent = self._messages.in_room(place.room_id, direct=True)
        return await _first(recent, lambda message: message.get("text") == text)

    async def _find_lost(self, message: Mapping[str, Any], since: float) -> str | None:
        """The id of a message that was posted, although Webex's answer was lost; None if unknown.

        In a group space a bot cannot list its own messages (docs/webex/messaging.md §3).
        """

        def is_lost_one(row: Mapping[str, Any]) -> bool:
            created_at = responses.timestamp(row.get("created"))
            is_recent = created_at is not None and created_at >= since
            return row.get("text") == message["text"] and is_recent and row["id"] not in self._known

        try:
            async with asyncio.timeout(FIND_TIMEOUT):
                return await _first(self._recent(message), is_lost_one)
        except (WebexError, TimeoutError) as error:
            log.warning("lost_message_not_found", reason=type(error).__name__)
            return None

    def _recent(self, message: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        """The newest messages of the direct space to which this one was posted."""
        if message.get("room_id"):
            return self._messages.in_room(message["room_id"], direct=True)
        return self._messages.with_person(
            person_id=message.get("person_id"), email=message.get("email")
        )

    async def _post_answer(
        self, answer: Answer, targets: list[dict[str, str | None]], *, listable: bool = True
    ) -> str:
        """Post to the first target that Webex accepts; without the card if it refuses the card.

        The second target is the space without the thread, whose root may be gone. `listable`:
        whether the bot can list its own messages there.
        """
        post: Callable[..., Awaitable[str]] = partial(self._post_reliably, listable=listable)
        if isinstance(answer, FileMessage):
            return await _post_file(post, answer, targets)
        if isinstance(answer, Mention):
            return await _post_mention(post, answer, targets)
        return await _post_content(post, answer, targets)

    async def _post_reliably(
        self, *, listable: bool, file: FileMessage | None = None, **message: Any
    ) -> str:
        """Post, and post again if the answer is lost and the message cannot be found.

        A message that appears twice does no harm: see docs/webex/provisioning.md §10.
        """
        since = self._webex_now() - FIND_SINCE
        post = partial(self._post_or_find, message, file, since if listable else None)
        message_id = await retry.twice_if(OutcomeUnknown, post)
        self._known.append(message_id)
        return message_id

    async def _post_or_find(
        self, message: Mapping[str, Any], file: FileMessage | None, since: float | None
    ) -> str:
        """Post once; if the answer is lost, look for a message that is not older than `since`."""
        try:
            if file is None:
                return await self._messages.post(**message)
            without_text = {name: value for name, value in message.items() if name != "text"}
            return await self._messages.post_file(file, **without_text)  # the text is the file's
        except OutcomeUnknown:
            lost = None if since is None else await self._find_lost(message, since)
            if lost is None:
                raise
            return lost

    async def remove(self, message_id: str | None) -> bool:
        """Delete a message of the bot; returns whether it is gone.

        A card that stays is untidy but harmless: its buttons are checked.
        """
        if not message_id:
            return True
        try:
            # A second deletion is safe: a message that is gone already counts as deleted.
            await retry.twice_if(OutcomeUnknown, partial(self._messages.delete, message_id))
        except WebexError as error:
            log.warning("message_delete_failed", message=message_id, status=error.status)
            return False
        return True


def _content(answer: Content) -> tuple[str, dict[str, Any] | None]:
    """The text of a message, and its card if it has one."""
    if isinstance(answer, str):
        return answer, None
    return render.to_text(answer), render.to_content(answer)


async def _post_file(
    post: Callable[..., Awaitable[str]], file: FileMessage, targets: list[dict[str, str | None]]
) -> str:
    """Post a file; if Webex refuses it, what stands for it. Returns the id of the last message."""
    try:
        return await _post_to_first(partial(post, text=file.text, file=file), targets)
    except WebexError as error:
        if not retry.is_refusal(error):
            raise
        log.warning("file_refused", status=error.status, tracking_id=error.tracking_id)
    *first, last = file.instead or (FILE_REFUSED.format(name=file.name),)
    for text in first:
        await post(text=text, card=None, **targets[-1])
    return await post(text=last, card=None, **targets[-1])


async def _post_content(
    post: Callable[..., Awaitable[str]], answer: Content, targets: list[dict[str, str | None]]
) -> str:
    """Post a text or a card; without the card if Webex refuses the card."""
    text, card = _content(answer)
    try:
        return await _post_to_first(partial(post, text=text, card=card), targets)
    except WebexError as error:
        if card is None or not _is_about_the_card(error):
            raise
        log.warning("card_refused", status=error.status, tracking_id=error.tracking_id)
    return await post(text=text, card=None, **targets[-1])


async def _post_mention(
    post: Callable[..., Awaitable[str]], answer: Mention, targets: list[dict[str, str | None]]
) -> str:
    """Post with a mention; without it if Webex refuses it: the person may have left."""
    text, card = _content(answer.content)
    mentioning = partial(post, text=text, card=card, markdown=answer.markdown)
    try:
        return await _post_to_first(mentioning, targets)
    except WebexError as error:
        if not _is_about_the_card(error):
            raise
        log.warning("mention_refused", status=error.status, tracking_id=error.tracking_id)
    return await _post_content(post, answer.content, targets)


async def _post_to_first(
    post: Callable[..., Awaitable[str]], targets: list[dict[str, str | None]]
) -> str:
    for target in targets[:-1]:
        try:
            return await post(**target)
        except WebexError as error:
            if error.status == HTTPStatus.FORBIDDEN or not retry.is_refusal(error):
                raise
            log.warning("thread_refused", status=error.status, tracking_id=error.tracking_id)
    return await post(**targets[-1])


async def _first(
    rows: AsyncGenerator[dict[str, Any], None], matches: Callable[[Mapping[str, Any]], bool]
) -> str | None:
    """The id of the first of the newest messages that matches."""
    async with aclosing(rows):
        count = 0
        async for row in rows:
            count += 1
            if matches(row):
                return str(row["id"])
            if count == MAX_SEARCHED:
                break
    return None


def _is_about_the_card(error: WebexError) -> bool:
    """Whether Webex refused the card itself, or another part of the message.

    The other statuses concern the space or may pass. Without its card a plan cannot be confirmed.
    """
    not_about_card = (
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.GONE,
    )
    return retry.is_refusal(error) and error.status not in not_about_card
