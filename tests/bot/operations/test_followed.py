"""The question `followed`: what was added and has not registered yet, with buttons to look."""

from collections.abc import Sequence

import pytest

from bot.core.models.files import FileMessage
from bot.core.models.followed import (
    FollowedDevice,
    FollowedEntry,
    FollowKind,
    FollowState,
    FollowTarget,
)
from bot.core.models.local_time import utc
from bot.domain.operation import Caller, Context, Permission
from bot.domain.ports import FollowedDevices
from bot.operations import PARSER
from bot.operations.followed import list_followed
from cards import render
from tests.fake_calling import FakeCalling

NOW = 1_000_000.0


class FakeFollowed:
    """Notes what was asked for. `looked_at`: when all of them were looked at."""

    def __init__(
        self, *devices: FollowedDevice, is_on: bool = True, looked_at: float | None = None
    ) -> None:
        self.devices = devices
        self.is_on, self.looked_at = is_on, looked_at
        self.asked: list[tuple[str, bool]] = []
        self.seen = ["QH4A"]

    async def listed(self, code: str, *, everybody: bool) -> Sequence[FollowedDevice]:
        """All of them."""
        self.asked.append((code, everybody))
        return self.devices

    async def entries(self, devices: Sequence[FollowedDevice]) -> Sequence[FollowedEntry]:
        """Somebody else added the first one."""
        return [
            FollowedEntry(
                device=device,
                added_by="Eli" if device.step == "1" else "",
                new_code="activation code 8865 for Bob" if device.target.expires else "",
                looked_at=self.looked_at,
            )
            for device in devices
        ]

    async def sees(self, code: str, *, everybody: bool) -> bool:
        """Of all readers of the trail alike."""
        return code in self.seen

    async def look_soon(self, mac: str) -> None:
        """For another question."""


def _fits(fake: FakeFollowed) -> FollowedDevices:
    return fake


def device(number: int, kind: FollowKind = FollowKind.PHONE, **target: str) -> FollowedDevice:
    values = {
        "name": "Cisco 8865", "model": "8865", "owner": "PEOPLE:1", "owner_name": f"Bob {number}",
        "mac": f"D82E3EEF4E{number:02X}",
    }  # fmt: skip
    return FollowedDevice(
        request="QH4A", step=f"{number}", target=FollowTarget(kind=kind, **(values | target)),
        since=NOW - 2400, changed_at=NOW - 2400,
    )  # fmt: skip


async def answered(text: str, followed: FakeFollowed, *may: str) -> tuple[str, dict[str, str]]:
    """The answer, and what its buttons type, by their titles."""
    caller = Caller("tom@example.com", (), tuple(Permission(name) for name in may))
    ctx = Context(
        FakeCalling(), lambda _: True, followed=_fits(followed), local=lambda _="": utc(NOW)
    )
    card = await list_followed(text, caller, ctx)
    assert not isinstance(card, FileMessage)
    actions = render.to_content(card).get("actions", [])
    return render.to_text(card), {each["title"]: each["data"]["say"] for each in actions}


async def test_what_waits_is_listed_with_buttons():
    base = device(2, FollowKind.BASE, owner_name="", network_name="Plant", network="net-1")
    code = device(3, FollowKind.CODE, mac="", expires="1970-02-11T13:46:40Z")

    text, buttons = await answered("", FakeFollowed(device(1), base, code))

    assert text.startswith(
        "Not registered yet: 3\nBob 1\n8865 · D8:2E:3E:EF:4E:01 · added at 13:06"
    )
    assert "40 minutes ago by Eli · QH4A" in text
    assert "Base station of Plant\nD8:2E:3E:EF:4E:02 · added" in text
    assert "Bob 3\n8865 · code made at 13:06 UTC, 40 minutes ago · valid until 11 February" in text
    assert buttons == {
        "Bob 1 …4E01": "device D8:2E:3E:EF:4E:01",
        "Base station of Plant …4E02": "dect net-1",
        "New code: Bob 3": "activation code 8865 for Bob",
    }
    assert "provbot is looking now" in text


@pytest.mark.parametrize(
    ("expires", "shown"),
    [
        ("1970-01-12T13:47:00Z", "· valid until 13:47 UTC ·"),
        ("1970-01-12T13:46:00Z", "· code expired at 13:46 UTC ·"),
    ],
)
async def test_a_code_is_shown_with_what_to_do(expires: str, shown: str):
    text, buttons = await answered("", FakeFollowed(device(3, FollowKind.CODE, expires=expires)))

    assert shown in text
    assert "A code is typed on the device." in text
    assert buttons == {"New code": "activation code 8865 for Bob"}


async def test_it_says_when_provbot_looked_last():
    text, _ = await answered("", FakeFollowed(device(2), looked_at=NOW - 600))
    lost = device(2).model_copy(update={"state": FollowState.LOST})
    ended, _ = await answered("QH4A", FakeFollowed(lost, looked_at=NOW - 600))

    assert "provbot last looked at 13:36 UTC, and is looking again now" in text
    assert "provbot does not follow these any more." in ended


async def test_nothing_is_stopped_by_asking_to_stop_following():
    followed = FakeFollowed(device(2))

    text, buttons = await answered("stop QH4A", followed)

    assert text.startswith("Following ends on its own\nNothing was stopped or changed.")
    assert buttons == {"Show request": "request QH4A"}


async def test_it_says_that_nothing_is_followed():
    text, _ = await answered("", FakeFollowed(is_on=False))

    assert "PROVBOT_FOLLOW_MINUTES is 0" in text


async def test_pages():
    followed = FakeFollowed(*(device(number) for number in range(10)))

    first, buttons = await answered("QH4A", followed)
    second, _ = await answered("QH4A page 2", followed)

    assert len(buttons) == 5
    assert buttons["More"] == "followed QH4A page 2"
    assert "1 to 8 of 10. 2 more." in first
    assert second.startswith("Not registered yet: 10\nBob 8\n")
    assert followed.asked == [("QH4A", False), ("QH4A", False)]


async def test_readers_of_the_trail_see_what_everybody_added():
    followed = FakeFollowed()

    text, buttons = await answered("QH4A", followed, "audit")
    nothing, _ = await answered("", followed)
    not_yours, no_buttons = await answered("4444", followed)
    misread, _ = await answered("ZZZZ", followed, "audit")

    assert followed.asked == [("QH4A", True), ("", False), ("4444", False), ("ZZZZ", True)]
    assert "You have no request 4444. Type “requests” to see yours." in not_yours
    assert no_buttons == {}
    assert "There is no request ZZZZ." in misread
    assert text.startswith("Nothing is waiting to register\nEverything in QH4A has")
    assert buttons == {"Show request": "request QH4A"}
    assert "provbot is not following anything that you added." in nothing


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("followed", "followed"),
        ("followed qh4a", "followed"),
        ("Still not there?", "followed"),
        ("watching", "followed"),
        ("which phones are not registered?", "followed"),
        ("what is not registered yet", "followed"),
        ("what's not registered yet?", "followed"),
        ("which devices are not yet registered", "followed"),
        ("stop following QH4A", "followed"),
        ("please stop watching", "followed"),
        ("stop QH4A", "stop"),
        ("devices offline", "devices"),
        ("devices unregistered", "devices"),
        ("list devices in Berlin that are not registered", "devices"),
        ("D8:2E:3E:EF:4E:5C is not registered", "device"),
    ],
)
def test_how_it_is_asked(text: str, verb: str):
    assert getattr(PARSER.parse(text), "verb", None) == verb
