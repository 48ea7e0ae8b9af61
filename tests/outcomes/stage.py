"""The whole bot in this process, on the sandbox in memory and a clock that stands still."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar

import httpx
import pytest
from pydantic import SecretStr
from structlog.processors import format_exc_info
from structlog.testing import capture_logs

from bot.chat import events
from bot.chat.listener import Listener, ListenerCallbacks
from bot.core.config import Config
from bot.core.models.people import Grant, Role
from bot.service import app
from bot.service.health import Health
from bot.store import checkpoint, grants, watched
from bot.store.database import Store, as_ours
from bot.store.sql import Database, transaction
from bot.store.sqlite import SqliteDatabase, connect
from sandbox.chat_model import Message
from sandbox.control.buttons import action_inputs, buttons
from tests.outcomes.clock import EPOCH, unix
from tests.outcomes.cloud import API, DECT_SPACING, DOMAIN, DirectClient, Json, MemoryCloud
from tests.outcomes.faults import Weather

P = ParamSpec("P")
T = TypeVar("T")

ROLES = (
    Grant(f"vera@{DOMAIN}", Role.VIEWER),
    Grant(f"tom@{DOMAIN}", Role.TECHNICIAN),
    Grant(f"eli@{DOMAIN}", Role.ENGINEER),
    Grant(f"ana@{DOMAIN}", Role.APPROVER),
    Grant(f"ada@{DOMAIN}", Role.ADMIN),
)
# What took the clock of the machine as a default when it was loaded.
CLOCKS: Mapping[str, Mapping[str, Callable[[], float]]] = {
    "create_drafts": {"clock": unix},
    "Inbox": {"clock": unix},
    "MissedPressNotice": {"clock": unix},
    "Authorization": {"clock": unix},
    "Zones": {"clock": unix},
    "Identities": {"clock": lambda: asyncio.get_running_loop().time()},
    "CloudClock": {"wall": unix},
}
Before: TypeAlias = Callable[[Weather], None]
# The database is in memory. To make a folder for it takes longer than to start the bot.
NOWHERE = Path("no such folder") / "provbot.db"
STARTED = 1.0  # seconds after which everything that a start does is done


class InlineStore(Store):
    """The same transactions in memory, without the thread, whose turns no clock can foresee."""

    def __init__(self, content: bytes) -> None:
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        connection.deserialize(content)
        self.db = SqliteDatabase(connection)
        watched.install(self.db)

    async def call(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """In one transaction."""
        await asyncio.sleep(0)
        try:
            with transaction(self.db):
                return function(self.db, *args, **kwargs)
        except sqlite3.Error as error:
            raise as_ours(error) from error

    async def call_without_fsync(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The same."""
        return await self.call(function, *args, **kwargs)

    def write_behind(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """At once."""
        with transaction(self.db):
            function(self.db, *args, **kwargs)

    async def truncate_wal(self) -> bool:
        """Nobody reads it."""
        return True

    def close(self) -> None:
        """Judges look into it after the process has ended."""


class MemoryListener:
    """In place of the socket: hands frames on, one after another, as they come."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[Json] = asyncio.Queue()

    def cluster_of(self, _conversation_url: str) -> str:
        """There is one."""
        return "us"

    async def problem(self) -> str:
        """It never ends."""
        return ""

    def reregister(self) -> None:
        """Nothing better can be had."""

    async def log_other_registrations(self) -> None:
        """Nobody else has the token."""

    async def listen(self, callbacks: ListenerCallbacks) -> None:
        """Until cancelled."""
        callbacks.on_connected()
        while True:
            frame = await self.frames.get()
            callbacks.on_frame()
            event = events.read(frame, callbacks.me)
            if event is not None:
                await callbacks.on_event(event)


@dataclass
class Stage:
    """One bot in its cloud, and everything a judge asks about."""

    weather: Weather
    parts: dict[str, Any]  # of the bot, as soon as they are made
    running: asyncio.Task[None]
    log: list[Any]
    posts: list[tuple[Message, int]] = field(
        default_factory=list
    )  # with the changes made until then

    @property
    def cloud(self) -> MemoryCloud:
        """The cloud."""
        return self.weather.cloud

    @property
    def health(self) -> Health:
        """What tells how it is."""
        health: Health = self.parts["health"]
        return health

    @property
    def store(self) -> InlineStore:
        """Its database."""
        store: InlineStore = self.parts["store"]
        return store

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """What the database holds."""
        cursor = self.store.db.conn.execute(sql)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    # Playing people

    def press(self, mailbox: str, button: str, inputs: dict[str, str]) -> bool:
        """The person presses the button on the newest card that has it; False if none has it."""
        person = self.cloud.person(mailbox)
        cards = [
            message for message in reversed(self.heard_by(mailbox)) if button in titles(message)
        ]
        if cards:
            values = action_inputs(cards[0].card or {}, button, inputs)
            self.cloud.cloud.chat.press(person.key, cards[0], values)
        return bool(cards)

    def heard_by(self, mailbox: str, after: int = 0) -> list[Message]:
        """What the bot said that stands where the person sees it, oldest first."""
        chat, bot = self.cloud.cloud.chat, self.cloud.cloud.bot_key
        messages = [
            message
            for room in chat.rooms_of(self.cloud.person(mailbox).key)
            for message in room.messages
        ]
        mine = [
            message for message in messages if message.person_key == bot and message.number > after
        ]
        return sorted(mine, key=lambda message: message.number)

    @property
    def posted(self) -> int:
        """The number of the last message."""
        return max((message.number for message, _ in self.posts), default=0)

    @property
    def changes(self) -> int:
        """How many changes were made: in the organization, and of the allowlist."""
        own = self.rows(
            "select count(*) as n from audit"
            " where action in ('granted', 'revoked', 'approval space')"
        )
        return len(self.cloud.changed) + int(own[0]["n"])


def titles(message: Message) -> list[str]:
    """The titles of its buttons."""
    return [button.title for button in buttons(message.card)] if message.card else []


@cache
def _template(*, connected_before: bool) -> bytes:
    """A database with everybody's roles, of a bot that was connected before, so it catches up."""
    with TemporaryDirectory(prefix="outcomes-") as folder:
        path = Path(folder) / "template.db"
        db = connect(path)
        with transaction(db):
            for grant in ROLES:
                grants.add(db, grant, 1.0)
            if connected_before:
                checkpoint.set_received_until(db, EPOCH)
        db.execute("pragma journal_mode = delete")
        db.close()
        return path.read_bytes()


@asynccontextmanager
async def staged(before: Before | None = None, *, follows: bool = False) -> AsyncIterator[Stage]:
    """A bot that has just started. `before` is what happens while it is away.

    To look again and again whether what was added registers takes a quarter of a case.
    """
    with capture_logs([format_exc_info]) as log:
        listener, memory = MemoryListener(), MemoryCloud()
        weather = Weather(memory)
        if before is not None:
            before(weather)
        memory.heard = listener.frames.put_nowait
        content = _template(connected_before=before is not None)
        with _without_network(weather, listener, content) as parts:
            running = asyncio.create_task(_live(_config(memory, NOWHERE, follows=follows)))
            memory.cloud.listeners.append(lambda event: _note(stage, event.message))
            stage = Stage(weather, parts, running, log)
            await asyncio.sleep(STARTED)
            try:
                yield stage
            finally:
                await _end(running)
                stage.store.db.close()


async def _live(config: Config) -> None:
    async with app.assemble(config) as bot:
        await bot.run()


def _note(stage: Stage, message: Message | None) -> None:
    bot = stage.cloud.cloud.bot_key
    known = {id(message) for message, _ in stage.posts[-20:]}
    if message is not None and message.person_key == bot and id(message) not in known:
        stage.posts.append((message, stage.changes))


async def _end(running: asyncio.Task[None]) -> None:
    running.cancel()
    with suppress(asyncio.CancelledError, Exception):
        await running
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


def _config(memory: MemoryCloud, path: Path, *, follows: bool) -> Config:
    cloud = memory.cloud
    mine = {
        "bot_token": SecretStr(cloud.bot_token),
        "client_id": cloud.service_app.client_id,
        "client_secret": SecretStr(cloud.service_app.client_secret),
        "refresh_token": SecretStr(cloud.service_app.refresh_token),
        "database_text": str(path),
    }
    if not follows:
        mine["follow_minutes"] = 0
    return _settings().model_copy(update=mine)


@cache
def _settings() -> Config:
    """What all stages have in common. To check settings takes long."""
    placeholders: dict[str, Any] = dict.fromkeys(
        ("bot_token", "client_secret", "refresh_token"), SecretStr("-")
    )
    return Config(
        client_id="-",
        explicit_api_url=API,
        http=None,
        PROVBOT_DECT_SPACING=DECT_SPACING,
        **placeholders,
    )


@contextmanager
def _without_network(
    weather: Weather, listener: MemoryListener, content: bytes
) -> Iterator[dict[str, Any]]:
    """The parts that reach outside; the composition root makes all others.

    `content` is that of the database.
    """
    parts: dict[str, Any] = {}

    def http_client(*_args: Any, **_kwargs: Any) -> httpx.AsyncClient:
        return DirectClient(weather)

    async def opened(*_args: Any, **_kwargs: Any) -> MemoryListener:
        return listener

    def store(*_args: Any, **_kwargs: Any) -> InlineStore:
        made = parts["store"] = InlineStore(content)
        return made

    def health(*args: Any, **kwargs: Any) -> Health:
        made = parts["health"] = Health(*args, **kwargs)
        return made

    with pytest.MonkeyPatch.context() as patch:
        for name, clocks in CLOCKS.items():
            patch.setattr(app, name, partial(getattr(app, name), **clocks))
        patch.setattr(app, "http_client", http_client)
        patch.setattr(Listener, "open", opened)
        patch.setattr(app, "Store", store)
        patch.setattr(app, "Health", health)
        patch.setattr(logging.root, "handlers", [])
        yield parts
