"""The simulated people of the benchmarks, who type and press without delay."""

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from sandbox.chat_model import ChatEvent, Draft, Message, Room
from sandbox.cloud import Cloud
from sandbox.control.buttons import action_inputs, buttons
from sandbox.people import Person

DOMAIN = "acme.example"
LIKE = f"bob@{DOMAIN}"  # the model for all guests: a Professional licence, a number, no phone
LOOK_EVERY = 0.25  # seconds between checks for activity

Wanted = Callable[[Message], bool]


@dataclass(frozen=True)
class Heard:
    """A message of the bot, and its time (seconds of `time.perf_counter`)."""

    at: float
    message: Message


@dataclass
class Guest:
    """A person with a direct room with the bot, and the messages of the bot in it."""

    cloud: Cloud
    person: Person
    room: Room
    heard: list[Heard] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, message: Message) -> None:
        """Note a message of the bot."""
        self.heard.append(Heard(time.perf_counter(), message))
        self._news.set()

    def say(self, text: str) -> float:
        """Send a message; return the time."""
        at = time.perf_counter()
        self.cloud.chat.post(self.person.key, self.room, Draft(text=text))
        return at

    def press(self, card: Message, title: str, inputs: Mapping[str, str]) -> float:
        """Press the button; return the time."""
        at = time.perf_counter()
        self.cloud.chat.press(self.person.key, card, action_inputs(card.card or {}, title, inputs))
        return at

    async def answer(self, start: int, wanted: Wanted, quiet: Callable[[], bool]) -> Heard | None:
        """The first wanted message from index `start`; None once all is quiet without it."""
        while True:
            message = next((heard for heard in self.heard[start:] if wanted(heard.message)), None)
            if message is not None or quiet():
                return message
            self._news.clear()
            try:
                async with asyncio.timeout(LOOK_EVERY):
                    await self._news.wait()
            except TimeoutError:
                continue


class Crowd:
    """Makes guests and passes on to them what the bot says."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._listening: dict[str, Guest] = {}
        self._made = 0
        cloud.listeners.append(self._hear)

    def people(self, count: int) -> list[Person]:
        """Make `count` people who may have phones."""
        return [self._person() for _ in range(count)]

    def guests(self, count: int) -> list[Guest]:
        """Make `count` people who talk with the bot."""
        return [self._guest(person) for person in self.people(count)]

    def _person(self) -> Person:
        self._made += 1
        number = self._made
        like = self._cloud.person_by_email(LIKE)
        assert like is not None
        person = replace(
            like, key=str(uuid.uuid4()), email=f"guest{number:05d}@{DOMAIN}",
            display_name=f"Guest {number:05d}", extension=f"7{number:05d}",
            phone_number=f"+49305556{number:05d}", licences=list(like.licences),
        )  # fmt: skip
        self._cloud.people[person.key] = person
        return person

    def _guest(self, person: Person) -> Guest:
        room = self._cloud.chat.direct_room(person.key, self._cloud.bot_key)
        guest = Guest(self._cloud, person, room)
        self._listening[room.key] = guest
        return guest

    def _hear(self, event: ChatEvent) -> None:
        guest = self._listening.get(event.room.key)
        if guest and event.verb == "post" and event.message and event.actor_key != guest.person.key:
            guest.hear(event.message)


def with_button(title: str) -> Wanted:
    """The condition that a message has a card with that button."""
    return lambda message: (
        bool(message.card) and any(button.title == title for button in buttons(message.card or {}))
    )


def with_text(text: str) -> Wanted:
    """The condition that a message contains the words."""
    return lambda message: text in (message.content.text or "")


def anything(_message: Message) -> bool:
    """The condition that all messages meet."""
    return True
