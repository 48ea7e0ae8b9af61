"""The whole bot but its socket, in one thread, on a clock, with a fuse: it can die between any two steps.

Everything that lasts — rows, messages, changes in Webex — costs a piece of the fuse before it happens
and one after; where the fuse ends, the process stands still until it is killed.
"""

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlite_utils import Database

from bot.audit import Trail
from bot.chat.events import PRESSED, SAID, Event
from bot.chat.messenger import Answer
from bot.dispatch import Dispatch
from bot.errors import Conflict, NotFound, WebexError
from bot.inbox import Inbox
from bot.models import Place, Sender
from bot.operations import QUESTIONS
from bot.store import events
from bot.store.database import Store, connect, transaction
from bot.webex.messages import MessagesApi, public_id
from tests.bot.requests.world import World
from tests.fakes import FakeCalling, FakeMessenger, Said

P = ParamSpec("P")
T = TypeVar("T")
GROUP_ROOM = "room-group"


def room_of(sender: Sender) -> str:
    """Where somebody speaks with the bot alone."""
    return f"direct-{sender.email}"


class Fuse:
    """Counts down with everything that lasts; at its end nothing goes on."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.end = ""  # where it ends anyway
        self.dead = asyncio.Event()

    async def burn(self, where: str = "row") -> None:
        """One step; the last one never comes back."""
        await asyncio.sleep(0)
        if self.left is None:
            return
        if self.left <= 0 or where == self.end:
            self.left = 0
            self.dead.set()
            await asyncio.Event().wait()
        self.left -= 1


class InlineStore(Store):
    """The same transactions on the same file without the thread, so that a run can be repeated."""

    def __init__(self, path: Path, fuse: Fuse) -> None:
        self.db = connect(path)
        self.db.execute("pragma synchronous = off")  # the power stays on: only the process dies
        self._fuse = fuse
        self._posted: list[Callable[[], object]] = []

    async def call(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """In one transaction, after what was posted."""
        await self._fuse.burn()
        while self._posted:
            with transaction(self.db):
                self._posted.pop(0)()
        with transaction(self.db):
            result = function(self.db, *args, **kwargs)
        await self._fuse.burn()
        return result

    async def lightly(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The power stays on."""
        return await self.call(function, *args, **kwargs)

    def post(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """With the next call; lost where the process dies before."""
        self._posted.append(partial(function, self.db, *args, **kwargs))

    def close(self) -> None:
        """What is not committed is lost."""
        self.db.close()


class MortalMessenger(FakeMessenger):
    """Says things while the process lives."""

    def __init__(self, fuse: Fuse) -> None:
        super().__init__()
        self._fuse = fuse

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


class MortalCalling(FakeCalling):
    """Changes things while the process lives. `watch` hears of each change before it is made."""

    fuse: Fuse
    watch: Callable[[str, dict[str, Any]], None]

    async def add_phone(self, **wanted: Any) -> Any:
        """Watched."""
        return await self._mortal("add_phone", super().add_phone(**wanted), wanted)

    async def delete_device(self, device_id: str) -> None:
        """Watched."""
        await self._mortal("delete_device", super().delete_device(device_id), {"device": device_id})

    async def add_tags(self, device_id: str, tags: Any) -> None:
        """Watched."""
        wanted = {"device": device_id, "tags": tags}
        await self._mortal("add_tags", super().add_tags(device_id, tags), wanted)

    async def replace_tags(self, device_id: str, tags: Any) -> None:
        """Watched."""
        wanted = {"device": device_id, "tags": tags}
        await self._mortal("replace_tags", super().replace_tags(device_id, tags), wanted)

    async def activation_code(self, **wanted: Any) -> Any:
        """Watched."""
        return await self._mortal("activation_code", super().activation_code(**wanted), wanted)

    async def create_dect_network(self, location_id: str, settings: Any) -> str:
        """Watched."""
        wanted = {"location": location_id, "settings": dict(settings)}
        making = super().create_dect_network(location_id, settings)
        made: str = await self._mortal("create_dect_network", making, wanted)
        return made

    async def _mortal(self, name: str, making: Coroutine[Any, Any, T], wanted: dict[str, Any]) -> T:
        try:
            await self.fuse.burn("sending")
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
        await self.fuse.burn("sent")
        return made

    def _refusal(self, name: str, wanted: dict[str, Any]) -> WebexError | None:
        """Webex keeps unique what must be."""
        mac = wanted.get("mac", "")
        if name == "add_phone" and (mac in self.foreign_macs or self.phone(mac)):
            return Conflict(409, "[Error 5675] MAC Address is in use.", "T-1")
        there = [(one.location_id, one.name) for one in self.networks]
        if (
            name == "create_dect_network"
            and (wanted["location"], wanted["settings"]["name"]) in there
        ):
            return Conflict(409, "DECT network name is in use.", "T-2")
        if name.endswith("_tags") and all(one.id != wanted["device"] for one in self.held):
            return NotFound(404, "There is no such device.", "T-3")
        return None


class FakeMessages(MessagesApi):
    """What people said and pressed, to be read by id."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.strict = False  # else the bot's own are there, outside any thread

    async def message(self, message_id: str) -> dict[str, Any]:
        """By id; of the bot's own only the thread is asked for."""
        if self.strict and message_id not in self.kept:
            raise NotFound(404, "No such message.")
        return self.kept.get(message_id, {"id": message_id, "parentId": None})

    async def action(self, action_id: str) -> dict[str, Any]:
        """By id."""
        if action_id not in self.kept:
            raise NotFound(404, "No such action.")
        return self.kept[action_id]

    async def person(self, person_id: str) -> dict[str, Any]:
        """Ids are made of the name."""
        return {"emails": [f"{person_id.removeprefix('id-').title()}@Example.com"]}


@dataclass
class Stage(World):
    """A world with everything from the event to the answer."""

    fuse: Fuse = field(default_factory=Fuse)
    messages: FakeMessages = field(default_factory=FakeMessages)
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.messenger = MortalMessenger(self.fuse)
        self.calling = MortalCalling()
        self.calling.fuse = self.fuse
        self.calling.watch = lambda _name, _wanted: None
        super().__post_init__()

    def open_store(self) -> Store:
        """On the same file."""
        return InlineStore(self.path, self.fuse)

    @property
    def db(self) -> Database:
        """To look into, between steps."""
        assert isinstance(self.store, InlineStore)
        return self.store.db

    def _join(self) -> None:
        super()._join()
        self.inbox = Inbox(
            self.store,
            Dispatch(
                me=frozenset({"bot"}), cluster_of=lambda _host: "us", messages=self.messages,
                messenger=self.messenger, waiting=self.waiting, store=self.store, gate=self.gate, desk=self.desk,
                board=self.board, trail=Trail(self.store, self.clock),
                operations=self.runner.operations,
                questions={question.name: question for question in QUESTIONS}, clock=self.clock,
                age_limit=86400.0,
            ),
        )  # fmt: skip

    def typed(self, sender: Sender, text: str, room: str) -> Event:
        """Somebody writes something."""
        event = Event(f"said-{next(self.numbers)}", SAID, room, sender.person_id, room != GROUP_ROOM, "")  # fmt: skip
        self.messages.kept[public_id("MESSAGE", event.id)] = {
            "id": public_id("MESSAGE", event.id), "personId": sender.person_id, "text": text,
            "personEmail": sender.email, "roomId": room, "roomType": "direct" if event.direct else "group",
        }  # fmt: skip
        return event

    def pressed(self, sender: Sender, inputs: dict[str, Any], room: str, card: str) -> Event:
        """Somebody presses a button, or says they did."""
        event = Event(f"pressed-{next(self.numbers)}", PRESSED, room, sender.person_id, room != GROUP_ROOM, "", card)  # fmt: skip
        self.messages.kept[public_id("ATTACHMENT_ACTION", event.id)] = {
            "id": event.id, "personId": sender.person_id, "roomId": room, "messageId": card,
            "inputs": inputs,
        }  # fmt: skip
        return event

    async def live(
        self, *doings: Coroutine[Any, Any, Any], fuse: int | None = None, end: str = ""
    ) -> bool:
        """Have all this done at the same instant, and what follows from it; False: it died of it."""
        self.fuse.left, self.fuse.end = fuse, end
        living = asyncio.create_task(self._live(doings))
        dying = asyncio.create_task(self.fuse.dead.wait())
        await asyncio.wait({living, dying}, return_when=asyncio.FIRST_COMPLETED)
        died = self.fuse.dead.is_set()
        if died:
            self.fuse.left = 0  # nothing gets through any more
            await self._kill()
            self.fuse.left = None
            self.fuse.dead.clear()
        else:
            self.fuse.left = None
            dying.cancel()
            await living
        return not died

    async def _live(self, doings: Iterable[Coroutine[Any, Any, Any]]) -> None:
        await asyncio.gather(*doings)
        while self.inbox._tasks or self.runner._tasks:
            await self.inbox.finish(60)
            await self.runner.finish(60)

    async def _kill(self) -> None:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def pick_up(self, fuse: int | None = None, end: str = "") -> bool:
        """What a process does first that was started again; False: it died of that, too."""
        return await self.live(self._pick_up(), fuse=fuse, end=end)

    async def _pick_up(self) -> None:
        await self.runner.recover()
        await self.inbox.recover()
        await self.board.recover()
        await self.board.tick()

    def unhandled(self) -> set[str]:
        """The ids of events that nobody has answered."""
        return {str(one["id"]) for one in events.unhandled(self.db)}

    def heard_since(self, mark: int, sender: Sender, room: str) -> list[Said]:
        """What was said since then that this person can read there or alone; a line that stood for a while is no answer."""
        return [
            one
            for one in self.messenger.said[mark:]
            if (
                (one.place and one.place.room_id in (room, room_of(sender)))
                or one.email == sender.email
            )
            and (one in self.messenger.standing or not one.words.endswith(": looking it up …"))
        ]
