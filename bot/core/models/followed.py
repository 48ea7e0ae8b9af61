"""What requests added, and whether it has registered with Webex since."""

from enum import StrEnum

from bot.core.models.base import Value


class FollowKind(StrEnum):
    """What is followed."""

    PHONE = "phone"
    CODE = "code"  # the phone or room device on which somebody types it
    BASE = "base station"


class FollowState(StrEnum):
    """Where it is. All but `waiting` are final."""

    WAITING = "waiting"
    REGISTERED = "registered"
    GONE = "gone"  # somebody removed it, or gave it to somebody else
    EXPIRED = "expired"  # a code that nobody used in time
    LOST = "lost"  # it did not register for so long that nobody looks any more


class FollowTarget(Value):
    """What to look for. Empty values are unknown or do not exist."""

    kind: FollowKind
    name: str  # for people: `Cisco 8865`
    owner: str = ""  # `Owner.key`
    owner_name: str = ""
    mac: str = ""  # 12 upper-case hex digits
    model: str = ""  # as Webex calls it; of a code without one, a room device is meant
    device: str = ""  # the id in `GET /devices`
    location: str = ""  # the id of the location of the network
    network: str = ""  # the id of the DECT network
    network_name: str = ""
    expires: str = ""  # of a code: ISO 8601
    begun_at: float | None = None  # when the step that added it was last sent (Unix seconds)


class Removed(Value):
    """What a step removed: the phone or base station with a MAC, or a DECT network with its bases.

    Empty values are of nothing.
    """

    mac: str = ""  # 12 upper-case hex digits
    network: str = ""  # the id


class FollowedDevice(Value):
    """A device or code of a request. Times are Unix seconds."""

    request: str
    step: str  # the key of the step that added it
    target: FollowTarget
    since: float  # when it was added
    state: FollowState = FollowState.WAITING
    changed_at: float  # since when it is in this state
    # Ids of devices that the owner of a code had already; None: nobody has looked yet.
    known: tuple[str, ...] | None = None
    late_told: bool = False  # whether people know that it is late
    told: bool = False  # whether people know the state that is final


class FollowedEntry(Value):
    """A followed device as the person who asks sees it."""

    device: FollowedDevice
    added_by: str = ""  # somebody else
    new_code: str = ""  # what to type for another code; empty: it was added without one
    looked_at: float | None = None  # when the last complete look began (Unix seconds)


class FollowedMessage(Value):
    """The message that sums up the devices of a request, as it stands in its space."""

    request: str
    message_id: str
    edits: int = 0  # attempts, whatever became of them: Webex may have counted each
    shown: str  # its text
    shown_at: float  # Unix seconds
