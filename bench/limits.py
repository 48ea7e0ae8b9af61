"""Benchmark: adds against a rate limit, by a bot or a script; help while others are refused."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import takewhile

from bench.adds import has_phone
from bench.people import Guest, anything
from bench.stage import Place, Stage
from sandbox.people import Person

SILENCE = 3.0  # seconds of silence of the whole cloud
LONG_SILENCE = 10.0  # the same, where bots wait because they were told to
LOST_AFTER = 60.0  # seconds without an answer to one person while others are answered
ENGINEERS = 50
TOO_MANY = 429
API = "/v1/"  # only this is limited and counted; webex-bot also calls the services behind it
REFUSED_FAMILY = "/telephony/config/*"
SCRIPT = "bench.wxc_script"


@dataclass(frozen=True)
class Limit:
    """What a token may: calls a second, and calls at once.

    A share of all calls, `refused`, gets 429 at random, with a Retry-After of one second.
    """

    per_second: float
    burst: int
    refused: float = 0.0


@dataclass
class Limited:
    """What became of so many adds; seconds, and calls by token."""

    limit: Limit
    wanted: int
    begun: int = 0
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
        busiest = max(self.answers.values(), default=0)
        return max((busiest - self.limit.burst) / self.limit.per_second, 0.0)

    @property
    def reached(self) -> float:
        """The share of the allowed rate that was reached."""
        return self.allowed / self.took if self.took else 0.0

    @property
    def sent_for_each(self) -> float:
        """The calls sent for each one needed."""
        return self.sent / max(self.needed, 1)


@contextmanager
def _limited(place: Place, limit: Limit, wanted: int) -> Iterator[Limited]:
    """Set the limit, then count all calls."""
    done, seq, unlimited = Limited(limit, wanted), place.now, place.cloud.settings
    order = {"path": f"{API}*", "probability": limit.refused, "times": 0}
    place.cloud.apply_settings(
        replace(unlimited, rate_per_second=limit.per_second, rate_burst=limit.burst)
    )
    refusals = {"what": "too_many_requests", **order} if limit.refused else {}
    with place.trouble(**refusals) as fault:
        yield done
        done.random_refusals = fault.hits if fault else 0
    place.cloud.apply_settings(unlimited)
    for call in place.calls(seq):
        if call.path.startswith(API):
            done.sent += 1
            if call.status != TOO_MANY:
                done.answers[call.token] = done.answers.get(call.token, 0) + 1


async def against_the_limit(stage: Stage, adds: int, limit: Limit, within: float) -> Limited:
    """Let fifty engineers add phones for different owners, each engineer one after the other.

    After `within` seconds, everybody gives up.
    """
    guests = stage.crowd.guests(min(ENGINEERS, adds))
    owners = iter(stage.crowd.people(adds))
    with _limited(stage, limit, adds) as done:
        began = time.perf_counter()
        end = began + within
        turns = takewhile(lambda _: time.perf_counter() < end, owners)
        await asyncio.gather(*(_adds(stage, guest, turns, done, end) for guest in guests))
        done.took = time.perf_counter() - began
        await stage.at_rest(SILENCE, at_most=LONG_SILENCE)
    return done


async def _adds(
    stage: Stage, guest: Guest, turns: Iterator[Person], done: Limited, end: float
) -> None:
    """Let one engineer add phones: type, press, then the next one."""
    manner = stage.manner
    for owner in turns:
        mac = stage.mac()
        guest.heard.clear()
        done.begun += 1
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


async def script_against_the_limit(
    place: Place, adds: int, limit: Limit, within: float, at_once: int
) -> Limited:
    """Let as many workers of a script add phones; the time counts from its first call.

    `at_once` is how many calls wxc-sdk makes at the same time.
    """
    phones = [(place.mac(), owner) for owner in place.crowd.people(adds)]
    listed = place.folder / "phones.json"
    listed.write_text(json.dumps([(mac, owner.email) for mac, owner in phones]), "utf-8")
    workers = min(ENGINEERS, adds)
    with _limited(place, limit, adds) as done:
        process = await place.run(("-m", SCRIPT, str(listed), str(workers), str(at_once)))
        changes = place.cloud.event_log
        assert await changes.next(changes.deadline(LOST_AFTER)), place.log_tail()
        began = time.perf_counter()
        try:
            async with asyncio.timeout(within):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        done.took = time.perf_counter() - began
    done.begun = adds
    done.done = sum(has_phone(place, owner, mac) for mac, owner in phones)
    return done


@dataclass
class Unaffected:
    """How long people waited for `help` while calls of another kind were refused.

    `waits` are seconds, without those that were never answered; `refused` is the number of calls.
    """

    adding: int
    asked: int = 0
    waits: list[float] = field(default_factory=list)
    refused: int = 0


async def help_while_refused(
    stage: Stage, adding: int, asks: tuple[int, int], pause: float
) -> Unaffected:
    """Let people ask for adds whose calls are all refused, and others for help meanwhile.

    `asks` are the number of people who ask for help and how often each does, with a pause between.
    """
    adders, (helpers, times) = stage.crowd.guests(adding), asks
    owners, seen = stage.crowd.people(adding), Unaffected(adding)
    order = {"what": "too_many_requests", "path": REFUSED_FAMILY, "times": 0}
    with stage.trouble(**order) as fault:
        for guest, owner in zip(adders, owners, strict=True):
            guest.say(stage.manner.typed(stage.mac(), owner.email))
        guests = stage.crowd.guests(helpers)
        await asyncio.gather(*(_asks(guest, times, pause, seen) for guest in guests))
        seen.refused = fault.hits
    return seen


async def _asks(guest: Guest, times: int, pause: float, seen: Unaffected) -> None:
    for _ in range(times):
        guest.heard.clear()
        seen.asked += 1
        at = guest.say("help")
        heard = await guest.answer(0, anything, partial(_past, at + LONG_SILENCE))
        if heard is not None:
            seen.waits.append(heard.at - at)
        await asyncio.sleep(pause)


def _past(end: float) -> bool:
    return time.perf_counter() > end
