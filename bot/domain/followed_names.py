"""What followed devices are called in sentences and lists. Pure."""

from bot.core.models.followed import FollowedDevice, FollowKind, FollowTarget
from bot.core.models.mac import show_mac
from bot.core.models.text import clean
from bot.core.models.webex import OwnerKind

ROOM_DEVICE = "room device"
MAX_NAME = 60  # characters
MINUTE, HOUR, DAY = 60.0, 3600.0, 24 * 3600.0


def short_model(name: str) -> str:
    """`DMS Cisco 8865` → `8865`; `Cisco Board Pro 55` → `Board Pro 55`."""
    number = name.rpartition(" ")[2]
    if sum(char.isdigit() for char in number) > 2:
        return clean(number, MAX_NAME)
    return clean(name.removeprefix("DMS ").removeprefix("Cisco "), MAX_NAME)


def model_of(target: FollowTarget) -> str:
    """The model as lists of devices show it; a code without one is for a room device."""
    if target.kind is FollowKind.CODE and not target.model:
        return ROOM_DEVICE
    return short_model(target.name)


def subject(target: FollowTarget) -> str:
    """`Bob Keller's 8865`, `The 8865 of Lobby Lyon`, `The base station D8:2E:… of Plant`."""
    owner = clean(target.owner_name, MAX_NAME)
    if target.kind is FollowKind.BASE:
        network = clean(target.network_name, MAX_NAME)
        return f"The base station {show_mac(target.mac)} of {network}"
    if is_workspace(target):
        return f"The {model_of(target)} of {owner}"
    return f"{owner}{possessive(owner)} {model_of(target)}"


def possessive(name: str) -> str:
    """What is put behind a name: `Bob's`, `James'`."""
    return "'" if name.lower().endswith("s") else "'s"


def is_workspace(target: FollowTarget) -> bool:
    """Whether its owner is a workspace."""
    return target.owner.startswith(f"{OwnerKind.WORKSPACE}:")


def in_list(target: FollowTarget) -> str:
    """`Bob Keller 8865 D8:2E:3E:EF:4E:5C`; of a code without the MAC, which nobody knows yet."""
    mac = show_mac(target.mac)
    if target.kind is FollowKind.BASE:
        return f"base station {mac}"
    return " ".join(filter(None, [clean(target.owner_name, MAX_NAME), model_of(target), mac]))


def in_words(seconds: float) -> str:
    """`40 seconds`, `6 minutes`, `3 hours`, `2 days`: the nearest whole number."""
    seconds = max(seconds, 0.0)
    if round(seconds) < MINUTE:
        return _count(round(seconds), "second")
    if seconds < 2 * HOUR:
        return _count(round(seconds / MINUTE), "minute")
    if seconds < 2 * DAY:
        return _count(round(seconds / HOUR), "hour")
    return _count(round(seconds / DAY), "day")


def was_added(device: FollowedDevice) -> str:
    """`it was added`, `the code was made`: what the time is counted from."""
    return "the code was made" if device.target.kind is FollowKind.CODE else "it was added"


def typed_look(device: FollowedDevice) -> str:
    """What to type to look at it; empty for a code: nobody knows the device yet."""
    target = device.target
    if target.kind is FollowKind.BASE:
        return f"dect {target.network or target.network_name}"
    return f"device {show_mac(target.mac)}" if target.mac else ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
