"""Plays one journey, with one fault or with none, and judges it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.dispatch import WELCOME
from sandbox.chat_model import Message
from tests.outcomes import clock, judges
from tests.outcomes.cloud import ADMIN, Call
from tests.outcomes.faults import Fault, Weather
from tests.outcomes.journeys import Act, Journey
from tests.outcomes.stage import Stage, staged

WITHIN = 60.0  # seconds in which all is well again after the fault
# Webex may show a change two minutes late: only then it counts as not made, and is sent once more.
LOOKED_FOR = 150.0
SIGN_WITHIN = 3.0  # seconds
SOON = 5.0  # seconds after which an answer comes late
# A line that something is on its way, and a greeting.
NO_ANSWERS = (judges.LINE, WELCOME.partition("{")[0])
LOOK_EVERY, SETTLED_AFTER = 0.5, 10.0

# What a cell of the table says.
UNNOTICED, LATER, AGAIN, NEW_REQUEST, PARTLY, UNSURE = "·", "l", "a", "n", "p", "u"
EXCEPTION, WRONG = "x", "!"


@dataclass(frozen=True)
class Case:
    """In that act of the journey, such calls meet the fault."""

    act: int
    call: Call
    fault: Fault


@dataclass
class Result:
    """How it ended: a cell of the table, what is wrong, and which calls were made in which act."""

    cell: str = UNNOTICED
    wrong: list[str] = field(default_factory=list)
    calls: list[list[Call]] = field(default_factory=list)
    heard: str = ""


def played(journey: Journey, case: Case | None = None) -> Result:
    """Play it on a clock that stands still."""
    return clock.run(_play(journey, case))


async def _play(journey: Journey, case: Case | None) -> Result:
    def before(weather: Weather) -> None:
        weather.cloud.say(journey.acts[0].who, journey.acts[0].text)
        if case is not None:
            weather.order(case.call, case.fault)

    async with staged(before if journey.away else None, follows=journey.follows) as stage:
        play = _Play(stage, journey, case)
        await play.all()
        return play.result


@dataclass
class _Play:
    stage: Stage
    journey: Journey
    case: Case | None
    result: Result = field(default_factory=Result)
    _before: int = 0  # changes made before the act with the fault

    async def all(self) -> None:
        """Every act, and what is left to be said about the whole."""
        for number, act in enumerate(self.journey.acts):
            if not await self._act(number, act):
                break
        self.result.wrong += await self._left_over()
        if self.result.wrong:
            self.result.cell = WRONG

    async def _act(self, number: int, act: Act) -> bool:
        """Do it; whether the next one can follow."""
        if self.journey.away:
            heard, took = await self._answered(act, mark=0)
        else:
            self._watch(number)
            began = asyncio.get_running_loop().time()
            heard, took = await self._done(act)
            self._judge_the_first_sign(began)
        await self._calm()
        self.result.calls.append([*self.stage.weather.seen])
        if _is_content(act, heard):
            self._note(LATER if took > SOON else UNNOTICED)
            return True
        return await self._after_a_failure(number, act, heard)

    def _judge_the_first_sign(self, began: float) -> None:
        """People who wait for a slow answer of the organization see soon that they were heard."""
        case = self.case
        slow = case and case.fault.name == "slow" and case.call.token == ADMIN
        if slow and (first := judges.first_sign(self.stage, began)) > SIGN_WITHIN:
            self.result.wrong.append(f"says nothing for {first:.0f} s")

    def _watch(self, number: int) -> None:
        self.stage.weather.seen.clear()
        if self.case and self.case.act == number:
            self._before = self.stage.changes
            self.stage.weather.order(self.case.call, self.case.fault)

    async def _done(self, act: Act) -> tuple[list[Message], float]:
        """Do it, and wait for an answer that settles it; what was heard, and how long it took."""
        mark, began = self.stage.posted, asyncio.get_running_loop().time()
        while not act.do(self.stage):  # the card may still be on its way
            if self._is_late(began):
                return [], 0.0
            await asyncio.sleep(1.0)
        return await self._answered(act, mark)

    async def _answered(self, act: Act, mark: int) -> tuple[list[Message], float]:
        began = asyncio.get_running_loop().time()
        while True:
            await asyncio.sleep(LOOK_EVERY)
            heard, took = self._heard(act, mark), asyncio.get_running_loop().time() - began
            if _is_content(act, heard) or self._is_settled(began, heard) or self._is_late(began):
                return heard, took

    def _is_settled(self, began: float, heard: Sequence[Message]) -> bool:
        """Nothing better comes: there was an answer, the fault is over, and nobody waits."""
        now, over = asyncio.get_running_loop().time(), max(began, self.stage.weather.until)
        return bool(heard) and now > over + SETTLED_AFTER and judges.is_quiet(self.stage)

    def _heard(self, act: Act, mark: int) -> list[Message]:
        messages = self.stage.heard_by(act.who, mark)
        return [
            message
            for message in messages
            if not (message.content.text or "").startswith(NO_ANSWERS)
        ]

    def _is_late(self, began: float) -> bool:
        weather = self.stage.weather
        now, allowed = asyncio.get_running_loop().time(), WITHIN
        if self.case and self.case.call.changes:
            allowed += LOOKED_FOR
        return now > max(began, weather.until) + allowed or self.stage.running.done()

    async def _calm(self) -> None:
        """Let everything come to its end that has to do with the act."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while not (judges.is_quiet(self.stage) and not judges.standing(self.stage)):
            if self._is_late(began):
                return
            await asyncio.sleep(LOOK_EVERY)
        await asyncio.sleep(LOOK_EVERY)

    async def _after_a_failure(self, number: int, act: Act, heard: Sequence[Message]) -> bool:
        """What the person heard instead must be true, and once the fault is over it must work."""
        text = " | ".join(message.content.text or "" for message in heard)
        self.result.heard = text
        if not heard:
            self.result.wrong.append(f"{act.name} is not answered")
            return False
        if judges.UNSURE.search(text):
            self._note(UNSURE)
            if not (self.case and self.case.call.changes):
                self.result.wrong.append(f"is not certain, though no change met a fault: {text!r}")
            return False
        if judges.tells_half_done(self.stage, text):
            self._note(PARTLY)
            return False
        if self.stage.changes > self._before:
            self.result.wrong.append(f"made, and not told: {text!r}")
            return False
        await self._fault_is_over()
        return await self._again(number, act)

    async def _fault_is_over(self) -> None:
        missing = self.stage.weather.until - asyncio.get_running_loop().time()
        await asyncio.sleep(max(missing, 0.0) + 1.0)

    async def _again(self, number: int, act: Act) -> bool:
        heard, _ = await self._done(act)
        if _is_content(act, heard):
            self._note(AGAIN)
            return True
        for earlier in self.journey.acts[self.journey.restart : number + 1]:
            heard, _ = await self._done(earlier)
            if not _is_content(earlier, heard):
                text = " | ".join(message.content.text or "" for message in heard)
                self.result.wrong.append(f"{earlier.name} does not work after the fault: {text!r}")
                return False
        self._note(NEW_REQUEST)
        return True

    def _note(self, cell: str) -> None:
        """The worst of all acts counts."""
        order = [UNNOTICED, LATER, AGAIN, NEW_REQUEST, PARTLY, UNSURE]
        self.result.cell = max(self.result.cell, cell, key=order.index)

    async def _left_over(self) -> list[str]:
        stage = self.stage
        await self._fault_is_over()
        await asyncio.sleep(SETTLED_AFTER)
        await self._calm()
        await self._ready()
        complete = self.result.cell not in (PARTLY, UNSURE) and not self.result.wrong
        return [
            *(
                [f"{stage.changes} changes"]
                if complete and stage.changes != self.journey.changes
                else []
            ),
            *(
                [f"more than one change: {stage.changes}"]
                if stage.changes > self.journey.changes
                else []
            ),
            *([] if judges.is_quiet(stage) else ["something is left unanswered or under way"]),
            *(f"a line stands: {text!r}" for text in judges.standing(stage)),
            *await judges.trouble(stage),
            *judges.broken_words(stage, self._before),
            *judges.records(stage),
            *judges.leaks(stage),
            *(["the process ended"] if stage.running.done() else []),
        ]

    async def _ready(self) -> None:
        until = self.stage.weather.until + WITHIN
        missing = until - asyncio.get_running_loop().time()
        for _ in range(int(max(missing, 0.0))):
            if not await judges.trouble(self.stage):
                return
            await asyncio.sleep(1.0)


def _is_content(act: Act, heard: Sequence[Message]) -> bool:
    return any(act.is_content_with(message) for message in heard)
