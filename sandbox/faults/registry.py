"""The faults in force, consulted at every call, connection and frame."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Final, TypeVar

from sandbox.clock import Clock
from sandbox.errors import ApiError
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
from sandbox.scheduler import Scheduler

MAX_FINISHED: Final = 200

E = TypeVar("E", CallFault, ItemFault, ConnectFault, FrameFault)


class FaultRegistry:
    """Faults in the order they were added.

    ``perform`` executes an action on the cloud, ``changed`` is called for every fault that was
    added, struck or removed; the owner of the cloud sets both. Each fault has its own random
    generator, seeded with the seed and its number, so that a run is reproducible.
    """

    def __init__(self, clock: Clock, scheduler: Scheduler, seed: int) -> None:
        self._clock = clock
        self._scheduler = scheduler
        self._seed = seed
        self._added = 0
        self._faults: list[Fault] = []
        self.perform: Callable[[FaultAction], None] = _ignore
        self.changed: Callable[[Fault], None] = _ignore

    @property
    def is_empty(self) -> bool:
        """Whether there are no faults."""
        return not self._faults

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._faults)

    def reseed(self, seed: int) -> None:
        """Restart the random sequence, for faults that are added from now on."""
        self._seed, self._added = seed, 0

    def add(
        self,
        what: str,
        effect: Effect,
        when: Timing,
        origin: str = "control",
        begins_with: FaultAction | None = None,
    ) -> Fault:
        """Add a fault, which takes effect when its window opens."""
        self._added += 1
        draws = Random(f"{self._seed}/{self._added}")  # noqa: S311 - a die, not a secret
        fault = Fault(what, effect, when, draws, origin, begins_with)
        self._drop_finished()
        self._faults.append(fault)
        if when.ends is not None:
            self._scheduler.after(self._seconds_until(when.ends), lambda: self.changed(fault))
        self._scheduler.after(self._seconds_until(when.starts), lambda: self._open_window(fault))
        return fault

    def _seconds_until(self, moment: datetime) -> float:
        return (moment - self._clock.now()).total_seconds()

    def _open_window(self, fault: Fault) -> None:
        """Open the window of a fault and perform its action, each time it opens."""
        if fault.state(self._clock.now()) == "over":
            return
        if fault.begins_with is not None:
            self._perform(fault, fault.begins_with)
        if isinstance(fault.effect, FaultAction) and fault.occurs(self._clock.now()):
            fault.hits += 1
            self._perform(fault, fault.effect)
        if fault.when.period is not None:
            self._scheduler.after(fault.when.period, lambda: self._open_window(fault))
        else:
            fault.done = isinstance(fault.effect, FaultAction)
        self.changed(fault)

    def _perform(self, fault: Fault, act: FaultAction) -> None:
        try:
            self.perform(act)
        except ApiError as error:  # there is no caller to answer; the list of faults shows it
            fault.error = error.message

    def remove(self, fault_id: str) -> bool:
        """Remove a fault; return False if there is none with this id."""
        return self._remove_where(lambda fault: fault.id == fault_id)

    def remove_origin(self, origin: str) -> bool:
        """Remove all faults of this origin."""
        return self._remove_where(lambda fault: fault.origin == origin)

    def clear(self) -> None:
        """Remove all faults."""
        self._remove_where(lambda _fault: True)

    def _remove_where(self, matches: Callable[[Fault], bool]) -> bool:
        removed = [fault for fault in self._faults if matches(fault)]
        for fault in removed:
            self._faults.remove(fault)
            fault.done = True
            self.changed(fault)
        return bool(removed)

    def _drop_finished(self) -> None:
        over = [fault for fault in self._faults if fault.state(self._clock.now()) == "over"]
        for fault in over[:-MAX_FINISHED]:
            self._faults.remove(fault)

    # Occasions

    def faults_for_call(self, method: str, path: str, token: str) -> list[CallFault]:
        """Return the faults that strike this call: any number of delays, at most one answer."""
        effects: list[CallFault] = []
        for fault, effect in self._with_effect(CallFault):
            if not effect.matches(method, path, token) or not fault.occurs(self._clock.now(), path):
                continue
            if not (effect.sets_response and any(other.sets_response for other in effects)):
                effects.append(self._count_hit(fault, _with_jitter(effect, fault.draws)))
        return effects

    def fault_for_item(
        self, item: str, names: list[str], *, in_list: bool = True
    ) -> ItemFault | None:
        """Return the fault that strikes this item of a call, if any.

        `in_list` False: the call is about this item alone, so its answer cannot leave it out.
        """
        for fault, effect in self._with_effect(ItemFault):
            if effect.matches(item, names, in_list=in_list) and fault.occurs(self._clock.now()):
                return self._count_hit(fault, effect)
        return None

    def fault_for_connection(self) -> ConnectFault | None:
        """Return the fault of the socket that was just accepted, if any."""
        effects = list(self._striking(ConnectFault))
        return effects[0] if effects else None

    def faults_for_frame(self) -> list[FrameFault]:
        """Return the faults of the delivery of one event to one device."""
        return list(self._striking(FrameFault))

    def _striking(self, kind: type[E]) -> Iterator[E]:
        for fault, effect in self._with_effect(kind):
            if fault.occurs(self._clock.now()):
                yield self._count_hit(fault, effect)

    def _with_effect(self, kind: type[E]) -> Iterator[tuple[Fault, E]]:
        for fault in self._faults:
            if isinstance(fault.effect, kind):
                yield fault, fault.effect

    def _count_hit(self, fault: Fault, effect: E) -> E:
        fault.hits += 1
        self.changed(fault)
        return effect


def _with_jitter(effect: CallFault, draws: Random) -> CallFault:
    if not effect.jitter:
        return effect
    return replace(effect, latency=effect.latency + draws.uniform(0, effect.jitter))


def _ignore(_what: object) -> None:
    """Do nothing."""
