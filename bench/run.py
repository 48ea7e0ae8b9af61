"""`make bench`: measure provbot, stock webex-bot and a script with wxc-sdk, in one run.

`python -m bench.run [--smoke] [--only PART …] [--into FOLDER]` prints what it is at, then the
tables, and writes results.md and results.svg. The full run takes about three quarters of an hour,
`--smoke` a minute. With `--only`, the sections of these parts replace those in results.md; all else
stays as it is.
"""

import argparse
import asyncio
import os
import platform
import subprocess
import time
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import postgres
from bench.adds import burst, warm_up
from bench.limits import (
    Limit,
    Limited,
    against_the_limit,
    help_while_refused,
    script_against_the_limit,
)
from bench.memory import afterwards, crowd, memory
from bench.parsing import parsing
from bench.part_report import following_section, lists_section, photos_section
from bench.parts import (
    ENGINES,
    FAILOVER,
    FOLLOWING,
    FULL_PARTS,
    HEADINGS,
    LISTS,
    ON_POSTGRES,
    PHOTOS,
    SMOKE_PARTS,
    Parts,
    measure_engines,
    measure_failovers,
    measure_following,
    measure_lists,
    measure_photos,
    with_sections,
)
from bench.plot import plot
from bench.postgres_report import engines_section, failover_section
from bench.report import report
from bench.results import PATIENT, Measured, Scripted
from bench.single import own_work, round_trips
from bench.stage import BOTS, PROVBOT, REPOSITORY, Manner, Stage, bare_stage, stage

RESULTS, PLOT = "results.md", "results.svg"


@dataclass(frozen=True)
class Scale:
    """The size of the run. `crowds` are numbers of people and repetitions; times in seconds."""

    starts: int = 7
    rounds: int = 20
    latencies: tuple[float, ...] = (0.0, 0.05, 0.3)
    crowds: tuple[tuple[int, int], ...] = ((1, 8), (30, 3), (100, 3))
    messages: int = 10_000
    quiet: float = 120.0
    gap: float = 50.0  # between two commands, less than a minute
    adds: int = 1000
    adds_with_refusals: int = 20
    adding: int = 20
    helps: tuple[int, int] = (5, 10)  # people, and how often each asks
    pause: float = 1.5
    at_once: tuple[int, ...] = (10, 50)  # calls of wxc-sdk
    parts: Parts = FULL_PARTS
    side_by_side: bool = False  # both bots at the same time: quick, and no comparison


LIMIT = Limit(60.0, 10)
REFUSING = replace(LIMIT, refused=0.2)
FULL = Scale()
SMOKE = Scale(
    starts=1, rounds=1, latencies=(0.02,), crowds=((2, 1),), messages=50, quiet=0.0, gap=0.0,
    adds=2, adds_with_refusals=0, adding=2, helps=(1, 2), pause=0.0, at_once=(10,),
    parts=SMOKE_PARTS,
    side_by_side=True,
)  # fmt: skip
# webex-bot writes to one TLS connection from several threads, which sooner or later crashes it. So
# only one person talks with it, and sends a fifth of the messages.
TALKING = {"provbot": (20, 1), "stock webex-bot": (1, 5)}
# Seconds. If a bot loses messages, this shows soon, so there is no need to wait longer for it.
LIMITED_WITHIN = {"provbot": 400.0, "stock webex-bot": 20.0}


async def measure(scale: Scale) -> tuple[list[Measured], list[Scripted]]:
    """Measure one contestant after the other; what only waits is measured meanwhile."""
    pairs = [(manner, Measured(manner.name)) for manner in BOTS]
    bots = [bot for _, bot in pairs]
    scripts = [
        Scripted(f"script with wxc-sdk, {at_once} calls at once", at_once)
        for at_once in scale.at_once
    ]
    bots[0].parsing = parsing()
    await _in_turn((_few_people(*pair, scale) for pair in pairs), scale)
    others = [_bot_limits(*pair, scale) for pair in pairs]
    others += [_script_limits(script, scale) for script in scripts]
    others += [_memory(pairs, scale)]
    others += [_parts([name], bots[0], scale.parts) for name in HEADINGS]
    async with stage(PROVBOT) as place:
        await place.start()
        tell(f"{PROVBOT.name}: a crowd, then silence during what follows")
        left = bots[0].aftermath = await crowd(place, scale.crowds[-1][0], scale.latencies[-1])
        await asyncio.gather(
            afterwards(place, left, scale.quiet, scale.gap), _in_turn(others, scale)
        )
    return bots, scripts


async def _in_turn(measurements: Iterable[Coroutine[Any, Any, None]], scale: Scale) -> None:
    if scale.side_by_side:
        await asyncio.gather(*measurements)
        return
    for measurement in measurements:
        await measurement


async def _few_people(manner: Manner, bot: Measured, scale: Scale) -> None:
    async with stage(manner) as place:
        await _starts(place, bot, scale)
        await _alone(place, bot, scale)
        if manner is PROVBOT:  # stock webex-bot calls no other API before the form is filled in
            tell(f"{manner.name}: help while another API is refused")
            bot.unaffected = await help_while_refused(place, scale.adding, scale.helps, scale.pause)
    await _bursts(manner, bot, scale)


async def _starts(place: Stage, bot: Measured, scale: Scale) -> None:
    tell(f"{bot.name}: start")
    for _ in range(scale.starts):
        await place.stop()
        bot.starts.append(await place.start())


async def _alone(place: Stage, bot: Measured, scale: Scale) -> None:
    tell(f"{bot.name}: one person alone")
    await warm_up(place)
    bot.trips = await round_trips(place)
    bot.work = await own_work(place, scale.rounds)


async def _bot_limits(manner: Manner, bot: Measured, scale: Scale) -> None:
    within = LIMITED_WITHIN[manner.name]
    bot.limited = await _limit(manner, scale.adds, LIMIT, within)
    if scale.adds_with_refusals:
        within = min(within, PATIENT)
        bot.refused = await _limit(manner, scale.adds_with_refusals, REFUSING, within)


async def _parts(names: Iterable[str], bot: Measured, parts: Parts) -> None:
    """Measure these parts one after the other."""
    measurements = {
        "lists": _lists,
        "photos": _photos,
        "following": _following,
        "databases": _engines,
        "failover": _failovers,
    }
    for name in names:
        if name in ON_POSTGRES and not postgres.installed():
            tell(f"{name}: {postgres.NOT_INSTALLED}")
            continue
        await measurements[name](bot, parts)


async def _lists(bot: Measured, parts: Parts) -> None:
    tell(f"{bot.name}: lists of {', '.join(map(str, parts.rows))} phones, and a DECT network")
    bot.lists = await measure_lists(parts)


async def _photos(bot: Measured, parts: Parts) -> None:
    tell(f"{bot.name}: {parts.photos} photos of labels")
    bot.photos = await measure_photos(parts)


async def _following(bot: Measured, parts: Parts) -> None:
    tell(f"{bot.name}: following {parts.extent.phones} phones")
    bot.followed = await measure_following(parts)


async def _engines(bot: Measured, parts: Parts) -> None:
    tell(f"{bot.name}: on SQLite and on PostgreSQL")
    bot.engines = await measure_engines(parts)


async def _failovers(bot: Measured, parts: Parts) -> None:
    tell(f"{bot.name}: {sum(parts.failovers.values())} fail-overs")
    bot.failovers = await measure_failovers(parts)


def _sections(bot: Measured, where: str = "") -> dict[str, str]:
    """The sections of the parts that were measured, by heading."""
    sections = {}
    if bot.lists:
        sections[LISTS] = lists_section(LISTS, bot.lists, where)
    if bot.photos:
        sections[PHOTOS] = photos_section(PHOTOS, bot.photos, where)
    if bot.followed:
        sections[FOLLOWING] = following_section(FOLLOWING, bot.followed, where)
    if bot.engines:
        sections[ENGINES] = engines_section(ENGINES, bot.engines, where)
    if bot.failovers:
        sections[FAILOVER] = failover_section(FAILOVER, bot.failovers, where)
    return sections


async def _script_limits(script: Scripted, scale: Scale) -> None:
    script.limited = await _script(script, scale.adds, LIMIT)
    if scale.adds_with_refusals:
        script.refused = await _script(script, scale.adds_with_refusals, REFUSING)


async def _script(script: Scripted, adds: int, limit: Limit) -> Limited:
    tell(f"{script.name}: {adds} adds, {limit.refused:.0%} refused by chance")
    async with bare_stage() as place:
        return await script_against_the_limit(place, adds, limit, PATIENT, script.at_once)


async def _bursts(manner: Manner, bot: Measured, scale: Scale) -> None:
    for latency in scale.latencies:
        for people, repetitions in scale.crowds:
            # webex-bot serves a crowd one by one: minutes for what the first time shows as well.
            repeats = repetitions if manner is PROVBOT or people == 1 else 1
            tell(f"{manner.name}: {people} at once, {latency * 1000:.0f} ms")
            async with stage(manner) as place:
                await _ready(place)
                for _ in range(repeats):
                    if not place.alive:
                        break
                    bot.bursts.append(await burst(place, people, latency))


async def _limit(manner: Manner, adds: int, limit: Limit, within: float) -> Limited:
    tell(f"{manner.name}: {adds} adds, {limit.refused:.0%} refused by chance")
    async with stage(manner) as place:
        await _ready(place)
        return await against_the_limit(place, adds, limit, within)


async def _memory(pairs: Iterable[tuple[Manner, Measured]], scale: Scale) -> None:
    """At the same time, because each bot only waits for one person or for twenty."""
    await asyncio.gather(*(_memory_of(*pair, scale) for pair in pairs))


async def _memory_of(manner: Manner, bot: Measured, scale: Scale) -> None:
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
    parser.add_argument("--only", nargs="+", choices=HEADINGS, metavar="PART", help="only these")
    asked = parser.parse_args()
    scale = SMOKE if asked.smoke else FULL
    asked.into.mkdir(parents=True, exist_ok=True)
    if asked.only:
        _renew(asked.only, scale.parts, asked.into / RESULTS)
    else:
        _run(scale, asked.into)


def _run(scale: Scale, into: Path) -> None:
    """Measure everything, and write the page and its plot."""
    began = time.perf_counter()
    bots, scripts = asyncio.run(measure(scale))
    page = report(bots, scripts, where(time.perf_counter() - began), PLOT)
    page = with_sections(page, _sections(bots[0]))
    (into / PLOT).write_text(plot(bots, scripts), "utf-8")
    (into / RESULTS).write_text(page, "utf-8")
    print(page)


def _renew(names: Sequence[str], parts: Parts, file: Path) -> None:
    """Measure these parts one after the other, and renew their sections of the page."""
    began, bot = time.perf_counter(), Measured(PROVBOT.name)
    asyncio.run(_parts(names, bot, parts))
    sections = _sections(bot, where(time.perf_counter() - began))
    page = file.read_text("utf-8") if file.exists() else ""
    file.write_text(with_sections(page, sections), "utf-8")
    print("\n".join(sections.values()))


if __name__ == "__main__":
    main()
