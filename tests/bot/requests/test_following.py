"""What was added is looked for until it has registered, on a virtual clock."""

from pathlib import Path

import pytest

from bot.store import followed
from tests.bot.requests.fixtures import PHONE, world


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "provbot.db"


def register(made, mac: str, status: str = "connected") -> None:
    """The phone with that MAC reports to Webex."""
    made.calling.held = [
        device.model_copy(update={"status": status}) if device.mac == mac else device
        for device in made.calling.held
    ]


async def test_a_phone_that_registers_is_told(path: Path):
    async with world(path) as made:
        code = await made.confirmed("add phone", PHONE)
        await made.follow(30)
        assert len(await made.store.call(followed.waiting)) == 1

        register(made, "D82E3EEF4E5C")
        await made.follow(60)

        (device,) = await made.store.call(followed.of, code)
        assert device.state == "registered"
        assert made.following.looks.looked_at(device) is not None
