"""`make bench`: measure provbot and stock webex-bot one after the other, in one run.

`python -m bench.run [--smoke] [--into FOLDER]` prints what it is at, then the tables, and writes
results.md and results.svg. The full run takes about a quarter of an hour, `--smoke` half a minute.
"""

import argparse
import asyncio
import os
import platform
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.adds import burst, warm_up
from bench.crowded import Limited, against_the_limit, memory
from bench.parsing import parsing
from bench.plot import plot
from bench.report import report
from bench.results import Measured
from bench.single import own_work, round_trips
from bench.stage import BOTS, REPOSITORY, Manner, Stage, stage

PLOT = "results.svg"


@dataclass(frozen=True)
class Scale:
    """The size of the run. `crowds` are numbers of people and repetitions; times in seconds."""

    starts: int = 5
    rounds: int = 10
    latencies: tuple[float, ...] = (0.0, 0.05, 0.3)
    crowds: tuple[tuple[int, int], ...] = ((1, 3), (20, 1), (100, 1))
    messages: int = 10_000
    adds: int = 1000
    adds_with_refusals: int = 20  # each refusal holds all calls of its token for a second
    limit: tuple[float, int] = (60.0, 10)
    refused: float = 0.2
    side_by_side: bool = False  # both bots at the same time: quick, and no comparison


FULL = Scale()
SMOKE = Scale(
    starts=1, rounds=1, latencies=(0.02,), crowds=((2, 1),), messages=50, adds=2,
    adds_with_refusals=0, side_by_side=True,
)  # fmt: skip
# webex-bot writes to one TLS connection from several threads, which sooner or later crashes it. So
# only one person talks with it, and sends a fifth of the messages.
TALKING = {"provbot": (20, 1), "stock webex-bot": (1, 5)}
# Seconds. If a bot loses messages, this shows soon, so there is no need to wait longer for it.
LIMITED_WITHIN = {"provbot": 600.0, "stock webex-bot": 20.0}


async def measure(scale: Scale) -> list[Measured]:
    """Measure both bots; the memory of both is measured at the same time."""
    pairs = [(manner, Measured(manner.name)) for manner in BOTS]
    pairs[0][1].parsing = parsing()
    if scale.side_by_side:
        await asyncio.gather(*(_all_but_memory(*pair, scale) for pair in pairs))
    else:
        for pair in pairs:
            await _all_but_memory(*pair, scale)
    await asyncio.gather(*(_memory(*pair, scale) for pair in pairs))
    return [bot for _, bot in pairs]


async def _all_but_memory(manner: Manner, bot: Measured, scale: Scale) -> None:
    await _starts(manner, bot, scale)
    await _alone(manner, bot, scale)
    await _bursts(manner, bot, scale)
    bot.limited = await _limit(manner, scale, scale.adds, 0.0)
    if scale.adds_with_refusals:
        bot.refused = await _limit(manner, scale, scale.adds_with_refusals, scale.refused)


async def _starts(manner: Manner, bot: Measured, scale: Scale) -> None:
    tell(f"{manner.name}: start")
    async with stage(manner) as place:
        for _ in range(scale.starts):
            bot.starts.append(await place.start())
            await place.stop()


async def _alone(manner: Manner, bot: Measured, scale: Scale) -> None:
    tell(f"{manner.name}: one person alone")
    async with stage(manner) as place:
        await _ready(place)
        bot.trips = await round_trips(place)
        bot.work = await own_work(place, scale.rounds)


async def _bursts(manner: Manner, bot: Measured, scale: Scale) -> None:
    for latency in scale.latencies:
        for people, repeats in scale.crowds:
            tell(f"{manner.name}: {people} at once, {latency * 1000:.0f} ms")
            async with stage(manner) as place:
                await _ready(place)
                for _ in range(repeats):
                    bot.bursts.append(await burst(place, people, latency))


async def _limit(manner: Manner, scale: Scale, adds: int, refused: float) -> Limited:
    tell(f"{manner.name}: {adds} adds against the rate limit, {refused:.0%} refused by chance")
    within = LIMITED_WITHIN[manner.name]
    async with stage(manner) as place:
        await _ready(place)
        return await against_the_limit(place, adds, scale.limit, refused=refused, within=within)


async def _memory(manner: Manner, bot: Measured, scale: Scale) -> None:
    tell(f"{manner.name}: memory over {scale.messages} messages")
    async with stage(manner) as place:
        await place.start()
        talkers, fewer = TALKING[manner.name]
        bot.memory = await memory(place, scale.messages // fewer, talkers)


async def _ready(place: Stage) -> None:
    await place.start()
    await warm_up(place)


def tell(what: str) -> None:
    """Print the progress."""
    print(f"{datetime.now(UTC):%H:%M:%S} {what}", flush=True)


def where(took: float) -> str:
    """Describe the commit and the machine in a sentence."""
    git = ("git", "-C", str(REPOSITORY), "describe", "--always", "--dirty", "--abbrev=10")
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603
    load = ", ".join(f"{average:.1f}" for average in os.getloadavg())
    return (
        f"Commit {commit or 'unknown'}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, in {took:.0f} s; "
        f"{platform.machine()}, {os.cpu_count()} cores shared with other work, "
        f"Python {platform.python_version()}, load at the end {load}."
    )


def main() -> None:
    """Measure, print and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="little of everything")
    parser.add_argument("--into", type=Path, default=REPOSITORY / "bench", help="folder")
    asked = parser.parse_args()
    began = time.perf_counter()
    bots = asyncio.run(measure(SMOKE if asked.smoke else FULL))
    page = report(bots, where(time.perf_counter() - began), PLOT)
    asked.into.mkdir(parents=True, exist_ok=True)
    (asked.into / PLOT).write_text(plot(bots), "utf-8")
    (asked.into / "results.md").write_text(page, "utf-8")
    print(page)


if __name__ == "__main__":
    main()
