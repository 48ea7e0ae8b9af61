"""Polls whether what was added has registered, with few calls that let all others go first.

Which reads these are is decided in `bot.domain.registration_reads`, what they show in
`registration_findings`. What looks have shown is kept in memory only: after a restart, the first
look shows it again.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.core import call_stats, logs
from bot.core.errors import NotFound, WebexError
from bot.core.models.dect import NetworkRef
from bot.core.models.followed import FollowedDevice
from bot.core.models.webex import Owner, OwnerKind
from bot.core.single_attempt import single_attempt
from bot.domain.ports import WebexCalling
from bot.domain.registration_findings import Look, RunningLook
from bot.domain.registration_reads import LookMemory, Read, ReadKind, next_read
from bot.webex.rate_limiter import low_priority, short_wait

log = logs.get_logger("following")


@dataclass
class RegistrationPolling:
    """`window` is how many seconds a device is followed closely; after that, looks are rare."""

    calling: WebexCalling
    window: float
    clock: Callable[[], float]
    problem: WebexError | None = None  # of the last read; None if it worked
    _memory: LookMemory = field(default_factory=LookMemory)

    def looked_at(self, device: FollowedDevice) -> float | None:
        """When the last complete look at a device began (Unix seconds).

        None: there was none since the process started.
        """
        return self._memory.looked_at(device)

    def want(self, devices: Iterable[FollowedDevice], since: float) -> None:
        """Look at these soon, within the calls of a minute, if no look has begun since that time.

        `since` is now or before, in Unix seconds.
        """
        for device in devices:
            self._memory.want(device, since)

    def is_awaited(self, device: FollowedDevice) -> bool:
        """Whether a look that was asked for will tell how it is, within seconds."""
        return self.problem is None and self._memory.is_awaited(device, self.clock())

    def next_read(self, waiting: Sequence[FollowedDevice]) -> Read | None:
        """What is to be read now, within the calls of a minute; None if nothing is due."""
        now = self.clock()
        self._memory.forget_others(waiting, now)
        return next_read(waiting, self._memory, now, self.window)

    async def look(
        self, read: Read, waiting: Sequence[FollowedDevice], all_followed: Sequence[FollowedDevice]
    ) -> Look:
        """Make a read, and return what it shows of those that wait. Nothing if it fails.

        `all_followed` is what is or was followed, whatever its state.
        """
        began, stats = self.clock(), call_stats.begin()
        self._memory.calls.append(began)
        try:
            with low_priority(), short_wait(), single_attempt():
                answer = await self._call(read)
        except WebexError as error:
            self._note_failure(read, error)
            return RunningLook(self._memory, waiting, all_followed, began, self.clock()).failed(
                read, is_missing=isinstance(error, NotFound)
            )
        finally:
            # With a token that has expired, one more call was made.
            self._memory.calls += [self.clock()] * (stats.calls - 1)
        self.problem = None
        looking = RunningLook(self._memory, waiting, all_followed, began, self.clock())
        return looking.succeeded(read, answer)

    def _note_failure(self, read: Read, error: WebexError) -> None:
        is_first, self.problem = self.problem is None, error
        facts = {
            "what": read.kind.value,
            "status": error.status,
            "tracking_id": error.tracking_id,
        }
        if is_first:  # of all that fail in a row
            log.info("following_read_failed", **facts)
        else:
            log.debug("following_read_failed", **facts)

    def _call(self, read: Read) -> Awaitable[Any]:
        calling, network = self.calling, read.network or NetworkRef("", "")
        calls: dict[ReadKind, Callable[[], Awaitable[Any]]] = {
            ReadKind.PAGE: lambda: calling.device_page(read.link),
            ReadKind.OWNER: lambda: calling.device_page(**_owner(read.subject).field),
            ReadKind.DEVICE: lambda: calling.device(read.subject),
            ReadKind.OWNED: lambda: calling.devices_of(_owner(read.subject)),
            ReadKind.BASES: lambda: calling.dect.base_stations(network),
            ReadKind.BASE: lambda: calling.dect.base_station(network, read.subject),
        }
        return calls[read.kind]()


def _owner(key: str) -> Owner:
    kind, _, owner_id = key.partition(":")
    return Owner(kind=OwnerKind(kind), id=owner_id, name="")
