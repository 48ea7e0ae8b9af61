"""Benchmark: many people add phones at the same time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.people import Guest, Heard, Wanted
from bench.stage import Place, Stage
from sandbox.organization.entities import Owner
from sandbox.people import Person

# Seconds of silence, and times the latency, after which nothing more comes.
SILENCE, SLOW = 3.0, 4.0
WARM_UP = 3


@dataclass(frozen=True)
class Waited:
    """The seconds from a message or a press to an answer; None: never answered.

    `first` is the first thing to see, `wanted` what one waits for: the card, or the result.
    """

    first: float | None
    wanted: float | None
    card: Heard | None = None


@dataclass
class Burst:
    """Many people at the same instant: all type, then all press."""

    people: int
    latency: float
    cards: list[Waited] = field(default_factory=list)
    results: list[Waited] = field(default_factory=list)
    added: int = 0
    work: float = 0.0  # seconds of CPU of the bot's process, to its last call

    @property
    def asked(self) -> int:
        """The number of messages and presses; without a card, nobody could press."""
        return 2 * len(self.cards)

    @property
    def answered(self) -> int:
        """The number of cards and results that arrived."""
        return len(arrived(self.cards)) + len(arrived(self.results))

    @property
    def first(self) -> list[float]:
        """The times from a message or a press to the bot's first message."""
        return [waited.first for waited in (*self.cards, *self.results) if waited.first is not None]


def arrived(waits: Sequence[Waited]) -> list[float]:
    """The times without the missing ones."""
    return [waited.wanted for waited in waits if waited.wanted is not None]


async def warm_up(stage: Stage) -> None:
    """Fill caches, open connections, and load modules that are imported late."""
    for _ in range(WARM_UP):
        await burst(stage, 1, 0.0)


async def burst(stage: Stage, people: int, latency: float) -> Burst:
    """Let `people` add a phone, each for a different owner."""
    guests, owners = stage.crowd.guests(people), stage.crowd.people(people)
    macs = [stage.mac() for _ in owners]
    manner, done = stage.manner, Burst(people, latency)
    order = {"what": "slow", "latency": latency, "times": 0} if latency else {}
    asks = list(zip(guests, macs, owners, strict=True))
    silence, before = SILENCE + SLOW * latency, stage.cpu()
    with stage.trouble(**order):
        typed = [(guest, guest.say(manner.typed(mac, owner.email))) for guest, mac, owner in asks]
        done.cards = await _heard(stage, typed, manner.is_card, silence)
        pressed = [
            (
                guest,
                guest.press(waited.card.message, manner.button, manner.filled(mac, owner.email)),
            )
            for (guest, mac, owner), waited in zip(asks, done.cards, strict=True)
            if waited.card is not None
        ]
        done.results = await _heard(stage, pressed, manner.is_result, silence)
    await stage.at_rest()
    done.work = stage.cpu() - before if stage.alive else 0.0
    done.added = sum(has_phone(stage, owner, mac) for _, mac, owner in asks)
    return done


async def _heard(
    stage: Stage, asked: Sequence[tuple[Guest, float]], wanted: Wanted, silence: float
) -> list[Waited]:
    quiet = stage.quiet_after(silence)
    starts = [(guest, at, _since(guest, at)) for guest, at in asked]
    answers = await asyncio.gather(
        *(guest.answer(start, wanted, quiet) for guest, _, start in starts)
    )
    return [
        _waited(guest, at, start, end)
        for (guest, at, start), end in zip(starts, answers, strict=True)
    ]


def _since(guest: Guest, at: float) -> int:
    """The number of messages before that moment."""
    return sum(message.at < at for message in guest.heard)


def _waited(guest: Guest, at: float, start: int, end: Heard | None) -> Waited:
    since = guest.heard[start:]
    return Waited(since[0].at - at if since else None, end.at - at if end else None, end)


def has_phone(place: Place, owner: Person, mac: str) -> bool:
    """Whether exactly this phone was added."""
    phones = place.cloud.organization.phones_of(Owner("person", owner.key))
    return [phone.mac for phone in phones] == [mac]
