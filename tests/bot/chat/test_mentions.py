"""A message that mentions one person: marked safely, and posted without the mention if need be."""

import pytest

from bot.chat.messenger import Mention
from bot.core.errors import WebexError
from bot.core.models.people import Sender
from cards.answers import notice
from tests.bot.chat.test_messenger import THREAD, Space

MENTION = Mention(Sender("id-1", "ann@example.com", name="Ann <b>|"), "Bob's *8865* [x](y) <@all>")


async def test_a_mention_escapes_all_that_people_chose():
    space = Space()

    await space.messenger.answer(THREAD, MENTION)

    (body,) = space.posted
    assert body["markdown"] == "<@personId:id-1|Ann b> Bob's \\*8865\\* \\[x\\](y) \\<@all\\>"
    assert body["text"] == MENTION.text
    assert body["parentId"] == "root"


async def test_a_card_mentions_in_its_text():
    space = Space()
    card = notice("Late", "# no heading\n- no list")

    await space.messenger.answer(THREAD, Mention(MENTION.person, card))

    (body,) = space.posted
    assert body["markdown"].startswith(
        "<@personId:id-1|Ann b> Late\n\n\\# no heading\n\n\\- no list"
    )
    assert body["attachments"]
    assert body["text"].startswith("Late\n")


async def test_a_card_whose_mention_is_refused_is_posted_without_it():
    space = Space(400, 400)

    await space.messenger.answer(THREAD, Mention(MENTION.person, notice("Late", "It is.")))

    (body,) = space.posted
    assert "markdown" not in body
    assert body["attachments"]


async def test_a_mention_that_webex_refuses_is_posted_as_text_in_the_thread():
    space = Space(400, 400)  # in the thread, and outside it

    await space.messenger.answer(THREAD, MENTION)

    (body,) = space.posted
    assert "markdown" not in body
    assert (body["text"], body["parentId"]) == (MENTION.text, "root")


async def test_a_closed_space_is_no_reason_to_post_without_the_mention():
    space = Space(403)

    with pytest.raises(WebexError):
        await space.messenger.answer(THREAD, MENTION)

    assert len(space.tried) == 1
