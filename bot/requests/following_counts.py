"""How many of the devices of a request are registered, and what became of the others. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.models.followed import FollowedDevice, FollowState


@dataclass(frozen=True)
class Counts:
    """The devices of a request by what became of them; `open` are those that did not register."""

    total: int
    registered: tuple[FollowedDevice, ...]
    open: tuple[FollowedDevice, ...]
    gone: tuple[FollowedDevice, ...]
    expired: tuple[FollowedDevice, ...]

    @classmethod
    def of(cls, devices: Sequence[FollowedDevice]) -> "Counts":
        """Sort them, in their order."""

        def in_states(*states: FollowState) -> tuple[FollowedDevice, ...]:
            return tuple(device for device in devices if device.state in states)

        return cls(
            len(devices),
            in_states(FollowState.REGISTERED),
            in_states(FollowState.WAITING, FollowState.LOST),
            in_states(FollowState.GONE),
            in_states(FollowState.EXPIRED),
        )
