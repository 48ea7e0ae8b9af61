"""The faults in force: asked at every call, every connection, every frame."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Final, TypeVar

from sandbox.clock import Clock
from sandbox.faults.model import Act, Effect, Fault, OnCall, OnConnect, OnFrame, When
from sandbox.problems import Problem
from sandbox.schedule import Schedule

KEPT_OVER: Final = 200

E = TypeVar("E", OnCall, OnConnect, OnFrame)


class Faults:
    """Faults in the order they were given.

    ``perform`` does an act to the cloud, ``changed`` hears of every fault that came, struck or
    went; whoever owns the cloud sets both. Each fault draws from a generator of its own, made of the
    seed and its number, so that a run repeats whatever else goes on.
    """

    def __init__(self, clock: Clock, schedule: Schedule, seed: int) -> None:
        self._clock = clock
        self._schedule = schedule
        self._seed = seed
        self._ordered = 0
        self._faults: list[Fault] = []
        self.perform: Callable[[Act], None] = _nobody
        self.changed: Callable[[Fault], None] = _nobody

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to ask for."""
        return not self._faults

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._faults)

    def reseed(self, seed: int) -> None:
        """Begin the draws anew, for the faults that come from here on."""
        self._seed, self._ordered = seed, 0

    def add(
        self,
        what: str,
        effect: Effect,
        when: When,
        origin: str = "control",
        begins_with: Act | None = None,
    ) -> Fault:
        """Put a fault in force, from the moment it starts."""
        self._ordered += 1
        draws = Random(f"{self._seed}/{self._ordered}")  # noqa: S311 - a die, not a secret
        fault = Fault(what, effect, when, draws, origin, begins_with)
        self._forget_old()
        self._faults.append(fault)
        if when.ends is not None:
            self._schedule.after(self._seconds_until(when.ends), lambda: self.changed(fault))
        self._schedule.after(self._seconds_until(when.starts), lambda: self._begin(fault))
        return fault

    def _seconds_until(self, moment: datetime) -> float:
        return (moment - self._clock.now()).total_seconds()

    def _begin(self, fault: Fault) -> None:
        """Its window opens: what it does once is done, and done again when the window next opens."""
        if fault.state(self._clock.now()) == "over":
            return
        if fault.begins_with is not None:
            self._do(fault, fault.begins_with)
        if isinstance(fault.effect, Act) and fault.occurs(self._clock.now()):
            fault.hits += 1
            self._do(fault, fault.effect)
        if fault.when.every is not None:
            self._schedule.after(fault.when.every, lambda: self._begin(fault))
        else:
            fault.done = isinstance(fault.effect, Act)
        self.changed(fault)

    def _do(self, fault: Fault, act: Act) -> None:
        try:
            self.perform(act)
        except Problem as problem:  # nobody asked just now: it is told where faults are listed
            fault.trouble = problem.message

    def remove(self, fault_id: str) -> bool:
        """Switch one off; False when there is none of this id."""
        return self._drop_where(lambda fault: fault.id == fault_id)

    def remove_of(self, origin: str) -> bool:
        """Switch off everything that this origin ordered."""
        return self._drop_where(lambda fault: fault.origin == origin)

    def clear(self) -> None:
        """Let everything work again."""
        self._drop_where(lambda _fault: True)

    def _drop_where(self, which: Callable[[Fault], bool]) -> bool:
        gone = [fault for fault in self._faults if which(fault)]
        for fault in gone:
            self._faults.remove(fault)
            fault.done = True
            self.changed(fault)
        return bool(gone)

    def _forget_old(self) -> None:
        over = [one for one in self._faults if one.state(self._clock.now()) == "over"]
        for fault in over[:-KEPT_OVER]:
            self._faults.remove(fault)

    # Occasions

    def on_call(self, method: str, path: str, token: str) -> list[OnCall]:
        """What strikes this call: any number of delays, at most one that settles the answer."""
        struck: list[OnCall] = []
        for fault, effect in self._of(OnCall):
            if not effect.matches(method, path, token) or not fault.occurs(self._clock.now(), path):
                continue
            if not (effect.decides and any(one.decides for one in struck)):
                struck.append(self._hit(fault, _with_jitter(effect, fault.draws)))
        return struck

    def on_connect(self) -> OnConnect | None:
        """What is wrong with the socket that was just accepted, if anything."""
        struck = list(self._struck(OnConnect))
        return struck[0] if struck else None

    def on_frame(self) -> list[OnFrame]:
        """What is wrong with the delivery of one event to one device."""
        return list(self._struck(OnFrame))

    def _struck(self, kind: type[E]) -> Iterator[E]:
        for fault, effect in self._of(kind):
            if fault.occurs(self._clock.now()):
                yield self._hit(fault, effect)

    def _of(self, kind: type[E]) -> Iterator[tuple[Fault, E]]:
        for fault in self._faults:
            if isinstance(fault.effect, kind):
                yield fault, fault.effect

    def _hit(self, fault: Fault, effect: E) -> E:
        fault.hits += 1
        self.changed(fault)
        return effect


def _with_jitter(effect: OnCall, draws: Random) -> OnCall:
    if not effect.jitter:
        return effect
    return replace(effect, latency=effect.latency + draws.uniform(0, effect.jitter))


def _nobody(_what: object) -> None:
    """Nobody listens yet."""
