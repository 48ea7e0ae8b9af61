"""What was added is looked for until it has registered, on a virtual clock."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from bot.core import metrics
from bot.core.errors import DatabaseUnavailable
from bot.core.models.followed import FollowState
from bot.core.models.webex import Device
from bot.store import followed
from bot.store.sql import Database
from tests.bot.requests.fixtures import PHONE, world
from tests.bot.requests.lists import run_lines
from tests.bot.requests.telling import OTHER_MAC
from tests.example_org import FREE_MAC

pytestmark = pytest.mark.usefixtures("engine")


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
        (device,) = await made.store.call(followed.waiting)
        assert made.following.polling.looked_at(device) is not None

        register(made, "D82E3EEF4E5C")
        await made.follow(60)

        (device,) = await made.store.call(followed.of, code)
        assert device.state == "registered"


async def test_without_a_window_nothing_is_followed_and_the_rest_is_closed_silently(path: Path):
    async with world(path) as made:
        await made.confirmed("add phone", PHONE)
        (device,) = await made.store.call(followed.waiting)
        made.follow_window = 0.0
        made.restart()
        made.calling.asked.clear()
        posted = len(made.messenger.posted)

        await made.following.run()

        assert await made.store.call(followed.waiting) == []
        asked = {"late_since": made.clock(), "shown_by": made.clock()}
        assert await made.store.call(followed.to_tell, **asked) == []
        assert made.calling.asked == []
        assert len(made.messenger.posted) == posted
        assert (await made.store.call(followed.of, device.request))[0].state == "lost"


async def test_a_phone_that_is_added_again_is_looked_for_there_only(path: Path):
    async with world(path) as made:
        first = await made.confirmed("add phone", PHONE)
        made.calling.held.clear()
        made.clock.now += 10
        second = await made.confirmed("add phone", PHONE | {"owner": "dora@example.com"})
        register(made, "D82E3EEF4E5C")

        await made.follow(60)

        states = [(await made.store.call(followed.of, code))[0].state for code in (first, second)]
        assert states == ["gone", "registered"]


async def test_a_code_is_followed_over_a_restart(path: Path):
    async with world(path) as made:
        inputs = {"model": "8865", "owner": "ann@example.com"}
        code = await made.confirmed("activation code", inputs)
        await made.follow(30)
        (device,) = await made.store.call(followed.waiting)
        assert device.known == ("dev-1",)

        made.restart()
        ann = made.calling.held[0].person_id
        new = {"id": "dev-9", "mac": "00005E0053AA", "product": "Cisco 8865", "person_id": ann}
        made.calling.held.append(Device(**new, status="connected", type="phone"))
        await made.follow(60)

        (device,) = await made.store.call(followed.of, code)
        assert (device.state, device.target.mac) == ("registered", "00005E0053AA")
        assert len([name for name in made.calling.asked if name == "device_page"]) <= 8


async def test_a_phone_that_was_added_right_before_a_code_does_not_count_for_it(path: Path):
    async with world(path) as made:
        await made.confirmed("add phone", PHONE)
        register(made, "D82E3EEF4E5C")
        await made.follow(9)
        assert await made.store.call(followed.waiting) == []
        created = datetime.fromtimestamp(made.clock.now - 9, UTC).isoformat()
        made.calling.held = [
            device.model_copy(update={"created": created}) for device in made.calling.held
        ]

        await made.confirmed("activation code", {"model": "8865", "owner": "ann@example.com"})
        await made.follow(60)

        (code,) = await made.store.call(followed.waiting)
        assert code.target.kind == "code"


async def test_a_phone_counts_for_the_code_that_was_made_before_it(path: Path):
    """Nobody looked between the two codes: after a fail-over, for example."""
    async with world(path) as made:
        inputs = {"model": "8865", "owner": "ann@example.com"}
        older = await made.confirmed("activation code", inputs)
        made.clock.now += 5
        created = datetime.fromtimestamp(made.clock.now, UTC).isoformat()
        made.clock.now += 5
        newer = await made.confirmed("activation code", inputs)
        new = {"id": "dev-9", "mac": "00005E0053AA", "product": "Cisco 8865", "type": "phone"}
        ann = made.calling.held[0].person_id
        made.calling.held.append(Device(**new, person_id=ann, status="connected", created=created))

        await made.follow(60)

        states = [(await made.store.call(followed.of, code))[0].state for code in (older, newer)]
        assert states == ["registered", "waiting"]


@pytest.mark.parametrize(
    ("state", "unclear"), [("running", False), ("unknown", False), ("failed", True)]
)
async def test_a_phone_whose_step_may_have_added_it_does_not_count_for_a_code(
    path: Path, state: str, unclear: bool
):
    async with world(path) as made:
        code = await made.confirmed(
            "activation code", {"model": "8865", "owner": "ann@example.com"}
        )
        await made.follow(9)
        phone = await made.confirmed("add phone", PHONE)
        await made.store.call(under_way, phone, state, unclear)  # as if its answer had not come yet
        created = datetime.fromtimestamp(made.clock.now, UTC).isoformat()
        made.calling.held = [
            device.model_copy(update={"created": created, "status": "connected"})
            for device in made.calling.held
        ]

        await made.follow(60)
        (device,) = await made.store.call(followed.of, code)
        assert device.state == "waiting"

        await made.store.call(under_way, phone, "failed", unclear=False)
        await made.follow(60)
        (device,) = await made.store.call(followed.of, code)
        assert (device.state, device.target.mac) == ("registered", "D82E3EEF4E5C")


async def test_a_phone_that_was_added_during_a_look_does_not_count_for_a_code(path: Path):
    async with world(path) as made:
        code = await made.confirmed(
            "activation code", {"model": "8865", "owner": "ann@example.com"}
        )
        await made.confirmed("add phone", PHONE)
        waiting = await made.store.call(followed.waiting)
        device = next(each for each in waiting if each.request == code)
        phone = next(each for each in waiting if each.request != code).target

        used = device.target.model_copy(update={"mac": phone.mac, "device": phone.device})
        again = used.model_copy(update={"device": "dev-again"})  # was removed, and a code typed
        state = FollowState.REGISTERED
        assert not await made.store.call(followed.settle, device, state, made.clock(), used)
        assert await made.store.call(followed.settle, device, state, made.clock(), again)


def under_way(db: Database, code: str, state: str, unclear: bool) -> None:
    """Put the step of a request into a state in which nothing is followed yet."""
    db.execute("delete from followed where request = ?", [code])
    values = [state, int(unclear), code]
    db.execute("update steps set state = ?, unclear = ? where request = ?", values)


async def test_news_are_told_although_looks_fail(path: Path):
    async with world(path) as made:
        code = await made.confirmed("add phone", PHONE)
        (device,) = await made.store.call(followed.waiting)
        await made.store.call(followed.settle, device, FollowState.REGISTERED, made.clock())
        rounds = iter([None, None])

        async def two_rounds(_seconds: float) -> None:
            if next(rounds, "over"):
                raise asyncio.CancelledError

        broken = replace(made.following, polling=cast(Any, None), sleep=two_rounds)
        with pytest.raises(asyncio.CancelledError):
            await broken.run()

        assert (await made.store.call(followed.of, code))[0].told
        assert "Ann Alder's 8865 is registered" in made.messenger.texts[-1]


async def test_an_outage_of_the_database_is_logged_once(path: Path):
    troubles = ["", "Connection refused", "the server is closed", "", "Connection refused", "over"]

    class Gone:
        """In place of a store whose database is gone at times."""

        async def call_without_fsync(self, *_: object) -> list[object]:
            """Each round begins with it."""
            if troubles[0]:
                raise DatabaseUnavailable(troubles[0])
            return []

    async def next_round(_seconds: float) -> None:
        troubles.pop(0)
        if troubles[0] == "over":
            raise asyncio.CancelledError

    async with world(path) as made:
        troubled = replace(made.following, store=cast(Any, Gone()), sleep=next_round)
        with capture_logs() as logs, pytest.raises(asyncio.CancelledError):
            await troubled.run()
    lines = [(line["event"], line["reason"], "exc_info" in line) for line in logs]
    assert lines == [("following_waits", "Connection refused", False)] * 2


async def test_what_registers_is_counted_by_kind(path: Path):
    counter = metrics.REGISTERED.labels("phone")
    before = counter._value.get()
    async with world(path) as made:
        await made.confirmed("add phone", PHONE)
        register(made, "D82E3EEF4E5C")
        await made.follow(60)

    assert counter._value.get() == before + 1


async def test_phones_of_a_request_that_are_plugged_in_together_are_told_together(path: Path):
    """Each is read by its own id, as the list of all devices costs more."""
    async with world(path) as made:
        code = await run_lines(made, f"{FREE_MAC} 8865 ann@example.com\n{OTHER_MAC} 8865 Lobby")
        made.following.polling._memory.pages = 9
        await made.follow(700)
        mark = len(made.messenger.posted)
        register(made, FREE_MAC)
        register(made, OTHER_MAC)

        await made.follow(60)

        texts = [message.text for message in made.messenger.posted[mark:]]
        assert [text.split(",")[0] for text in texts] == ["✓ 2 of 2 registered"]
        assert all(device.told for device in await made.store.call(followed.of, code))
