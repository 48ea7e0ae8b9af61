"""Photos in messages: who is denied before anything is downloaded, and what the cards say."""

from bot.domain.labels.sentences import NOT_INSTALLED
from tests.bot.requests.fixtures import TOM, VERA
from tests.bot.requests.harness import DispatchHarness, room_of

LABEL = b"CP-8865-K9\nFCH2145D1AB\n6C5E3BA0B1C2"
READ = "Read from your photo: MAC 6C:5E:3B:A0:B1:C2, CP-8865."


async def send(harness: DispatchHarness, text: str, *names: str, content: bytes = LABEL) -> str:
    """All that answers a message of Tom with these files."""
    harness.messages.files |= dict.fromkeys(names, content)
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


async def test_other_files_are_named(harness: DispatchHarness):
    answers = await send(harness, "", "a.jpg", "b.jpg")
    assert "I read “a.jpg”, and ignored the others: I read one photo at a time." in answers


async def test_a_photo_is_taken_although_a_list_is_beside_it(harness: DispatchHarness):
    await send(harness, "", "a.csv", "b.jpg")
    assert harness.messages.downloads == ["b.jpg"]


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
