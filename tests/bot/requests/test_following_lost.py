"""A phone whose answer was lost is noted by its look-up, after it may have registered already."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.models.followed import FollowedDevice
from bot.store import followed
from bot.store.sql import Database
from tests.bot.requests.fixtures import PHONE, RequestFixture, world
from tests.fake_calling import LostAfter

pytestmark = pytest.mark.usefixtures("engine")

MAC = "D82E3EEF4E5C"
CODE = {"model": "8865", "owner": "ann@example.com"}


@pytest.fixture
async def made(tmp_path: Path) -> AsyncIterator[RequestFixture]:
    async with world(tmp_path / "provbot.db") as fixture:
        yield fixture


def register(made: RequestFixture, *, created_at: float) -> None:
    """The phone is plugged in. Webex tells when it was added."""
    created = datetime.fromtimestamp(created_at, UTC).isoformat()
    shown = {"status": "connected", "created": created}
    made.calling.held = [
        device.model_copy(update=shown) if device.mac == MAC else device
        for device in made.calling.held
    ]


async def only(made: RequestFixture, code: str) -> FollowedDevice:
    (device,) = await made.store.call(followed.of, code)
    return device


async def test_a_phone_that_was_looked_up_does_not_count_for_a_code(made: RequestFixture):
    code = await made.confirmed("activation code", CODE)
    await made.follow(9)
    made.calling.troubles = [LostAfter()]
    phone = await made.confirmed("add phone", PHONE)
    register(made, created_at=made.clock())

    await made.follow(60)

    assert (await only(made, phone)).state == "registered"
    assert (await only(made, code)).state == "waiting"


async def test_a_row_with_the_id_of_the_owners_list_does_not_count_for_a_code(
    made: RequestFixture,
):
    """As older versions wrote it; Webex says which id that is."""
    code = await made.confirmed("activation code", CODE)
    await made.follow(9)
    phone = await made.confirmed("add phone", PHONE)
    await made.store.call(set_device, phone, "calling-1")
    made.calling.held = [
        device.model_copy(update={"calling_id": "calling-1"}) if device.mac == MAC else device
        for device in made.calling.held
    ]
    register(made, created_at=made.clock())

    await made.follow(60)

    assert (await only(made, code)).state == "waiting"


async def test_a_phone_that_was_noted_minutes_later_is_told_at_once(made: RequestFixture):
    made.calling.troubles = [LostAfter()]
    made.calling.unlisted.add(MAC)
    began = made.clock()

    def show() -> None:
        if made.clock() - began > 60:
            made.calling.unlisted.clear()

    made.clock.events = dict.fromkeys(range(20), show)
    phone = await made.confirmed("add phone", PHONE)
    assert (await only(made, phone)).since - began > 60
    register(made, created_at=began)

    await made.follow(15)

    assert (await only(made, phone)).state == "registered"


def set_device(db: Database, code: str, device: str) -> None:
    (row,) = followed.of(db, code)
    target = row.target.model_copy(update={"device": device}).model_dump_json()
    db.execute("update followed set target = ? where request = ?", [target, code])
