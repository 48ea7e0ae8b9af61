"""The checker finds news of devices that are untrue, misplaced, missing or doubled."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.models.followed import FollowedDevice
from bot.core.models.local_time import utc
from bot.requests import following_views as views
from bot.requests.following_views import Unasked
from cards import render
from sandbox.ids import public_id
from tests.bot.requests import test_following_views as samples
from tests.bot.requests.test_following_views import GONE, REGISTERED
from tests.torture import following_checks, photo_checks
from tests.torture.following_checks import is_news
from tests.torture.records import Break, Json, Post, Record, Registration, TypedCode

ROOM, OTHER_ROOM, THREAD, OTHER_THREAD = (
    f"{digit * 8}-0000-4000-8000-{digit * 12}" for digit in "abcd"
)
MACS = ("D82E3E000021", "D82E3E000022")
ONE = "✓ Bob Keller's 8865 is registered, 10 seconds after it was added."
SPACE = f"Tom Tech {ONE}"
COUNTED = "1 of 2 registered; not yet: Bob Keller 8865 D8:2E:3E:00:00:22 · request ADD3"
LAST = "✓ 2 of 2 registered, the last one 10 seconds after it was added · request ADD3"
LATE = "Not registered yet: Bob Keller's 8865\nRequest ADD3"
LATE_IN_SPACE = f"Tom Tech {LATE}"


def device(number: int = 0, **changes: Any) -> Json:
    """A phone of ADD3 that registered, in the table of the bot."""
    target = {
        "kind": "phone", "name": "DMS Cisco 8865", "mac": MACS[number], "owner_name": "Bob Keller",
    }  # fmt: skip
    row = {
        "request": "ADD3", "step": f"add {number}", "since": 20.0, "state": "registered",
        "changed_at": 30.0, "told": 1, "late_told": 0, "target": json.dumps(target),
    }  # fmt: skip
    return row | changes


def post(text: str, at: float = 33.0, room: str = ROOM, parent: str = "", key: str = "p1") -> Post:
    """A message of the bot."""
    return Post(key, room, parent, text, {}, at)


def record(*posts: Post, devices: tuple[Json, ...] = (device(),), thread: str = "") -> Record:
    """ADD3 has ended at 21, and its phones have registered at 30."""
    request = {
        "code": "ADD3", "room_id": public_id("ROOM", ROOM), "changed_at": 21.0,
        "thread_id": public_id("MESSAGE", thread) if thread else None,
    }  # fmt: skip
    return Record(
        posts=list(posts),
        requests=[request],
        followed=list(devices),
        registrations=[Registration(f"key {mac}", mac, 30.0) for mac in MACS],
        there=frozenset(f"key {mac}" for mac in MACS),
    )


def two() -> tuple[Json, Json]:
    """The phones of a request with two."""
    return device(0), device(1)


def kinds(told: Record) -> list[str]:
    """The kind of each finding."""
    return [finding.kind for finding in following_checks.check(told)]


def killed(told: Record, at: float) -> Record:
    """The same; the process was killed then."""
    return replace(told, breaks=[Break(at, at + 1, "kill")])


@pytest.mark.parametrize(
    "told",
    [
        record(post(ONE)),
        record(post(SPACE, parent=THREAD), thread=THREAD),
        record(post(SPACE), thread=THREAD),  # Webex had refused the thread
        record(post(COUNTED), post(LAST, 40.0), devices=two()),
        record(post(LATE, 29.0), post(ONE)),
    ],
)
def test_what_was_told_once_and_truly_is_no_finding(told: Record):
    assert kinds(told) == []


@pytest.mark.parametrize(
    "told",
    [
        replace(record(post(ONE)), registrations=[]),
        replace(record(post(ONE)), registrations=[Registration("key", MACS[0], 90.0)]),
        record(post(ONE, 25.0)),
        record(post(COUNTED, 25.0), post(LAST), devices=two()),
        record(post(LAST.replace("2 of 2", "3 of 3")), devices=two()),
        record(post(LATE, 10.0), post(ONE)),
        record(post(LATE_IN_SPACE, 10.0), post(ONE)),
    ],
)
def test_what_was_told_before_it_was_so_is_found(told: Record):
    assert set(kinds(told)) == {"untrue"}


def test_a_phone_may_register_before_the_bot_knows_that_it_was_added():
    told = record(post(ONE, 37.0), devices=(device(since=35.0, changed_at=36.0),))
    assert set(kinds(told)) == {"untrue"}
    told = replace(told, steps=[{"request": "ADD3", "key": "add 0", "begun_at": 22.0}])
    assert kinds(told) == []


def test_a_code_that_nobody_typed_is_found():
    target = json.loads(device()["target"]) | {"kind": "code"}
    text = ONE.replace("it was added", "the code was made")
    told = record(post(text), devices=(device(target=json.dumps(target)),))
    assert "untrue" in kinds(told)
    told.typed_codes = [TypedCode("bob", "DMS Cisco 8865", MACS[0])]
    assert kinds(told) == []


@pytest.mark.parametrize(
    "told",
    [
        record(),
        record(post(ONE), devices=(device(state="waiting"),)),
        record(post(ONE), devices=(device(state="lost"),)),
        record(post(ONE), devices=(device(told=0),)),
        record(devices=(device(state="gone", told=0),)),
    ],
)
def test_what_nobody_heard_is_found(told: Record):
    assert "unanswered" in kinds(told)


def test_what_was_removed_or_added_again_is_not_waited_for():
    gone = record(devices=(device(state="waiting"),))
    gone.there = frozenset()
    again = device(request="ADD4", since=50.0, state="waiting")
    assert kinds(gone) == []
    assert kinds(record(devices=(device(state="gone"), again))) == []


@pytest.mark.parametrize(
    "told",
    [
        record(post(ONE), post(ONE, room=OTHER_ROOM)),
        record(post(SPACE), post(SPACE, parent=OTHER_THREAD), thread=THREAD),
        record(post(ONE), post(ONE.replace("Bob", "Eve"))),
        record(post(LATE, room=OTHER_ROOM), post(ONE)),
        record(post(LATE_IN_SPACE, room=OTHER_ROOM), post(ONE)),
        record(post(LAST, room=OTHER_ROOM), devices=two()),
        record(post(ONE), post(LATE.replace("ADD3", "ADD4"))),
    ],
)
def test_news_in_another_place_are_found(told: Record):
    assert "told" in kinds(told)


@pytest.mark.parametrize(
    "told",
    [
        record(post(ONE), post(ONE, 40.0)),
        record(post(LATE, 29.0), post(LATE, 40.0), post(ONE)),
        record(post(COUNTED), post(COUNTED, 40.0), post(LAST, 50.0), devices=two()),
        record(post(LAST), post(LAST, 40.0), devices=two()),
    ],
)
def test_what_was_told_twice_needs_a_kill_between(told: Record):
    first = told.posts[0].at
    assert kinds(told) == ["twice"]
    assert kinds(killed(told, 90.0)) == ["twice"]
    assert kinds(killed(told, first + 1)) == []


def test_a_lost_answer_explains_two_messages_in_a_thread_alone():
    direct = record(post(ONE), post(ONE, 34.0))
    direct.lost_posts = [32.0]
    in_space = record(*(post(SPACE, at, parent=THREAD) for at in (33.0, 34.0)), thread=THREAD)
    assert kinds(direct) == kinds(in_space) == ["twice"]
    in_space.lost_posts = [32.0]
    assert kinds(in_space) == []


@pytest.mark.parametrize(
    ("logged_at", "found"), [(29.1, []), (28.9, ["twice"]), (29.5, ["twice"]), (27.0, ["twice"])]
)
def test_a_look_for_a_lost_message_that_failed_explains_two(logged_at: float, found: list[str]):
    told = record(post(LATE, 29.0), post(LATE, 29.2), post(ONE))
    at = datetime.fromtimestamp(logged_at, UTC).isoformat()
    told.log = json.dumps({"event": "lost_message_not_found", "timestamp": at})
    assert kinds(told) == found


@pytest.mark.parametrize(
    "text",
    [
        views.registered(samples.device()),
        views.registered(samples.base(state=REGISTERED)),
        views.registered(samples.code()),
        views.summary(samples.REQUEST, [samples.device(), samples.device(2, REGISTERED)]),
        views.finished(samples.REQUEST, [samples.device(1, REGISTERED), samples.device(2, GONE)]),
        *(
            render.to_text(card)
            for since in (None, 50.0)
            for card in (views.late(samples.REQUEST, samples.device(), utc(90.0), since),)
        ),
        *(
            render.to_text(views.late_many(samples.REQUEST, pair, utc(90.0), unasked))
            for pair in ([samples.device(), samples.device(2)],)
            for unasked in (Unasked(), Unasked(frozenset({"row 1", "row 2"}), 50.0))
        ),
    ],
)
def test_all_sentences_of_the_bot_about_it_are_news(text: str):
    assert is_news(post(text))


def test_the_sentence_about_one_device_names_it_as_the_checker_expects():
    followed = FollowedDevice.model_validate(device() | {"target": json.loads(device()["target"])})
    assert views.registered(followed) == ONE


def test_the_result_of_a_request_is_no_news():
    assert not is_news(post("✓ Bob Keller has a Cisco 8865"))
    assert not is_news(post("8 of 8 done: 2 phones are registered · request ADD3"))


def opened(mac: str, label: str) -> Record:
    """A photo with this label opened a plan for this MAC."""
    plan = {"steps": [{"call": {"method": "POST", "path": "/devices", "body": {"mac": mac}}}]}
    row = {"code": "ADD3", "event_id": "e1", "operation": "add phone", "plan": json.dumps(plan)}
    return Record(requests=[row], photos={"e1": label})


def test_another_mac_than_the_label_has_is_found():
    assert list(photo_checks.check(opened(MACS[0], MACS[0]))) == []
    for label in (MACS[1], ""):
        (finding,) = photo_checks.check(opened(MACS[0], label))
        assert (finding.kind, finding.about) == ("untrue", "ADD3")
