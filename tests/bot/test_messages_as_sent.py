"""Messages as people send them: with files, with mentions, and with several commands."""

from typing import Any

import pytest

from bot.core.errors import Unavailable
from bot.core.models.people import Sender
from bot.dispatch import READING_FILE
from bot.store.sql import select
from tests.bot.requests.fixtures import SAM, TOM
from tests.bot.requests.harness import DispatchHarness, room_of

CSV = ["https://webex.example/v1/contents/phones.csv"]


async def says(harness: DispatchHarness, text: str, sender: Sender = TOM, **more: Any) -> list[str]:
    """The texts that answer a message."""
    mark = len(harness.messenger.posted)
    event = harness.typed(sender, text, room_of(sender), **more)
    assert await harness.live(harness.inbox.take(event))
    texts = [message.text for message in harness.messenger.posted[mark:]]
    return [text for text in texts if text != READING_FILE]  # it is due at once here


GIF = ["https://webex.example/v1/contents/label.gif"]


@pytest.mark.parametrize("text", ["", "qwertz uiop", "look at this photo", "import this csv"])
async def test_a_file_that_is_not_read_is_named(harness: DispatchHarness, text):
    (answer,) = await says(harness, text, files=GIF)
    assert "I did not read “label.gif”. Nothing was changed." in answer
    assert "“add phone MAC MODEL for WHO”" in answer
    assert harness.messages.downloads == []


async def test_a_command_beside_a_file_is_answered(harness: DispatchHarness):
    preface, answer = await says(harness, "whoami", files=CSV)
    assert "so I ignored “phones.csv”" in preface
    assert TOM.email in answer


async def test_a_stranger_with_a_file_is_refused(harness: DispatchHarness):
    (answer,) = await says(harness, "", SAM, files=CSV)
    assert "not on the list" in answer


@pytest.mark.parametrize("files", [None, [], "x", {}])
async def test_a_message_without_files_is_not_about_files(harness: DispatchHarness, files):
    (answer,) = await says(harness, "whoami", files=files)
    assert "file" not in answer


async def test_the_name_of_a_mentioned_person_is_shown_not_the_id(harness: DispatchHarness):
    mention = (
        '<spark-mention data-object-type="person" data-object-id="Y2lzY29zcGFyazovL3VzL1A">'
        "Ann Alder</spark-mention>"
    )
    (answer,) = await says(harness, "", html=f"<p>qwertz {mention} uiop</p>")
    assert "Ann Alder" in answer
    (form,) = await says(harness, "", html=f"<p>add phone D82E3EEF4E5C 8865 for {mention}</p>")
    assert "PEOPLE:" not in answer
    assert "“PEOPLE:" not in form


@pytest.mark.parametrize(
    ("people", "answers"),
    [(None, 0), ([], 0), (7, 0), ([{}], 0), (["id-ann"], 0), (["bot"], 1), (["id-ann", "bot"], 1)],
)
async def test_a_message_to_everybody_is_not_for_the_bot(harness: DispatchHarness, people, answers):
    more = {"mentionedGroups": ["all"], "mentionedPeople": people}
    assert len(await says(harness, "lunch at noon", **more)) == answers


async def test_two_commands_are_answered_one_by_one(harness: DispatchHarness):
    first, second = await says(
        harness,
        "add phone D82E3EEF4E5C 8865 for ann@example.com\nactivation code 8865 for bob@example.com",
    )
    assert "Ann Alder" in first
    assert "Bob Birch" in second


async def test_a_refused_command_does_not_hide_the_other_answers(harness: DispatchHarness):
    answers = await says(harness, "whoami\nrequest ZZZZ\ngrant bob@example.com viewer\nrequests")
    assert [len(answers), "no request ZZZZ" in answers[1], "not allow “grant”" in answers[2]] == [
        4,
        True,
        True,
    ]


async def test_a_failed_command_does_not_hide_the_other_answers(harness: DispatchHarness):
    harness.calling.broken["devices"] = [Unavailable(503, "Down.")] * 9
    failed, answer = await says(harness, "delete device 00:00:5E:00:53:01\nwhoami")
    assert "did not work" in failed
    assert TOM.email in answer


async def test_more_than_five_commands_are_refused_together(harness: DispatchHarness):
    answers = await says(harness, "whoami\n" * 6)
    assert answers == [
        "Your message has 6 commands. Nothing was done. Please send up to 5 commands in one "
        "message."
    ]
    assert len(await says(harness, "whoami\n" * 5)) == 5


async def test_a_stranger_with_several_commands_is_refused_once(harness: DispatchHarness):
    assert len(await says(harness, "whoami\ndevices\nhelp", SAM)) == 1


async def test_a_late_decision_is_not_carried_out_wherever_it_stands(harness: DispatchHarness):
    event = harness.typed(TOM, "whoami\ncancel ZZZZ", room_of(TOM))
    assert (await harness.inbox.handler.read(event)).acts


@pytest.mark.parametrize("step", range(0, 36, 2))
async def test_killed_at_any_step_two_commands_open_two_requests(harness: DispatchHarness, step):
    text = (
        "add phone D82E3EEF4E5C 8865 for ann@example.com\nactivation code 8865 for bob@example.com"
    )
    event = harness.typed(TOM, text, room_of(TOM))
    if not await harness.live(harness.inbox.take(event), crash_timer=step):
        harness.restart()
        await harness.live(harness.inbox.take(event))
        assert await harness.pick_up()
    query = "select event_id, json_extract(inputs, '$.owner') as owner from requests"
    rows = select(harness.db, query)
    assert sorted((row["event_id"], row["owner"]) for row in rows) == [
        (event.id, "ann@example.com"),
        (f"{event.id}#2", "bob@example.com"),
    ]
    assert "Bob Birch" in harness.messenger.posted[-1].text
