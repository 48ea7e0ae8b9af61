"""Faults on order: which calls go wrong, and how (webex-messaging.md §6.3)."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from sandbox.ids import random_uuid


@dataclass
class Fault:
    """One fault. Of the calls that match, it strikes from the ``nth`` on, ``times`` often (0: always).

    ``path`` is a glob on the path below ``/v1`` or on the whole path. ``latency`` is in seconds.
    ``after_commit``: the work is done, then the fault is answered. ``drop``: the connection ends
    without an answer. Without status and drop only the latency remains.
    """

    method: str = "*"
    path: str = "*"
    times: int = 1
    nth: int = 1
    latency: float = 0.0
    status: int | None = None
    body: Any = None
    text: str | None = None
    content_type: str = "text/plain"
    headers: dict[str, str] = field(default_factory=dict)
    after_commit: bool = False
    drop: bool = False
    id: str = field(default_factory=random_uuid)
    seen: int = 0

    def matches(self, method: str, path: str) -> bool:
        """Whether this call is one of those it is meant for."""
        below = path.removeprefix("/v1")
        return self.method.upper() in ("*", method) and (
            fnmatchcase(below, self.path) or fnmatchcase(path, self.path)
        )

    def strikes(self) -> bool:
        """Count one matching call; says whether this one is to go wrong."""
        self.seen += 1
        return self.seen >= self.nth and (not self.times or self.seen < self.nth + self.times)


class Faults:
    """The faults now in force; the first that strikes wins."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Put a fault in force."""
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Let everything work again."""
        self._faults.clear()

    def strike(self, method: str, path: str) -> Fault | None:
        """Count this call against every fault it matches; the fault that hits it, if any."""
        matching = [fault for fault in self._faults if fault.matches(method, path)]
        struck = [fault for fault in matching if fault.strikes()]
        return struck[0] if struck else None
