"""Parse faults as people write them: a name with fields (docs/sandbox.md lists them)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Final

from sandbox.faults.model import (
    CallFault,
    ConnectFault,
    Effect,
    Fault,
    FaultAction,
    FrameFault,
    ItemFault,
    Timing,
)
from sandbox.faults.registry import FaultRegistry
from sandbox.faults.validation import InvalidDefinition, validated_fields

SOCKETS: Final = "/apps/wx2/registrations/*"
TOO_MANY_DEVICES: Final = "User has excessive device registrations"

WHEN: Final = frozenset(
    {"at", "after", "lasts", "every", "nth", "times", "every_nth", "probability", "each_path"}
)
# With one of these fields the number of hits is open; without them a call fault strikes once.
_OPEN_ENDED: Final = frozenset({"lasts", "every", "every_nth", "probability"})
_TIMING_NAMES: Final = {"lasts": "duration", "every": "period"}  # of a definition → of `Timing`


@dataclass(frozen=True)
class FaultKind:
    """A kind of fault. ``make`` builds its effect; ``preset`` are the fields it starts with."""

    make: Callable[..., Effect]
    takes: frozenset[str]
    preset: Mapping[str, Any] = field(default_factory=dict)
    needs: frozenset[str] = frozenset()
    times: int = 0
    begins_with: FaultAction | None = None


def _call_kind(times: int = 1, begins_with: FaultAction | None = None, **preset: Any) -> FaultKind:
    takes = frozenset(field.name for field in fields(CallFault))
    return FaultKind(_make_call_fault, takes, preset, times=times, begins_with=begins_with)


def _make_call_fault(**values: Any) -> CallFault:
    return CallFault(**values | {"without": tuple(values.get("without", ()))})


def _connect_kind(*takes: str, **preset: Any) -> FaultKind:
    return FaultKind(ConnectFault, frozenset(takes), preset)


def _item_kind(item: str, *takes: str) -> FaultKind:
    every = frozenset({"status", "after_commit", "missing", *takes})
    return FaultKind(ItemFault, every, {"item": item}, times=1)


def _frame_kind(how: str) -> FaultKind:
    return FaultKind(FrameFault, frozenset(), {"how": how})


def _make_bare_frame(**values: Any) -> FrameFault:
    return FrameFault("bare", **{name: tuple(value) for name, value in values.items()})


def _action_kind(name: str, *takes: str, needs: tuple[str, ...] = ()) -> FaultKind:
    def make(**arguments: Any) -> FaultAction:
        return FaultAction(name, arguments)

    return FaultKind(make, frozenset((*takes, *needs)), needs=frozenset(needs))


FAULT_KINDS: Final[Mapping[str, FaultKind]] = {
    # calls
    "call": _call_kind(),
    "too_many_requests": _call_kind(status=429, retry_after=1),
    "bad_gateway": _call_kind(status=502),
    "unavailable": _call_kind(status=503),
    "lost_answer": _call_kind(after_commit=True, drop=True),
    "slow": _call_kind(times=0, latency=2.0),
    "content_scan": _call_kind(path="/contents/*", status=423, retry_after=1, times=1),
    "early_event": _call_kind(method="GET", path="*/messages/*", status=404),
    "device_cap": _call_kind(
        method="POST", path="/wdm/*/devices", status=403, message=TOO_MANY_DEVICES
    ),
    "handshake": _call_kind(path=SOCKETS, status=503),
    "outage": _call_kind(times=0, drop=True, begins_with=FaultAction("drop")),
    "offline": _call_kind(path=SOCKETS, status=503, times=0, begins_with=FaultAction("drop")),
    # items of calls
    "refused_base": _item_kind("base", "mac"),
    "refused_handset": _item_kind("handset", "member", "message", "error_code"),
    # sockets that are accepted
    "accept_then_close": _connect_kind("code", "reason", "after_authorization", code=1000),
    "no_buffer_state": _connect_kind(greeting=False),
    "half_open": _connect_kind(stall=True),
    "wrong_region": _connect_kind(deaf=True),
    # event delivery
    "duplicate": _frame_kind("duplicate"),
    "reorder": _frame_kind("reorder"),
    "gap": _frame_kind("gap"),
    "lose": _frame_kind("lose"),
    "binary": _frame_kind("binary"),
    "bare": FaultKind(_make_bare_frame, frozenset({"fields"})),
    # actions at a point in time
    "drop": _action_kind("drop"),
    "close": _action_kind("close", "code", "reason"),
    "shutdown": _action_kind("shutdown", "seconds"),
    "stall": _action_kind("stall"),
    "huge_frame": _action_kind("huge_frame", "bytes"),
    "burst": _action_kind("burst", "room", "text", "mention", "count", needs=("person",)),
    "say": _action_kind("say", "room", "text", "mention", needs=("person",)),
    "edit": _action_kind("edit", "room", "text", needs=("person",)),
    "share": _action_kind("share", "room", "text", "name", needs=("person",)),
    "press": _action_kind("press", "room", "inputs", needs=("people", "title")),
    "tokens": _action_kind("tokens", needs=("token", "action")),
}


@dataclass(frozen=True)
class FaultSpec:
    """A parsed and validated fault that is not in force yet. Times are seconds from its start."""

    what: str
    effect: Effect
    when: Mapping[str, Any]
    at: float = 0.0
    begins_with: FaultAction | None = None


def parse_fault(values: Mapping[str, Any], place: str, previous: float = 0.0) -> FaultSpec:
    """Parse a fault; without ``what`` it is a ``call``.

    ``at`` counts from the start, ``after`` from ``previous``, the start of the fault before. Raises
    InvalidDefinition with the place and the reason.
    """
    what = values.get("what", "call")
    kind = FAULT_KINDS.get(what) if isinstance(what, str) else None
    if kind is None:
        raise InvalidDefinition(
            f"{place}: 'what' must be one of {', '.join(FAULT_KINDS)}, not {what!r}."
        )
    place = f"{place} ({what})"
    rest = {name: value for name, value in values.items() if name != "what"}
    field_values = validated_fields(rest, WHEN | kind.takes, place)
    for name in sorted(kind.needs - field_values.keys()):
        raise InvalidDefinition(f"{place} needs '{name}'.")
    when = {name: field_values.pop(name) for name in WHEN & field_values.keys()}
    return FaultSpec(
        what=what,
        effect=kind.make(**{**kind.preset, **field_values}),
        at=_start_time(when, previous, place),
        when={"times": 0 if _OPEN_ENDED & when.keys() else kind.times} | when,
        begins_with=kind.begins_with,
    )


def _start_time(when: dict[str, Any], previous: float, place: str) -> float:
    if "at" in when and "after" in when:
        raise InvalidDefinition(f"{place} has both 'at' and 'after'; use only one of them.")
    if "after" in when:
        return previous + float(when.pop("after"))
    return float(when.pop("at", 0.0))


def activate_fault(
    spec: FaultSpec, faults: FaultRegistry, start: datetime, origin: str = "control"
) -> Fault:
    """Put a fault in force; its times count from ``start``."""
    timing = {_TIMING_NAMES.get(name, name): value for name, value in spec.when.items()}
    when = Timing(starts=start + timedelta(seconds=spec.at), **timing)
    return faults.add(spec.what, spec.effect, when, origin, spec.begins_with)
