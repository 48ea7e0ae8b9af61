"""Photos of labels on the page: drawn, taken, sent, enlarged, and the phone is followed."""

import base64
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, Locator, expect

from bot.domain.labels.finder import find_codes
from bot.domain.labels.limits import PictureLimits
from bot.domain.labels.pictures import open_picture
from bot.domain.labels.reading import read_labels
from sandbox.settings import Settings
from tests.browser.page_driver import DESKTOP, PHONE, Screen, Side, window
from tests.database import copy
from tests.journeys.world import TOM, World, living

pytestmark = pytest.mark.asyncio(loop_scope="package")

# Draws the photos of every offer whose title begins with one of the words, as the dialog does. The
# MACs that it invents are the same each time: of a blurred bar code, a few numbers cannot be read.
DRAW = """async ({words, place, look}) => {
  const {photoFile} = await import('/label_picture.js');
  const {offers} = await import('/labels.js');
  const {phones} = await import('/api.js');
  let seed = 20;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const wanted = offers((await phones()).phones, [], random).filter(
    ({title}) => words.some(word => title.startsWith(word)));
  return Promise.all(wanted.map(async ({title, labels}) => {
    const file = await photoFile(labels, {place, look});
    const bytes = new Uint8Array(await file.arrayBuffer());
    const text = Array.from(bytes, one => String.fromCharCode(one)).join('');
    return {title, labels, file: btoa(text)};
  }));
}"""
# A press by a person is trusted; one by a script, as of the hidden input for files, is not.
COUNT_TAPS = """window.taps = 0;
document.addEventListener('click', event => { if (event.isTrusted) window.taps += 1; }, true);"""
MOST_TAPS = 3
KINDS = ("Cisco 8845", "Cisco 9841", "Another", "DECT", "ATA", "3 phones")
LOOKS = ("straight", "tilted", "blurred", "dark")


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def world(
    browser: Browser, forks: None, allowlist: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A world whose bot follows what was added; phones wait until somebody plugs them in."""
    folder = tmp_path_factory.mktemp("world")
    copy(allowlist, folder / "provbot.db")
    settings = Settings(phone_registers_s=None)
    async with living(
        folder, settings, PROVBOT_FOLLOW_MINUTES="60", TESTS_INTERVALS_BY="10"
    ) as running:
        yield running


async def drawn(screen: Screen, *words: str, place: str, look: str) -> list[dict[str, Any]]:
    """The photos that the page draws of these devices: title, labels and file (bytes)."""
    options = {"words": words, "place": place, "look": look}
    photos: list[dict[str, Any]] = await screen.page.evaluate(DRAW, options)
    return [photo | {"file": base64.b64decode(photo["file"])} for photo in photos]


@pytest.mark.parametrize("place", ["box", "phone"])
@pytest.mark.parametrize("look", LOOKS)
async def test_the_bot_reads_every_label_that_the_page_draws(
    browser: Browser, world: World, place: str, look: str
):
    async with window(browser, world, DESKTOP) as screen:
        await screen.open("tom/provbot")
        photos = await drawn(screen, *KINDS, place=place, look=look)

    assert len(photos) == len(KINDS)
    for photo in photos:
        reading = read_labels(find_codes(open_picture(photo["file"], PictureLimits())))
        expected = [(tuple(label["macs"]), label["pid"]) for label in photo["labels"]]
        assert [(label.macs, label.model) for label in reading.labels] == expected, photo["title"]


async def label_dialog(screen: Screen, side: Side) -> Locator:
    """Open the dialog that makes a photo of a label."""
    await side.region.get_by_role("button", name="Photo of a label").click()
    dialog = screen.page.get_by_role("dialog", name="Photo of a label")
    await expect(dialog).to_be_visible()
    return dialog


async def take_photo(side: Side, data: bytes) -> None:
    """Take a photo with the phone's camera; on a desktop, choose a file."""
    button = "Take a photo" if side.screen.size.touch else "Attach a file"
    async with side.screen.page.expect_file_chooser() as choosing:
        await side.region.get_by_role("button", name=button).click()
    file: FilePayload = {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": data}
    await (await choosing.value).set_files(file)


async def test_three_taps_from_the_label_to_the_phone_that_is_registered(screen: Screen):
    await screen.page.add_init_script(COUNT_TAPS)
    await screen.open("tom/provbot")
    tom = screen.side("Tom Berger")
    [photo] = await drawn(screen, "Another", place="phone", look="tilted")
    [mac] = photo["labels"][0]["macs"]
    details = ":".join(mac[at : at + 2] for at in range(0, 12, 2))
    before = await screen.page.evaluate("window.taps")

    await take_photo(tom, photo["file"])
    await expect(tom.region.get_by_role("textbox", name="Message")).to_be_focused()
    await screen.page.keyboard.type("for bob@acme.example")
    await tom.region.get_by_role("button", name="Send", exact=True).click()
    plan = await tom.sees(f"Read from your photo: MAC {details}, CP-8865")
    await screen.picture("photo-plan", PHONE)
    await plan.get_by_role("button", name="Confirm", exact=True).click()
    await tom.sees(f"{details} now belongs to Bob Keller")
    assert await screen.page.evaluate("window.taps") - before <= MOST_TAPS

    phones = await screen.behind("Phones")
    row = phones.get_by_role("list", name="Simulated phones").get_by_role("listitem")
    await expect(row.filter(has_text=details)).to_contain_text("not plugged in")
    await phones.get_by_role("button", name=re.compile(f"^Plug in .*{details}")).click()
    await expect(row.filter(has_text=details).get_by_text("registered")).to_be_visible()
    await screen.close_panel()
    await tom.sees(re.compile(r"✓ Bob Keller's .*8865 is registered"))
    await screen.picture("photo-registered", PHONE)
    messages = await screen.world.client.messages(TOM)
    [*_, news] = [message for message in messages if "is registered" in message.get("text", "")]
    [*_, result] = [message for message in messages if details in message.get("text", "")]
    assert news.get("parentId") == result.get("parentId")


async def test_a_label_is_made_sent_with_words_and_enlarged(screen: Screen):
    await screen.open("eli/provbot")
    eli = screen.side("Eli Novak")
    await eli.type("for jack@acme.example")

    dialog = await label_dialog(screen, eli)
    await dialog.get_by_label("Device").select_option(label="Another Cisco 8865")
    await screen.picture("label", PHONE)
    await dialog.get_by_label("Its label").select_option(label="Under the phone")
    await dialog.get_by_label("The photo").select_option(label="Dark")
    await dialog.get_by_role("button", name="Attach").click()
    await expect(dialog).to_be_hidden()
    await expect(eli.region.get_by_text("label.jpg · ")).to_be_visible()
    await eli.region.get_by_role("button", name="Send", exact=True).click()

    await eli.sees(re.compile("Jack Doyle.*Read from your photo: ", re.DOTALL))
    message = await eli.sees("for jack@acme.example")
    await message.get_by_role("link", name="Enlarge label.jpg").click()
    picture = screen.page.get_by_role("dialog", name="label.jpg").get_by_role("img")
    await expect(picture).to_have_js_property("naturalWidth", 1600)
    box = await picture.bounding_box()
    assert box
    assert box["width"] == screen.size.width
    await screen.page.get_by_role("button", name="Close the picture").click()
    await expect(picture).to_have_count(0)
    await eli.press("Cancel", "Read from your photo")


async def test_a_photo_can_be_removed_before_it_is_sent(screen: Screen):
    await screen.open("tess/provbot")
    tess = screen.side("Tess Moreau")
    await tess.type("whoami")
    dialog = await label_dialog(screen, tess)
    await dialog.get_by_role("button", name="Attach").click()
    await expect(tess.region.locator("canvas.thumb")).to_be_visible()

    await tess.region.get_by_role("button", name="Remove the file").click()
    await tess.region.get_by_role("button", name="Send", exact=True).click()
    await tess.sees("Roles")
    await expect(tess.region.get_by_role("button", name="Remove the file")).to_be_hidden()
    await expect(tess.region.get_by_role("link", name="label.jpg")).to_have_count(0)


async def test_one_of_the_two_macs_of_an_adapter_is_chosen(screen: Screen):
    await screen.open("tom/provbot")
    tom = screen.side("Tom Berger")
    await tom.type("for lena@acme.example")
    dialog = await label_dialog(screen, tom)
    adapter = dialog.get_by_label("Device").get_by_role("option", name="ATA")
    await dialog.get_by_label("Device").select_option(label=await adapter.inner_text())
    await dialog.get_by_role("button", name="Attach").click()
    await tom.region.get_by_role("button", name="Send", exact=True).click()

    form = await tom.sees("Read from your photo: MAC")
    await form.get_by_role("button", name="Continue").scroll_into_view_if_needed()
    await screen.picture("photo-choice", PHONE)
    choice = form.get_by_role("combobox", name="MAC address")
    title = await choice.get_by_role("option", name="MAC 2").inner_text()
    await choice.select_option(label=title)
    await form.get_by_role("button", name="Continue").click()
    plan = await tom.sees("Add a Cisco 192 for Lena Hofer")
    await expect(plan).to_contain_text(title.removeprefix("MAC 2: "))
    await plan.get_by_role("button", name="Cancel", exact=True).click()


async def test_several_labels_are_a_list(screen: Screen):
    await screen.open("tom/provbot")
    tom = screen.side("Tom Berger")
    dialog = await label_dialog(screen, tom)
    await dialog.get_by_label("Device").select_option(label="3 phones in one photo")
    await dialog.get_by_role("button", name="Attach").click()
    await tom.region.get_by_role("button", name="Send", exact=True).click()

    form = await tom.sees("Add phones")
    await expect(form.get_by_role("textbox").first).to_have_value(
        re.compile(r"^(?:[0-9A-F:]{17} [CD]P-\S+\n?){3}$")
    )
    await form.get_by_role("button", name="Cancel", exact=True).click()


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("Slow virus scan (423)", "Read from your photo: MAC"),
        ("Virus found (410)", "found a virus in it"),
        ("Files cannot be scanned (428)", "cannot scan"),
    ],
)
async def test_a_photo_meets_the_virus_scan(screen: Screen, title: str, told: str):
    await screen.open("eli/provbot")
    eli = screen.side("Eli Novak")
    drawer = await screen.make_it_hard()
    await drawer.get_by_role("switch", name=title).click()
    await expect(drawer.get_by_role("switch", name=title)).to_be_checked()
    await drawer.get_by_role("button", name="Close").click()

    dialog = await label_dialog(screen, eli)
    await dialog.get_by_role("button", name="Attach").click()
    await eli.region.get_by_role("button", name="Send", exact=True).click()
    await eli.sees(told)
    await screen.world.client.clear_faults()
    await screen.world.at_rest()


async def test_the_composer_fits_one_thumb(screen: Screen):
    await screen.open("tom/provbot")
    tom = screen.side("Tom Berger")
    names = ["Attach a file", "Photo of a label", "Send", *(["Take a photo"] * screen.size.touch)]
    for name in names:
        box = await tom.region.get_by_role("button", name=re.compile(f"^{name}")).bounding_box()
        assert box, name
        assert box["x"] + box["width"] <= screen.size.width
        assert min(box["width"], box["height"]) >= (44 if screen.size.touch else 36)
    text = await tom.region.get_by_role("textbox", name="Message").bounding_box()
    assert text
    assert text["width"] >= 160

    dialog = await label_dialog(screen, tom)
    attach = await dialog.get_by_role("button", name="Attach").bounding_box()
    assert attach
    assert attach["y"] + attach["height"] <= screen.size.height
    assert not screen.size.touch or attach["y"] > screen.size.height / 2
    await screen.page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()


async def test_phones_and_codes_are_set_up_for_what_one_wants_to_try(screen: Screen):
    await screen.open("tom/provbot")
    phones = await screen.behind("Phones")
    lasts = phones.get_by_label("New activation codes expire after")
    waits = phones.get_by_role("switch", name="New phones wait to be plugged in")
    await expect(waits).to_be_checked()

    await lasts.select_option(label="15 seconds")
    await waits.click()
    await expect(waits).not_to_be_checked()
    settings = await screen.world.client.phone_settings()
    assert settings == {"waitForPlug": False, "codeSeconds": 15}
    await screen.world.client.phone_settings(wait_for_plug=True, code_seconds=90)
    await expect(waits).to_be_checked()
    await expect(lasts).to_have_value("90")
    await expect(lasts.get_by_role("option", name="90 seconds")).to_have_count(1)
