"""Benchmark: the leader of two replicas is killed, frozen or asked to stop; when do people notice?

Right after the event somebody asks for `help`. The successor takes the lease, connects to Webex,
catches up with what was sent meanwhile, and answers.
"""

import asyncio
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from bench.meanwhile import asked, is_past
from bench.people import Guest, anything
from bench.postgres import new_database, server
from bench.replicas import LEADER, Pair, pair

EVENTS = {"killed": signal.SIGKILL, "frozen": signal.SIGSTOP, "asked to stop": signal.SIGTERM}
RENEWAL = 2.0  # seconds between two renewals of the lease; the events are spread over them
TIMEOUT = 60.0  # seconds
SETTLES = 1.0  # seconds of silence after which all is stored, and no second answer comes


@dataclass
class FailOver:
    """What was measured of one kind of event. Seconds from the event.

    `answers` until the successor had answered a message that was sent right after the event,
    `leads` until it was ready as leader. `asked` people, of whom `twice` were answered twice.
    """

    event: str
    asked: int = 0
    answers: list[float] = field(default_factory=list)
    leads: list[float] = field(default_factory=list)
    twice: int = 0


async def failovers(counts: Mapping[str, int]) -> list[FailOver]:
    """Let the events happen so many times, in turn."""
    seen = {event: FailOver(event) for event in counts}
    with server() as started:
        async with pair(new_database(started, "failover")) as replicas:
            [guest] = replicas.place.crowd.guests(1)
            most = max(counts.values())
            for number in range(most):
                for event in (event for event, count in counts.items() if number < count):
                    pause = RENEWAL * number / most
                    await _happens(replicas, guest, seen[event], pause)
    return list(seen.values())


async def _happens(replicas: Pair, guest: Guest, seen: FailOver, pause: float) -> None:
    await asked(guest, "help")
    await replicas.place.at_rest(SETTLES)  # a killed process must have stored that it answered
    await asyncio.sleep(pause)
    guest.heard.clear()
    at = time.perf_counter()
    replicas.leader.process.send_signal(EVENTS[seen.event])
    guest.say("help")
    heard, leads = await asyncio.gather(
        guest.answer(0, anything, partial(is_past, at + TIMEOUT)), replicas.standby.is_now(LEADER)
    )
    seen.asked += 1
    seen.leads.append(leads - at)
    if heard is not None:
        seen.answers.append(heard.at - at)
    if seen.event == "frozen":  # it finds out that it no longer leads, and ends
        replicas.leader.process.send_signal(signal.SIGCONT)
    await asyncio.wait_for(replicas.leader.process.wait(), TIMEOUT)
    await replicas.change_over()
    await replicas.place.at_rest(SETTLES)
    seen.twice += len(guest.heard) > 1
