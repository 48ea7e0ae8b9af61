"""Anything may be submitted by anybody: one answer, no change but the one that was confirmed."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.models.people import Sender
from bot.dispatch import INTERNAL_ERROR
from tests.bot.requests.approving import APPROVERS
from tests.bot.requests.fixtures import NETWORK, PHONE, ROLES, SAM, TESS, TOM, VERA
from tests.bot.requests.harness import GROUP_ROOM, CrashingCalling, DispatchHarness, room_of
from tests.bot.requests.strategies import ANA
from tests.cards import rules
from tests.example_org import ANN

pytestmark = pytest.mark.slow

BROKE = INTERNAL_ERROR.partition("{")[0]
EVERYBODY = (TOM, TESS, VERA, SAM, ANA)
TEXT = st.text(st.characters(), max_size=12)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
# What our buttons submit, and similar data. CODE stands for a request's code.
KNOWN: dict[str, st.SearchStrategy[Any]] = {
    "request": st.sampled_from(
        ["CODE", "code", " #CODE. ", "CODE\ud800", "ZZZZ", "", "' or 1=1 --"]
    ),
    "press": st.sampled_from(
        [
            "continue",
            "change",
            "undo",
            "again",
            "another",
            "approve",
            "reject",
            "Confirm",
            " confirm",
            "run",
            "",
        ]
    ),
    "version": st.sampled_from([-1, 0, 1, 2, 3, "2", "٢", "2.0", 10**30, True]),
    "say": st.sampled_from(
        ["whoami", "add phone", "help", "", "delete device x", "grant sam@example.com admin"]
    ),
    "mac": st.sampled_from([PHONE["mac"], "00:00:00:00:00:00", "x" * 5000]),
    "model": st.sampled_from(["8865", "9841", "*"]),
    "owner": st.sampled_from([PHONE["owner"], "Lobby", "nobody"]),
    "reason": TEXT,
}
INPUTS = st.fixed_dictionaries(
    {}, optional={name: known | ANY_JSON for name, known in KNOWN.items()}
) | st.dictionaries(TEXT, ANY_JSON, max_size=4)


def played(play: Callable[[DispatchHarness], Awaitable[None]]) -> None:
    """On a stage of its own, closed afterwards."""

    async def whole(path: Path) -> None:
        harness = DispatchHarness(path)
        await harness.allow(*ROLES, *APPROVERS)
        try:
            await play(harness)
        finally:
            harness.store.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(whole(Path(folder) / "provbot.db"))


async def plan(harness: DispatchHarness) -> str:
    """The code of a phone that Tom could confirm now."""
    mark = len(harness.messenger.posted)
    command = f"add phone {PHONE['mac']} 8865 for {PHONE['owner']}"
    await harness.live(harness.inbox.take(harness.typed(TOM, command, room_of(TOM))))
    (shown,) = harness.messenger.posted[mark:]
    return str(rules.button(shown.card or {}, "Confirm")["request"])


def coded(value: Any, code: str) -> Any:
    """The inputs with the code of an existing request."""
    if isinstance(value, str):
        return value.replace("CODE", code).replace("code", code.lower())
    return value


async def pressed(
    harness: DispatchHarness, who: Sender, inputs: dict[str, Any], room: str
) -> list[str]:
    """What is said, in words."""
    mark = len(harness.messenger.posted)
    assert await harness.live(harness.inbox.take(harness.pressed(who, inputs, room, "msg-1")))
    return [message.text for message in harness.messenger.posted[mark:]]


@given(INPUTS, st.sampled_from(EVERYBODY), st.booleans())
@settings(
    max_examples=120, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
def test_any_submission_is_answered_and_changes_nothing(inputs, who, group):
    async def play(harness: DispatchHarness) -> None:
        code = await plan(harness)
        submitted = {name: coded(value, code) for name, value in inputs.items()}
        answers = await pressed(harness, who, submitted, GROUP_ROOM if group else room_of(who))
        assert answers
        assert not any(BROKE in text for text in answers), answers
        assert harness.calling.changes == 0
        assert not harness.unhandled()

    played(play)


@given(ANY_JSON, st.booleans())
@settings(max_examples=30, derandomize=True, deadline=None)
def test_malformed_inputs_are_answered(submitted, group):
    async def play(harness: DispatchHarness) -> None:
        assert await pressed(harness, TOM, submitted, GROUP_ROOM if group else room_of(TOM))
        assert not harness.unhandled()

    played(play)


@given(INPUTS, st.sampled_from([TESS, VERA, SAM, ANA]))
@settings(max_examples=30, derandomize=True, deadline=None)
def test_another_persons_confirm_with_any_inputs_changes_nothing(inputs, who):
    async def play(harness: DispatchHarness) -> None:
        code = await plan(harness)
        crafted = inputs | {"request": code, "version": 2, "press": "confirm"}
        for room in (room_of(who), room_of(TOM), GROUP_ROOM):
            assert await pressed(harness, who, crafted, room) or who is SAM
        assert harness.calling.changes == 0
        assert await harness.state(code) == "draft"

    played(play)


@given(st.dictionaries(st.sampled_from([*KNOWN, "details", "calls"]), ANY_JSON, max_size=4))
@settings(max_examples=30, derandomize=True, deadline=None)
def test_extra_inputs_of_a_confirm_do_not_change_the_plan(inputs):
    async def play(harness: DispatchHarness) -> None:
        code = await plan(harness)
        sent: list[tuple[str, dict[str, Any]]] = []
        assert isinstance(harness.calling, CrashingCalling)
        harness.calling.watch = lambda name, wanted: sent.append((name, wanted))
        await pressed(
            harness, TOM, inputs | {"request": code, "version": 2, "press": "confirm"}, room_of(TOM)
        )
        ((name, wanted),) = sent
        assert (name, wanted["mac"], wanted["personId"]) == ("add_phone", "D82E3EEF4E5C", ANN.id)

    played(play)


@given(INPUTS)
@settings(max_examples=30, derandomize=True, deadline=None)
def test_only_an_approver_can_let_it_run_with_any_inputs(inputs):
    async def play(harness: DispatchHarness) -> None:
        command = f"create dect network {NETWORK['name']} at Lyon"
        await harness.live(harness.inbox.take(harness.typed(TOM, command, room_of(TOM))))
        form = harness.messenger.posted[-1]
        button = rules.button(form.card or {}, "Continue")
        await pressed(harness, TOM, {**button, **NETWORK}, room_of(TOM))
        confirm = rules.button(harness.messenger.posted[-1].card or {}, "Confirm")
        await pressed(harness, TOM, confirm, room_of(TOM))
        for who in (TOM, TESS, VERA, SAM):
            crafted = inputs | {"request": button["request"], "press": "approve"}
            assert await pressed(harness, who, crafted, room_of(who))
        assert harness.calling.changes == 0
        assert await harness.state(str(button["request"])) == "waiting"

    played(play)


@pytest.mark.parametrize("who", [TOM, ANA])
def test_the_tests_above_could_have_changed_something(who):
    async def play(harness: DispatchHarness) -> None:
        code = await plan(harness)
        await pressed(
            harness, who, {"request": code, "version": 2, "press": "confirm"}, room_of(TOM)
        )
        assert (await harness.state(code) == "done") == (who is TOM)

    played(play)
