"""Limits for people who are not on the allowlist: one answer and one audit row in an hour.

Anybody on Webex can write to a bot, and audit rows are never removed. The counts are in memory, so
that a stranger may get one more answer after a restart.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.audit import SYSTEM_ACTOR, Trail, moment
from bot.core.models.people import Sender
from bot.store import people
from bot.store.database import Store

HOUR = 3600.0  # seconds
# Rows are never deleted: with this limit the trail grows by less than 2 MB a day.
MAX_ROWS_PER_HOUR = 100
# People who lost their role still see old cards, and get an answer for each button they try.
MAX_ANSWERED_PRESSES = 10
# Strangers who get an answer in an hour, with or without an audit row: enough for people who are
# not on the list yet, and few enough for the memory and Webex's limits.
MAX_ANSWERED_STRANGERS = 1000
THIS_ACCOUNT, OTHER_ACCOUNTS = "this account", "other accounts"
SUMMARY = "{tries} more from {accounts} since {since}"

Key = tuple[str, bool]  # person id, and whether it is about the presses of somebody once known
OTHERS: Key = ("", False)  # counts the attempts of all people without a row of their own


@dataclass
class Window:
    """One hour of one stranger. `tries` are the attempts that are in no audit row yet."""

    sender: Sender
    since: float
    answers: int  # that are left
    answered: str = (
        ""  # the last event that got an answer; it gets one again if it is handled again
    )
    tries: int = 0
    has_row: bool = True  # else its tries count with those of OTHERS

    def answers_to(self, event_id: str) -> bool:
        """Whether this event gets an answer; it uses up one of those left."""
        if event_id != self.answered and self.answers:
            self.answers, self.answered = self.answers - 1, event_id
        return event_id == self.answered


@dataclass(frozen=True)
class Strangers:
    """Decides which strangers get an answer, and sums up their attempts in the audit trail."""

    store: Store
    trail: Trail
    clock: Callable[[], float]
    _windows: dict[Key, Window] = field(default_factory=dict)

    async def count_attempt(
        self, sender: Sender, event_id: str, why: str, *, pressed: str | None = None
    ) -> bool:
        """Count an attempt; True if the person gets an answer. `pressed` is a button's code."""
        await self.tick()
        was_participant = pressed is not None and await self.store.call(
            people.is_participant, sender
        )
        key: Key = (sender.person_id, was_participant)
        window = self._windows.get(key)
        if window is None and (was_participant or self._has_room_for_row()):
            return await self._open(key, sender, event_id, why, pressed or "")
        if window is None:
            window = self._window_without_row(key, sender)
        counted = window if window.has_row else self._shared_window()
        counted.tries += event_id != window.answered
        return window.answers_to(event_id)

    def _window_without_row(self, key: Key, sender: Sender) -> Window:
        if len(self._windows) >= MAX_ANSWERED_STRANGERS:
            return self._shared_window()
        window = Window(sender, self.clock(), _answers(key), has_row=False)
        return self._windows.setdefault(key, window)

    def _shared_window(self) -> Window:
        return self._windows.setdefault(OTHERS, Window(SYSTEM_ACTOR, self.clock(), answers=0))

    def note_admitted(self, person_id: str) -> None:
        """Note that this person is on the list; they get answers if they lose their role."""
        for key in ((person_id, False), (person_id, True)):
            if key in self._windows:
                self._windows[key].answers = _answers(key)

    async def tick(self) -> None:
        """Write one row for the attempts of each hour that is over. Called every few seconds."""
        now = self.clock()
        for key, window in [*self._windows.items()]:
            if now - window.since >= HOUR:
                await self._close(key, window)

    async def close(self) -> None:
        """Write rows for all counted attempts when the process ends."""
        for key, window in [*self._windows.items()]:
            await self._close(key, window)

    async def _open(self, key: Key, sender: Sender, event_id: str, why: str, request: str) -> bool:
        window = self._windows[key] = Window(sender, self.clock(), _answers(key))
        try:
            await self.trail.record(sender, "denied", request=request, detail={"why": why})
        except BaseException:  # the inbox tries again, so it must not count as recorded
            self._windows.pop(key, None)
            raise
        return window.answers_to(event_id)

    async def _close(self, key: Key, window: Window) -> None:
        """End the hour. If attempts were counted, write their row and begin a new hour."""
        tries = window.tries
        if not tries:
            self._windows.pop(key, None)
            return
        accounts = OTHER_ACCOUNTS if key == OTHERS else THIS_ACCOUNT
        why = SUMMARY.format(tries=tries, accounts=accounts, since=moment(window.since))
        window.since, window.tries = self.clock(), 0
        window.answers = 0 if key == OTHERS else _answers(key)
        try:
            await self.trail.record(window.sender, "denied", detail={"why": why, "tries": tries})
        except BaseException:  # a later row includes them
            window.tries += tries
            raise

    def _has_room_for_row(self) -> bool:
        with_row = (key for key, window in self._windows.items() if window.has_row)
        return sum(1 for key in with_row if not key[1] and key != OTHERS) < MAX_ROWS_PER_HOUR


def _answers(key: Key) -> int:
    return MAX_ANSWERED_PRESSES if key[1] else 1
