"""Benchmark: following phones until they register, and what it costs others.

Two bots run side by side, each with a cloud of its own. One follows phones, the other has none to
follow. Both do the same at the same time, so that the speed of the machine does not count.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from bench.lists import ADMIN, CONFIRM, PAGE, RESULT, answer_to, phones_listed, send
from bench.meanwhile import ask_for_help, asked, is_past, meanwhile
from bench.people import Guest, Wanted, with_text
from bench.single import in_words
from bench.stage import PROVBOT, Stage, stage
from sandbox.call_log import Call

FOLLOWING = {"PROVBOT_FOLLOW_MINUTES": "60"}
MINUTE = 60.0
WARM_UP = 3
SETTLES = 2.0  # seconds


@dataclass(frozen=True)
class Extent:
    """How much is followed, and for how long.

    `listed` phones are of one request; each of the `single` ones has a request of its own. Seconds:
    `silence` in which nobody types; `talk` in which somebody asks for help, with `pause` between;
    `timeout` for each message about a registration.
    """

    listed: int
    single: int
    silence: float
    talk: float
    pause: float
    timeout: float

    @property
    def phones(self) -> int:
        """The number of phones that are followed."""
        return self.listed + self.single


@dataclass
class Costs:
    """What a bot needed: CPU seconds in the silence, and the seconds of each `help`."""

    cpu: float = 0.0
    waits: list[float] = field(default_factory=list)


@dataclass
class Followed:
    """What was measured. `told` are seconds from the registration of a phone to the message.

    `idle` is the bot that follows nothing. `calls` is the most calls to the admin APIs in a minute,
    `which` are all of them in words: no person causes any. `list_told` counts from the registration
    of all phones of the list to the message that says so.
    """

    extent: Extent
    busy: Costs = field(default_factory=Costs)
    idle: Costs = field(default_factory=Costs)
    calls: int = 0
    which: str = ""
    told: list[float] = field(default_factory=list)
    list_told: float | None = None


@dataclass(frozen=True)
class _Added:
    """What somebody added: MACs."""

    guest: Guest
    macs: Sequence[str]


async def followed(extent: Extent) -> Followed:
    """Measure while nobody types, then while one phone registers after the other, then the rest."""
    seen = Followed(extent)
    async with AsyncExitStack() as stack:
        stages = [await stack.enter_async_context(stage(PROVBOT, more=FOLLOWING)) for _ in range(2)]
        busy = stages[0]
        helpers = [await _started(each) for each in stages]
        listed = await _add_list(busy, extent.listed)
        singles = [await _add_one(busy) for _ in range(extent.single)]
        await asyncio.sleep(SETTLES)
        seq = busy.now
        before = [each.cpu() for each in stages]
        await asyncio.sleep(extent.silence)
        seen.busy.cpu, seen.idle.cpu = (
            each.cpu() - so_far for each, so_far in zip(stages, before, strict=True)
        )
        async with meanwhile(
            ask_for_help(helpers[0], extent.pause, seen.busy.waits),
            ask_for_help(helpers[1], extent.pause, seen.idle.waits),
        ):
            seen.told = await _register_in_turn(busy, singles, extent)
        whole = f"{len(listed.macs)} of {len(listed.macs)} registered"
        seen.list_told = await _register(busy, listed, with_text(whole), extent.timeout)
        _count(seen, [call for call in busy.calls(seq) if call.token == ADMIN])
    return seen


async def _started(stage: Stage) -> Guest:
    """Start a bot and ask it for help a few times; the person who did."""
    stage.cloud.apply_settings(replace(stage.cloud.settings, page_cap=PAGE))
    await stage.start()
    [helper] = stage.crowd.guests(1)
    for _ in range(WARM_UP):
        await asked(helper, "help")
    return helper


async def _add_list(stage: Stage, rows: int) -> _Added:
    [sender] = stage.crowd.guests(1)
    sheet = phones_listed(stage, rows)
    card = await answer_to(stage, sender, CONFIRM, partial(send, sender, sheet))
    await answer_to(stage, sender, RESULT, partial(sender.press, card.message, "Confirm", {}))
    return _Added(sender, sheet.macs)


async def _add_one(stage: Stage) -> _Added:
    [guest], [owner] = stage.crowd.guests(1), stage.crowd.people(1)
    mac, manner = stage.mac(), stage.manner
    text = manner.typed(mac, owner.email)
    card = await answer_to(stage, guest, manner.is_card, partial(guest.say, text))
    press = partial(guest.press, card.message, manner.button, {})
    await answer_to(stage, guest, manner.is_result, press)
    return _Added(guest, [mac])


async def _register_in_turn(stage: Stage, added: Sequence[_Added], extent: Extent) -> list[float]:
    """Register one after the other, spread over the talk; how long each was not told."""

    async def register_later(number: int, one: _Added) -> float | None:
        await asyncio.sleep(extent.talk * number / len(added))
        return await _register(stage, one, with_text("registered"), extent.timeout)

    waits = await asyncio.gather(*(register_later(*pair) for pair in enumerate(added)))
    return [wait for wait in waits if wait is not None]


async def _register(stage: Stage, added: _Added, wanted: Wanted, time_limit: float) -> float | None:
    """Plug phones in; the seconds until that message, None if it does not come."""
    start, at = len(added.guest.heard), time.perf_counter()
    for mac in added.macs:
        stage.cloud.phone_simulator.plug(mac)
    heard = await added.guest.answer(start, wanted, partial(is_past, at + time_limit))
    return heard.at - at if heard else None


def _count(seen: Followed, calls: Sequence[Call]) -> None:
    times = [datetime.fromisoformat(call.at).timestamp() for call in calls]
    seen.calls, seen.which = most_in_a_minute(times), in_words(calls)


def most_in_a_minute(times: Sequence[float]) -> int:
    """How many of these times, in seconds, are within a minute: the most at any moment."""
    return max((sum(at <= each < at + MINUTE for each in times) for at in times), default=0)
