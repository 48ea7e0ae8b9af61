"""The fault model: timing and effects, as pure values (docs/webex/messaging.md §6.3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from random import Random
from typing import Any, Final, Literal

from sandbox.ids import random_uuid

KEPT_PATHS: Final = 10_000

State = Literal["waiting", "on", "over"]


@dataclass(frozen=True)
class Timing:
    """When a fault strikes: from occasion ``nth`` on, every ``every_nth``, ``times`` times (0:
    always).

    ``probability`` is drawn for each of those occasions. ``each_path`` counts every path
    separately. The fault is in force from ``starts`` for ``duration`` seconds (None: forever); with
    a ``period``, in seconds, this window opens again and again. All times are on the sandbox's
    clock.
    """

    starts: datetime
    nth: int = 1
    times: int = 0
    every_nth: int = 1
    probability: float = 1.0
    each_path: bool = False
    duration: float | None = None
    period: float | None = None

    def state(self, now: datetime) -> State:
        """Whether its window is still to come, open, or over for good."""
        passed = (now - self.starts).total_seconds()
        if passed < 0:
            return "waiting"
        if self.duration is None:
            return "on"
        if self.period is None:
            return "on" if passed < self.duration else "over"
        return "on" if passed % self.period < self.duration else "waiting"

    @property
    def ends(self) -> datetime | None:
        """When it is over for good; None: never."""
        if self.duration is None or self.period is not None:
            return None
        return self.starts + timedelta(seconds=self.duration)

    def chooses(self, seen: int) -> bool:
        """Whether the timing selects the occasion with this number, counted from 1."""
        return seen >= self.nth and (seen - self.nth) % self.every_nth == 0


@dataclass(frozen=True)
class CallFault:
    """A call that goes wrong.

    ``path`` and ``except_path`` are globs on the path below ``/v1`` or on the whole path; ``token``
    is a kind of token (``bot``, ``service_app``, ``person``). ``latency`` is in seconds of real
    time, ``jitter`` adds a random time up to its value. ``body`` is a JSON answer, ``text`` any
    other; without them the answer has Webex's shape with ``message`` or a default sentence.
    ``after_commit``: the call is executed before the fault is answered. ``drop``: the connection
    ends without an answer. ``end_token``: the token of the call expires. ``without``: fields to
    remove from the answer. Without status and drop the call succeeds.
    """

    method: str = "*"
    path: str = "*"
    except_path: str = ""
    token: str = "*"  # noqa: S105 - a kind of token
    latency: float = 0.0
    jitter: float = 0.0
    status: int | None = None
    message: str = ""
    body: Any = None
    text: str | None = None
    content_type: str = "text/plain"
    headers: Mapping[str, str] = field(default_factory=dict)
    retry_after: int | None = None
    after_commit: bool = False
    drop: bool = False
    end_token: bool = False
    without: tuple[str, ...] = ()

    def matches(self, method: str, path: str, token: str) -> bool:
        """Whether the fault applies to this call."""
        return (
            self.method.upper() in ("*", method)
            and self.token in ("*", token)
            and _fits(path, self.path)
            and not (self.except_path and _fits(path, self.except_path))
        )

    @property
    def sets_response(self) -> bool:
        """Whether it determines the answer; only one fault of a call can."""
        return self.drop or self.status is not None


def _fits(path: str, pattern: str) -> bool:
    return fnmatchcase(path.removeprefix("/v1"), pattern) or fnmatchcase(path, pattern)


@dataclass(frozen=True)
class ItemFault:
    """An item of a call that is refused, while the other items of the call are added.

    ``item`` is what the call adds: ``base`` (DECT base stations) or ``handset``. ``mac`` is a glob
    on the address of the base station, ``member`` on the email address or name of a line's member.
    ``message`` and ``error_code`` are for handsets; the result of a base station has none.
    ``after_commit``: the item is added nevertheless. ``missing``: the answer leaves the item out;
    such a fault waits for an answer with items.
    """

    item: Literal["base", "handset"]
    mac: str = "*"
    member: str = "*"
    status: int = 400
    message: str = ""
    error_code: int | None = None
    after_commit: bool = False
    missing: bool = False

    def matches(self, item: str, names: Iterable[str], *, in_list: bool) -> bool:
        """Whether the fault applies to an item with one of these names, in any case."""
        if self.missing and not in_list:
            return False
        pattern = (self.mac.replace(":", "") if item == "base" else self.member).casefold()
        return self.item == item and any(fnmatchcase(n.casefold(), pattern) for n in names)


@dataclass(frozen=True)
class ConnectFault:
    """A websocket that is accepted but does not work.

    ``code``: closed with it at once, or after the authorization if ``after_authorization``; 1006
    cuts the connection. ``greeting`` False: no buffer_state. ``stall``: half open, nothing is
    received or sent. ``deaf``: pings are answered, nothing is delivered.
    """

    code: int | None = None
    reason: str = ""
    after_authorization: bool = False
    greeting: bool = True
    stall: bool = False
    deaf: bool = False


@dataclass(frozen=True)
class FrameFault:
    """An event that is delivered incorrectly; ``fields`` are dotted paths, for ``bare`` only."""

    how: Literal["duplicate", "reorder", "gap", "lose", "binary", "bare"]
    fields: tuple[str, ...] = ("activity.target.tags", "activity.object.displayName")


@dataclass(frozen=True)
class FaultAction:
    """A named action on the cloud at a point in time, with its arguments."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


Effect = CallFault | ItemFault | ConnectFault | FrameFault | FaultAction


@dataclass
class Fault:
    """One fault in force. ``what`` is its name, ``origin`` the source of the order.

    ``seen`` counts the occasions it applied to, ``hits`` those it struck. ``begins_with`` is
    performed when its window opens; ``error`` says why an action could not be performed.
    """

    what: str
    effect: Effect
    when: Timing
    draws: Random
    origin: str = "control"
    begins_with: FaultAction | None = None
    id: str = field(default_factory=random_uuid)
    seen: int = 0
    hits: int = 0
    done: bool = False
    error: str = ""
    _seen_on: dict[str, int] = field(default_factory=dict)

    def state(self, now: datetime) -> State:
        """The state of the fault; it is over once it has struck ``times`` times."""
        spent = self.when.times and self.hits >= self.when.times and not self.when.each_path
        return "over" if self.done or spent else self.when.state(now)

    def occurs(self, now: datetime, path: str = "") -> bool:
        """Count one occasion; return whether it goes wrong. The registry counts the hit."""
        if self.state(now) != "on":
            return False
        self.seen += 1
        number = self.seen
        if self.when.each_path:
            number = self._seen_on[path] = self._seen_on.pop(path, 0) + 1
            if len(self._seen_on) > KEPT_PATHS:
                del self._seen_on[next(iter(self._seen_on))]
        if not self.when.chooses(number) or self._spent_on_path(number):
            return False
        return self.when.probability >= 1 or self.draws.random() < self.when.probability

    def _spent_on_path(self, number: int) -> bool:
        hits = (number - self.when.nth) // self.when.every_nth
        return self.when.each_path and bool(self.when.times) and hits >= self.when.times
