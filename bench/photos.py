"""Benchmark: photos of labels, from the message to the plan, while others type commands.

A photo and a typed text with the same content take turns, so that both meet the same crowd. The
photos are drawn as a telephone takes them: 12 megapixels, not straight, not sharp.
"""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from bench.meanwhile import asked, look_again, meanwhile
from bench.people import Guest, with_button
from bench.stage import Stage
from sandbox.chat_model import Draft, File
from tests.labels.corpus import phone
from tests.labels.drawing import Look, Scene, encoded, photo

Size = tuple[int, int]  # pixels
MODEL, PRODUCT = "8865", "CP-8865-K9"
IS_PLAN = with_button("Confirm")
COMMANDS = ("help", "devices for {email}", "requests", "devices for Bob Keller")
TIMEOUT = 30.0  # seconds
LOOK_EVERY = 0.02  # seconds between two looks at the memory
WORKERS = 2


@dataclass(frozen=True)
class Picture:
    """A photo of the label of one phone."""

    mac: str
    content: bytes


@dataclass(frozen=True)
class Typists:
    """How many people type commands, and how long each pauses after an answer, in seconds.

    They begin so many seconds before the first photo, so that the memory that commands need is not
    counted.
    """

    people: int
    pause: float
    before: float


@dataclass
class Photographed:
    """Photos and typed texts, each until its plan. Seconds; memory in MiB.

    `at_most` is the memory of the bot, `with_children` that of all its processes together; `later`
    is after `quiet` seconds.
    """

    typists: Typists
    asked: int
    photos: list[float] = field(default_factory=list)
    typed: list[float] = field(default_factory=list)
    commands: list[float] = field(default_factory=list)  # of the others
    idle: float = 0.0
    at_most: float = 0.0
    with_children: float = 0.0
    later: float = 0.0
    quiet: float = 0.0


def album(count: int, size: Size) -> list[Picture]:
    """So many different photos."""
    with ProcessPoolExecutor(WORKERS) as pool:
        return list(pool.map(partial(_taken, size), range(count)))


def _taken(size: Size, number: int) -> Picture:
    """The photo of that number, in which a third of the width or more is the label."""
    hand = random.Random(number)  # noqa: S311 - how somebody holds a telephone
    mac = f"6C5E3BBE{number:04X}"
    look = Look(
        size=size,
        fill=hand.uniform(0.33, 0.6),
        angle=hand.uniform(-30, 30),
        tilt=hand.uniform(0, 0.12),
        blur=hand.uniform(1, 2.5),
        shade=hand.uniform(0, 0.4),
        noise=0.03,
    )
    return Picture(mac, encoded(photo(Scene([phone(mac, PRODUCT)], look, seed=number))))


async def photographed(
    stage: Stage, pictures: Sequence[Picture], typists: Typists, quiet: float
) -> Photographed:
    """Send each photo and its text, by turns; look at the memory once more after `quiet` seconds.

    The bot is ready, and has answered a typed add.
    """
    seen = Photographed(typists, len(pictures), quiet=quiet)
    talkers = stage.crowd.guests(typists.people)
    async with meanwhile(*(_type(talker, typists.pause, []) for talker in talkers)):
        await asyncio.sleep(typists.before)
    await stage.at_rest()
    seen.idle = stage.memory()
    looks = look_again(partial(_look, stage, seen), LOOK_EVERY)
    work = [_type(talker, typists.pause, seen.commands) for talker in talkers]
    async with meanwhile(looks, *work):
        for picture in pictures:
            await _compare(stage, picture, seen)
    await stage.at_rest()
    await asyncio.sleep(quiet)
    seen.later = stage.memory()
    return seen


async def _compare(stage: Stage, picture: Picture, seen: Photographed) -> None:
    """Let one person send the photo and another type the same, for an owner each."""
    sender, typist = stage.crowd.guests(2)
    owner, other = stage.crowd.people(2)
    typed = f"add phone {stage.mac()} {MODEL} for {other.email}"
    file = File("IMG_2841.jpg", "image/jpeg", picture.content)
    draft = Draft(text=f"for {owner.email}", files=(file,))
    await _plan(typist, partial(typist.say, typed), seen.typed)
    await _plan(sender, partial(_send, sender, draft), seen.photos)


async def _plan(guest: Guest, ask: Callable[[], float], waits: list[float]) -> None:
    """Note the seconds until the plan is there; a form or nothing is no plan."""
    at = ask()
    plan = await guest.answer(0, IS_PLAN, lambda: time.perf_counter() > at + TIMEOUT)
    if plan:
        waits.append(plan.at - at)


def _send(guest: Guest, draft: Draft) -> float:
    at = time.perf_counter()
    guest.cloud.chat.post(guest.person.key, guest.room, draft)
    return at


async def _type(guest: Guest, pause: float, waits: list[float]) -> None:
    """One command after the other, each once the one before is answered."""
    while True:
        for command in COMMANDS:
            waits.append(await asked(guest, command.format(email=guest.person.email)))
            await asyncio.sleep(pause)


def _look(stage: Stage, seen: Photographed) -> None:
    memory = stage.memory()
    seen.at_most = max(seen.at_most, memory)
    seen.with_children = max(seen.with_children, memory + stage.memory_of_children())
