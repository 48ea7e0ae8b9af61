"""Decides whether what was added has registered with Webex. No I/O here."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.models.followed import FollowedDevice, FollowState
from bot.core.models.mac import same_mac
from bot.core.models.webex import Device

# Values of `connectionStatus` of a device that Webex hears of.
REGISTERED = frozenset({"connected", "connected_with_issues"})


@dataclass(frozen=True)
class Sighting:
    """What a look has shown: a state that is final, since when (Unix seconds)."""

    device: FollowedDevice
    state: FollowState
    at: float


def sightings(
    waiting: Sequence[FollowedDevice], listed: Sequence[Device], now: float
) -> list[Sighting]:
    """What the list of devices tells of those that wait."""
    return [
        Sighting(device, FollowState.REGISTERED, now)
        for device in waiting
        if any(
            same_mac(each.mac, device.target.mac) and each.status in REGISTERED for each in listed
        )
    ]
