"""What is acted on, what is answered as late, and what is only told so."""

from zoneinfo import ZoneInfo

import pytest

from bot.core.models.local_time import LocalTime
from bot.requests.late_events import LATE, LateEvents

NOW, DAY = 1_790_000_000.0, 86_400.0
RESTORED = NOW - 600


def local() -> LocalTime:
    """As somebody in Berlin reads times."""
    return LocalTime(ZoneInfo("Europe/Berlin"), NOW)


@pytest.mark.parametrize(
    ("ago", "sentence", "over"),
    [
        (0, None, False),
        (LATE - 1, None, False),
        (LATE, "You asked at 16:11 CEST; ", False),
        (DAY, "You asked yesterday at 16:13 CEST; ", False),
        (
            DAY + 1,
            "You wrote yesterday at 16:13 CEST, while I was away. That is too long ago to act on",
            True,
        ),
        (-60, None, False),
        (-DAY, None, False),
    ],
)
def test_lateness_depends_on_the_age_of_a_message(ago, sentence, over):
    late = LateEvents(lambda: NOW, DAY).of(NOW - ago, local, pressed=False)
    assert (late is not None) == (sentence is not None)
    if late is not None:
        assert sentence in late.text
        assert late.over is over


@pytest.mark.parametrize("pressed", [True, False])
@pytest.mark.parametrize(
    ("said_at", "is_refused"), [(RESTORED - 1, True), (RESTORED, False), (NOW, False)]
)
def test_events_from_before_a_restore_are_not_acted_on(pressed, said_at, is_refused):
    late = LateEvents(lambda: NOW, DAY, RESTORED).of(said_at, local, pressed=pressed)
    assert (late is not None and late.over and "restored from a backup" in late.text) is is_refused


@pytest.mark.parametrize("said_at", [None, NOW - 3 * DAY])
def test_a_press_is_not_late_by_its_age(said_at):
    assert LateEvents(lambda: NOW, DAY).of(said_at, local, pressed=True) is None


def test_an_event_without_a_time_is_not_late():
    assert LateEvents(lambda: NOW, DAY, RESTORED).of(None, local, pressed=False) is None
