"""A reply is posted message by message: a sentence, files, the answer."""

import pytest

from bot.chat.event_reader import IncomingEvent
from bot.chat.message_text import MessageText
from bot.core.errors import Unavailable
from bot.core.models.files import FileMessage
from bot.core.models.people import Place
from bot.requests.interaction import Reply
from bot.requests.replies import one_by_one, with_names
from tests.bot.requests.fixtures import TOM
from tests.bot.requests.harness import GROUP_ROOM, DispatchHarness, room_of

CHECK = FileMessage(text="The check of QH4A.", name="QH4A-check.csv", content=b"mac\r\n")
CODES = FileMessage(text="The codes of QH4A.", name="QH4A-codes.csv", content=b"code\r\n")


def test_each_message_is_a_reply_of_its_own():
    whole = Reply("Here it is.", preface="I ignored a photo.", files=(CHECK, CODES), replaces="old")
    assert one_by_one((whole, Reply("Next."))) == (
        Reply("I ignored a photo."),
        Reply(CHECK),
        Reply(CODES),
        Reply("Here it is.", replaces="old"),
        Reply("Next."),
    )


def test_files_go_where_the_answer_goes():
    file, answer = one_by_one((Reply("Only for you.", files=(CODES,), to=TOM),))
    assert (file.to, answer.to) == (TOM, TOM)


def test_the_text_of_a_file_has_the_name_of_a_mentioned_person():
    message = MessageText("add phone for PEOPLE:abc", {"PEOPLE:abc": "Ann Alder"})
    file = CHECK.model_copy(update={"text": "One row is for PEOPLE:abc."})
    assert with_names(Reply("Done.", files=(file,)), message).files[0].text == (
        "One row is for Ann Alder."
    )


@pytest.mark.parametrize(
    ("room", "heard"),
    [(room_of(TOM), {room_of(TOM)}), (GROUP_ROOM, {TOM.email})],
    ids=["alone", "in a space"],
)
async def test_a_private_file_reaches_no_space(harness: DispatchHarness, room, heard):
    place = Place(room, direct=room != GROUP_ROOM)
    incoming = IncomingEvent("event-1", TOM, place)
    for part in one_by_one((Reply("Your codes.", files=(CODES,), to=TOM),)):
        await harness.inbox.handler.post(incoming, part)
    posted = harness.messenger.posted
    assert [message.file for message in posted] == [CODES, None]
    reached = {message.place.room_id if message.place else message.email for message in posted}
    assert reached == heard


async def test_an_answer_that_is_posted_again_repeats_nothing_before_it(harness: DispatchHarness):
    down = Unavailable(503, "Down.")
    harness.messenger.troubles = [None, None, down, down]  # first of the progress message
    event = harness.typed(TOM, "whoami", room_of(TOM), files=["https://webex.example/contents/x"])
    preface, answer = await harness.answers(event, TOM)
    assert "I ignored" in preface.text
    assert TOM.email in answer.text
