"""Whatever a card submits, whoever submits it: one answer, no change but the one that was confirmed."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.dispatch import BROKEN
from bot.models import Sender
from tests.bot.requests.approving import APPROVERS
from tests.bot.requests.script import ANA
from tests.bot.requests.stage import GROUP_ROOM, MortalCalling, Stage, room_of
from tests.bot.requests.world import NETWORK, PHONE, ROLES, SAM, TESS, TOM, VERA
from tests.cards import rules

BROKE = BROKEN.partition("{")[0]
EVERYBODY = (TOM, TESS, VERA, SAM, ANA)
TEXT = st.text(st.characters(), max_size=12)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
# As buttons of ours submit it, and next to it. CODE stands for a request's code.
KNOWN: dict[str, st.SearchStrategy[Any]] = {
    "request": st.sampled_from(["CODE", "code", " #CODE. ", "CODE\ud800", "ZZZZ", "", "' or 1=1 --"]),
    "press": st.sampled_from(["continue", "change", "undo", "again", "approve", "reject", "Confirm", " confirm", "run", ""]),
    "version": st.sampled_from([-1, 0, 1, 2, 3, "2", "٢", "2.0", 10**30, True]),
    "say": st.sampled_from(["whoami", "add phone", "help", "", "delete device x", "grant sam@example.com admin"]),
    "mac": st.sampled_from([PHONE["mac"], "00:00:00:00:00:00", "x" * 5000]),
    "model": st.sampled_from(["8865", "9841", "*"]),
    "owner": st.sampled_from([PHONE["owner"], "Lobby", "nobody"]),
    "reason": TEXT,
}  # fmt: skip
INPUTS = st.fixed_dictionaries(
    {}, optional={name: known | ANY_JSON for name, known in KNOWN.items()}
) | st.dictionaries(TEXT, ANY_JSON, max_size=4)


def played(play: Callable[[Stage], Awaitable[None]]) -> None:
    """On a stage of its own, closed afterwards."""

    async def whole(path: Path) -> None:
        stage = Stage(path)
        await stage.allow(*ROLES, *APPROVERS)
        try:
            await play(stage)
        finally:
            stage.store.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(whole(Path(folder) / "provbot.db"))


async def plan(stage: Stage) -> str:
    """The code of a phone that Tom could confirm now."""
    mark = len(stage.messenger.said)
    words = f"add phone {PHONE['mac']} 8865 for {PHONE['owner']}"
    await stage.live(stage.inbox.take(stage.typed(TOM, words, room_of(TOM))))
    (shown,) = stage.messenger.said[mark:]
    return str(rules.button(shown.card or {}, "Confirm")["request"])


def coded(value: Any, code: str) -> Any:
    """The same inputs with a code that exists."""
    if isinstance(value, str):
        return value.replace("CODE", code).replace("code", code.lower())
    return value


async def pressed(stage: Stage, who: Sender, inputs: dict[str, Any], room: str) -> list[str]:
    """What is said, in words."""
    mark = len(stage.messenger.said)
    assert await stage.live(stage.inbox.take(stage.pressed(who, inputs, room, "msg-1")))
    return [one.words for one in stage.messenger.said[mark:]]


@given(INPUTS, st.sampled_from(EVERYBODY), st.booleans())
@settings(max_examples=120, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # fmt: skip
def test_whatever_is_submitted_is_answered_and_changes_nothing(inputs, who, group):
    async def play(stage: Stage) -> None:
        code = await plan(stage)
        given = {name: coded(value, code) for name, value in inputs.items()}
        said = await pressed(stage, who, given, GROUP_ROOM if group else room_of(who))
        assert said
        assert not any(BROKE in words for words in said), said
        assert stage.calling.changes == 0
        assert not stage.unhandled()

    played(play)


@given(ANY_JSON, st.booleans())
@settings(max_examples=30, derandomize=True, deadline=None)
def test_what_is_no_set_of_inputs_is_answered_too(submitted, group):
    async def play(stage: Stage) -> None:
        assert await pressed(stage, TOM, submitted, GROUP_ROOM if group else room_of(TOM))
        assert not stage.unhandled()

    played(play)


@given(INPUTS, st.sampled_from([TESS, VERA, SAM, ANA]))
@settings(max_examples=30, derandomize=True, deadline=None)
def test_somebody_elses_confirm_changes_nothing_whatever_goes_with_it(inputs, who):
    async def play(stage: Stage) -> None:
        code = await plan(stage)
        crafted = inputs | {"request": code, "version": 2, "press": "confirm"}
        for room in (room_of(who), room_of(TOM), GROUP_ROOM):
            assert await pressed(stage, who, crafted, room)
        assert stage.calling.changes == 0
        assert await stage.state(code) == "draft"

    played(play)


@given(st.dictionaries(st.sampled_from([*KNOWN, "details", "calls"]), ANY_JSON, max_size=4))
@settings(max_examples=30, derandomize=True, deadline=None)
def test_what_goes_with_a_confirm_does_not_change_what_is_done(inputs):
    async def play(stage: Stage) -> None:
        code = await plan(stage)
        sent: list[tuple[str, dict[str, Any]]] = []
        assert isinstance(stage.calling, MortalCalling)
        stage.calling.watch = lambda name, wanted: sent.append((name, wanted))
        await pressed(stage, TOM, inputs | {"request": code, "version": 2, "press": "confirm"}, room_of(TOM))  # fmt: skip
        ((name, wanted),) = sent
        assert (name, wanted["mac"], wanted["owner"].email) == ("add_phone", "D82E3EEF4E5C", PHONE["owner"])  # fmt: skip

    played(play)


@given(INPUTS)
@settings(max_examples=30, derandomize=True, deadline=None)
def test_nobody_but_an_approver_lets_it_run_whatever_they_submit(inputs):
    async def play(stage: Stage) -> None:
        words = f"create dect network {NETWORK['name']} at Lyon"
        await stage.live(stage.inbox.take(stage.typed(TOM, words, room_of(TOM))))
        form = stage.messenger.said[-1]
        button = rules.button(form.card or {}, "Continue")
        await pressed(stage, TOM, {**button, **NETWORK}, room_of(TOM))
        confirm = rules.button(stage.messenger.said[-1].card or {}, "Confirm")
        await pressed(stage, TOM, confirm, room_of(TOM))
        for who in (TOM, TESS, VERA, SAM):
            crafted = inputs | {"request": button["request"], "press": "approve"}
            assert await pressed(stage, who, crafted, room_of(who))
        assert stage.calling.changes == 0
        assert await stage.state(str(button["request"])) == "waiting"

    played(play)


@pytest.mark.parametrize("who", [TOM, ANA])
def test_the_plays_above_could_have_changed_something(who):
    async def play(stage: Stage) -> None:
        code = await plan(stage)
        await pressed(stage, who, {"request": code, "version": 2, "press": "confirm"}, room_of(TOM))
        assert (await stage.state(code) == "done") == (who is TOM)

    played(play)
