"""The audit trail in chat: whose entries are meant, and what they say."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.audit import Trail
from bot.core.errors import Unavailable
from bot.core.models.local_time import LocalTime, zone_named
from bot.core.models.people import Sender
from bot.domain.command_parser import Command
from bot.domain.operation import Caller, Context
from bot.operations import PARSER
from bot.operations.audit import AUDIT, PAGE_SIZE
from bot.store.database import Store
from cards import render
from tests.bot.operations.forms import context
from tests.cards import rules
from tests.database import migrated
from tests.example_org import ANN
from tests.fake_calling import FakeCalling

ADA = Sender("id-ada", "ada@example.com")
TOM = Sender("id-tom", "tom.berger@example.com")
ASKER = Caller(ADA.email, ("admin",), ())
NOON = 1_795_953_600.0  # 29 November 2026, 12:00 UTC, 13:00 in Berlin
DAY = 86_400.0
NETWORK = "telephony/config/locations/x/dectNetworks/y"


class Clock:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Of the trail."""
    return Clock()


@pytest.fixture
async def ctx(tmp_path: Path, clock: Clock) -> AsyncIterator[Context]:
    """With an empty trail."""
    store = Store(migrated(tmp_path / "provbot.db"))
    berlin = zone_named("Europe/Berlin")
    assert berlin
    yield replace(
        context(FakeCalling()),
        trail=Trail(store, clock),
        local=lambda: LocalTime(berlin, clock.now),
    )
    store.close()


async def note(ctx: Context, actor: Sender, action: str, request: str = "", **detail: Any) -> None:
    """One more entry."""
    assert isinstance(ctx.trail, Trail)
    await ctx.trail.record(actor, action, request=request, detail=detail)


async def shown(ctx: Context, text: str = "") -> str:
    """What is answered to `audit` with this text."""
    typed = PARSER.parse(f"audit {text}")
    assert isinstance(typed, Command)
    answer = await AUDIT.answer(typed.args.get("text", ""), ASKER, ctx)
    assert rules.violations(render.to_content(answer)) == []
    return render.to_text(answer)


async def test_an_entry_says_in_words_what_was_done(ctx: Context):
    await note(ctx, TOM, "confirmed", "7K3F", title="Add a Cisco 8865 for Ann Alder")
    await note(
        ctx, TOM, "call", "7K3F", method="POST", path="/devices", status=200, tracking_id="T-1"
    )
    lines = (await shown(ctx)).split("\n")
    assert lines[:5] == [
        "Audit trail",
        "13:00 CET · phone added · 7K3F",
        "tom.berger@example.com · in Webex",
        "13:00 CET · confirmed · 7K3F",
        "tom.berger@example.com · Add a Cisco 8865 for Ann Alder",
    ]
    assert "provbot audit export" in lines[5]
    assert "provbot audit verify" in lines[5]


@pytest.mark.parametrize(
    ("method", "path", "status", "text"),
    [
        ("DELETE", "devices/abc", 204, "device deleted"),
        (
            "PATCH",
            "/devices/abc",
            403,
            "tags not changed\nada@example.com · Webex refused it (403)",
        ),
        ("POST", "devices/activationCode", 0, "activation code created?\nada@example.com · Webex "),
        ("POST", "telephony/config/locations/x/dectNetworks", 201, "DECT network created"),
        ("DELETE", NETWORK, 204, "DECT network deleted"),
        ("POST", f"{NETWORK}/handsets/bulk", 206, "handsets added"),
        ("DELETE", f"{NETWORK}/handsets", 204, "handsets deleted"),
        ("DELETE", f"{NETWORK}/handsets/x", 404, "handset not deleted"),
        ("PUT", "something/else", 200, "change made\n"),
        ("PUT", "something/else", 500, "change not made\n"),
    ],
)
async def test_a_call_is_told_in_words(ctx: Context, method, path, status, text):
    await note(ctx, ADA, "call", method=method, path=path, status=status)
    assert f"CET · {text}" in await shown(ctx)


@pytest.mark.parametrize(
    ("action", "detail", "text"),
    [
        ("step running", {"step": "add"}, "step started · 7K3F\nada@example.com · add"),
        ("step done", {"step": "add", "outcome": "It is Bob's"}, "· add: It is Bob's"),
        ("step failed", {"step": "add", "outcome": "It is taken"}, "step failed · 7K3F"),
        ("step unknown", {"step": "add"}, "outcome of a step unclear · 7K3F"),
        ("partly", {"outcome": "1 of 2 done: A."}, "partly done · 7K3F"),
        ("stop", {"skipped": ["add"], "operation": "swap"}, "stopped · 7K3F"),
    ],
)
async def test_an_entry_about_a_step_is_in_words(ctx: Context, action, detail, text):
    await note(ctx, ADA, action, "7K3F", **detail)
    assert text in await shown(ctx, "7K3F")


@pytest.mark.parametrize(
    ("location", "text"),
    [("", "sam@example.com, viewer\n"), ("Berlin", "sam@example.com, viewer at Berlin\n")],
)
async def test_an_entry_about_a_role_says_which(ctx: Context, location: str, text: str):
    await note(ctx, ADA, "granted", who="sam@example.com", role="viewer", location=location)
    assert f"role granted\nada@example.com · {text}" in await shown(ctx)


@pytest.fixture
async def busy(ctx: Context, clock: Clock) -> Context:
    """A trail of two days, three people and two requests."""
    clock.now = NOON - DAY
    await note(ctx, TOM, "confirmed", "7K3F", title="Add phone A")
    clock.now = NOON
    await note(ctx, ADA, "granted", who="sam@example.com", role="viewer")
    await note(ctx, TOM, "confirmed", "69FW", title="Add phone B")
    await note(ctx, Sender("id-ann", "ann@example.com"), "denied", why="No role.")
    return ctx


@pytest.mark.parametrize(
    ("text", "title", "found"),
    [
        ("", "Audit trail\n", {"A", "B", "viewer", "No"}),
        ("tom.berger@example.com", "Audit trail: tom.berger@example.com\n", {"A", "B"}),
        ("tom", "Audit trail: tom.berger@example.com\n", {"A", "B"}),
        ("of Tom Berger please", "Audit trail: tom.berger@example.com\n", {"A", "B"}),
        ("7k3f", "Audit trail: 7K3F\n", {"A"}),
        ("request 69FW", "Audit trail: 69FW\n", {"B"}),
        ("tom 7K3F", "Audit trail: tom.berger@example.com and 7K3F\n", {"A"}),
        ("today", "Audit trail: 2026-11-29\n", {"B", "viewer", "No"}),
        ("tom today", "Audit trail: tom.berger@example.com and 2026-11-29\n", {"B"}),
        ("yesterday", "Audit trail: 2026-11-28\n", {"A"}),
        ("2026-11-28", "Audit trail: 2026-11-28\n", {"A"}),
        ("since 2026-11-29", "Audit trail: since 2026-11-29\n", {"B", "viewer", "No"}),
        ("sam@example.com", "Audit trail: sam@example.com\n", {"viewer"}),
    ],
)
async def test_a_word_decides_what_is_shown(busy: Context, text, title, found):
    answer = await shown(busy, text)
    marks = {"A": "phone A", "B": "phone B", "viewer": "role granted", "No": "No role."}
    assert answer.startswith(title)
    assert {mark for mark, words in marks.items() if words in answer} == found


async def test_a_day_begins_at_midnight_of_the_reader(ctx: Context, clock: Clock):
    clock.now = NOON - 12.5 * 3600  # 28 November, 23:30 UTC: in Berlin it is 29 November
    await note(ctx, TOM, "confirmed", "7K3F", title="Add phone A")
    clock.now = NOON
    assert "phone A" in await shown(ctx, "today")
    assert "phone A" not in await shown(ctx, "yesterday")


async def test_a_day_that_does_not_exist_has_no_entries(busy: Context):
    answer = await shown(busy, "2026-02-31")
    assert answer.startswith("Audit trail: 2026-02-31\nThere are no entries.\n")


async def test_a_name_that_is_not_in_the_trail_is_looked_up(busy: Context):
    answer = await shown(busy, "Ann Alder")
    assert answer.startswith(f"Audit trail: {ANN.email}\n")
    assert "No role." in answer


@pytest.mark.parametrize("text", ["frobnicate", "Zoltan Nobody"])
async def test_a_word_that_is_not_understood_is_named(busy: Context, text: str):
    answer = await shown(busy, text)
    assert answer.startswith(f"I do not know “{text}”\nWrite an email, a name, the code")
    assert "phone A" not in answer


async def test_a_name_that_cannot_be_looked_up_is_not_ignored(busy: Context):
    assert isinstance(busy.calling, FakeCalling)
    busy.calling.broken = {"people_named": [Unavailable(503, "")] * 9}
    assert (await shown(busy, "Zoltan")).startswith("I do not know “Zoltan”")


async def test_a_filter_without_entries_says_so(busy: Context):
    assert "There are no entries." in await shown(busy, "44AC")


async def test_a_long_trail_has_pages(ctx: Context):
    for number in range(PAGE_SIZE + 3):
        await note(ctx, TOM, "confirmed", "7K3F", title=f"Phone {number:02}")
    first = await shown(ctx, "tom")
    assert f"1 to {PAGE_SIZE} of {PAGE_SIZE + 3}. 3 more." in first
    assert first.endswith("Or type: audit tom page 2")
    rest = await shown(ctx, "tom page 2")
    assert ("Phone 02" in rest, "Phone 03" in rest) == (True, False)


async def test_without_a_trail_nothing_is_shown():
    answer = await AUDIT.answer("tom", ASKER, context(FakeCalling()))
    assert render.to_text(answer) == "Audit trail"
