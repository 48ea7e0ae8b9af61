"""The measurements, and how they compare with the goals. No I/O."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.adds import Burst, arrived
from bench.engines import Engine
from bench.failover import FailOver
from bench.following import Followed
from bench.limits import Limited, Unaffected
from bench.lists import Listed
from bench.memory import Aftermath, Memory
from bench.parsing import Parsing
from bench.photos import Photographed
from bench.single import Work
from bot.webex.connections import MAX_CONNECTIONS
from sandbox.call_log import Call

CROWDS = {30: 1.3, 100: 1.7}  # people, and how many times as long as one person they may wait
PATIENT = 60.0  # seconds


@dataclass
class Measured:
    """The measurements of one bot, in seconds. A start lasts until the websocket is connected."""

    name: str
    starts: list[float] = field(default_factory=list)
    trips: dict[str, list[Call]] = field(default_factory=dict)
    work: Work | None = None
    bursts: list[Burst] = field(default_factory=list)
    memory: Memory | None = None
    aftermath: Aftermath | None = None
    limited: Limited | None = None
    refused: Limited | None = None
    unaffected: Unaffected | None = None
    parsing: Parsing | None = None
    lists: list[Listed] = field(default_factory=list)
    photos: Photographed | None = None
    followed: Followed | None = None
    engines: list[Engine] = field(default_factory=list)
    failovers: list[FailOver] = field(default_factory=list)

    def cell(self, people: int, latency: float) -> Burst:
        """Merge all bursts of one kind."""
        whole = Burst(people, latency)
        for burst in self.bursts:
            if (burst.people, burst.latency) == (people, latency):
                whole.cards += burst.cards
                whole.results += burst.results
                whole.added += burst.added
                whole.work += burst.work
        return whole


@dataclass
class Scripted:
    """The measurements of a script, which makes so many calls at once, without a bot."""

    name: str
    at_once: int
    limited: Limited | None = None
    refused: Limited | None = None


@dataclass(frozen=True)
class Check:
    """A goal: its description, the measurement, and whether it was reached."""

    aim: str
    measured: str
    reached: bool


def p95(times: Sequence[float]) -> float | None:
    """Return the 95th percentile; None without values."""
    ordered = sorted(times)
    return ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)] if ordered else None


def middle(times: Sequence[float]) -> float | None:
    """Return the median; None without values."""
    return median(times) if times else None


def reached(bot: Measured) -> list[Check]:
    """Return the goals as ratios or numbers of this run, without those not measured."""
    checks = [*_limits(bot.limited, bot.refused)]
    checks += [_unaffected(bot.unaffected)] if bot.unaffected else []
    checks += [*_own_work(bot.work)] if bot.work else []
    checks += [_trips(bot), *_crowds(bot)]
    checks += [*_light(bot.memory)] if bot.memory else []
    checks += [*_given_back(bot.aftermath)] if bot.aftermath else []
    checks += [_ready(bot.starts)]
    checks += [_parsing(bot.parsing)] if bot.parsing else []
    return checks


def _limits(limited: Limited | None, refused: Limited | None) -> Iterator[Check]:
    if limited:
        yield Check(
            f"{limited.wanted:,} adds: at least 0.95 of the allowed rate, all done",
            f"{limited.reached:.2f}, {limited.done:,} of {limited.wanted:,}",
            limited.done == limited.wanted and limited.reached >= 0.95,
        )
        yield _thrift("the same", limited)
    if refused:
        share = f"{refused.limit.refused:.0%}"
        yield Check(
            f"{refused.wanted} people at once, {share} of calls refused at random: all done"
            f" within {PATIENT:.0f} s",
            f"{refused.done} of {refused.wanted} in {refused.took:.0f} s",
            refused.done == refused.wanted and refused.took <= PATIENT,
        )
        yield _thrift("the same", refused)


def _thrift(what: str, limited: Limited) -> Check:
    ratio = limited.sent_for_each
    aim = f"{what}: requests sent at most 1.05 × needed"
    return Check(aim, f"{ratio:.2f} ×", ratio <= 1.05)


def _unaffected(seen: Unaffected) -> Check:
    """People who were not answered waited longer than all others."""
    late = p95([*seen.waits, *[math.inf] * (seen.asked - len(seen.waits))])
    return Check(
        f"`help` while {seen.adding} adds wait for a refused API: p95 at most 1.5 s",
        f"{seconds(late)}, {len(seen.waits)} of {seen.asked} answered",
        late is not None and late <= 1.5,
    )


def _own_work(work: Work) -> Iterator[Check]:
    for what, most in (("press", 9.0), ("message", 6.0)):
        spent = work.median(what) * 1000
        yield Check(f"own work for a {what}: at most {most:.0f} ms of CPU",
                    f"{spent:.1f} ms", spent <= most)  # fmt: skip


def _trips(bot: Measured) -> Check:
    asked, pressed = bot.trips["help"], bot.trips["press"]
    changes = [call for call in pressed if (call.method, call.path) == ("POST", "/v1/devices")]
    return Check(
        "`help` takes 1 GET and 1 POST, a press at most 7 calls, one of them the change",
        f"{len(asked)} and {len(pressed)} calls",
        [call.method for call in asked] == ["GET", "POST"]
        and len(pressed) <= 7
        and len(changes) == 1,
    )


def _crowds(bot: Measured) -> Iterator[Check]:
    """From the press to the result, at the slowest API that was measured."""
    slowest = max(burst.latency for burst in bot.bursts)
    ms, single = f"{slowest * 1000:.0f} ms", bot.cell(1, slowest)
    alone = middle(arrived(single.results))
    for people, most in CROWDS.items():
        many = bot.cell(people, slowest)
        late = p95(arrived(many.results))
        if not many.asked:
            continue
        ratio = late / alone if late and alone else None
        yield Check(
            f"{people} people press at once at {ms}: p95 to the result at most {most} × that of"
            " one person, all answered",
            f"{times(ratio)}, {many.answered} of {many.asked}",
            many.answered == many.asked and ratio is not None and ratio <= most,
        )
    sign = p95([result.first for result in single.results if result.first is not None])
    if slowest and sign is not None:
        aim = f"a press shows something within a second at {ms}"
        yield Check(aim, f"p95 {seconds(sign)}", sign <= 1.0)


def _light(memory: Memory) -> Iterator[Check]:
    yield Check("at most 80 MiB idle", f"{memory.idle:.0f} MiB", memory.idle <= 80)
    yield Check(
        f"flat over {memory.messages:,} messages (at most 2 MiB more)",
        f"{memory.grown:+.1f} MiB",
        not memory.died and memory.grown <= 2,
    )


def _given_back(left: Aftermath) -> Iterator[Check]:
    kept = left.kept
    if kept is not None:
        yield Check(
            f"{left.quiet:.0f} s after {left.people} presses at once: at most 15 MiB above idle",
            f"{kept:+.0f} MiB",
            kept <= 15,
        )
    yield Check(
        f"{left.people} presses at once open at most {MAX_CONNECTIONS} connections",
        f"{left.connections}",
        0 < left.connections <= MAX_CONNECTIONS,
    )
    if left.handshakes is not None:
        aim = "a second command within a minute opens no connection"
        yield Check(aim, f"{left.handshakes}", left.handshakes == 0)


def _ready(starts: Sequence[float]) -> Check:
    took = median(starts)
    return Check("ready within 0.6 s of the start, without a migration", seconds(took), took <= 0.6)


def _parsing(parsing: Parsing) -> Check:
    usual, slowest = parsing.median * 1000, parsing.slowest * 1000
    return Check(
        "a message is understood within 1 ms",
        f"{usual:.2f} ms, the slowest kind {slowest:.2f} ms",
        slowest <= 1,
    )


def seconds(time: float | None) -> str:
    """A time to read."""
    return "–" if time is None else f"{time:.2f} s"


def times(ratio: float | None) -> str:
    """A ratio to read."""
    return f"{ratio:.2f} ×" if ratio is not None else "–"
