"""Webex gives late, or never, what somebody said or pressed; the database fails in the middle."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import pytest

from bot.chat.events import Event
from bot.core.errors import (
    DatabaseUnavailable,
    Forbidden,
    NotFound,
    Unavailable,
    Undecodable,
    WebexError,
)
from bot.dispatch import READING_PRESS
from bot.store.database import Store
from bot.store.sql import Database
from bot.webex.messaging import public_id
from tests.bot.requests.approving import APPROVERS
from tests.bot.requests.fixtures import PHONE, ROLES, TOM
from tests.bot.requests.harness import GROUP_ROOM, DispatchHarness, room_of
from tests.bot.requests.inline_store import InlineStore
from tests.cards import rules
from tests.virtual_clock import virtually

P = ParamSpec("P")
T = TypeVar("T")


def lived(
    tmp_path: Path,
    work: Callable[[DispatchHarness], Awaitable[T]],
    kind: type[DispatchHarness] = DispatchHarness,
) -> T:
    """What the work comes to, on a stage with everybody on the list, in no time."""

    async def playing() -> T:
        harness = kind(tmp_path / "provbot.db")
        await harness.allow(*ROLES, *APPROVERS)
        try:
            return await work(harness)
        finally:
            await harness.rest()
            harness.store.close()

    return virtually(playing)[0]


def hide(harness: DispatchHarness, event: Event, seconds: float, problem: Exception) -> None:
    """Webex does not show it for so many seconds from now on."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    for name in ("message", "action"):
        shown = getattr(harness.messages, name)

        async def get(key: str, shown: Any = shown) -> Any:
            if event.id in _key(key) and loop.time() < until:
                raise problem
            return await shown(key)

        setattr(harness.messages, name, get)


def _key(public: str) -> str:
    kinds = ("MESSAGE", "ATTACHMENT_ACTION")
    return next((name for name in _ids for kind in kinds if public_id(kind, name) == public), "")


_ids = [f"{verb}-{number}" for verb in ("said", "pressed") for number in range(1, 20)]


async def plan_of(harness: DispatchHarness) -> tuple[str, dict[str, Any]]:
    """A plan of TOM's: the message that shows it, and what its Confirm submits."""
    command = f"add phone {PHONE['mac']} 8865 for ann@example.com"
    await harness.live(harness.inbox.take(harness.typed(TOM, command, room_of(TOM))))
    card = harness.messenger.posted[-1]
    return card.id, rules.button(card.card or {}, "Confirm")


PROBLEMS = [
    NotFound(404, "No."),
    Forbidden(403, "No."),
    Unavailable(502, "?"),
    WebexError(410, "No."),
]


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("seconds", [0.5, 3.0, 20.0, 60.0, 90.0])
def test_a_message_that_webex_returns_late_is_answered(tmp_path, seconds, problem):
    async def work(harness: DispatchHarness) -> None:
        event = harness.typed(TOM, "whoami", room_of(TOM))
        hide(harness, event, seconds, problem)
        assert await harness.live(harness.inbox.take(event))
        assert "technician" in harness.messenger.texts[-1]
        assert harness.unhandled() == set()

    lived(tmp_path, work)


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("seconds", [0.2, 3.0, 60.0])
def test_a_press_that_webex_returns_late_is_handled_and_shows_progress(tmp_path, seconds, problem):
    async def work(harness: DispatchHarness) -> None:
        card, confirm = await plan_of(harness)
        event = harness.pressed(TOM, confirm, room_of(TOM), card)
        hide(harness, event, seconds, problem)
        assert await harness.live(harness.inbox.take(event))
        await harness.rest()
        assert len([device for device in harness.calling.held if device.mac == "D82E3EEF4E5C"]) == 1
        lines = [
            message.id for message in harness.messenger.posted if message.text == READING_PRESS
        ]
        assert len(lines) == (seconds > 2)
        assert {*lines} <= {*harness.messenger.removed}

    lived(tmp_path, work)


def test_meanwhile_the_same_person_is_answered(tmp_path):
    async def work(harness: DispatchHarness) -> None:
        late, quick = (harness.typed(TOM, command, room_of(TOM)) for command in ("whoami", "help"))
        hide(harness, late, 100.0, NotFound(404, "No."))
        loop = asyncio.get_running_loop()
        began = loop.time()
        living = asyncio.create_task(
            harness.live(harness.inbox.take(late), harness.inbox.take(quick))
        )
        while not harness.messenger.posted:  # noqa: ASYNC110 - nothing to wait for but this
            await asyncio.sleep(1)
        assert loop.time() - began < 6
        await living
        assert harness.messenger.texts[0].startswith("What I can")
        assert "technician" in harness.messenger.texts[-1]

    lived(tmp_path, work)


@pytest.mark.parametrize(
    "problem", [Unavailable(500, "?"), Forbidden(403, "No."), Undecodable(200, "?")]
)
@pytest.mark.parametrize("room", [room_of(TOM), GROUP_ROOM])
def test_a_message_that_webex_never_returns_is_reported(tmp_path, problem, room):
    async def work(harness: DispatchHarness) -> None:
        event = harness.typed(TOM, "whoami", room)
        hide(harness, event, 1e6, problem)
        assert await harness.live(harness.inbox.take(event))
        (answer,) = harness.messenger.posted
        assert "Webex did not send the details of what you wrote at" in answer.text
        assert "Nothing was changed. Please write it again." in answer.text
        assert answer.place
        assert answer.place.room_id == public_id("ROOM", room)
        assert harness.unhandled() == set()  # nor is it tried at the next start

    lived(tmp_path, work)


@pytest.mark.parametrize("problem", [*PROBLEMS, Undecodable(200, "?")])
def test_a_press_that_webex_never_returns_is_reported(tmp_path, problem):
    async def work(harness: DispatchHarness) -> None:
        event = harness.pressed(TOM, {"say": "help"}, room_of(TOM), "msg-1")
        hide(harness, event, 1e6, problem)
        assert await harness.live(harness.inbox.take(event))
        assert "details of what you pressed at" in harness.messenger.standing[-1].text
        assert harness.unhandled() == set()

    lived(tmp_path, work)


def test_a_message_that_was_deleted_before_it_was_read_is_dropped(tmp_path):
    async def work(harness: DispatchHarness) -> None:
        event = harness.typed(TOM, "help", room_of(TOM))
        hide(harness, event, 1e6, NotFound(404, "No."))
        assert await harness.live(harness.inbox.take(event))
        assert (harness.messenger.posted, harness.unhandled()) == ([], set())

    lived(tmp_path, work)


def test_a_forbidden_answer_is_not_retried_forever(tmp_path):
    async def work(harness: DispatchHarness) -> None:
        harness.messenger.unreachable = {room_of(TOM)}
        assert await harness.live(harness.inbox.take(harness.typed(TOM, "help", room_of(TOM))))
        assert harness.unhandled() == set()

    lived(tmp_path, work)


class LockedStore(InlineStore):
    """Locked for two calls, once so many have been made."""

    after: int | None = None

    async def call(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Unless it is locked."""
        if self.after is not None:
            self.after -= 1
            if self.after in (-1, -2):
                raise DatabaseUnavailable("database is locked")
        return await super().call(function, *args, **kwargs)


class LockedStage(DispatchHarness):
    """On such a store."""

    def open_store(self) -> Store:
        """On the same file."""
        return LockedStore(self.path, self.crash_timer)


@pytest.mark.parametrize("after", range(1, 16))
def test_a_database_locked_during_a_confirm_changes_nothing(tmp_path, after):
    async def work(harness: DispatchHarness) -> None:
        card, confirm = await plan_of(harness)
        mark = len(harness.messenger.posted)
        event = harness.pressed(TOM, confirm, room_of(TOM), card)
        assert isinstance(harness.store, LockedStore)
        harness.store.after = after
        assert await harness.live(harness.inbox.take(event))
        await harness.rest()
        assert harness.calling.changes == 1
        texts = [
            message.text
            for message in harness.messenger.posted[mark:]
            if message in harness.messenger.standing
        ]
        assert not any("Something went wrong in provbot" in text for text in texts)
        assert any("now belongs to" in text for text in texts)
        assert harness.unhandled() == set()

    lived(tmp_path, work, LockedStage)


@pytest.mark.parametrize("after", range(1, 12))
@pytest.mark.parametrize("typed", ["whoami", "devices", "add phone", "requests", "cancel ZZZZ"])
def test_a_command_during_a_database_lock_gets_one_answer(tmp_path, after, typed):
    async def work(harness: DispatchHarness) -> None:
        event = harness.typed(TOM, typed, room_of(TOM))
        assert isinstance(harness.store, LockedStore)
        harness.store.after = after
        assert await harness.live(harness.inbox.take(event))
        (answer,) = harness.heard_since(0, TOM, room_of(TOM))
        assert "Something went wrong in provbot" not in answer.text

    lived(tmp_path, work, LockedStage)
