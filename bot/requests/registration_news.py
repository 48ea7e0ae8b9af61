"""Tells the requester that what they added has registered, or has not, in the same thread.

One device is told by itself. The devices of a request with several are summed up in one message
(`following_summary`). What is late is told once, as a card.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from bot.core import logs, retry
from bot.core.errors import WebexError
from bot.core.models.followed import FollowedDevice, FollowState
from bot.core.models.requests import Request
from bot.domain.registration_reads import LATE_PACE
from bot.requests import following_views
from bot.requests.following_summary import MIN_SECONDS_BETWEEN_EDITS, FollowingSummary
from bot.requests.following_views import Unasked
from bot.requests.notifications import Notifications
from bot.requests.registration_polling import RegistrationPolling
from bot.requests.unreachable_approvers import is_refused
from bot.requests.zones import Zones
from bot.store import followed
from bot.store import requests as requests_table
from bot.store.database import Store
from bot.webex.rate_limiter import short_wait

log = logs.get_logger("following")

FIRST_PAUSE, MAX_PAUSE = 3.0, 600.0  # seconds before the next attempt
# After so many refusals, within the first seconds, the space is given up: a refusal may be a
# mistake of the moment.
MAX_REFUSALS = 3
RECENT = 120.0  # seconds before the end of the window in which a look shows how things are
# Seconds after the window, or the start, in which looks may still succeed before people are told
# that they did not: if the last one failed, and if there was none or it was not complete.
GRACE, LONG_GRACE = 600.0, LATE_PACE + 600.0


@dataclass
class _Failure:
    """A request whose news could not be delivered: how often, and when to try again."""

    refusals: int = 0
    pause: float = FIRST_PAUSE / 2
    again_at: float = 0.0


@dataclass(frozen=True)
class RegistrationNews:
    """Tells at least once: if the process dies between the message and its note, it comes twice.

    `window` is how many seconds after it was added something is late. `started`: since when this
    process looks, in Unix seconds.
    """

    store: Store
    notifications: Notifications
    summary: FollowingSummary
    polling: RegistrationPolling
    zones: Zones
    window: float
    clock: Callable[[], float]
    started: float
    _failures: dict[str, _Failure] = field(default_factory=dict)  # by the code of the request

    async def tell(self) -> None:
        """Tell what people do not know yet, of requests whose result was told."""
        now = self.clock()
        codes = await self.store.call_without_fsync(
            followed.to_tell,
            late_since=now - self.window,
            shown_by=now - MIN_SECONDS_BETWEEN_EDITS,
        )
        for code in codes:
            failure = self._failures.get(code)
            if failure is None or failure.again_at <= now:
                await self._tell_or_note(code)

    async def _tell_or_note(self, code: str) -> None:
        """Tell what there is of a request; after a failure, note when it is tried again."""
        devices: Sequence[FollowedDevice] = ()
        try:
            request = await self.store.call_without_fsync(requests_table.find, code)
            devices = await self.store.call_without_fsync(followed.of, code)
            if request is None or not devices:
                return
            with short_wait():
                await self._tell(request, devices)
        except WebexError as error:
            log.warning(
                "following_not_told", request=code, status=error.status,
                tracking_id=error.tracking_id,
            )  # fmt: skip
            await self._note_failure(code, devices, error)
        except Exception:  # the other requests must not wait for this one
            log.exception("following_not_told", request=code)
            self._pause(code)
        else:
            self._failures.pop(code, None)

    def _pause(self, code: str) -> _Failure:
        """Note that a request could not be told, and that it waits for its next attempt."""
        failure = self._failures.setdefault(code, _Failure())
        failure.pause = min(failure.pause * 2, MAX_PAUSE)
        failure.again_at = self.clock() + failure.pause
        return failure

    async def _note_failure(
        self, code: str, devices: Sequence[FollowedDevice], error: WebexError
    ) -> None:
        failure = self._pause(code)
        failure.refusals += is_refused(error)
        if failure.refusals >= MAX_REFUSALS:
            log.warning("following_given_up", request=code, status=error.status)
            await self._give_up(devices)
            self._failures.pop(code, None)

    async def _give_up(self, devices: Sequence[FollowedDevice]) -> None:
        """Note what there is to tell as told: the bot may not write there any more."""
        final = [device for device in devices if device.state is not FollowState.WAITING]
        await self.store.call(followed.set_told, final)
        if self._is_over(devices):
            waiting = [device for device in devices if device.state is FollowState.WAITING]
            await self.store.call(followed.set_late_told, waiting)

    async def _tell(self, request: Request, devices: Sequence[FollowedDevice]) -> None:
        waiting = [device for device in devices if device.state is FollowState.WAITING]
        is_late = any(not device.late_told for device in waiting) and self._is_over(devices)
        if is_late:
            self.polling.want(waiting, self._end(devices))
        if any(self.polling.is_awaited(device) for device in waiting):
            return  # the next round tells more
        if len(devices) == 1:
            await self._tell_end(request, devices[0])
        else:
            await self.summary.tell(request, devices)
        if is_late:
            await self._tell_late(request, devices, waiting)

    async def _tell_end(self, request: Request, device: FollowedDevice) -> None:
        """Tell the final state of the only device; most are told by saying nothing."""
        if device.state is FollowState.WAITING:
            return
        if device.state is FollowState.REGISTERED:
            text = following_views.registered(device)
            await self.notifications.answer_mentioning(request, text)
        elif device.state is FollowState.EXPIRED:
            local = self.zones.of_requester(request)
            card = following_views.expired(request, device, local)
            await self.notifications.answer_mentioning(request, card)
        note = partial(self.store.call, followed.set_told, [device])
        await retry.run(retry.NOTE_REPLY, note)

    async def _tell_late(
        self,
        request: Request,
        devices: Sequence[FollowedDevice],
        waiting: Sequence[FollowedDevice],
    ) -> None:
        unasked = self._unasked(waiting)
        if unasked is None:
            return
        local = self.zones.of_requester(request)
        if len(devices) > 1:
            card = following_views.late_many(request, devices, local, unasked)
        else:
            since = unasked.since if unasked.steps else None
            card = following_views.late(request, waiting[0], local, since)
        await self.notifications.answer_mentioning(request, card)
        note = partial(self.store.call, followed.set_late_told, waiting)
        await retry.run(retry.NOTE_REPLY, note)

    def _is_over(self, devices: Sequence[FollowedDevice]) -> bool:
        """Whether the time of all of these is over in which they are followed closely."""
        return self._end(devices) <= self.clock()

    def _end(self, devices: Sequence[FollowedDevice]) -> float:
        """When their time is over (Unix seconds)."""
        return max(device.since for device in devices) + self.window

    def _unasked(self, waiting: Sequence[FollowedDevice]) -> Unasked | None:
        """Which of these the last look could not tell about; None: a look may tell soon."""
        unseen = [device for device in waiting if not self._was_seen(device)]
        if not unseen:
            return Unasked()
        over = self._end(waiting)
        grace = min(GRACE, self.window) if self.polling.problem else LONG_GRACE
        if self.clock() < max(over, self.started) + grace:
            return None
        since = min(
            self.polling.looked_at(device) or max(device.since, self.started) for device in unseen
        )
        return Unasked(frozenset(device.step for device in unseen), since)

    def _was_seen(self, device: FollowedDevice) -> bool:
        """Whether a complete look near the end of its time has shown that it is not registered."""
        looked_at = self.polling.looked_at(device)
        over = device.since + self.window
        return looked_at is not None and looked_at > max(device.since, over - RECENT)
