"""One message that tells how far long work is: posted once, then edited a few times."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from bot.chat.progress import Posting, Progress
from bot.core import logs, retry
from bot.core.errors import WebexError
from bot.core.models.people import Place

log = logs.get_logger("progress")

MAX_EDITS = 10  # of one message; Webex refuses more (docs/webex/messaging.md §3.5)
MIN_SECONDS = 5.0  # between two calls: quick steps must not use up the edits within seconds
MAX_POSTS = 3  # attempts: each whose answer is lost may leave a message in a group space


def edits_until(done: int, total: int) -> int:
    """How many edits may be used by the time that `done` of `total` are done.

    One at the beginning, the others in proportion, so that enough are left for the end.
    """
    if total <= 0:
        return 1
    return 1 + (MAX_EDITS - 1) * min(max(done, 0), total) // total


class ProgressReport:
    """Shows the newest text in one message, one call at a time; the work never waits for it.

    The message is recorded like other progress messages: after a crash, the next start finds it by
    the code of the request. An edit that fails breaks nothing; the next text is tried again.
    """

    def __init__(
        self,
        progress: Progress,
        place: Place,
        request: str,
        *,
        line: Posting | None = None,
        earlier: Sequence[str] = (),
    ) -> None:
        """`line` is a progress message of the same request: it becomes the message of the report.

        `earlier` are the ids of messages of an earlier process, whose edits nobody counted: a new
        message replaces them. The report removes all of these.
        """
        self._progress, self._place, self._request = progress, place, request
        self._line, self._earlier = line, tuple(earlier)
        self._message_id: str | None = None
        self._wanted = self._shown = ""
        self._posts, self._edits, self._edits_allowed = 0, 0, 0
        self._next_call_at = 0.0  # seconds of the loop's clock
        self._closed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def show(self, text: str, *, done: int, total: int) -> None:
        """Show this text, when `done` of `total` are done, unless a newer one comes before.

        The first text is posted at once. A later one is shown if an edit may be used for it.
        """
        self._wanted, self._edits_allowed = text, edits_until(done, total)
        if self._is_due() and (self._task is None or self._task.done()):
            self._task = self._progress.in_task(self._show())

    def close(self) -> None:
        """Show nothing from now on: the result comes."""
        self._closed.set()

    async def message_ids(self) -> list[str | None]:
        """Close the report; the ids of its messages, for deleting, once no call is under way."""
        self.close()
        if self._task is not None:
            await asyncio.shield(self._task)
        return [*self._earlier, await self._progress.withdrawn(self._line), self._message_id]

    async def remove(self) -> None:
        """Close the report and delete its messages. If that fails, `Progress.tick` retries."""
        await self._progress.delete(await self.message_ids())

    def _is_due(self) -> bool:
        """Whether there is a text to be shown, and a call left for it."""
        if self._closed.is_set() or self._wanted == self._shown:
            return False
        if self._message_id is None:
            return self._posts < MAX_POSTS
        return self._edits < self._edits_allowed

    async def _show(self) -> None:
        while self._is_due():
            await self._pause()
            if self._is_due():
                await self._show_text(self._wanted)
                self._next_call_at = asyncio.get_running_loop().time() + MIN_SECONDS

    async def _pause(self) -> None:
        """Wait until the next call may be made, or the report is closed."""
        with suppress(TimeoutError):
            async with asyncio.timeout_at(self._next_call_at):
                await self._closed.wait()

    async def _show_text(self, text: str) -> None:
        if self._message_id is None:
            self._message_id = await self._progress.withdrawn(self._line)
        if self._message_id is None:
            await self._post(text)
        else:
            await self._edit(self._message_id, text)

    async def _post(self, text: str) -> None:
        self._posts += 1
        posting = self._progress.post(self._place, text, request=self._request)
        self._message_id = await posting.message_id()
        if self._message_id is None:
            return
        self._shown, earlier, self._earlier = text, self._earlier, ()
        if earlier:
            await self._progress.delete(earlier)

    async def _edit(self, message_id: str, text: str) -> None:
        self._edits += 1  # whatever the answer: Webex may have counted it
        try:
            await self._progress.messenger.edit(message_id, self._place, text)
            self._shown = text
        except WebexError as error:
            log.warning("progress_edit_failed", status=error.status, tracking_id=error.tracking_id)
            if retry.is_refusal(error):  # it is gone, or was edited too often
                self._edits = MAX_EDITS
        except Exception:  # a progress message must not break the work
            log.exception("progress_failed")
            self._edits = MAX_EDITS
