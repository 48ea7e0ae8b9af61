"""The one message that sums up which devices of a request have registered.

It is edited while devices register, and replaced by a last message, which people notice. What it
shows is in the database: a crash leaves at most one message that stands twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from bot.chat.progress import Progress
from bot.chat.progress_report import MAX_EDITS
from bot.core import retry
from bot.core.errors import WebexError
from bot.core.models.followed import FollowedDevice, FollowedMessage, FollowKind, FollowState
from bot.core.models.requests import Request
from bot.requests import following_views
from bot.requests.following_counts import Counts
from bot.requests.notifications import Notifications
from bot.store import followed
from bot.store.database import Store

MIN_SECONDS_BETWEEN_EDITS = 60.0


@dataclass(frozen=True)
class FollowingSummary:
    """Posts and edits the message. `followed.to_tell` says when that is due."""

    store: Store
    notifications: Notifications
    progress: Progress
    clock: Callable[[], float]

    async def tell(self, request: Request, devices: Sequence[FollowedDevice]) -> None:
        """Show how many have registered, if that has changed. WebexError if it was refused."""
        news = [
            device
            for device in devices
            if device.state is not FollowState.WAITING and not device.told
        ]
        if not news:
            return
        counts = Counts.of(devices)
        if not counts.open and (counts.registered or counts.expired):
            await self._post_last(request, devices, news)
        elif counts.registered or _have_all_codes_ended(counts):
            await self._show(request, devices, news)
        elif not counts.expired:  # removed before any of them registered
            await self.store.call(followed.set_told, news)

    async def _post_last(
        self, request: Request, devices: Sequence[FollowedDevice], news: Sequence[FollowedDevice]
    ) -> None:
        text = following_views.finished(request, devices)
        await self.notifications.answer_mentioning(request, text)
        await self._replaced(request, None, news)

    async def _show(
        self, request: Request, devices: Sequence[FollowedDevice], news: Sequence[FollowedDevice]
    ) -> None:
        """Edit the message; post a new one if there is none, or Webex takes no more edits."""
        text = following_views.summary(request, devices)
        shown = await self.store.call_without_fsync(followed.message, request.code)
        is_recent = shown and self.clock() - shown.shown_at < MIN_SECONDS_BETWEEN_EDITS
        if is_recent and any(device.state is FollowState.WAITING for device in devices):
            return
        if shown is None or shown.edits >= MAX_EDITS:
            message_id = await self.notifications.messenger.answer(request.place, text)
            posted = FollowedMessage(
                request=request.code, message_id=message_id, shown=text, shown_at=self.clock()
            )
            await self._replaced(request, posted, news)
        elif text == shown.shown:
            await self.store.call(followed.set_told, news)
        else:
            await self._edit(request, shown, text)
            edited = (shown, text, self.clock(), news)
            note = partial(self.store.call, followed.set_edited, *edited)
            await retry.run(retry.NOTE_REPLY, note)

    async def _edit(self, request: Request, shown: FollowedMessage, text: str) -> None:
        await self.store.call(followed.note_edit, shown)
        try:
            await self.notifications.messenger.edit(shown.message_id, request.place, text)
        except WebexError as error:
            if retry.is_refusal(error):  # it is gone: the next attempt posts a new one
                await self.store.call(followed.refuse_edits, shown, MAX_EDITS)
            raise

    async def _replaced(
        self, request: Request, posted: FollowedMessage | None, news: Sequence[FollowedDevice]
    ) -> None:
        """Note what was posted, then delete the message before it; `tick` and restarts retry."""
        replace = partial(self.store.call, followed.replace_message, request.code, posted, news)
        before = await retry.run(retry.NOTE_REPLY, replace)
        self.progress.delete_soon([before] if before else [])


def _have_all_codes_ended(counts: Counts) -> bool:
    """Whether codes have expired and none is still valid: those of a list expire together."""
    is_valid = any(device.target.kind is FollowKind.CODE for device in counts.open)
    return bool(counts.expired) and not is_valid
