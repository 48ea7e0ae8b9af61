"""Answering: where it was asked, or to one person alone; in words where a card is refused."""

import json
from datetime import UTC, datetime
from email import policy
from email.parser import BytesParser
from typing import Any

import httpx
import pytest

from bot.chat.messenger import Messenger
from bot.core.errors import OutcomeUnknown, WebexError
from bot.core.models.files import FileMessage
from bot.core.models.people import Place, Sender
from bot.webex.client import Client, FixedToken
from bot.webex.messaging import MessagesApi, key_of, public_id
from cards.answers import notice
from cards.parts import Button, say
from tests.fake_http import fake_http

BASE = "https://api.example.test/v1"
DIRECT, THREAD = Place("room-1", direct=True), Place("room-2", direct=False, thread_id="root")
FILE = FileMessage(text="3 devices.", name="devices.csv", content=b"Owner\r\nB\xc3\xbcro\r\n")
CARD = notice("Hello", "there", [Button("Help", say("help"))])


class Space:
    """Keeps what is posted and deleted; refuses as told, once each, in order."""

    def __init__(self, *statuses: int | Exception) -> None:
        self.statuses = list(statuses)
        self.tried: list[dict[str, Any]] = []
        self.posted: list[dict[str, Any]] = []
        self.deleted: list[str] = []
        self.edited: list[tuple[str, dict[str, Any]]] = []
        self.listed: list[dict[str, Any]] = []  # what is said there, newest first
        client = Client(fake_http(self._answer), BASE, FixedToken("bot"))
        self.asked: list[str] = []  # what was listed
        self.shown_after = 0  # how many lists do not show what is listed
        self.messages = MessagesApi(client)
        self.messenger = Messenger(self.messages)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        status = self.statuses.pop(0) if self.statuses else 200
        if request.method == "DELETE":
            self.deleted.append(request.url.path.rpartition("/")[2])
            return httpx.Response(204 if status == 200 else int(str(status)))
        if request.method == "GET":
            self.asked.append(request.url.raw_path.decode())
            listed = self.listed if len(self.asked) > self.shown_after else []
            messages = [{"personId": "bot", "roomId": "room-1", **message} for message in listed]
            return httpx.Response(int(str(status)), json={"items": messages})
        is_form = request.headers["content-type"].startswith("multipart/form-data")
        body = _form(request) if is_form else json.loads(request.content)
        self.tried.append(body)
        if isinstance(status, Exception):
            raise status
        if request.method == "PUT":
            self.edited.append((request.url.path.rpartition("/")[2], body))
        elif status == 200:
            self.posted.append(body)
        return httpx.Response(status, json={"id": f"msg-{len(self.posted)}", "message": "No."})


def _form(request: httpx.Request) -> dict[str, Any]:
    """The fields of a form with a file, as Webex reads them."""
    head = b"Content-Type: " + request.headers["content-type"].encode() + b"\r\n\r\n"
    message: Any = BytesParser(policy=policy.HTTP).parsebytes(head + request.content)
    fields: dict[str, Any] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content, file_name = part.get_payload(decode=True), part.get_filename()
        file = (file_name, part.get_content_type(), content)
        fields[name] = file if file_name else content.decode()
    return fields


async def test_text_goes_to_the_space():
    space = Space()
    assert await space.messenger.answer(DIRECT, "Hello") == "msg-1"
    assert space.posted == [{"roomId": "room-1", "text": "Hello"}]


async def test_a_card_is_sent_with_its_text():
    space = Space()
    await space.messenger.answer(DIRECT, CARD)
    (body,) = space.posted
    assert body["text"] == "Hello\nthere"
    (attachment,) = body["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attachment["content"]["type"] == "AdaptiveCard"


async def test_in_a_group_space_an_answer_goes_to_the_thread():
    space = Space()
    await space.messenger.answer(THREAD, "Hello")
    assert space.posted == [{"roomId": "room-2", "parentId": "root", "text": "Hello"}]


async def test_a_person_is_written_to_directly():
    space = Space()
    await space.messenger.tell("ann@example.com", "Hello")
    assert space.posted == [{"toPersonEmail": "ann@example.com", "text": "Hello"}]


@pytest.mark.parametrize("status", [400, 404, 405, 409, 410, 413, 415, 422, 451])
async def test_without_the_threads_root_the_answer_goes_to_the_space(status):
    space = Space(status)
    await space.messenger.answer(THREAD, CARD)
    (body,) = space.posted
    assert "parentId" not in body
    assert "attachments" in body


async def test_a_refused_card_is_sent_as_text():
    space = Space(400, 400)
    await space.messenger.answer(THREAD, CARD)
    assert space.posted == [{"roomId": "room-2", "text": "Hello\nthere"}]


@pytest.mark.parametrize("status", [404, 409, 410])
async def test_an_unrelated_refusal_does_not_turn_a_card_into_text(status: int):
    space = Space(status)
    with pytest.raises(WebexError):
        await space.messenger.answer(DIRECT, CARD)
    assert len(space.tried) == 1


async def test_refused_text_is_an_error():
    space = Space(400)
    with pytest.raises(WebexError):
        await space.messenger.answer(DIRECT, "Hello")
    assert len(space.tried) == 1


async def test_a_refusal_that_text_cannot_solve_is_an_error_at_once():
    space = Space(403)
    with pytest.raises(WebexError):
        await space.messenger.answer(THREAD, CARD)
    assert len(space.tried) == 1


@pytest.mark.parametrize("trouble", [httpx.ReadTimeout("slow"), 502])
async def test_a_message_whose_answer_was_lost_is_posted_again(trouble):
    space = Space(trouble)
    await space.messenger.answer(DIRECT, "Hello")
    assert len(space.tried) == 2
    assert len(space.posted) == 1


NOW = 1_800_000_000.0


def at(seconds: float) -> str:
    """When Webex created a message, so many seconds from now."""
    return datetime.fromtimestamp(NOW + seconds, UTC).isoformat().replace("+00:00", "Z")


def lost(*listed: dict[str, Any], trouble: int | Exception = 502) -> Space:
    """A space in which the first answer is lost; `listed` is what is there then."""
    space = Space(trouble)
    space.listed = list(listed)
    space.messenger = Messenger(space.messages, lambda: NOW)
    return space


@pytest.mark.parametrize("trouble", [httpx.ReadTimeout("slow"), 502])
async def test_a_message_that_is_there_is_not_posted_again(trouble):
    space = lost({"id": "there", "text": "Hello\nthere", "created": at(1)}, trouble=trouble)
    assert await space.messenger.answer(DIRECT, CARD) == "there"
    assert len(space.tried) == 1


async def test_a_message_to_one_person_that_is_there_is_not_posted_again():
    space = lost({"id": "there", "text": "Hello", "created": at(1)})
    assert await space.messenger.tell_account(Sender("id-tom", "tom@example.com"), "Hello")
    assert await lost(*space.listed).messenger.tell("tom@example.com", "Hello") == "there"
    assert len(space.tried) == 1
    assert space.asked == ["/v1/messages/direct?personId=id-tom"]


@pytest.mark.parametrize(
    "other",
    [
        {"text": "Hello!", "created": at(1)},
        {"text": "Hello", "created": at(-3)},  # of the process before: an earlier command's answer
        {"text": "Hello", "created": "soon"},
        {"text": "Hello"},
        {},
    ],
)
async def test_another_message_does_not_stand_for_a_lost_one(other):
    space = lost({"id": "other"} | other)
    assert await space.messenger.answer(DIRECT, "Hello") == "msg-1"
    assert len(space.tried) == 2


async def test_a_lost_message_is_found_if_the_bots_clock_is_a_second_ahead():
    space = lost({"id": "there", "text": "Hello", "created": at(-1)})
    assert await space.messenger.answer(DIRECT, "Hello") == "there"


async def test_the_same_words_that_were_posted_before_do_not_stand_for_a_lost_message():
    space = lost()
    space.statuses = []
    first = await space.messenger.answer(DIRECT, "Hello")
    space.listed = [{"id": first, "text": "Hello", "created": at(0)}]
    space.statuses = [502]
    assert await space.messenger.answer(DIRECT, "Hello") == "msg-2"


async def test_a_lost_message_is_found_after_the_second_attempt_too():
    space = lost()
    space.statuses = [502, 200, 502]  # the second status is of the look-up
    space.listed = [{"id": "late", "text": "Hello", "created": at(1)}]
    space.shown_after = 1
    assert await space.messenger.answer(DIRECT, "Hello") == "late"
    assert len(space.tried) == 2


async def test_in_a_group_space_a_lost_message_cannot_be_found_and_is_posted_again():
    space = lost({"id": "there", "text": "Hello", "created": at(1)})
    await space.messenger.answer(THREAD, "Hello")
    assert len(space.tried) == 2
    assert space.asked == []


async def test_a_message_that_cannot_be_looked_up_is_posted_again():
    space = lost({"id": "there", "text": "Hello", "created": at(1)})
    space.statuses = [502, 403]
    assert await space.messenger.answer(DIRECT, "Hello") == "msg-1"


async def test_a_message_of_our_own_is_removed():
    space = Space()
    await space.messenger.remove("msg-7")
    assert space.deleted == ["msg-7"]


@pytest.mark.parametrize("status", [403, 404, 500])
async def test_a_card_that_cannot_be_removed_is_no_error(status):
    space = Space(status, status)
    assert await space.messenger.remove("msg-7") is (status == 404)


async def test_a_removal_whose_answer_was_lost_is_retried():
    space = Space(500)
    assert await space.messenger.remove("msg-7")
    assert space.deleted == ["msg-7", "msg-7"]


@pytest.mark.parametrize("nothing", [None, ""])
async def test_with_nothing_to_remove_no_call_is_made(nothing):
    space = Space()
    await space.messenger.remove(nothing)
    assert space.deleted == []


@pytest.mark.parametrize("cluster", ["us", "urn:TEAM:eu-central-1_k"])
@pytest.mark.parametrize("kind", ["MESSAGE", "PEOPLE", "ATTACHMENT_ACTION"])
def test_a_public_id_is_built_and_parsed(kind, cluster):
    uuid = "5a000001-0a0a-11f1-9000-0123456789ab"
    made = public_id(kind, uuid, cluster)
    assert key_of(made) == uuid
    assert not set(made) & set("=+/ ")


def test_the_documented_example_of_an_id():
    made = public_id("PEOPLE", "b0b0b0b0-0001-4000-8000-00000000b0b0")
    assert made == "Y2lzY29zcGFyazovL3VzL1BFT1BMRS9iMGIwYjBiMC0wMDAxLTQwMDAtODAwMC0wMDAwMDAwMGIwYjA"


@pytest.mark.parametrize("odd", ["", "x", "not base64!", "AAAA", "Zm9vYmFy", "ÄÖ"])
def test_a_text_that_is_no_public_id_has_no_key(odd):
    assert key_of(odd) == ""


async def test_a_progress_message_is_posted_once():
    space = Space()
    assert await space.messenger.post_progress(THREAD, "⏳ 7K3F: …") == "msg-1"
    assert space.posted == [{"roomId": "room-2", "text": "⏳ 7K3F: …", "parentId": "root"}]


@pytest.mark.parametrize("lost", [503, httpx.ReadTimeout("lost")])
async def test_a_progress_message_whose_answer_was_lost_is_looked_up(lost):
    space = Space(lost)
    space.listed = [{"id": "other", "text": "Hello"}, {"id": "there", "text": "⏳ 7K3F: …"}]
    assert await space.messenger.post_progress(DIRECT, "⏳ 7K3F: …") == "there"
    assert len(space.tried) == 1


async def test_a_progress_message_that_may_exist_is_looked_up_first():
    space = Space()
    space.listed = [{"id": "there", "text": "⏳ 7K3F: …"}]
    assert await space.messenger.post_progress(DIRECT, "⏳ 7K3F: …", maybe_posted=True) == "there"
    assert await space.messenger.post_progress(DIRECT, "⏳ 9K3F: …", maybe_posted=True) == "msg-1"
    assert await space.messenger.post_progress(THREAD, "⏳ 7K3F: …", maybe_posted=True) == "msg-2"


async def test_a_progress_message_that_is_not_found_does_not_exist():
    space = Space(503)
    space.listed = [{"id": str(number), "text": "Hello"} for number in range(99)]
    assert await space.messenger.post_progress(DIRECT, "⏳ 7K3F: …") is None
    assert await Space(503).messenger.post_progress(THREAD, "⏳ 7K3F: …") is None


async def test_an_edit_replaces_the_text_and_names_the_room():
    space = Space()
    await space.messenger.edit("msg-1", THREAD, "⏳ 7K3F: 4 of 40 done …")
    text = {"roomId": "room-2", "text": "⏳ 7K3F: 4 of 40 done …"}
    assert (space.edited, space.posted) == ([("msg-1", text)], [])


async def test_an_edit_whose_answer_is_lost_is_not_repeated():
    space = Space(httpx.ReadTimeout("lost"))
    with pytest.raises(OutcomeUnknown):
        await space.messenger.edit("msg-1", THREAD, "⏳ 7K3F: 4 of 40 done …")
    assert len(space.tried) == 1


async def test_an_account_is_written_to_by_its_id():
    space = Space()
    await space.messenger.tell_account(Sender("id-tom", "tom@example.com"), "A secret")
    assert space.tried == [{"toPersonId": "id-tom", "text": "A secret"}]


async def test_a_cloud_without_ids_of_people_gets_the_email():
    space = Space(400)
    await space.messenger.tell_account(Sender("id-tom", "tom@example.com"), "A secret")
    assert space.posted == [{"toPersonEmail": "tom@example.com", "text": "A secret"}]


@pytest.mark.parametrize("status", [403, 404])
async def test_an_unreachable_account_is_not_written_to_by_its_email(status):
    space = Space(status, status)
    with pytest.raises(WebexError):
        await space.messenger.tell_account(Sender("id-tom", "tom@example.com"), "A secret")
    assert all("toPersonEmail" not in body for body in space.tried)


async def test_a_file_is_sent_with_its_text_to_the_thread():
    space = Space()
    assert await space.messenger.answer(THREAD, FILE) == "msg-1"
    assert space.posted == [
        {
            "roomId": "room-2",
            "parentId": "root",
            "text": "3 devices.",
            "files": ("devices.csv", "text/csv", FILE.content),
        }
    ]


async def test_a_file_goes_beside_a_thread_that_is_gone():
    space = Space(404)
    await space.messenger.answer(THREAD, FILE)
    (body,) = space.posted
    assert (body["roomId"], "parentId" in body, "files" in body) == ("room-2", False, True)


async def test_where_webex_refuses_files_it_is_said():
    space = Space(400)
    await space.messenger.answer(DIRECT, FILE)
    (body,) = space.posted
    assert body["text"].startswith("Webex did not accept the file “devices.csv” here.")
    assert "files" not in body


async def test_where_webex_refuses_files_their_messages_stand_for_them():
    space = Space(400)
    await space.messenger.answer(DIRECT, FILE.model_copy(update={"instead": ("1", "2")}))
    assert [body["text"] for body in space.posted] == ["1", "2"]


async def test_a_file_whose_answer_is_lost_is_sent_again():
    space = Space(httpx.ReadError("gone"))
    await space.messenger.answer(DIRECT, FILE)
    assert [body["files"][0] for body in space.tried] == ["devices.csv", "devices.csv"]


async def test_a_file_that_is_there_is_not_sent_again():
    space = lost({"id": "there", "text": FILE.text, "created": at(1)})
    assert await space.messenger.answer(DIRECT, FILE) == "there"
    assert len(space.tried) == 1


async def test_a_file_is_sent_to_one_account_alone():
    space = Space()
    await space.messenger.tell_account(Sender("id-tom", "tom@example.com"), FILE)
    (body,) = space.posted
    assert (body["toPersonId"], body["files"][0]) == ("id-tom", "devices.csv")


async def test_a_cloud_without_ids_of_people_gets_the_file_by_email():
    space = Space(400, 400)  # the file, and the sentence in its place
    await space.messenger.tell_account(Sender("id-tom", "tom@example.com"), FILE)
    (body,) = space.posted
    assert (body["toPersonEmail"], body["files"][0]) == ("tom@example.com", "devices.csv")


async def test_a_file_is_not_swallowed_by_an_outage():
    space = Space(503, 200, 503)  # a look for the lost message between two attempts
    with pytest.raises(WebexError):
        await space.messenger.answer(DIRECT, FILE)
    assert space.posted == []
