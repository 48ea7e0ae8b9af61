"""The one place where a request changes state: the table of lifecycle, by compare-and-set."""

from collections.abc import Callable
from typing import Any

from bot import telemetry
from bot.errors import Refused
from bot.requests.lifecycle import State, in_words, may_become
from bot.store import requests as rows
from bot.store.database import Store
from bot.store.requests import Moved, Request

log = telemetry.get_logger("requests")


class Ledger:
    """Requests as rows, moved along the table and no other way."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store, self._clock = store, clock

    async def find(self, code: str) -> Request:
        """By code; Refused with a sentence where there is none."""
        found = await self._store.call(rows.find, code)
        if found is None:
            raise Refused(
                f"I know no request {code.strip().upper()[:12]}. Type “requests” to see yours."
            )
        return found

    async def move(self, before: Request, to: State, *, by: str, **values: Any) -> Request:
        """One step; Refused with the state in words where somebody else was first."""
        if not may_become(State(before.state), to):
            raise Refused(in_words(before.code, State(before.state)))
        try:
            after = await self._store.call(
                rows.change, before, by=by, now=self._clock(), state=to.value, **values
            )
        except Moved as moved:
            raise self._too_late(before, moved) from moved
        log.info("moved", request=after.code, state=after.state, version=after.version)
        return after

    @staticmethod
    def _too_late(before: Request, moved: Moved) -> Refused:
        now = moved.request or before
        return Refused(in_words(now.code, State(now.state)))
