"""Requests of many steps in a world that can crash, and a judge of what became of them.

Beside swap and move there is a toy: it makes DECT networks, one a step, as its plan wants it.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from bot.audit import verify
from bot.core.errors import WebexError
from bot.core.models.people import Sender
from bot.core.models.steps import StepRecord
from bot.domain.error_messages import NOT_ASSIGNED
from bot.domain.forms import Inputs, ParsedForm
from bot.domain.operation import Action, Bulk, BulkLookup, BulkResult, Context, Job, Operation
from bot.domain.plan import Outcome, Plan, PlannedCall, Step
from bot.domain.policy import CHANGE, Rule
from bot.operations import COMMANDS
from bot.store import audit
from bot.store import steps as steps_table
from bot.store.sql import select
from cards import forms
from tests import database
from tests.bot.requests.fixtures import ROLES, TOM, Clock
from tests.bot.requests.harness import DispatchHarness
from tests.example_org import BERLIN, FREE_MAC

OLD = "00005E005301"  # Ann's phone
SWAP = {"device": OLD, "mac": FREE_MAC, "model": "8865"}
MOVE = {"device": OLD, "owner": "bob@example.com"}
TOYS, MANY_TOYS = "make toys", "make many toys"
LIMIT = 3  # toys in one call
SPACING = 90.0  # seconds
MAX_TURNS = 20_000  # of the loop, in which everything has happened that can
# What a person reads where nobody can be certain.
DOUBT = "is not certain"
NOTHING = "Nothing was changed"


def toy(key: str, subject: str = BERLIN.id, after: str = "", spacing: float = 0.0) -> Step:
    """The step that makes a network of this name; `after`: keys with blanks between."""
    return Step(
        key=key,
        action=TOYS,
        title=f"Make {key}",
        call=PlannedCall(method="POST", path=f"/networks/{subject}", body={"name": key}),
        subject=subject,
        after=tuple(after.split()),
        spacing=spacing,
    )


def bulk_toy(key: str, subject: str = BERLIN.id, spacing: float = 0.0) -> Step:
    """The same, made together with others in one call."""
    return toy(key, subject, spacing=spacing).model_copy(update={"action": MANY_TOYS})


def toys(*steps: Step, **more: Any) -> Plan:
    """A plan of such steps. `more`: other values of the plan."""
    return Plan(title="Make some toys", facts=(("Toys", str(len(steps))),), steps=steps, **more)


class _Form(BaseModel):
    plan: str = Field(title="Plan")


async def _no_fields(_inputs: Inputs, _ctx: Context) -> list[forms.Field]:
    return []


async def _run(job: Job, _secrets: Mapping[str, str], ctx: Context) -> Outcome:
    settings = {"name": job.step.key, "model": "DMS Cisco DBS210"}
    await ctx.calling.dect.create_network(job.step.subject, settings)
    return Outcome(title=f"{job.step.key} is there")


async def _look_up(job: Job, ctx: Context) -> Outcome | None:
    networks = await ctx.calling.dect.networks(location_id=job.step.subject)
    is_there = job.step.key in {network.name for network in networks}
    return Outcome(title=f"{job.step.key} was found") if is_there else None


@dataclass
class Bulks:
    """The calls for several toys, and how they end: the keys in `refused`, `silent` or `missing`.

    Of those in `silent` the answer tells nothing. `raises` ends the next calls after their change.
    """

    calls: list[list[str]] = field(default_factory=list)
    looks: list[list[str]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    never_made: set[str] = field(default_factory=set)
    raises: list[Exception] = field(default_factory=list)
    before: Exception | None = None  # instead of each call, once `may_answer` is set
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.may_answer.set()

    async def run(
        self, jobs: Sequence[Job], secrets: Mapping[str, str], ctx: Context
    ) -> list[BulkResult]:
        """Make them, but for those that are refused or never made."""
        if self.before:
            await self.may_answer.wait()
            raise self.before
        self.calls.append([job.step.key for job in jobs])
        results = [await self._one(job, secrets, ctx) for job in jobs]
        if self.raises:
            raise self.raises.pop(0)
        return results

    async def _one(self, job: Job, secrets: Mapping[str, str], ctx: Context) -> BulkResult:
        key = job.step.key
        if key in self.refused:
            refusal = WebexError(400, f"[Error 4516] Cannot assign {key}.")
            refusal.code = NOT_ASSIGNED
            return refusal
        outcome = None if key in self.never_made else await _run(job, secrets, ctx)
        return None if key in self.silent else outcome

    async def look_up(self, jobs: Sequence[Job], ctx: Context) -> list[BulkLookup]:
        """Which of them are there."""
        self.looks.append([job.step.key for job in jobs])
        return [await _look_up(job, ctx) for job in jobs]


@dataclass
class HeldClock(Clock):
    """A clock on which sleeps of more than `longest` seconds last until it is let go."""

    longest: float = float("inf")
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    sleepers: int = 0

    async def sleep(self, seconds: float) -> None:
        """Time passes at once, except where it is held."""
        if seconds > self.longest:
            self.sleepers += 1
            try:
                await self.let_go.wait()
            finally:
                self.sleepers -= 1
        await super().sleep(seconds)


@dataclass
class StepWorld(DispatchHarness):
    """A world that notes what is sent, and that knows plans of toys by name."""

    clock: HeldClock = field(default_factory=HeldClock)
    plans: dict[str, Plan] = field(default_factory=dict)
    plans_made: int = 0
    sent: list[tuple[str, str]] = field(default_factory=list)  # request and step, in order
    wrong: list[str] = field(default_factory=list)
    bulks: Bulks = field(default_factory=Bulks)

    def _join(self) -> None:
        self.policy = {**self.policy, TOYS: Rule(CHANGE)}
        operation = Operation(
            name=TOYS, usage=(), title="Toys", form=_Form, fields=_no_fields, plan=self._plan,
            actions=(
                Action(TOYS, _run, _look_up),
                Action(
                    MANY_TOYS, _run, _look_up,
                    bulk=Bulk(LIMIT, self.bulks.run, self.bulks.look_up),
                ),
            ),
            outcome=lambda plan, _outcomes: Outcome(title=f"Done: {plan.title}"),
        )  # fmt: skip
        self.commands = (*COMMANDS, operation)
        super()._join()
        self.runner.executor.operations[TOYS] = operation  # type: ignore[index]  # a dict
        self.calling.watch = self._sending  # type: ignore[attr-defined]  # it is a CrashingCalling

    async def _plan(self, form: ParsedForm, _ctx: Context) -> Plan:
        self.plans_made += 1
        return self.plans[form.values["plan"]]

    def steps(self, code: str) -> list[StepRecord]:
        """The journal of a request."""
        return steps_table.of(self.db, code)

    def states(self, code: str) -> list[str]:
        """The states of its steps, in the order of the plan."""
        return [step.state for step in self.steps(code)]

    def running(self) -> list[StepRecord]:
        """All steps that are being sent."""
        rows = select(self.db, "select request, number from steps where state = 'running'")
        return [self.steps(row["request"])[row["number"] - 1] for row in rows]

    def _sending(self, name: str, wanted: dict[str, Any]) -> None:
        """Each call belongs to a step that is being sent, and changes nothing for a second time."""
        owners = [step for step in self.running() if _is_call_of(step, name, wanted)]
        if not owners:
            self.wrong.append(f"{name}({wanted}) belongs to no step that runs")
            return
        step = owners[0]
        if (step.request, step.key) in self.sent and self.has_effect(step):
            self.wrong.append(f"{step.request} {step.key} was sent again after it was done")
        self.sent.append((step.request, step.key))

    def has_effect(self, step: StepRecord) -> bool:
        """Whether Webex has what the step makes."""
        spec = Step.model_validate_json(step.spec)
        match spec.action:
            case "delete device":
                ids = {device.id for device in self.calling.held}
                return spec.details["device"] not in ids
            case "add phone":
                phone = self.calling.phone(spec.details["mac"])
                owner = spec.call.body.get("personId") or spec.call.body.get("workspaceId")
                return phone is not None and owner in (phone.person_id, phone.workspace_id)
            case "tag":
                phone = self.calling.phone(spec.details["mac"])
                return phone is not None and set(spec.call.body["value"]) <= set(phone.tags)
        return spec.key in {network.name for network in self.calling.dect.held}

    async def confirmed_now(self, name: str, inputs: dict[str, str], sender: Sender = TOM) -> str:
        """The code of a request that was just confirmed; it runs meanwhile."""
        shown = await self.ask(name, inputs, sender)
        assert shown.request
        await self.press(shown, "confirm", sender)
        return shown.request.code

    async def made(self, plan: Plan, sender: Sender = TOM) -> str:
        """The code of a confirmed request for toys."""
        name = f"plan {len(self.plans)}"
        self.plans[name] = plan
        return await self.confirmed_now(TOYS, {"plan": name}, sender)

    async def until(self, is_so: Callable[[], object]) -> None:
        """Let the others go on until it is so."""
        for _ in range(MAX_TURNS):
            if is_so():
                return
            await asyncio.sleep(0)
        raise AssertionError("it never happened")

    async def settle(self) -> None:
        """Let the others go on until nothing happens any more by itself."""
        for _ in range(300):
            await asyncio.sleep(0)

    async def start_again(self) -> None:
        """Another process goes on, until nothing runs."""
        self.restart()
        await self.runner.recover()
        await self.rest()

    async def dies_of(self, doing: Coroutine[Any, Any, Any], crash_timer: int) -> bool:
        """Whether the process dies before all is done; then another one has gone on."""
        if await self.live(doing, crash_timer=crash_timer):
            return False
        self.calling.gate.set()  # by the next start, Webex has answered whatever it was asked
        self.restart()
        assert await self.pick_up()
        return True

    async def judge(self, code: str) -> str:
        """The state of a request that has ended; Webex, trail and people know the same of it."""
        row, steps = await self.row(code), self.steps(code)
        assert self.wrong == []
        assert list(verify(audit.entries(self.db), audit.head(self.db))) == []
        assert row.told
        for step in steps:
            self._judge_step(step)
        self._judge_trail(code, steps)
        self._judge_message(row.state, steps)
        return row.state

    def _judge_step(self, step: StepRecord) -> None:
        sent = self.sent.count((step.request, step.key))
        assert sent <= step.attempts, f"{step.key} was sent more often than the journal says"
        if step.state == "done":
            assert self.has_effect(step), f"{step.key} is not there"
        elif step.state == "skipped":
            assert not sent, f"{step.key} was skipped, and sent"
        elif not step.unclear:
            assert not (sent and self.has_effect(step)), f"{step.key} failed, and is there"

    def _judge_trail(self, code: str, steps: list[StepRecord]) -> None:
        """Each move of a step has an entry: of its own, or of the request that moved with it."""
        entries = [entry for entry in audit.entries(self.db) if entry.request == code]
        named: defaultdict[str, list[str]] = defaultdict(list)
        for entry in entries:
            for key in str(entry.facts.get("step", "")).split(", "):
                named[key].append(entry.action.removeprefix("step "))
        for step in steps:
            if step.state in ("done", "failed"):
                moves = named[step.key]
                begun = [move for move in moves if move == "running"]
                assert len(begun) == step.attempts, f"{step.key} has these entries: {moves}"
                assert moves[-1] == step.state, f"{step.key} has these entries: {moves}"

    def _judge_message(self, state: str, steps: list[StepRecord]) -> None:
        (text, *_) = [
            message.text
            for message in reversed(self.messenger.posted)
            if message.text.startswith(("✓", "Partly", "Not ", "Stopped"))
        ]
        done = [step for step in steps if step.state == "done"]
        is_unclear = any(step.unclear for step in steps)
        if state == "done":
            assert text.startswith("✓")
            assert len(done) == len(steps)
            return
        assert (NOTHING in text) == (not done and not is_unclear), text
        assert (DOUBT in text) == is_unclear, text
        if done:
            assert f"{len(done)} of {len(steps)} done" in text
        for step in steps:
            if step.state == "failed" and not step.unclear and len(steps) < 9:
                assert step.reason.partition(" Please ")[0] in text  # not always its advice
        skipped = [step for step in steps if step.state == "skipped"]
        assert ("Not begun" in text) == bool(skipped)


def _is_call_of(step: StepRecord, name: str, wanted: Mapping[str, Any]) -> bool:
    spec = Step.model_validate_json(step.spec)
    match name:
        case "delete_device":
            return spec.call.path == f"/devices/{wanted['device']}" and spec.call.method == "DELETE"
        case "add_phone":
            return spec.call.body == wanted
        case "add_tags" | "replace_tags":
            return spec.action == "tag"
    return bool(spec.key == wanted["settings"]["name"])


@asynccontextmanager
async def opened(path: Path, **settings: Any) -> AsyncIterator[StepWorld]:
    """A world with everybody on the list, closed at the end."""
    await _copy_template(path)
    world = StepWorld(path, **settings)
    for grant in ROLES:
        world.people.meet(Sender(f"id-{grant.who.partition('@')[0]}", grant.who))
    yield world
    await world.rest()
    world.store.close()


async def _copy_template(path: Path) -> None:
    """Put a database with everybody's roles there: making each takes a tenth of a second."""
    on_postgres = database.on_postgres()
    if on_postgres not in _TEMPLATE:
        world = StepWorld(path)
        await world.allow(*ROLES)
        world.store.close()
        _TEMPLATE[on_postgres] = database.content_of(path)
    database.write(path, _TEMPLATE[on_postgres])


_TEMPLATE: dict[bool, database.Content] = {}  # by whether it is of PostgreSQL, once it was made
