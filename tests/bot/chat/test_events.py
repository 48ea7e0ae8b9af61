"""From a frame of the socket to an event: the shapes of docs/webex/messaging.md §2, and garbage."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat import events
from bot.chat.events import Event

ME = "b0b0b0b0-0001-4000-8000-00000000b0b0"
ANN = "a11a11a1-0002-4000-8000-00000000a11a"
ROOM = "d1d1d1d1-0003-3000-8000-00000000d1d1"
URL = f"https://conv-a.wbx2.com/conversation/api/v1/conversations/{ROOM}"
ID = "5a000001-0a0a-11f1-9000-0123456789ab"


def person(uuid: str, kind: str = "PERSON") -> dict[str, Any]:
    """As actor or object."""
    return {
        "id": uuid,
        "objectType": "person",
        "entryUUID": uuid,
        "type": kind,
        "emailAddress": "x@example.test",
    }


def activity(verb: str, *, tags: list[str] | None = None, **more: Any) -> dict[str, Any]:
    """An activity as in messaging.md §2.1."""
    return {
        "id": ID, "objectType": "activity", "verb": verb, "published": "2026-11-20T09:06:40.100Z",
        "actor": person(ANN), "object": {"objectType": "comment", "displayName": "eyJhbGciOi"},
        "target": {"id": ROOM, "objectType": "conversation", "url": URL, "tags": tags or []},
    } | more  # fmt: skip


def frame(inside: dict[str, Any]) -> dict[str, Any]:
    """The envelope as in messaging.md §1.4."""
    return {
        "id": "3e3e3e3e-0001-4000-8000-000000000001",
        "data": {"eventType": "conversation.activity", "activity": inside},
        "timestamp": 1795310800123,
        "sequenceNumber": 7,
        "headers": {},
    }


def read(verb: str, **more: Any) -> Event | None:
    """What the bot makes of such an activity."""
    return events.read(frame(activity(verb, **more)), ME)


def heard(kind: str, **changes: Any) -> Event:
    """What it should make of it."""
    facts: dict[str, Any] = {
        "id": ID,
        "kind": kind,
        "room": ROOM,
        "actor": ANN,
        "direct": False,
        "host": URL,
    }
    return Event(**facts | changes)


PUBLISHED = 1_795_165_600.1
WELCOME = heard("welcomed", id=f"welcome {ROOM}", at=PUBLISHED)


def test_a_direct_message_is_an_event():
    assert read("post", tags=["ONE_ON_ONE"]) == heard("said", direct=True)


@pytest.mark.parametrize("tags", [[], ["TEAM"], ["LOCKED", "TEAM"], None])
def test_a_message_in_a_group_space_is_an_event(tags):
    assert read("post", tags=tags) == heard("said")


def test_a_target_without_tags_is_a_group_space():
    target = {"id": ROOM, "url": URL, "objectType": "conversation"}
    assert read("post", target=target) == heard("said")


def test_a_reply_in_a_thread_is_a_message():
    assert read("post", parent={"id": "5a000099", "type": "reply"}) == heard("said")


def test_a_file_is_one_message():
    assert read("share") == heard("said")
    assert read("update", object={"objectType": "content", "id": ID}) is None


def test_a_press_names_the_card():
    parent = {"id": "5a00000c", "type": "cardAction"}
    press = read("cardAction", parent=parent, object={"objectType": "submit", "inputs": "eyJhb"})
    assert press == heard("pressed", message="5a00000c")


def test_being_added_to_a_space_is_an_event():
    assert read("add", object=person(ME, "BOT")) == WELCOME


def test_a_new_space_with_the_bot_is_an_event():
    everybody = {"participants": {"items": [person(ANN), person(ME, "BOT")]}}
    assert read("create", object=everybody) == WELCOME
    assert read("create", object=everybody, tags=["ONE_ON_ONE"]) is None
    assert read("create", object={"participants": {"items": [person(ANN)]}}) is None


def test_a_welcome_with_an_unreadable_time_is_an_event():
    event = read("add", object=person(ME, "BOT"), published="yesterday")
    assert event == replace(WELCOME, at=None)


def test_adding_another_person_is_ignored():
    assert read("add", object=person("c0ffee00")) is None


@pytest.mark.parametrize("verb", ["post", "share", "cardAction", "add"])
def test_our_own_messages_are_ignored_without_a_call(verb):
    assert read(verb, actor=person(ME, "BOT")) is None
    assert read(verb, actor=person(ME, "PERSON")) is None
    assert read(verb, actor={"id": ME}) is None


@pytest.mark.parametrize("kind", ["BOT", "MACHINE", "SERVICE", ""])
def test_other_bots_are_ignored(kind):
    assert read("post", actor=person("b2b2b2b2", kind)) is None


EDITED = "5a0000ed-0a0a-11f1-9000-0123456789ab"


@pytest.mark.parametrize("verb", ["post", "share", "update"])
def test_an_edit_names_the_message(verb):
    parent = {"id": EDITED, "type": "edit"}
    assert read(verb, parent=parent) == heard("said", message=EDITED, at=PUBLISHED)


def test_an_update_of_a_comment_is_an_edit():
    event = read("update", object={"objectType": "comment", "id": EDITED})
    assert event == heard("said", message=EDITED, at=PUBLISHED)
    assert event.message_key == EDITED


@pytest.mark.parametrize("updated", [{"objectType": "conversation", "id": ROOM}, {}, None])
def test_other_updates_are_no_edits(updated):
    assert read("update", object=updated) is None


def test_our_own_edits_are_ignored():
    assert read("post", actor=person(ME, "BOT"), parent={"id": EDITED, "type": "edit"}) is None


@pytest.mark.parametrize(
    "verb",
    [
        "delete",
        "create",
        "leave",
        "acknowledge",
        "assignModerator",
        "hide",
        "lock",
        "unlock",
        "update",
        "tag",
        "mute",
    ],
)
def test_other_activities_are_ignored(verb):
    assert read(verb) is None


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"id": "4f", "type": "pong", "wsWriteTimestamp": 1},
        {"id": "5a", "type": "shutdown"},
        {"id": "6b", "data": {"eventType": "mercury.buffer_state"}},
        {"id": "6b", "data": None},
        {"id": "6b", "data": {"eventType": "status.start_typing", "activity": activity("post")}},
        {"data": {"eventType": "conversation.activity"}},
        {"data": {"eventType": "conversation.activity", "activity": []}},
    ],
)
def test_frames_without_an_activity_are_ignored(message):
    assert events.read(message, ME) is None


@pytest.mark.parametrize("missing", ["id", "verb", "actor", "target"])
def test_an_activity_with_missing_fields_is_ignored(missing):
    inside = activity("post")
    del inside[missing]
    assert events.read(frame(inside), ME) in (None, heard("said", actor=""))


@pytest.mark.parametrize("field", ["id", "verb", "actor", "target", "parent", "object"])
@pytest.mark.parametrize("value", [None, 7, "x", [], [1], {}, True, {"id": {}}])
def test_a_field_of_a_wrong_type_never_raises(field, value):
    for verb in ("post", "cardAction", "add"):
        event = events.read(frame(activity(verb) | {field: value}), ME)
        assert event is None or all(
            isinstance(value, str | bool | float | None) for value in event.facts().values()
        )


def test_an_event_survives_the_inbox():
    event = heard("pressed", message="5a00000c", direct=True)
    assert Event.of(json.loads(json.dumps(event.facts()))) == event


def test_the_inbox_stores_no_text_of_a_message():
    event = read("post", object={"objectType": "comment", "displayName": "my secret"})
    assert event
    assert "secret" not in json.dumps(event.facts())


ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "verb",
                    "actor",
                    "target",
                    "parent",
                    "object",
                    "type",
                    "tags",
                    "entryUUID",
                    "url",
                ]
            )
            | st.text(max_size=5),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)


@given(ANY_JSON)
def test_no_activity_raises_an_exception(inside):
    events.read({"data": {"eventType": "conversation.activity", "activity": inside}}, ME)
    events.read({"data": inside}, ME)
    assert isinstance(events.frame(json.dumps(inside)), dict)


@given(ANY_JSON, st.sampled_from(["post", "share", "cardAction", "add"]))
def test_no_malformed_activity_of_a_known_verb_raises(inside, verb):
    for field in ("actor", "target", "parent", "object", "id"):
        event = events.read(frame(activity(verb) | {field: inside}), ME)
        assert event is None or json.dumps(event.facts(), ensure_ascii=False).encode()


@pytest.mark.parametrize("verb", ["post", "cardAction"])
@pytest.mark.parametrize("field", ["id", "actor", "target", "parent"])
def test_an_event_with_half_a_surrogate_pair_is_ignored(verb, field):
    odd = "\ud800"
    value = odd if field == "id" else {"id": odd, "entryUUID": odd, "url": odd}
    event = events.read(frame(activity(verb) | {field: value}), ME)
    assert event is None or json.dumps(event.facts(), ensure_ascii=False).encode()
    if field in ("id", "actor", "target"):
        assert event is None


@given(st.text() | st.binary())
def test_no_frame_raises_an_exception(text):
    assert isinstance(events.frame(text), dict)


def test_a_frame_can_be_text_or_binary():
    assert events.frame('{"id": "x"}') == events.frame(b'{"id": "x"}') == {"id": "x"}


@pytest.mark.parametrize("text", ["", "null", "[]", "7", '"x"', "{", b"\xff\xfe", "[" * 100_000])
def test_a_frame_that_is_no_json_object_is_empty(text):
    assert events.frame(text) == {}
