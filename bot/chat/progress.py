"""Progress messages: posted if work takes long and removed afterwards, even after a crash."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bot.chat.messenger import Content, Messenger
from bot.core import logs
from bot.core.errors import DatabaseUnavailable, WebexError
from bot.core.models.people import Place
from bot.core.models.requests import ProgressMessage
from bot.store import progress_messages
from bot.store.database import Store

log = logs.get_logger("progress")

# Seconds after which a press that was read has its message. Most results come sooner, so that most
# presses take no calls for one.
SHOWN_AFTER = 0.4
# Seconds after a press was received at which its message is posted, even if reading the press took
# most of them: with the time that posting takes, people see something within a second.
SHOWN_BY = 0.6
# Seconds without a word after which people think that nobody heard them, and ask again.
SLOW_AFTER = 2.0
T = TypeVar("T")

# Ticks after which a message that cannot be removed is left to the next start: about 20 minutes.
MAX_TICKS = 256

# Seconds after which the card behind a press is deleted although the work goes on. A result that
# is faster replaces it, so that most presses need no more calls.
USED_CARD_STAYS = 0.5

# When the message of the event that is handled in this task is due, in seconds of the loop's clock.
_DUE_AT: ContextVar[float | None] = ContextVar("due_at", default=None)


def delay_of(waited: float, shown_after: float = SHOWN_AFTER) -> float:
    """Seconds from now, when an event was read, until its message is due.

    `waited` seconds ago it was received. People who waited longer see the message at once.
    """
    if waited > shown_after:
        return 0.0
    return min(shown_after, SHOWN_BY - waited)


class Posting:
    """A message that is posted when it is due, unless it is cancelled before."""

    def __init__(self, post: Callable[[], asyncio.Task[str | None]], delay: float) -> None:
        """`post` starts posting; it is called `delay` seconds from now, if that is not at once."""
        loop = asyncio.get_running_loop()
        self._id: asyncio.Future[str | None] = loop.create_future()
        self._post, self.begun = post, False
        if delay > 0:
            self._timer = loop.call_later(delay, self._begin)
        else:
            self._begin()

    def cancel(self) -> None:
        """Do not post it if posting has not `begun`."""
        if not self.begun:
            self._timer.cancel()
            self._resolve(None)

    async def message_id(self) -> str | None:
        """The message id once it is posted; None if it never will be.

        Cancelling the caller does not cancel the posting.
        """
        return await asyncio.shield(self._id)

    def _begin(self) -> None:
        self.begun = True
        self._post().add_done_callback(
            lambda task: self._resolve(None if task.cancelled() else task.result())
        )

    def _resolve(self, message_id: str | None) -> None:
        if not self._id.done():
            self._id.set_result(message_id)


@dataclass(eq=False)
class UsedCard:
    """A card whose button was pressed; `gone` once it is deleted before the end of the work."""

    message_id: str | None
    gone: bool = False


@dataclass(frozen=True)
class Progress:
    """Posts and removes progress messages in tasks, so that the work itself never waits for them.

    A message is recorded once Webex returned its id, and forgotten when it was removed. Only a
    crash during that one call leaves a message that nothing knows of.
    """

    store: Store
    messenger: Messenger
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    used_card_stays: float = USED_CARD_STAYS
    shown_after: float = SHOWN_AFTER
    # Ids that could not be removed, each with the number of ticks since then.
    _undeleted: dict[str, int] = field(default_factory=dict)

    def post(
        self,
        place: Place,
        content: Content,
        *,
        request: str = "",
        maybe_posted: bool = False,
    ) -> Posting:
        """Post a message at once. With `request`, it stays while that runs, even over a restart.

        `maybe_posted`: an earlier process may have posted it and died before recording it.
        """
        return self._posting(place, content, request, maybe_posted=maybe_posted)

    def post_when_due(self, place: Place, content: Content, *, request: str = "") -> Posting:
        """Post a message like `post` once the person has waited for so long that one is due."""
        now, due_at = asyncio.get_running_loop().time(), _DUE_AT.get()
        delay = self.shown_after if due_at is None else due_at - now
        return self._posting(place, content, request, delay=delay)

    def wait_from_now(self, waited: float) -> None:
        """Note that the event of this task was read now and received `waited` seconds ago.

        From then on, the messages of `post_when_due` in this task and its tasks are due.
        """
        delay = delay_of(waited, self.shown_after)
        _DUE_AT.set(asyncio.get_running_loop().time() + delay)

    @contextmanager
    def while_running(
        self, place: Place, text: str, card: UsedCard | None = None
    ) -> Iterator[None]:
        """Show a message if the body takes a while; if it takes long, it replaces the card."""
        posting = self.post_when_due(place, text)
        try:
            with self.removing(card or UsedCard(None), posting):
                yield
        finally:
            self.remove_soon(posting)

    @contextmanager
    def removing(self, card: UsedCard, posting: Posting | None) -> Iterator[None]:
        """Delete the card if the body takes long: its buttons must not look as if they worked.

        `posting` is the message that takes its place. If it is not posted, the card stays; None: it
        was posted already.
        """
        timer = asyncio.get_running_loop().call_later(
            self.used_card_stays, lambda: self.in_task(self._remove_used(card, posting))
        )
        try:
            yield
        finally:
            timer.cancel()

    @contextmanager
    def until_result(self, card: UsedCard, posting: Posting | None) -> Iterator[None]:
        """Like `removing`, for a body that returns the result: beside it, no message is needed.

        If the body fails, the message is still posted: the work goes on, or begins again.
        """
        with self.removing(card, posting):
            yield
        if posting is not None:
            posting.cancel()

    async def _remove_used(self, card: UsedCard, posting: Posting | None) -> None:
        is_replaced = posting is None or await posting.message_id()
        if is_replaced and card.message_id:
            card.gone = True
            await self.delete_messages([card.message_id])

    @contextmanager
    def if_slow(self, place: Place, text: str) -> Iterator[None]:
        """Show a message only if the body takes longer than people wait without a word."""
        posting = self._posting(place, text, delay=SLOW_AFTER)
        try:
            yield
        finally:
            self.remove_soon(posting)

    @contextmanager
    def once_noted(self, place: Place, text: str, delay: float) -> Iterator[Callable[[], None]]:
        """Yields what the body calls when it has to wait for something.

        The message is shown once, `delay` seconds after the first of these calls.
        """
        postings: list[Posting] = []

        def note() -> None:
            if not postings:
                postings.append(self._posting(place, text, delay=delay))

        try:
            yield note
        finally:
            for posting in postings:
                self.remove_soon(posting)

    def remove_soon(self, posting: Posting) -> None:
        """Remove a message in a task; if it is not posted yet, it never will be."""
        posting.cancel()
        if posting.begun:
            self.in_task(self.remove(posting))

    async def remove(self, posting: Posting) -> None:
        """Remove a message once it is posted, if it is. If that fails, `tick` retries."""
        message_id = await self.withdrawn(posting)
        if message_id is not None:
            await self.delete([message_id])

    @staticmethod
    async def withdrawn(posting: Posting | None) -> str | None:
        """The id of a message that is to be deleted; None if it is not posted and never will be."""
        if posting is None:
            return None
        posting.cancel()
        return await posting.message_id()

    def delete_soon(self, message_ids: list[str]) -> None:
        """Delete what an earlier process left, in a task."""
        if message_ids:
            self.in_task(self.delete(message_ids))

    async def delete(self, message_ids: Iterable[str | None]) -> None:
        """Delete these messages and forget those that are gone."""
        deleted = await self.delete_messages(message_ids)
        try:
            await self.store.call_without_fsync(progress_messages.drop, *deleted)
        except DatabaseUnavailable as error:  # locked or full: `tick` forgets them
            log.warning("progress_delete_not_recorded", reason=str(error))
            self._undeleted.update(dict.fromkeys(deleted, 0))

    async def delete_messages(self, message_ids: Iterable[str | None]) -> list[str]:
        """Delete these messages side by side; returns those that are gone."""
        ids = list(dict.fromkeys(message_id for message_id in message_ids if message_id))
        results = await asyncio.gather(*(self.messenger.remove(message_id) for message_id in ids))
        deleted = [message_id for message_id, is_gone in zip(ids, results, strict=True) if is_gone]
        for message_id in ids:
            if message_id in deleted:
                self._undeleted.pop(message_id, None)
            else:
                self._undeleted.setdefault(message_id, 0)
        return deleted

    def tick(self) -> None:
        """Every few seconds: retry failed deletions, at longer and longer intervals."""
        ticks = {
            message_id: count + 1
            for message_id, count in self._undeleted.items()
            if count < MAX_TICKS
        }
        self._undeleted.clear()
        self._undeleted.update(ticks)
        # After 1, 2, 4, 8 … ticks.
        due = [message_id for message_id, count in ticks.items() if count & (count - 1) == 0]
        if due:
            self.in_task(self.delete(due))

    async def finish(self) -> None:
        """Wait until nothing is being posted or removed."""
        while self.tasks:
            await asyncio.gather(*self.tasks, return_exceptions=True)

    def _posting(
        self,
        place: Place,
        content: Content,
        request: str = "",
        *,
        maybe_posted: bool = False,
        delay: float = 0.0,
    ) -> Posting:
        return Posting(
            lambda: self.in_task(self._post(place, content, request, maybe_posted=maybe_posted)),
            delay,
        )

    async def _post(
        self, place: Place, content: Content, request: str, *, maybe_posted: bool
    ) -> str | None:
        message_id = None
        try:
            message_id = await self.messenger.post_progress(
                place, content, maybe_posted=maybe_posted
            )
            if message_id is not None:
                message = ProgressMessage(message_id=message_id, request=request)
                await self.store.call_without_fsync(progress_messages.add, message)
        except WebexError as error:
            log.warning("progress_post_failed", status=error.status, tracking_id=error.tracking_id)
        except DatabaseUnavailable as error:  # locked or full: this process still removes it
            log.warning("progress_not_recorded", reason=str(error))
        except Exception:  # a progress message must not break the work
            log.exception("progress_failed")
        return message_id

    def in_task(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task for which `finish` waits."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task
