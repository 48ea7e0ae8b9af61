"""How changes of a DECT network's handsets are spread in time. Pure.

With less than 90 seconds between them, a base station may keep an old configuration until it is
restarted (docs/webex/provisioning.md §5). Adding, changing and deleting handsets count, a bulk call
once; networks are independent of each other.
"""

import math
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import TypeVar

from bot.core.models.dect import MAX_BULK
from bot.domain.error_messages import approximate_wait

T = TypeVar("T")
SPACING = 90.0  # seconds
HOUR = 3600.0


def in_bulks(items: Iterable[T], size: int = MAX_BULK) -> list[tuple[T, ...]]:
    """The items in their order, at most `size` in one call."""
    rest = tuple(items)
    return [rest[start : start + size] for start in range(0, len(rest), size)]


def wait_before(last_change: float | None, now: float, spacing: float = SPACING) -> float:
    """Seconds until the next change of the network; both times by the same clock.

    A last change in the future, as after the clock was set back, counts as one of now.
    """
    if last_change is None:
        return 0.0
    return max(min(last_change, now) + spacing - now, 0.0)


def seconds_needed(changes: int, spacing: float = SPACING, wait: float = 0.0) -> float:
    """Seconds of waiting between `changes`; `wait` is the one before the first."""
    return wait + (changes - 1) * spacing if changes else 0.0


def changes_of(actions: Iterable[str], sizes: Mapping[str, int]) -> int:
    """How many changes the steps with these actions are, in their order.

    `sizes` are the most steps of an action that are made with one call, if they follow each other;
    of other actions each is a call.
    """
    runs = ((name, len([*same])) for name, same in groupby(actions))
    return sum(math.ceil(number / sizes.get(name, 1)) for name, number in runs)


def time_needed(seconds: float) -> str:
    """A time in words: `about 40 s`, `about 6 minutes`, `about 3 hours`."""
    if seconds < 2 * HOUR:
        return approximate_wait(seconds)
    return f"about {math.ceil(seconds / HOUR)} hours"


def pace(changes: int, spacing: float = SPACING, wait: float = 0.0) -> str:
    """The time for `changes` and why it is needed; empty if there is nothing to wait for."""
    seconds = seconds_needed(changes, spacing, wait)
    if not seconds:
        return ""
    return (
        f"{time_needed(seconds)}: Webex wants {spacing:g} s between changes of the handsets of a"
        " DECT network"
    )


def pace_note(changes: int, spacing: float = SPACING, wait: float = 0.0) -> str:
    """The sentence for a plan; empty if there is nothing to wait for."""
    takes = pace(changes, spacing, wait)
    return f"This takes {takes}." if takes else ""
