"""Benchmark: many people add phones at the same time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.people import Guest, Heard, Wanted
from bench.stage import Stage
from sandbox.organization.entities import Owner
from sandbox.people import Person

PATIENCE, SLOW = (
    3.0,
    4.0,
)  # seconds of silence, and times the latency, after which nothing more comes
WARM_UP = 3


@dataclass(frozen=True)
class Told:
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
    cards: list[Told] = field(default_factory=list)
    results: list[Told] = field(default_factory=list)
    added: int = 0
    work: float = 0.0  # seconds of CPU of the bot's process, to its last call

    @property
    def asked(self) -> int:
        """The number of messages and presses; without a card, nobody could press."""
        return 2 * len(self.cards)

    @property
    def answered(self) -> int:
        """The number of cards and results that arrived."""
        return len(found(self.cards)) + len(found(self.results))

    @property
    def first(self) -> list[float]:
        """The times from a message or a press to the bot's first message."""
        return [one.first for one in (*self.cards, *self.results) if one.first is not None]

    @property
    def whole(self) -> list[float]:
        """The times from a message to its card plus those from the press to the result."""
        pairs = zip(self.cards_that_came, self.results, strict=True)
        return [
            card.wanted + result.wanted
            for card, result in pairs
            if card.wanted is not None and result.wanted is not None
        ]

    @property
    def cards_that_came(self) -> list[Told]:
        """The cards whose button was pressed."""
        return [one for one in self.cards if one.wanted is not None]


def found(told: Sequence[Told]) -> list[float]:
    """The times without the missing ones."""
    return [one.wanted for one in told if one.wanted is not None]


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
    patience, before = PATIENCE + SLOW * latency, stage.cpu()
    with stage.trouble(**order):
        said = [(one, one.say(manner.said(mac, owner.email))) for one, mac, owner in asks]
        done.cards = await _heard(stage, said, manner.is_card, patience)
        pressed = [
            (one, one.press(told.card.message, manner.button, manner.filled(mac, owner.email)))
            for (one, mac, owner), told in zip(asks, done.cards, strict=True)
            if told.card is not None
        ]
        done.results = await _heard(stage, pressed, manner.is_result, patience)
    await stage.at_rest()
    done.work = stage.cpu() - before if stage.alive else 0.0
    done.added = sum(has_phone(stage, owner, mac) for _, mac, owner in asks)
    return done


async def _heard(
    stage: Stage, asked: Sequence[tuple[Guest, float]], wanted: Wanted, patience: float
) -> list[Told]:
    quiet = stage.quiet_after(patience)
    starts = [(one, at, _since(one, at)) for one, at in asked]
    answers = await asyncio.gather(*(one.answer(start, wanted, quiet) for one, _, start in starts))
    return [
        _told(one, at, start, end) for (one, at, start), end in zip(starts, answers, strict=True)
    ]


def _since(guest: Guest, at: float) -> int:
    """The number of messages before that moment."""
    return sum(one.at < at for one in guest.heard)


def _told(guest: Guest, at: float, start: int, end: Heard | None) -> Told:
    since = guest.heard[start:]
    return Told(since[0].at - at if since else None, end.at - at if end else None, end)


def has_phone(stage: Stage, owner: Person, mac: str) -> bool:
    """Whether exactly this phone was added."""
    phones = stage.cloud.organization.phones_of(Owner("person", owner.key))
    return [phone.mac for phone in phones] == [mac]
