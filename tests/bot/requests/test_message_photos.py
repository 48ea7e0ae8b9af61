"""Photos in messages: who is denied before anything is downloaded, and what the cards say."""

import asyncio

import pytest

from bot.core.errors import WebexError
from bot.core.models.files import FileFacts
from bot.core.models.webex import Device
from bot.domain.labels.sentences import NOT_INSTALLED
from bot.requests.message_photos import MAX_IN_MEMORY
from bot.requests.photo_follow_ups import CAPTION_WAITS, FORM_STAYS_OPEN
from bot.webex.messaging import public_id
from tests.bot.requests.fixtures import TOM, VERA
from tests.bot.requests.harness import GROUP_ROOM, DispatchHarness, FakeMessages, room_of
from tests.example_org import BOB

LABEL = b"CP-8865-K9\nFCH2145D1AB\n6C5E3BA0B1C2"
READ = "Read from your photo: MAC 6C:5E:3B:A0:B1:C2, CP-8865."


async def send(harness: DispatchHarness, text: str, *names: str, content: bytes = LABEL) -> str:
    """All that answers a message of Tom with these files."""
    for name in names:
        harness.messages.files.setdefault(name, content)
    addresses = [f"https://webex.example/contents/{name}" for name in names]
    event = harness.typed(TOM, text, room_of(TOM), files=addresses)
    return str(await harness.answers(event, TOM))


async def test_the_form_says_what_was_read(harness: DispatchHarness):
    form = await send(harness, "", "a.jpg")
    assert READ in form


async def test_the_plan_says_what_was_read(harness: DispatchHarness):
    plan = await send(harness, "for ann@example.com", "a.jpg")
    assert READ in plan
    assert "Confirm" in plan


OTHER_LABEL = b"CP-7841-K9\nFCH2145D2CD\nD82E3EEF4E5C"


async def test_what_was_read_stands_apart_from_what_is_to_be_corrected(harness: DispatchHarness):
    form = await send(harness, "for nobody@example.com", "a.jpg")
    assert "Please correct this:" in form
    assert f"Please correct this: {READ}" not in form
    assert form.index(READ) < form.index("Please correct this:")


async def test_all_photos_of_a_message_are_read(harness: DispatchHarness):
    harness.messages.files["b.jpg"] = OTHER_LABEL
    form = await send(harness, "", "a.jpg", "b.jpg")

    assert "Read from your photos: 2 labels: MAC 6C:5E:3B:A0:B1:C2, CP-8865; MAC D8" in form
    assert "Please write the owner behind each line." in form
    assert r"6C:5E:3B:A0:B1:C2 CP-8865-K9\nD8:2E:3E:EF:4E:5C CP-7841-K9" in form


async def test_a_photo_that_cannot_be_read_does_not_hide_the_others(harness: DispatchHarness):
    harness.messages.files["b.jpg"] = WebexError(410, "Gone.")
    form = await send(harness, "", "a.jpg", "b.jpg")

    assert READ in form
    assert "“b.jpg”: Webex removed “b.jpg”, because it found a virus" in form


@pytest.mark.parametrize(("name", "what"), [("a.jpg", "photo"), ("a.csv", "list")])
async def test_a_long_scan_is_told_once(harness: DispatchHarness, name: str, what: str):
    harness.messages.scanned_first.add(name)
    answers = await send(harness, "", name)

    assert answers.count(f"⏳ Webex is still scanning your {what} for viruses …") == 1
    standing = str(harness.messenger.standing)
    assert "still scanning" not in standing


async def test_a_file_that_is_not_scanned_has_no_such_message(harness: DispatchHarness):
    assert "still scanning" not in await send(harness, "", "a.jpg")


async def test_other_files_are_named(harness: DispatchHarness):
    answers = await send(harness, "swap ann@example.com", "a.csv", "a.jpg")

    assert "I read “a.jpg”, and ignored the other files of your message." in answers
    assert harness.messages.downloads == ["a.jpg"]


async def test_a_question_shows_the_device_in_the_photo(harness: DispatchHarness):
    answers = await send(harness, "whose phone is this?", "a.jpg")

    assert READ in answers
    assert "No device has the MAC 6C:5E:3B:A0:B1:C2" in answers
    assert "'say': 'add phone 6C:5E:3B:A0:B1:C2 CP-8865-K9'" in answers


@pytest.mark.parametrize("content", [LABEL, b"CP-8865-K9"])
async def test_an_activation_code_needs_the_model_only(harness: DispatchHarness, content: bytes):
    plan = await send(harness, "activation code for ann@example.com", "a.jpg", content=content)

    assert "Read from your photo: CP-8865. Activation codes work without a MAC address" in plan
    assert "Confirm" in plan
    assert "6C:5E:3B" not in plan


async def test_a_question_about_a_photo_without_a_mac_opens_no_form(harness: DispatchHarness):
    answers = await send(harness, "device", "a.jpg", content=b"4006381333931")

    assert "I read one code in your photo, but no MAC address." in answers
    assert "Continue" not in answers


async def test_a_photo_alone_shows_the_device_to_those_who_may_not_add(harness: DispatchHarness):
    harness.messages.files["a.jpg"] = LABEL
    event = harness.typed(VERA, "", room_of(VERA), files=["https://webex.example/contents/a.jpg"])
    answers = str(await harness.answers(event, VERA))

    assert "No device has the MAC 6C:5E:3B:A0:B1:C2" in answers
    assert "Add phone" not in answers


async def test_two_macs_of_one_device_are_a_choice_beside_what_was_read(harness: DispatchHarness):
    label = b"ATA192-3PW-K9\nFCH2145D1AB\n6C5E3BA0B1C2\n6C5E3BA0B1C3"
    form = await send(harness, "for nobody@example.com", "a.jpg", content=label)

    assert "Read from your photo: MAC 6C:5E:3B:A0:B1:C2 or 6C:5E:3B:A0:B1:C3, ATA192." in form
    assert "MAC 1: 6C:5E:3B:A0:B1:C2" in form
    assert "MAC 2: 6C:5E:3B:A0:B1:C3" in form
    assert "nobody@example.com" in form


async def test_a_phone_that_somebody_has_is_told_before_anybody_types(harness: DispatchHarness):
    device = Device(mac="6C5E3BA0B1C2", product="Cisco 8865", name="Bob Keller", person_id=BOB.id)
    harness.calling.held.append(device)
    form = await send(harness, "", "a.jpg")

    assert READ in form
    assert "is in use by the Cisco 8865 of Bob Keller." in form


async def test_without_the_libraries_nothing_is_downloaded(harness: DispatchHarness):
    harness.reads_photos = False
    answers = await send(harness, "for ann@example.com", "a.jpg")
    assert NOT_INSTALLED in answers
    assert harness.messages.downloads == []


async def test_who_may_not_add_phones_causes_no_download(harness: DispatchHarness):
    harness.messages.files["a.jpg"] = LABEL
    event = harness.typed(
        VERA, "for ann@example.com", room_of(VERA), files=["https://webex.example/contents/a.jpg"]
    )
    await harness.answers(event, VERA)
    assert harness.messages.downloads == []


async def test_a_text_about_something_else_is_answered_and_the_photo_named(
    harness: DispatchHarness,
):
    answers = await send(harness, "whoami", "a.jpg")
    assert "so I ignored “a.jpg”. To have a photo of a label read, send it alone" in answers
    assert TOM.email in answers
    assert harness.messages.downloads == []


async def test_words_that_are_not_understood_are_told_beside_what_was_read(
    harness: DispatchHarness,
):
    plan = await send(harness, "Ann Alder, 2nd floor", "a.jpg")

    assert f"{READ} I did not understand “2nd floor”." in plan
    assert "Confirm" in plan


async def test_a_photo_beside_words_without_a_meaning_is_read(harness: DispatchHarness):
    form = await send(harness, "phone Ann Alder", "a.jpg")

    assert READ in form
    assert "I read only photos" not in form


async def test_words_behind_a_photo_complete_its_form(harness: DispatchHarness):
    await send(harness, "", "a.jpg")
    plan = str(await harness.says(TOM, "for ann@example.com"))

    assert "Confirm" in plan
    assert "6C:5E:3B:A0:B1:C2" in plan


async def test_words_that_name_nobody_complete_nothing(harness: DispatchHarness):
    await send(harness, "", "a.jpg")
    assert "Confirm" not in str(await harness.says(TOM, "devices"))


async def test_words_in_another_space_complete_nothing(harness: DispatchHarness):
    await send(harness, "", "a.jpg")
    assert "Confirm" not in str(await harness.says(TOM, "for ann@example.com", GROUP_ROOM))


FOR_ANN, FORM_FOR_ANN = "for ann@example.com", "add phone for ann@example.com"


@pytest.mark.parametrize("words", [FOR_ANN, FORM_FOR_ANN])
@pytest.mark.parametrize(
    ("thread", "photo_thread", "is_joined"),
    [("a", "a", True), ("a", None, True), (None, None, True), ("a", "b", False)],
)
async def test_a_photo_in_another_thread_stands_alone(
    harness: DispatchHarness, words, thread, photo_thread, is_joined
):
    def threaded(name: str | None) -> dict[str, str]:
        return {"parentId": public_id("MESSAGE", name)} if name else {}

    harness.messages.files["a.jpg"] = LABEL
    typed = harness.typed(TOM, words, GROUP_ROOM, **threaded(thread))
    await harness.answers(typed, TOM)
    files = ["https://webex.example/contents/a.jpg"]
    photo = harness.typed(TOM, "", GROUP_ROOM, files=files, **threaded(photo_thread))

    assert ("Confirm" in str(await harness.answers(photo, TOM))) == is_joined


async def test_words_long_after_a_photo_complete_nothing(harness: DispatchHarness):
    await send(harness, "", "a.jpg")
    harness.clock.now += FORM_STAYS_OPEN + 1
    assert "Confirm" not in str(await harness.says(TOM, "for ann@example.com"))


async def test_a_photo_behind_its_words_has_them(harness: DispatchHarness):
    await harness.says(TOM, "for ann@example.com")
    plan = await send(harness, "", "a.jpg")

    assert READ in plan
    assert "Confirm" in plan
    assert "Confirm" not in await send(harness, "", "a.jpg")  # they are used once


async def test_a_photo_long_after_words_stays_without_them(harness: DispatchHarness):
    await harness.says(TOM, "for ann@example.com")
    harness.clock.now += CAPTION_WAITS + 1
    assert "Confirm" not in await send(harness, "", "a.jpg")


async def test_a_photo_fills_in_the_form_that_asks_for_a_mac(harness: DispatchHarness):
    await harness.says(TOM, "add phone for ann@example.com")
    plan = await send(harness, "", "a.jpg")

    assert READ in plan
    assert "Confirm" in plan


async def test_a_photo_without_a_code_leaves_the_open_form_as_it_is(harness: DispatchHarness):
    await harness.says(TOM, "add phone for ann@example.com")
    form = await send(harness, "", "a.jpg", content=b"")

    assert "I found no code in your photo" in form
    assert "ann@example.com" in form


class SlowMessages(FakeMessages):
    """Counts the downloads that are under way."""

    under_way = most = 0

    async def file_content(self, url: str, max_bytes: int) -> tuple[bytes, FileFacts]:
        """After a few turns of the loop, in which others may begin."""
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        for _ in range(20):
            await asyncio.sleep(0)
        self.under_way -= 1
        return await super().file_content(url, max_bytes)


async def test_few_photos_are_in_memory_at_once(harness: DispatchHarness):
    messages = harness.messages = SlowMessages()
    harness.restart()
    messages.files["a.jpg"] = LABEL
    address = "https://webex.example/contents/a.jpg"
    count = MAX_IN_MEMORY + 4
    sent = [harness.typed(TOM, "", f"room-{number}", files=[address]) for number in range(count)]

    await asyncio.gather(*(harness.answers(event, TOM) for event in sent))

    assert messages.most == MAX_IN_MEMORY
    assert len(messages.downloads) == count
