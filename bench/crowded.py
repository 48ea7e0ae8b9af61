"""Benchmark: many people for a long time, for memory and the rate limit."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import takewhile

from bench.adds import has_phone
from bench.people import Guest, anything
from bench.stage import Stage
from sandbox.call_log import Call
from sandbox.people import Person

PATIENCE = 3.0  # seconds of silence of the whole cloud
LONG_SILENCE = 10.0  # the same, where bots wait because they were told to
LOST_AFTER = 60.0  # seconds without an answer to one person while others are answered
ENGINEERS = 50
SAMPLES = 10
TOO_MANY = 429
SETTLES = 2.0  # seconds


@dataclass
class Memory:
    """Resident memory in MiB, and the number of answered messages."""

    idle: float
    messages: int
    answered: int = 0
    samples: list[float] = field(default_factory=list)
    died: bool = False

    @property
    def grown(self) -> float:
        """Return the growth from the first sample, after the warm-up, to the last one."""
        return self.samples[-1] - self.samples[0]


async def memory(stage: Stage, messages: int, talkers: int) -> Memory:
    """Let people ask for help, and take ten samples."""
    await stage.at_rest(SETTLES)
    measured = Memory(stage.memory(), messages)
    guests = stage.crowd.guests(talkers)
    for _ in range(SAMPLES):
        turns = iter(range(messages // SAMPLES))
        counts = await asyncio.gather(*(_chat(stage, guest, turns) for guest in guests))
        measured.answered += sum(counts)
        measured.died = not stage.alive
        if measured.died:
            break
        measured.samples.append(stage.memory())
        stage.cloud.calls.clear()
    return measured


async def _chat(stage: Stage, guest: Guest, turns: Iterator[int]) -> int:
    """The number of answers. A person without an answer stops when the cloud has been silent."""
    answered = 0
    for _ in turns:
        guest.heard.clear()
        guest.say("help")
        if await guest.answer(0, anything, stage.quiet_after(PATIENCE)) is None:
            break
        answered += 1
    return answered


@dataclass
class Limited:
    """Adds against a rate limit; times in seconds, calls of the busiest token."""

    per_second: float
    burst: int
    wanted: int
    asked: int = 0
    done: int = 0
    took: float = 0.0
    sent: int = 0
    random_refusals: int = 0
    answers: dict[str, int] = field(default_factory=dict)

    @property
    def needed(self) -> int:
        """One request for each call that was answered, and one more for each random refusal."""
        return sum(self.answers.values()) + self.random_refusals

    @property
    def allowed(self) -> float:
        """The seconds that the limit requires for the calls of the busiest token."""
        return max((max(self.answers.values(), default=0) - self.burst) / self.per_second, 0.0)


async def against_the_limit(
    stage: Stage, adds: int, limit: tuple[float, int], *, refused: float, within: float
) -> Limited:
    """Let fifty engineers add phones for different owners, each engineer one after the other.

    `limit` is the calls a second and the burst of each token, `refused` the share of calls that is
    refused at random with 429, `within` the seconds after which everybody gives up.
    """
    guests = stage.crowd.guests(min(ENGINEERS, adds))
    done = Limited(*limit, wanted=adds)
    rate, burst = limit
    order = {"what": "too_many_requests", "probability": refused, "times": 0}
    seq, began = stage.now, time.perf_counter()
    stage.cloud.apply_settings(
        replace(stage.cloud.settings, rate_per_second=rate, rate_burst=burst)
    )
    with stage.trouble(**(order if refused else {})) as fault:
        end = began + within
        turns = _until(stage.crowd.people(adds), end)
        await asyncio.gather(*(_adds(stage, guest, turns, done, end) for guest in guests))
        done.took = time.perf_counter() - began
        await stage.at_rest(PATIENCE, at_most=LONG_SILENCE)
        done.random_refusals = fault.hits if fault else 0
    stage.cloud.apply_settings(replace(stage.cloud.settings, rate_per_second=None))
    _count(done, [call for call in stage.calls(seq) if call.path.startswith("/v1/")])
    return done


def _until(owners: Iterable[Person], deadline: float) -> Iterator[Person]:
    """The next owners, until the deadline."""
    return takewhile(lambda _: time.perf_counter() < deadline, owners)


async def _adds(
    stage: Stage, guest: Guest, turns: Iterator[Person], done: Limited, end: float
) -> None:
    """Let one engineer add phones: type, press, then the next one."""
    manner = stage.manner
    for owner in turns:
        mac = stage.mac()
        guest.heard.clear()
        done.asked += 1
        guest.say(manner.typed(mac, owner.email))
        card = await guest.answer(0, manner.is_card, _lost(stage, end))
        if card is None:
            continue
        guest.press(card.message, manner.button, manner.filled(mac, owner.email))
        await guest.answer(0, manner.is_result, _lost(stage, end))
        done.done += has_phone(stage, owner, mac)


def _lost(stage: Stage, end: float) -> Callable[[], bool]:
    """Return the condition to stop waiting: silence, a timeout of one person, or the end."""
    quiet, until = stage.quiet_after(LONG_SILENCE), min(time.perf_counter() + LOST_AFTER, end)
    return lambda: quiet() or time.perf_counter() > until


def _count(done: Limited, calls: Iterable[Call]) -> None:
    for call in calls:
        done.sent += 1
        if call.status != TOO_MANY:
            done.answers[call.token] = done.answers.get(call.token, 0) + 1
