"""The whole bot without its socket, in one thread, on a virtual clock; it can crash at any step.

Each durable effect (a row, a message, a change in Webex) counts down the crash timer once before it
happens and once after. When the timer is at zero, the process stands still until it is killed.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from bot.audit import Trail
from bot.chat.event_reader import EventReader
from bot.chat.events import CARD_ACTION, MESSAGE, Event
from bot.chat.inbox import Inbox
from bot.chat.label_worker import LabelWorker
from bot.chat.list_worker import ListWorker
from bot.chat.messenger import Answer
from bot.core.errors import Conflict, NotFound, RateLimited, WebexError
from bot.core.models.files import FileFacts
from bot.core.models.people import Grant, Place, Sender
from bot.dispatch import READING_FILE, Dispatch
from bot.domain.labels.codes import Code
from bot.domain.labels.transfer import dump_codes
from bot.domain.lists.transfer import read_and_dump
from bot.operations import PARSER, QUESTIONS
from bot.requests.late_events import LateEvents
from bot.requests.message_files import MessageFiles
from bot.requests.message_photos import MessagePhotos
from bot.requests.private_replies import PrivateReplies
from bot.requests.strangers import Strangers
from bot.service.request_parts import access_asks_of, edits_of
from bot.store import events
from bot.store.database import Store
from bot.store.sql import Database
from bot.webex.messaging import MessagesApi, public_id
from tests.bot.requests.fixtures import RequestFixture
from tests.bot.requests.inline_store import CrashTimer, InlineStore
from tests.fake_calling import FakeCalling
from tests.fake_dect import FakeDect
from tests.fake_messenger import FakeMessenger, PostedMessage

P = ParamSpec("P")
T = TypeVar("T")
GROUP_ROOM = "room-group"


def room_of(sender: Sender) -> str:
    """Where somebody speaks with the bot alone."""
    return f"direct-{sender.email}"


class CrashingMessenger(FakeMessenger):
    """Says things while the process lives."""

    def __init__(self, crash_timer: CrashTimer) -> None:
        super().__init__()
        self._fuse = crash_timer

    async def answer(self, place: Place, answer: Answer) -> str:
        """To a space."""
        return await self._mortal(super().answer(place, answer))

    async def tell(self, email: str, answer: Answer) -> str:
        """To a person."""
        return await self._mortal(super().tell(email, answer))

    async def _mortal(self, saying: Coroutine[Any, Any, str]) -> str:
        try:
            await self._fuse.burn("saying")
        except BaseException:
            saying.close()
            raise
        message = await saying
        await self._fuse.burn("said")
        return message


class CrashingDect(FakeDect):
    """Creates networks while the process lives."""

    def __init__(self, calls: "CrashingCalling") -> None:
        super().__init__(calls)
        self._calling = calls

    async def create_network(self, location_id: str, settings: Mapping[str, Any]) -> str:
        """Watched."""
        wanted = {"location": location_id, "settings": dict(settings)}
        making = super().create_network(location_id, settings)
        return await self._calling.mortal("create_dect_network", making, wanted)


class CrashingCalling(FakeCalling):
    """Changes things while the process lives. `watch` hears of each change before it is made."""

    crash_timer: CrashTimer
    watch: Callable[[str, dict[str, Any]], None]

    async def add_phone(self, body: Mapping[str, Any], *, password: str | None = None) -> Any:
        """Watched."""
        adding = super().add_phone(body, password=password)
        return await self.mortal("add_phone", adding, dict(body))

    async def delete_device(self, device_id: str) -> None:
        """Watched."""
        await self.mortal("delete_device", super().delete_device(device_id), {"device": device_id})

    async def add_tags(self, device_id: str, tags: Any) -> None:
        """Watched."""
        wanted = {"device": device_id, "tags": tags}
        await self.mortal("add_tags", super().add_tags(device_id, tags), wanted)

    async def replace_tags(self, device_id: str, tags: Any) -> None:
        """Watched."""
        wanted = {"device": device_id, "tags": tags}
        await self.mortal("replace_tags", super().replace_tags(device_id, tags), wanted)

    async def activation_code(self, body: Mapping[str, Any]) -> Any:
        """Watched."""
        return await self.mortal("activation_code", super().activation_code(body), dict(body))

    def _new_dect(self) -> FakeDect:
        return CrashingDect(self)

    async def mortal(self, name: str, making: Coroutine[Any, Any, T], wanted: dict[str, Any]) -> T:
        """Make a change, unless the process dies or Webex refuses."""
        try:
            await self.crash_timer.burn("sending")
        except BaseException:
            making.close()
            raise
        self.watch(name, wanted)
        problem = self._refusal(name, wanted)
        if problem:
            making.close()
            self.changes += 1
            raise problem
        made = await making
        await self.crash_timer.burn("sent")
        return made

    def _refusal(self, name: str, wanted: dict[str, Any]) -> WebexError | None:
        """Webex keeps unique what must be."""
        mac = wanted.get("mac", "")
        if name == "add_phone" and (mac in self.foreign_macs or self.phone(mac)):
            return Conflict(409, "[Error 5675] MAC Address is in use.", "T-1")
        networks = [(network.location_id, network.name) for network in self.dect.held]
        if (
            name == "create_dect_network"
            and (wanted["location"], wanted["settings"]["name"]) in networks
        ):
            return Conflict(409, "DECT network name is in use.", "T-2")
        if name.endswith("_tags") and all(device.id != wanted["device"] for device in self.held):
            return NotFound(404, "There is no such device.", "T-3")
        return None


class InlineListWorker(ListWorker):
    """Reads lists without a process of their own."""

    async def run(self, options: dict[str, Any], content: bytes) -> bytes:
        return read_and_dump(options, content)


class InlineLabelWorker(LabelWorker):
    """Takes each line of a file for the text of a code in the picture, without a process."""

    async def run(self, options: dict[str, Any], content: bytes) -> bytes:
        return dump_codes([Code(text) for text in content.decode().splitlines()])


class FakeMessages(MessagesApi):
    """What people said and pressed, to be read by id."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.files: dict[str, bytes | WebexError] = {}  # by the last part of their addresses
        self.downloads: list[str] = []
        self.scanned_first: set[str] = set()  # files that Webex gives at the second attempt
        self.strict = False  # else the bot's own are there, outside any thread

    async def message(self, message_id: str) -> dict[str, Any]:
        """By id; of the bot's own only the thread is asked for."""
        if self.strict and message_id not in self.kept:
            raise NotFound(404, "No such message.")
        return self.kept.get(message_id, {"id": message_id, "parentId": None})

    async def file_facts(self, url: str) -> FileFacts:
        """Its name is the last part of its address."""
        return FileFacts(name=url.rpartition("/")[2])

    async def file_content(self, url: str, max_bytes: int) -> tuple[bytes, FileFacts]:
        """Its bytes, or why there are none."""
        name = url.rpartition("/")[2]
        self.downloads.append(name)
        content = self.files.get(name, NotFound(404, "No such file."))
        if name in self.scanned_first:
            self.scanned_first.remove(name)
            raise RateLimited(423, "Scanned.", retry_after=0)
        if isinstance(content, WebexError):
            raise content
        assert len(content) <= max_bytes
        return content, FileFacts(name=name)

    async def action(self, action_id: str) -> dict[str, Any]:
        """By id."""
        if action_id not in self.kept:
            raise NotFound(404, "No such action.")
        return self.kept[action_id]


@dataclass
class DispatchHarness(RequestFixture):
    """A world with everything from the event to the answer."""

    crash_timer: CrashTimer = field(default_factory=CrashTimer)
    messages: FakeMessages = field(default_factory=FakeMessages)
    repeat_after: float = 0.0  # seconds: by default each press is answered, so that it can be seen
    reads_photos: bool = True  # whether the libraries are installed
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.messenger = CrashingMessenger(self.crash_timer)
        self.calling = CrashingCalling()
        self.calling.crash_timer = self.crash_timer
        self.calling.watch = lambda _name, _wanted: None
        super().__post_init__()

    def open_store(self) -> Store:
        """On the same file."""
        return InlineStore(self.path, self.crash_timer)

    @property
    def db(self) -> Database:
        """To look into, between steps."""
        assert isinstance(self.store, InlineStore)
        return self.store.db

    def _join(self) -> None:
        super()._join()
        trail = Trail(self.store, self.clock)
        self.strangers = Strangers(self.store, trail, self.clock)
        self.access_asks = access_asks_of(self.drafts, self.messenger)
        self.inbox = Inbox(
            self.store,
            Dispatch(
                reader=EventReader(
                    frozenset({"bot"}),
                    lambda _host: "us",
                    self.messages,
                    self.authorization.identities,
                    self.store,
                    PARSER,
                ),
                messenger=self.messenger,
                rate_limit_notice=self.rate_limit_notice,
                store=self.store,
                authorization=self.authorization,
                drafts=self.drafts,
                files=MessageFiles(
                    self.messages,
                    InlineListWorker(self.drafts.lists.limits),
                    self.drafts,
                    MessagePhotos(
                        self.messages,
                        InlineLabelWorker(),
                        self.drafts,
                        PARSER,
                        lambda: self.reads_photos,
                        scan_told_after=0.0,
                        started_at=self.clock(),
                    ),
                ),
                approvals=self.approvals,
                edits=edits_of(self.drafts),
                strangers=self.strangers,
                access_asks=self.access_asks,
                private_replies=PrivateReplies(self.clock, self.repeat_after),
                trail=trail,
                parser=PARSER,
                operations=self.runner.executor.operations,
                questions={question.name: question for question in QUESTIONS},
                late_events=LateEvents(self.clock, 86400.0),
                zones=self.zones,
                polling=self.following.polling,
            ),
            webex_now=self.clock,
            clock=self.clock,
        )

    def typed(self, sender: Sender, text: str, room: str, **more: Any) -> Event:
        """Somebody writes something. `more`: other keys of the message."""
        self.people.meet(sender)
        event = Event(
            f"said-{next(self.numbers)}", MESSAGE, room, sender.person_id, room != GROUP_ROOM, ""
        )
        self.messages.kept[public_id("MESSAGE", event.id)] = {
            "id": public_id("MESSAGE", event.id),
            "personId": sender.person_id,
            "text": text,
            "personEmail": sender.email,
            "roomId": room,
            "roomType": "direct" if event.direct else "group",
            **more,
        }
        return event

    def edited(self, message: Event, text: str) -> Event:
        """Somebody edits a message."""
        kept = self.messages.kept[public_id("MESSAGE", message.message_key)]
        kept |= {"text": text, "updated": f"2026-11-27T10:00:00.{next(self.numbers):03}Z"}
        return replace(message, id=f"edit-{next(self.numbers)}", message=message.message_key)

    def pressed(self, sender: Sender, inputs: dict[str, Any], room: str, card: str) -> Event:
        """Somebody presses a button, or says they did."""
        self.people.meet(sender)
        event = Event(
            f"pressed-{next(self.numbers)}",
            CARD_ACTION,
            room,
            sender.person_id,
            room != GROUP_ROOM,
            "",
            card,
        )
        self.messages.kept[public_id("ATTACHMENT_ACTION", event.id)] = {
            "id": event.id, "personId": sender.person_id, "roomId": room, "messageId": card,
            "inputs": inputs,
        }  # fmt: skip
        return event

    async def says(self, sender: Sender, text: str, room: str = "") -> list[PostedMessage]:
        """Type something, alone with the bot or in a space; the messages that answer it."""
        return await self.answers(self.typed(sender, text, room or room_of(sender)), sender)

    async def presses(
        self, sender: Sender, inputs: dict[str, Any], room: str = "", card: str = "msg-1"
    ) -> list[PostedMessage]:
        """Press a button, alone with the bot or in a space; the messages that answer it."""
        event = self.pressed(sender, inputs, room or room_of(sender), card)
        return await self.answers(event, sender)

    async def answers(self, event: Event, sender: Sender) -> list[PostedMessage]:
        """Handle an event; the messages since then that its sender can read.

        Without the progress message of a file, which is due at once here.
        """
        mark = len(self.messenger.posted)
        assert await self.live(self.inbox.take(event))
        heard = self.heard_since(mark, sender, event.room)
        return [message for message in heard if message.text != READING_FILE]

    async def live(
        self, *doings: Coroutine[Any, Any, Any], crash_timer: int | None = None, end: str = ""
    ) -> bool:
        """Do all this at the same instant, and what follows from it; False if it crashed."""
        self.crash_timer.left, self.crash_timer.end = crash_timer, end
        living = asyncio.create_task(self._live(doings))
        dying = asyncio.create_task(self.crash_timer.dead.wait())
        await asyncio.wait({living, dying}, return_when=asyncio.FIRST_COMPLETED)
        died = self.crash_timer.dead.is_set()
        if died:
            self.crash_timer.left = 0  # nothing gets through any more
            await self._kill()
            self.crash_timer.left = None
            self.crash_timer.dead.clear()
        else:
            self.crash_timer.left = None
            dying.cancel()
            await living
        return not died

    async def _live(self, doings: Iterable[Coroutine[Any, Any, Any]]) -> None:
        await asyncio.gather(*doings)
        progress = self.rate_limit_notice.progress
        while self.inbox._tasks or self.runner._tasks or progress.tasks:
            await self.inbox.finish(60)
            await self.runner.finish(60)
            await progress.finish()

    async def _kill(self) -> None:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def pick_up(self, crash_timer: int | None = None, end: str = "") -> bool:
        """What a process does first that was started again; False: it died of that, too."""
        return await self.live(self._pick_up(), crash_timer=crash_timer, end=end)

    async def _pick_up(self) -> None:
        await self.runner.recover()
        await self.inbox.recover()
        await self.approvals.recover()
        await self.approvals.tick()

    def unhandled(self) -> set[str]:
        """The ids of events that nobody has answered."""
        return {str(row.event["id"]) for row in events.unhandled(self.db)}

    def heard_since(self, mark: int, sender: Sender, room: str) -> list[PostedMessage]:
        """The messages since then that this person can read, without progress messages."""
        return [
            message
            for message in self.messenger.posted[mark:]
            if (
                (message.place and message.place.room_id in (room, room_of(sender)))
                or message.email == sender.email
            )
            and (
                message in self.messenger.standing or not message.text.endswith(": looking it up …")
            )
        ]


@asynccontextmanager
async def opened(path: Path, *grants: Grant, **settings: Any) -> AsyncIterator[DispatchHarness]:
    """A world with these roles, closed at the end."""
    made = DispatchHarness(path, **settings)
    await made.allow(*grants)
    yield made
    await made.rest()
    made.store.close()
