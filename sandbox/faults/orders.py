"""Faults as people write them: by name, with fields (docs/sandbox.md lists them)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Final

from sandbox.faults.book import Faults
from sandbox.faults.model import Act, Effect, Fault, OnCall, OnConnect, OnFrame, When
from sandbox.faults.rules import Wrong, checked

SOCKETS: Final = "/apps/wx2/registrations/*"
TOO_MANY_DEVICES: Final = "User has excessive device registrations"

WHEN: Final = frozenset(
    {"at", "after", "lasts", "every", "nth", "times", "every_nth", "probability", "each_path"}
)
# A fault that says how long or how likely strikes as often as that gives; any other once.
_OPEN_ENDED: Final = frozenset({"lasts", "every", "every_nth", "probability"})


@dataclass(frozen=True)
class Kind:
    """A name that can be ordered. ``make`` builds its effect; ``preset`` are fields it comes with."""

    make: Callable[..., Effect]
    takes: frozenset[str]
    preset: Mapping[str, Any] = field(default_factory=dict)
    needs: frozenset[str] = frozenset()
    times: int = 0
    begins_with: Act | None = None


def _call(times: int = 1, begins_with: Act | None = None, **preset: Any) -> Kind:
    takes = frozenset(one.name for one in fields(OnCall))
    return Kind(_on_call, takes, preset, times=times, begins_with=begins_with)


def _on_call(**given: Any) -> OnCall:
    return OnCall(**given | {"without": tuple(given.get("without", ()))})


def _connect(*takes: str, **preset: Any) -> Kind:
    return Kind(OnConnect, frozenset(takes), preset)


def _frame(how: str) -> Kind:
    return Kind(OnFrame, frozenset(), {"how": how})


def _bare(**given: Any) -> OnFrame:
    return OnFrame("bare", **{name: tuple(value) for name, value in given.items()})


def _act(name: str, *takes: str, needs: tuple[str, ...] = ()) -> Kind:
    def make(**given: Any) -> Act:
        return Act(name, given)

    return Kind(make, frozenset((*takes, *needs)), needs=frozenset(needs))


KINDS: Final[Mapping[str, Kind]] = {
    # calls
    "call": _call(),
    "too_many_requests": _call(status=429, retry_after=1),
    "bad_gateway": _call(status=502),
    "unavailable": _call(status=503),
    "lost_answer": _call(after_commit=True, drop=True),
    "slow": _call(times=0, latency=2.0),
    "content_scan": _call(path="/contents/*", status=423, retry_after=1, times=1),
    "early_event": _call(method="GET", path="*/messages/*", status=404),
    "device_cap": _call(method="POST", path="/wdm/*/devices", status=403, message=TOO_MANY_DEVICES),
    "handshake": _call(path=SOCKETS, status=503),
    "outage": _call(times=0, drop=True, begins_with=Act("drop")),
    "offline": _call(path=SOCKETS, status=503, times=0, begins_with=Act("drop")),
    # sockets that are accepted
    "accept_then_close": _connect("code", "reason", "after_authorization", code=1000),
    "no_buffer_state": _connect(greeting=False),
    "half_open": _connect(stall=True),
    "wrong_region": _connect(deaf=True),
    # events on their way
    "duplicate": _frame("duplicate"),
    "reorder": _frame("reorder"),
    "gap": _frame("gap"),
    "lose": _frame("lose"),
    "binary": _frame("binary"),
    "bare": Kind(_bare, frozenset({"fields"})),
    # done at a moment
    "drop": _act("drop"),
    "close": _act("close", "code", "reason"),
    "shutdown": _act("shutdown", "seconds"),
    "stall": _act("stall"),
    "huge_frame": _act("huge_frame", "bytes"),
    "burst": _act("burst", "room", "text", "mention", "count", needs=("person",)),
    "say": _act("say", "room", "text", "mention", needs=("person",)),
    "edit": _act("edit", "room", "text", needs=("person",)),
    "share": _act("share", "room", "text", "name", needs=("person",)),
    "press": _act("press", "room", "inputs", needs=("people", "title")),
    "tokens": _act("tokens", needs=("token", "action")),
}


@dataclass(frozen=True)
class Order:
    """A fault as it was ordered, checked, and not yet in force. Times are seconds from its start."""

    what: str
    effect: Effect
    when: Mapping[str, Any]
    at: float = 0.0
    begins_with: Act | None = None


def read_order(values: Mapping[str, Any], place: str, previous: float = 0.0) -> Order:
    """The order that these values are; ``what`` left out means ``call``.

    ``at`` counts from the start, ``after`` from ``previous``, when the order before begins.
    Raises Wrong with the place and the reason.
    """
    what = values.get("what", "call")
    kind = KINDS.get(what) if isinstance(what, str) else None
    if kind is None:
        raise Wrong(f"{place}: 'what' must be one of {', '.join(KINDS)}, not {what!r}.")
    place = f"{place} ({what})"
    rest = {name: value for name, value in values.items() if name != "what"}
    given = checked(rest, WHEN | kind.takes, place)
    for name in sorted(kind.needs - given.keys()):
        raise Wrong(f"{place} needs '{name}'.")
    when = {name: given.pop(name) for name in WHEN & given.keys()}
    return Order(
        what=what,
        effect=kind.make(**{**kind.preset, **given}),
        at=_begins(when, previous, place),
        when={"times": _times(kind, when)} | when,
        begins_with=kind.begins_with,
    )


def _begins(when: dict[str, Any], previous: float, place: str) -> float:
    if "at" in when and "after" in when:
        raise Wrong(f"{place} has both 'at' and 'after'; one says it.")
    if "after" in when:
        return previous + float(when.pop("after"))
    return float(when.pop("at", 0.0))


def _times(kind: Kind, when: Mapping[str, Any]) -> int:
    return 0 if _OPEN_ENDED & when.keys() else kind.times


def place_order(order: Order, faults: Faults, start: datetime, origin: str = "control") -> Fault:
    """Put an order in force; its times count from ``start``."""
    when = When(starts=start + timedelta(seconds=order.at), **order.when)
    return faults.add(order.what, order.effect, when, origin, order.begins_with)
