"""The weather of the torture leaves nothing half done."""

import asyncio
from contextlib import suppress
from random import Random
from types import SimpleNamespace
from typing import Any

from tests.torture.faults import Weather
from tests.torture.records import Record
from tests.virtual_clock import virtually


class RecordingStage:
    """In place of the bot's process: notes what is done with it."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.online = True
        self.killed = asyncio.Event()
        self.witness = SimpleNamespace(record=Record())
        self.client = self

    async def kill(self) -> None:
        """The power cut."""
        self.steps.append("kill")
        self.killed.set()

    async def launch(self) -> None:
        """The next process."""
        self.steps.append("launch")

    async def until_online(self, _patience: float) -> None:
        """The next process is connected."""
        self.steps.append("online")

    def write(self, _sql: str, *_values: Any) -> None:
        """The checkpoint is set back."""


def test_a_restart_that_has_begun_is_completed():
    async def blown() -> list[str]:
        stage = RecordingStage()
        dice = Random(3)  # noqa: S311 - a play, no secret
        only_power_cuts = Weather(stage, dice, 0.1, 100.0, 0.0, 0.0)  # type: ignore[arg-type]
        blowing = asyncio.create_task(only_power_cuts.blow())
        await stage.killed.wait()
        blowing.cancel()
        with suppress(asyncio.CancelledError):
            await blowing
        return stage.steps

    assert virtually(blown)[0] == ["kill", "launch", "online"]
