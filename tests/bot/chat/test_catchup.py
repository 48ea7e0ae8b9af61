"""What people wrote while there was no socket: found, once, oldest first, and never half of it."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.audit import moment
from bot.chat.catchup import (
    MARGIN,
    SWEPT_ROOMS,
    CatchUp,
    edit_event,
    join_event,
    message_event,
    worth_answering,
)
from bot.chat.events import JOINED, MESSAGE, Event
from bot.core.errors import NotFound, Unauthorized, Unavailable, WebexError
from bot.store import checkpoint
from bot.store.database import Store
from bot.webex.messaging import MessagesApi, public_id
from tests.bot.requests.inline_store import CrashTimer, InlineStore
from tests.database import migrated
from tests.virtual_clock import virtually

NOW = 1_790_000_000.0
ME = public_id("PEOPLE", "me")
DAY = 86400.0


def row(name: str, ago: float, who: str = "ann", room: str = "room", **more: Any) -> dict[str, Any]:
    """A REST message."""
    return {
        "id": public_id("MESSAGE", name),
        "roomId": public_id("ROOM", room),
        "personId": public_id("PEOPLE", who),
        "personEmail": f"{who}@example.com",
        "created": moment(NOW - ago),
        **more,
    }


def joined(room: str, ago: float, **more: Any) -> dict[str, Any]:
    """A membership of the bot."""
    facts = {"roomId": public_id("ROOM", room), "roomType": "group", "created": moment(NOW - ago)}
    return facts | more


@dataclass
class Spaces:
    """In place of the messaging API: rooms with their messages, newest first."""

    messages: dict[str, list[dict[str, Any]]]
    groups: frozenset[str] = frozenset()
    problems: list[Exception] = field(default_factory=list)
    gone: frozenset[str] = frozenset()
    strays: list[WebexError] = field(default_factory=list)  # of lists, but that of spaces
    asked: list[tuple[str, bool]] = field(default_factory=list)
    read: int = 0
    joined: list[dict[str, Any]] = field(default_factory=list)
    closed: Exception | None = None  # how memberships are refused

    async def memberships(self) -> AsyncGenerator[dict[str, Any], None]:
        """The bot's own."""
        if self.closed or self.strays:
            raise self.closed or self.strays.pop()
        for membership in self.joined:
            yield membership

    async def rooms(self) -> AsyncGenerator[dict[str, Any], None]:
        """Where something was said last first."""
        if self.problems:
            raise self.problems.pop(0)
        newest = {
            name: max((row["created"] for row in rows), default="")
            for name, rows in self.messages.items()
        }
        for name in sorted(newest, key=lambda room: newest[room], reverse=True):
            self.read += 1
            kind = "group" if name in self.groups else "direct"
            yield {"id": name, "type": kind, "lastActivity": newest[name]}

    async def in_room(self, room_id: str, *, direct: bool) -> AsyncGenerator[dict[str, Any], None]:
        """All of it."""
        self.asked.append((room_id, direct))
        if self.strays:
            raise self.strays.pop()
        if room_id in self.gone:
            raise NotFound(404, "gone")
        for message in self.messages[room_id]:
            self.read += 1
            yield message


@dataclass
class Taking:
    """In place of the inbox."""

    known: set[str] = field(default_factory=set)
    taken: list[str] = field(default_factory=list)

    async def take(self, event: Event) -> bool:
        """Whether it is new."""
        is_new = event.id not in self.known
        self.known.add(event.id)
        if is_new:
            self.taken.append(event.id)
        return is_new


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A real file, with a mark of an hour ago."""
    made = Store(migrated(tmp_path / "provbot.db"))
    await made.call(checkpoint.set_received_until, NOW - 3600)
    yield made
    made.close()


def catching(store: Store, spaces: Spaces, taking: Taking, limit: float = DAY) -> CatchUp:
    """At NOW."""
    return CatchUp(cast(MessagesApi, spaces), store, taking.take, ME, lambda: NOW, limit)


async def test_messages_since_the_mark_are_taken_oldest_first(store):
    spaces = Spaces({"a": [row("third", 10), row("second", 20), row("first", 30)]})
    taking = Taking(known={"second"})
    catch_up = catching(store, spaces, taking)
    missed = await catch_up.run()
    assert taking.taken == ["first", "third"]
    assert (missed.since, missed.until, missed.fetched) == (NOW - 3600, NOW, 2)
    assert (
        await store.call(checkpoint.received_until) == NOW - 3600
    )  # nobody was told of presses yet
    await catch_up.save_checkpoint()
    assert await store.call(checkpoint.received_until) == NOW - 3600
    await catch_up.filled(missed)
    assert await store.call(checkpoint.received_until) == NOW


async def test_the_last_edit_of_a_known_message_is_taken_once(store):
    edited, again = moment(NOW - 5), moment(NOW - 4)
    spaces = Spaces({"a": [row("new", 10, updated=edited), row("old", 20, updated=edited)]})
    taking = Taking(known={"old"})
    await catching(store, spaces, taking).run()
    await catching(store, spaces, taking).run()
    assert taking.taken == ["old edited " + edited, "new", "new edited " + edited]
    spaces.messages["a"][1]["updated"] = again
    await catching(store, spaces, taking).run()
    assert taking.taken[3:] == ["old edited " + again]


async def test_a_sweep_takes_no_edits_because_the_socket_names_them_otherwise(store):
    spaces = Spaces({"a": [row("old", 100, updated=moment(NOW - 90))]})
    taking = Taking(known={"old"})
    assert not await catching(store, spaces, taking).sweep()
    assert taking.taken == []


def test_the_event_of_an_edit_names_the_message():
    message = row("said", 10, updated=moment(NOW - 5))
    event = edit_event(message_event(message, direct=True), message)
    assert (event.message_key, event.direct, event.at) == ("said", True, NOW - 5)
    unreadable = message | {"updated": "\u202e" + "2" * 99}
    event = edit_event(message_event(message, direct=True), unreadable)
    assert len(event.id) < 60
    assert event.at is None


async def test_it_reads_no_further_than_the_mark(store):
    spaces = Spaces({
        "a": [row("new", 10), row("old", 3600 + MARGIN + 1), row("older", 9e4)],
        "quiet": [row("x", 3600 + MARGIN + 2)], "dead": [row("y", 9e5)],
    })  # fmt: skip
    taking = Taking()
    await catching(store, spaces, taking).run()
    assert taking.taken == ["new"]
    assert [room for room, _ in spaces.asked] == ["a"]
    assert spaces.read == 4  # two rooms, two messages


async def test_in_group_spaces_only_mentions_are_read(store):
    spaces = Spaces({"a": [row("x", 10)], "g": [row("y", 5)]}, groups=frozenset({"g"}))
    await catching(store, spaces, Taking()).run()
    assert sorted(spaces.asked) == [("a", True), ("g", False)]


def caught_up(tmp_path: Path, spaces: Spaces) -> tuple[list[str], float | None, float]:
    """What is taken in the end, where the mark stands then, and after how many seconds."""

    async def work() -> tuple[list[str], float | None]:
        store = InlineStore(tmp_path / "provbot.db", CrashTimer())
        await store.call(checkpoint.set_received_until, NOW - 3600)
        taking = Taking()
        catch_up = catching(store, spaces, taking)
        await catch_up.filled(await catch_up.run())
        mark = await store.call(checkpoint.received_until)
        store.close()
        return taking.taken, mark

    (taken, mark), seconds = virtually(work)
    return taken, mark, seconds


def test_a_space_without_the_bot_does_not_block_the_others(tmp_path):
    spaces = Spaces({"a": [row("x", 10)], "b": [row("y", 5)]}, gone=frozenset({"b"}))
    taken, mark, seconds = caught_up(tmp_path, spaces)
    assert (taken, mark) == (["x"], NOW)
    assert seconds < 200


@pytest.mark.parametrize("status", [400, 403, 404, 409, 451])
@pytest.mark.parametrize("times", [1, 5])
def test_a_stray_refusal_of_a_list_loses_nothing(tmp_path, status, times):
    spaces = Spaces({"a": [row("x", 10)], "b": [row("y", 5)]}, joined=[joined("new", 10)])
    spaces.strays = (
        [WebexError(status, "x")] * times if status != 404 else [NotFound(404, "x")] * times
    )
    taken, mark, seconds = caught_up(tmp_path, spaces)
    assert (sorted(taken), mark) == (["welcome new", "x", "y"], NOW)
    assert seconds < 90


async def test_at_the_very_first_start_nothing_is_fetched(tmp_path):
    store = Store(tmp_path / "new.db")
    spaces, taking = Spaces({"a": [row("x", 10)]}, joined=[joined("old", 20)]), Taking()
    missed = await catching(store, spaces, taking).run()
    assert (spaces.asked, missed.seconds) == ([], 0)
    assert await store.call(checkpoint.received_until) == NOW
    # And at the next one only spaces count that the bot did not know at the first one.
    spaces.joined.append(joined("new", -5))
    await catching(store, spaces, taking).run()
    assert [taken for taken in taking.taken if "welcome" in taken] == ["welcome new"]
    store.close()


async def test_spaces_that_added_the_bot_meanwhile_are_greeted(store):
    spaces = Spaces({}, joined=[
        joined("new", 10), joined("known", 20), joined("before", 3600 + MARGIN + 1),
        joined("direct", 10, roomType="direct"), joined("odd", 10, created="yesterday"),
    ])  # fmt: skip
    taking = Taking(known={"welcome known"})
    assert (await catching(store, spaces, taking).run()).fetched == 0
    assert taking.taken == ["welcome new"]


@pytest.mark.parametrize("problem", [NotFound(404, "x"), WebexError(400, "x")])
def test_if_memberships_cannot_be_listed_messages_are_still_fetched(tmp_path, problem):
    taken, mark, _ = caught_up(tmp_path, Spaces({"a": [row("x", 10)]}, closed=problem))
    assert (taken, mark) == (["x"], NOW)


async def test_while_spaces_cannot_be_listed_the_mark_stays(store):
    spaces = Spaces({"a": [row("x", 10)]}, closed=Unauthorized(401, "x"))
    with pytest.raises(Unauthorized):
        await catching(store, spaces, Taking()).run()
    assert await store.call(checkpoint.received_until) == NOW - 3600


def test_a_welcome_equals_the_one_from_the_socket():
    cluster = "urn:TEAM:eu-central-1_k"
    row = joined("r", 10) | {"roomId": public_id("ROOM", "r", cluster)}
    welcome = join_event(row)
    assert welcome == Event(
        "welcome r", JOINED, "r", "", direct=False, host="", cluster=cluster, at=NOW - 10
    )
    assert public_id("ROOM", "r", welcome.cluster) == row["roomId"]


def test_during_an_outage_it_retries_and_the_mark_stays(tmp_path):
    async def work() -> tuple[list[str], list[float | None]]:
        store = Store(migrated(tmp_path / "provbot.db"))
        await store.call(checkpoint.set_received_until, NOW - 3600)
        taking = Taking()
        catch_up = catching(
            store, Spaces({"a": [row("x", 10)]}, problems=[Unavailable(503, "x")] * 9), taking
        )
        seen = []
        catch_up.connected()
        catch_up.frame_received()
        await catch_up.save_checkpoint()
        seen.append(await store.call(checkpoint.received_until))
        await catch_up.filled(await catch_up.run())
        seen.append(await store.call(checkpoint.received_until))
        store.close()
        return taking.taken, seen

    (taken, seen), seconds = virtually(work)
    assert taken == ["x"]
    assert seen == [NOW - 3600, NOW]
    assert seconds > 60


async def test_an_invalid_token_is_not_retried(store):
    catch_up = catching(store, Spaces({}, problems=[Unauthorized(401, "x")]), Taking())
    with pytest.raises(Unauthorized):
        await catch_up.run()
    assert await store.call(checkpoint.received_until) == NOW - 3600


async def test_a_new_connection_stops_the_mark_until_the_gap_is_filled(store):
    moments = [NOW]
    spaces = Spaces({})
    catch_up = CatchUp(cast(MessagesApi, spaces), store, Taking().take, ME, lambda: moments[0], DAY)
    await catch_up.filled(await catch_up.run())
    moments[0] += 50
    catch_up.frame_received()
    await catch_up.save_checkpoint()
    assert await store.call(checkpoint.received_until) == NOW + 50
    moments[0] += 50
    catch_up.connected()
    catch_up.frame_received()
    await catch_up.save_checkpoint()
    assert await store.call(checkpoint.received_until) == NOW + 50


async def test_a_sweep_finds_what_the_socket_missed_and_little_else(store):
    spaces = Spaces({"a": [row("fresh", 5), row("late", 120)], "b": [row("known", 90)]})
    taking = Taking(known={"known"})
    assert await catching(store, spaces, taking).sweep()
    assert taking.taken == ["late"]
    assert not await catching(store, spaces, taking).sweep()


async def test_a_sweep_reads_few_spaces_and_fails_silently(store):
    spaces = Spaces({f"r{number}": [row(f"m{number}", 70 + number)] for number in range(20)})
    await catching(store, spaces, Taking()).sweep()
    assert len(spaces.asked) == SWEPT_ROOMS
    assert not await catching(store, Spaces({}, problems=[Unavailable(503, "x")]), Taking()).sweep()


def test_messages_of_bots_are_not_answered():
    rows = [row("a", 1, who="me"), row("b", 2, personEmail="other@webex.bot"), row("c", 3)]
    assert [message["id"] for message in worth_answering(rows, ME, 0)] == [
        public_id("MESSAGE", "c")
    ]


def test_each_person_hears_once_of_messages_that_are_too_old():
    rows = [
        row("new", 10),
        row("b2", 200, who="bob"),
        row("a2", 300),
        row("b1", 400, who="bob"),
        row("a1", 500),
    ]
    kept = worth_answering(rows, ME, NOW - 100)
    assert [message["id"] for message in kept] == [
        public_id("MESSAGE", name) for name in ("a2", "b2", "new")
    ]


@given(st.lists(st.tuples(st.floats(0, 1e6), st.sampled_from(["ann", "bob", "me"])), max_size=20))
def test_all_recent_messages_are_kept_in_order(messages):
    rows = [row(str(number), ago, who) for number, (ago, who) in enumerate(sorted(messages))]
    kept = worth_answering(rows, ME, NOW - 5e5)
    young = [
        message
        for message in rows
        if message["personId"] != ME and message["created"] >= moment(NOW - 5e5)
    ]
    assert [message for message in kept if message in young] == young[::-1]


def test_the_event_equals_the_one_from_the_socket():
    cluster = "urn:TEAM:eu-central-1_k"
    message = {
        "id": public_id("MESSAGE", "m", cluster),
        "roomId": public_id("ROOM", "r", cluster),
        "personId": public_id("PEOPLE", "p"),
    }
    assert message_event(message, direct=True) == Event(
        "m", MESSAGE, "r", "p", direct=True, host="", cluster=cluster
    )
    assert public_id("MESSAGE", "m", message_event(message, direct=True).cluster) == message["id"]


@pytest.mark.parametrize("created", [None, "", "yesterday", 7])
def test_an_unreadable_time_counts_as_new(created):
    assert worth_answering([row("x", 1) | {"created": created}], ME, NOW)


@pytest.mark.parametrize("ahead", [MARGIN + 1, 15 * 60.0, 25 * 3600.0, 400 * DAY])
async def test_a_mark_in_the_future_hides_no_message_that_is_still_answered(store, ahead):
    """A wrong clock set the mark."""
    await store.call(checkpoint.set_received_until, NOW + ahead)
    taking = Taking(known={"answered"})
    spaces = Spaces({"a": [row("new", 10), row("answered", 700), row("missed", 3 * 3600)]})
    missed = await catching(store, spaces, taking).run()
    assert taking.taken == ["missed", "new"]
    assert missed.seconds == 0  # since when it was away is not known


async def test_only_the_newest_message_before_a_restore_is_taken(store):
    spaces = Spaces(
        {"a": [row("after", 10), row("last", 700), row("first", 800), row("bobs", 900, who="bob")]}
    )
    taking = Taking()
    catch_up = catching(store, spaces, taking)
    catch_up.act_after = NOW - 600
    await catch_up.run()
    assert taking.taken == ["bobs", "last", "after"]
