"""One run from one seed: people and weather, then calm, then everything that is to be checked."""

import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from sandbox.people import Person
from tests.journeys.crash import trail_is_whole
from tests.journeys.world import until
from tests.torture import attacks, checker, following_checks, scenarios
from tests.torture.faults import Weather
from tests.torture.player import Player
from tests.torture.records import Break, Finding, Record
from tests.torture.replicas import Replicas, replicated
from tests.torture.sites import Sites
from tests.torture.stage import APPROVERS, WINDOW, Build, Stage, single, stage
from tests.torture.upheavals import Upheavals, fail_over_summary

REST = 240.0  # seconds of patience, without those of
LOOK_UPS = 600.0  # seconds that the bot waits at most between all look-ups for one owner
LOCKED = "sqlite3.OperationalError: database is locked"  # where another process kept it
# Where another process kept PostgreSQL, or the leader was cut off from it, and where another led.
UNAVAILABLE = ("bot.core.errors.DatabaseUnavailable: ", '"event": "lease_lost"')
OPEN = (
    "select id from events where handled_at is null"
    " union all select code from requests where state in ('approved', 'running', 'unknown')"
    " or (state in ('done', 'partly', 'failed', 'rejected') and told = 0)"
    " union all select message_id from progress_messages"
)
FOLLOWED = "select * from followed order by since, request, step"


@dataclass(frozen=True)
class Plan:
    """How hard it is made."""

    seed: int
    commands: int
    people: int = 25
    pause: float = 1.0
    deaths: float = 10.0
    restarts: float = 3.0
    faster: float = 20.0  # than in production the bot looks again after a lost answer
    silence: float = 0.0  # seconds that a long silence lasts by the clock; 0: the mark is set back
    replicas: int = 1  # several are on PostgreSQL, and one of them leads
    upheavals: int = 150  # commands between two events that befall the leader, on average

    @property
    def rest(self) -> float:
        """Seconds that it may take until everything is answered, once the weather is calm."""
        return REST + LOOK_UPS / self.faster


@dataclass(frozen=True)
class Result:
    """The result. `seconds` until the last command; `rest`: from then until the last answer."""

    plan: Plan
    record: Record
    findings: list[Finding]
    figures: Counter[str]
    seconds: float
    rest: float

    def summary(self) -> str:
        """The figures, for people."""
        deeds, states = self.record.deeds, Counter(row["state"] for row in self.record.requests)
        typed = sum(deed.verb == "said" for deed in deeds)
        made = sum(change.good for change in self.record.changes)
        rate = len(deeds) / self.seconds
        lines = [
            f"seed {self.plan.seed}:"
            f" {len(deeds)} commands ({typed} said, {len(deeds) - typed} pressed)"
            f" by {self.plan.people} people in {self.seconds:.0f} s ({rate:.1f}/s),"
            f" at rest {self.rest:.0f} s later",
            f"  faults: {self.figures.total()} {dict(sorted(self.figures.items()))}",
            f"  requests: {dict(sorted(states.items()))};"
            f" changes made: {made}; posts: {len(self.record.posts)}",
            f"  followed: {following_checks.counted(self.record)}",
            f"  fail-overs: {fail_over_summary(self.record.fail_overs)}",
            f"  found: {checker.counted(self.findings)}",
        ]
        return "\n".join(lines)

    def trace(self, most: int = 20) -> str:
        """What is wrong, with the seed it comes from."""
        lines = [
            f"  {finding.kind}: {finding.about}: {finding.text}" for finding in self.findings[:most]
        ]
        return "\n".join([self.summary(), *lines])


async def play(plan: Plan, folder: Path) -> Result:
    """Play it; the folder keeps database and log."""
    dice = Random(plan.seed)  # noqa: S311 - a play, no secret
    async with stage(_build(plan, folder), plan.people, plan.seed) as (scene, cast):
        await scene.start()
        weather = Weather(scene, dice, plan.pause, plan.deaths, plan.restarts, plan.silence)
        began = time.time()
        sites = Sites(scene.cloud, scene.witness.record, plan.seed, WINDOW)
        around = [asyncio.create_task(weather.blow()), asyncio.create_task(sites.work())]
        around += _turmoil(plan, scene, weather)
        await _everybody(plan, scene, cast)
        seconds = time.time() - began
        await _ended(around)
        await _calm(scene, sites, plan.rest)
        rest = time.time() - began - seconds
        await trail_is_whole(scene)
        assert await scene.stop() == 0
        scene.witness.look_at_dect()
        sites.note()
        record = read(scene.witness.record, scene)
        record.log = scene.logged()
        traces = _traces(record.log, _expected(plan, weather.figures))
        findings = [*checker.check(record), *traces, *_left_standing(scene)]
        findings += scene.findings
        return Result(plan, record, findings, weather.figures, seconds, rest)


def _build(plan: Plan, folder: Path) -> Build:
    if plan.replicas > 1:
        return partial(replicated, folder=folder, faster=plan.faster, count=plan.replicas)
    return partial(single, folder=folder, faster=plan.faster)


def _turmoil(plan: Plan, scene: Stage, weather: Weather) -> list[asyncio.Task[None]]:
    """What befalls the leader, where one of several leads."""
    if not isinstance(scene, Replicas):
        return []
    dice = Random(f"{plan.seed} upheavals")  # noqa: S311 - a play
    upheavals = Upheavals(scene, weather, dice, plan.upheavals, weather.figures)
    return [asyncio.create_task(upheavals.happen())]


async def _ended(around: list[asyncio.Task[None]]) -> None:
    """End what goes on around the people."""
    for task in around:
        task.cancel()
    await asyncio.wait(around)
    for task in around:
        if not task.cancelled():
            task.result()  # what went wrong with it


async def _everybody(plan: Plan, scene: Stage, cast: list[Person]) -> None:
    """Let all people act at once until they have given `plan.commands` commands together."""
    approvers = {who for who, _ in APPROVERS}

    def does(email: str) -> tuple[tuple[int, scenarios.Scene], ...]:
        if email in scene.strangers:
            return attacks.STRANGERS_DO
        if email == scene.alias:
            return attacks.ALIASES_DO
        return scenarios.APPROVERS_DO if email in approvers else attacks.OTHERS_DO

    players = [
        Player(scene, person, Random(f"{plan.seed} {person.email}"))  # noqa: S311 - a play
        for person in cast
    ]

    async def live(player: Player) -> None:
        while sum(each.done for each in players) < plan.commands:
            await scenarios.play(player, does(player.person.email))
            await asyncio.sleep(player.dice.uniform(0.0, 0.2))

    await asyncio.gather(*(live(player) for player in players))


async def _calm(scene: Stage, sites: Sites, patience: float) -> None:
    """End the faults, kill the bot once more to reset its back-offs, and wait for all answers."""
    await scene.client.clear_faults()
    await scene.client.until_online(60)
    began = time.time()
    await scene.kill()
    await scene.start()
    scene.witness.record.breaks.append(Break(began, time.time(), "end of the faults"))
    deeds = {deed.key for deed in scene.witness.record.deeds if deed.verb == "said"}
    wanted = deeds - scene.witness.record.withdrawn

    async def is_at_rest() -> bool:
        known = {row["id"] for row in scene.rows("select id from events")}
        if not wanted <= known or scene.rows(OPEN):
            return False
        sites.note()
        rows = scene.rows(FOLLOWED)
        return not following_checks.untold(rows, scene.witness.record)

    try:
        await until(is_at_rest, "everything was answered", patience)
    except AssertionError:
        return  # the checker says what is missing


def read(record: Record, scene: Stage) -> Record:
    """With what the bot's database holds."""
    record.events = scene.rows("select * from events order by rowid")
    record.requests = scene.rows("select * from requests order by rowid")
    listed = scene.rows("select request, content from lists")
    record.lists = {str(row["request"]): json.loads(row["content"]) for row in listed}
    record.steps = scene.rows("select * from steps order by request, number")
    record.decisions = scene.rows("select * from decisions order by rowid")
    record.followed = scene.rows(FOLLOWED)
    record.audit = scene.rows("select * from audit order by seq")
    (head,) = scene.rows("select seq, hash from audit_head")
    record.head = (int(head["seq"]), str(head["hash"]))
    return record


def _left_standing(scene: Stage) -> list[Finding]:
    """What says that something runs, although nothing does."""
    rows = scene.rows("select message_id from progress_messages")
    return [Finding("state", row["message_id"], "a line was not taken away") for row in rows]


def _expected(plan: Plan, figures: Counter[str]) -> tuple[str, ...]:
    if plan.replicas > 1:
        return UNAVAILABLE
    return (LOCKED,) if figures["lock"] else ()


def _traces(log: str, expected: tuple[str, ...]) -> list[Finding]:
    """What the bot itself did not expect, without lines that have some of these words."""
    lines = [
        line
        for line in log.splitlines()
        if ("Traceback" in line or '"level": "error"' in line)
        and not any(words in line for words in expected)
    ]
    return [Finding("state", "log", line[:600]) for line in lines]
