"""The measurements, and how they compare with the goals. No I/O."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.adds import Burst
from bench.crowded import Limited, Memory
from bench.parsing import Parsing
from bench.single import Work
from sandbox.call_log import Call


@dataclass
class Measured:
    """The measurements of one bot, in seconds. A start lasts until the websocket is connected."""

    name: str
    starts: list[float] = field(default_factory=list)
    trips: dict[str, list[Call]] = field(default_factory=dict)
    work: Work | None = None
    bursts: list[Burst] = field(default_factory=list)
    memory: Memory | None = None
    limited: Limited | None = None
    refused: Limited | None = None
    parsing: Parsing | None = None

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
    checks = [_ready(bot), _trips(bot)]
    checks += [_parsing(bot.parsing)] if bot.parsing else []
    checks += [_own_work(bot.work)] if bot.work else []
    checks += _crowd(bot)
    checks += [*_light(bot.memory)] if bot.memory else []
    checks += [_pace(bot.limited)] if bot.limited else []
    checks += [_thrift(bot.refused)] if bot.refused else []
    return checks


def _ready(bot: Measured) -> Check:
    took = median(bot.starts)
    return Check("ready within 1.5 s of the start", f"{took:.2f} s", took <= 1.5)


def _trips(bot: Measured) -> Check:
    asked, pressed = bot.trips["help"], bot.trips["press"]
    kinds = [call.method for call in asked]
    looks = [call for call in pressed if "attachment" in call.path]
    changes = [call for call in pressed if (call.method, call.path) == ("POST", "/v1/devices")]
    return Check(
        "a message takes 1 GET and 1 POST; a press 1 GET, the change,"
        " and the calls that read the facts again",
        f"message {len(asked)}, press {len(pressed)} calls",
        kinds == ["GET", "POST"] and len(looks) == len(changes) == 1,
    )


def _own_work(work: Work) -> Check:
    spent = work.median() * 1000
    return Check(
        "own work of at most 5 ms (CPU) for the median event", f"{spent:.1f} ms", spent <= 5
    )


def _parsing(parsing: Parsing) -> Check:
    usual, slowest = parsing.median * 1000, parsing.slowest * 1000
    return Check(
        "a message is understood within 1 ms",
        f"{usual:.2f} ms, the slowest kind {slowest:.2f} ms",
        slowest <= 1,
    )


def _crowd(bot: Measured) -> list[Check]:
    """At the most people and the slowest API that were measured."""
    most, slowest = max((burst.people, burst.latency) for burst in bot.bursts)
    many, single = bot.cell(most, slowest), bot.cell(1, slowest)
    late, alone = p95(many.whole), middle(single.whole)
    sign = middle([result.first for result in single.results if result.first is not None])
    all_there = many.answered == many.asked
    ratio = late / alone if late and alone else None
    ms = f"{slowest * 1000:.0f} ms"
    checks = [
        Check(
            f"{most} people at {ms}: p95 to the result at most 1.3 × that of one person,"
            " all answered",
            f"{_times(ratio)}, {many.answered} of {many.asked}",
            all_there and ratio is not None and ratio <= 1.3,
        )
    ]
    if slowest and sign is not None:
        aim = f"a press shows something within a second at {ms}"
        checks.append(Check(aim, f"after {sign:.2f} s", sign <= 1.0))
    return checks


def _light(memory: Memory) -> list[Check]:
    return [
        Check("at most 90 MiB idle", f"{memory.idle:.0f} MiB", memory.idle <= 90),
        Check(
            f"flat over {memory.messages:,} messages (at most 2 MiB more)",
            f"{memory.grown:+.1f} MiB",
            not memory.died and memory.grown <= 2,
        ),
    ]


def _pace(limited: Limited) -> Check:
    ratio = limited.took / limited.allowed if limited.allowed else None
    return Check(
        f"{limited.wanted:,} adds within 10 % of what the rate limit allows, all done",
        f"{_times(ratio)}, {limited.done} of {limited.wanted}",
        limited.done == limited.wanted and ratio is not None and ratio <= 1.1,
    )


def _thrift(limited: Limited) -> Check:
    ratio = limited.sent / limited.needed
    return Check(
        "with 20 % refusals (429): requests sent at most 1.05 × needed, all done",
        f"{_times(ratio)}, {limited.done} of {limited.wanted}",
        ratio <= 1.05 and limited.done == limited.wanted,
    )


def _times(ratio: float | None) -> str:
    return f"{ratio:.2f} ×" if ratio is not None else "–"
