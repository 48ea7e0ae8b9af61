"""Looks whether what was added has registered, with few calls that let all others go first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.core import logs
from bot.core.errors import WebexError
from bot.core.models.followed import FollowedDevice
from bot.domain.ports import WebexCalling
from bot.domain.registration import Sighting, sightings
from bot.webex.rate_limiter import low_priority

log = logs.get_logger("following")

CALLS_PER_MINUTE = 4


@dataclass
class RegistrationLooks:
    """`window` is how many seconds a device is followed closely; after that, looks are rare."""

    calling: WebexCalling
    window: float
    clock: Callable[[], float]
    problem: WebexError | None = None  # of the last read; None if it worked
    _calls: list[float] = field(default_factory=list)  # when the last ones were made
    _looked: dict[tuple[str, str], float] = field(default_factory=dict)

    def looked_at(self, device: FollowedDevice) -> float | None:
        """When the last complete look at a device began (Unix seconds).

        None: there was none since the process started.
        """
        return self._looked.get((device.request, device.step))

    async def look(self, waiting: Sequence[FollowedDevice]) -> Sequence[Sighting]:
        """Read what is due, within the calls of a minute; what it shows of those that wait."""
        now = self.clock()
        self._calls = [at for at in self._calls if now - at < 60]
        if not waiting or len(self._calls) >= CALLS_PER_MINUTE:
            return ()
        self._calls.append(now)
        try:
            with low_priority():
                listed = await self.calling.devices()
        except WebexError as error:
            log.info("following_read_failed", status=error.status, tracking_id=error.tracking_id)
            self.problem = error
            return ()
        self.problem = None
        self._looked = {(device.request, device.step): now for device in waiting}
        return sightings(waiting, listed, self.clock())
