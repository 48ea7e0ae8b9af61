"""Kills between a photo and its words: the answer is given by the next process."""

from pathlib import Path

import pytest

from bot.chat.events import Event
from tests.bot.requests.fixtures import ROLES, TOM
from tests.bot.requests.harness import DispatchHarness, opened, room_of

PHOTO = "https://webex.example/contents/a.jpg"
LABEL = b"CP-8865-K9\nFCH2145D1AB\n6C5E3BA0B1C2"


async def crashes_at(harness: DispatchHarness, event: Event, effects: int) -> bool:
    """Handle an event; after so many effects the process dies, and another one goes on."""
    survived = await harness.live(harness.inbox.take(event), crash_timer=effects)
    if not survived:
        harness.clock.now += 1
        harness.restart()
        await harness.pick_up()
        await harness.live(harness.inbox.take(event))  # Webex tells it again; mostly it is known
    return survived


@pytest.mark.parametrize("is_photo_last", [False, True])
async def test_a_crash_before_the_plan_is_shown_loses_no_words(tmp_path: Path, is_photo_last: bool):
    for effects in range(40):
        async with opened(tmp_path / f"{effects}.db", *ROLES) as harness:
            harness.messages.files["a.jpg"] = LABEL
            photo = harness.typed(TOM, "", room_of(TOM), files=[PHOTO])
            if is_photo_last:
                await harness.says(TOM, "add phone for ann@example.com")
                last = photo
            else:
                await harness.answers(photo, TOM)
                last = harness.typed(TOM, "for ann@example.com", room_of(TOM))
            survived = await crashes_at(harness, last, effects)
            answer = str(harness.messenger.posted[-1])
            assert "Confirm" in answer, effects
            assert "6C:5E:3B:A0:B1:C2" in answer
            assert harness.db.execute("select count(*) from requests").fetchone() == (1,)
        if survived:
            return
    pytest.fail("it never survived")
