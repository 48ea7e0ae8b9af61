"""The page as a messaging app: files, threads, unread messages, and the list of API calls."""

import re
import struct
import zlib
from itertools import pairwise

import pytest
from playwright.async_api import Browser, Locator, Route, expect

from tests.browser.page_driver import DESKTOP, PHONE, Screen, Side, Size, window
from tests.journeys.world import ANA, TOM, World

pytestmark = pytest.mark.asyncio(loop_scope="package")

SMALL_PHONE = Size("small phone", 360, 740, touch=True)
SHEET = b"mac,model,room\nD8:2E:3E:EF:00:01,8845,2.14\nD8:2E:3E:EF:00:02,8865,2.15\n"


WORDS = {
    PHONE: ("Who has a spare 8845?", "Erin may.", "00:11:22:33:44:55", "Erin Walsh"),
    DESKTOP: ("Whose is the phone in the hall?", "Wait …", "00:11:22:33:44:D4", "Frank Weber"),
}


def photo() -> bytes:
    """A PNG of 64 by 48 pixels, grey above and blue below."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = [b"\0" + bytes(colour) * 64 for colour in [(200, 205, 210)] * 24 + [(20, 90, 180)] * 24]
    head = struct.pack(">IIBBBBB", 64, 48, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"".join(rows)))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


async def test_a_table_is_attached_and_shown(screen: Screen):
    await screen.open("tom/field-team")
    tom = screen.side("Tom Berger")
    name, text = f"phones-{screen.size.width}.csv", f"the list for floor {screen.size.width}"

    await tom.attach(name, "text/csv", SHEET)
    await tom.region.get_by_role("checkbox", name="Mention").uncheck()
    await tom.say(text)

    message = await tom.sees(text)
    await expect(message).to_contain_text(name)
    await expect(message.get_by_role("table")).to_contain_text("D8:2E:3E:EF:00:02")


async def drop(side: Side, name: str, kind: str, data: bytes) -> None:
    """Drop a file into the conversation, as from a window of the desktop."""
    await side.region.evaluate(DROP, {"name": name, "kind": kind, "text": data.decode()})


DROP = """(element, { name, kind, text }) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([text], name, { type: kind }));
  for (const type of ["dragover", "drop"]) {
    element.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
  }
}"""


async def test_a_list_is_dropped_and_its_check_is_opened(screen: Screen):
    await screen.open("eli/provbot")
    eli = screen.side("Eli Novak")
    address = f"D8:2E:3E:EF:91:{screen.size.width % 100:02d}"
    rows = f"mac,model,owner\n{address},8865,bob@acme.example\n,8865,nobody@acme.example\n"

    if screen.size.touch:
        await eli.attach("floor-2.csv", "text/csv", rows.encode())
    else:
        await drop(eli, "floor-2.csv", "text/csv", rows.encode())
    await expect(eli.region.get_by_text("floor-2.csv · 82 bytes · 2 rows")).to_be_visible()
    await eli.region.get_by_role("button", name="Send", exact=True).click()

    message = await eli.sees(re.compile(rf"{address}.*-check\.csv", re.DOTALL))
    await expect(message.get_by_role("table")).to_contain_text("wrong")
    async with screen.page.expect_popup() as opening:
        await message.get_by_role("link", name=re.compile("^[A-Z0-9]{4}-check.csv$")).click()
    opened = await opening.value
    await expect(opened.locator("body")).to_contain_text("nobody@acme.example")
    await opened.close()
    async with screen.page.expect_download() as saving:
        await message.get_by_role("link", name="Download").click()
    assert "nobody@acme.example" in (await (await saving.value).path()).read_text("utf-8-sig")


async def test_a_photo_is_attached_shown_and_downloaded(screen: Screen):
    await screen.open("tom/field-team")
    tom = screen.side("Tom Berger")
    name = f"label-{screen.size.width}.png"

    await tom.attach(name, "image/png", photo())
    await expect(tom.region.get_by_role("button", name="Remove the file")).to_be_visible()
    await tom.region.get_by_role("checkbox", name="Mention").uncheck()
    await tom.region.get_by_role("button", name="Send", exact=True).click()

    message = await tom.sees(name)
    picture = message.get_by_role("img", name=name)
    await expect(picture).to_be_visible()
    await expect(picture).to_have_js_property("naturalWidth", 64)
    async with screen.page.expect_download() as saving:
        await message.get_by_role("link", name=f"Download {name}").click()
    assert (await (await saving.value).path()).read_bytes() == photo()


async def test_a_space_has_threads_and_the_bot_answers_in_them(screen: Screen):
    await screen.open("tom/field-team")
    tom = screen.side("Tom Berger")
    question, answer, address, owner = WORDS[screen.size]

    await tom.region.get_by_role("checkbox", name="Mention").uncheck()
    await tom.say(question)
    await answer_in_thread(tom, await tom.sees(question))
    await tom.say(answer)
    await tom.sees(answer)
    await answer_in_thread(tom, await tom.sees(answer))
    await tom.region.get_by_role("checkbox", name="Mention").check()
    await tom.say(f"device {address}")
    await tom.sees(owner)
    await screen.picture("thread", DESKTOP)

    room = await screen.world.client.room(TOM, "Field team")
    messages = await screen.world.client.messages(TOM, room=room)
    (first,) = [message for message in messages if message.get("text") == question]
    thread = [message for message in messages if message.get("parentId") == first["id"]]
    assert [message["personEmail"] for message in thread] == [TOM, TOM, "provbot@webex.bot"]


async def answer_in_thread(side: Side, message: Locator) -> None:
    """Start a reply to a message; the composer shows that it is one."""
    await message.hover()
    await message.get_by_role("button", name="Reply in a thread").click()
    await expect(side.region.get_by_text("in a thread", exact=False)).to_be_visible()


async def test_an_edited_message_is_answered_again(screen: Screen):
    await screen.open("tom/field-team")
    tom = screen.side("Tom Berger")
    mac = {PHONE: "D82E3EEF6701", DESKTOP: "D82E3EEF6702"}[screen.size]
    await tom.say(f"add phone {mac} 8865 for bob@acme.example")
    await tom.sees("Bob Keller")

    message = await tom.sees(f"add phone {mac}")
    await message.hover()
    await message.get_by_role("button", name="Edit").click()
    await expect(tom.region.get_by_text("Editing your message")).to_be_visible()
    box = tom.region.get_by_role("textbox", name="Message")
    await expect(box).to_have_value(f"add phone {mac} 8865 for bob@acme.example")
    await tom.say(f"add phone {mac} 8865 for jack@acme.example")

    await tom.sees("Jack Doyle")
    await expect(await tom.sees(f"add phone {mac}")).to_contain_text("edited")
    await expect(tom.region.get_by_text("Editing your message")).to_be_hidden()
    await tom.press("Cancel", "Jack Doyle")


async def test_a_quote_is_shown_and_not_acted_on(screen: Screen):
    await screen.open("tom/field-team")
    tom = screen.side("Tom Berger")
    await tom.say("> delete device 00:11:22:33:44:55\n\nwhoami")
    message = await tom.sees("delete device 00:11:22:33:44:55")
    await expect(message.locator("blockquote")).to_have_text("delete device 00:11:22:33:44:55")
    await tom.sees("An admin can change your roles")


async def test_a_message_of_somebody_else_has_no_edit_button(screen: Screen):
    await screen.open("tom/provbot")
    tom = screen.side("Tom Berger")
    await tom.say("whoami")
    answer = await tom.sees("Roles")
    await expect(answer.get_by_role("button", name="Edit")).to_have_count(0)


async def test_unread_messages_are_counted_until_read(screen: Screen):
    client = screen.world.client
    await screen.open("tom/provbot")
    await expect(screen.side("Tom Berger").region).to_be_visible()
    if screen.size.touch:
        await screen.page.get_by_role("button", name="Back to people and spaces").click()
    spaces = screen.page.get_by_role("navigation", name="Spaces")
    rollout = spaces.get_by_role("button", name=re.compile("^Phone rollout"))
    await expect(rollout).not_to_contain_text("unread")
    room = await client.room(ANA, "Phone rollout")

    await client.say(ANA, "Is anybody there?", roomId=room)
    await client.say(ANA, "Hello?", roomId=room)
    await expect(rollout).to_contain_text("2 unread")
    await screen.picture("people", PHONE)

    await rollout.click()
    await screen.side("Tom Berger").sees("Hello?")
    if screen.size.touch:
        await screen.page.get_by_role("button", name="Back to people and spaces").click()
    await expect(rollout).not_to_contain_text("unread")


async def test_calls_are_listed_and_searched(screen: Screen):
    await screen.open("tom/provbot")
    tom = screen.side("Tom Berger")
    await tom.say("devices lobby")
    await tom.sees("Lobby Berlin")

    pane = await screen.behind("API calls")
    calls = pane.get_by_role("list", name="Calls").get_by_role("listitem")
    await expect(calls.filter(has_text="/messages").first).to_be_visible()
    await screen.picture("calls", DESKTOP)
    await pane.get_by_role("searchbox", name="Filter calls").fill("/devices")
    await expect(calls.filter(visible=True).filter(has_not_text="/devices")).to_have_count(0)
    await expect(calls.filter(visible=True).first).to_contain_text("service app")
    await pane.get_by_role("searchbox", name="Filter calls").fill("no such call")
    await expect(pane.get_by_text("No calls.")).to_be_visible()


async def test_a_message_whose_answer_was_lost_is_shown_once(screen: Screen):
    async def lose_the_answer(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await screen.page.route("**/control/say", lose_the_answer, times=1)
    await screen.open("vera/field-team")
    vera = screen.side("Vera Lindqvist")
    text = f"said once, on {screen.size.name}"

    await vera.region.get_by_role("checkbox", name="Mention").uncheck()
    await vera.say(text)

    copies = vera.region.get_by_role("listitem").filter(has_text=text)
    await expect(copies.get_by_role("button", name="Reply in a thread")).to_be_visible()
    await expect(copies).to_have_count(1)
    await expect(vera.region.get_by_text("Not sent")).to_have_count(0)
    screen.complaints = [
        complaint for complaint in screen.complaints if "net::ERR_FAILED" not in complaint
    ]


@pytest.mark.parametrize("width", [1280, 1599])
async def test_two_people_and_the_panel_are_side_by_side(
    browser: Browser, world: World, width: int
):
    async with window(browser, world, Size("laptop", width, 800, touch=False)) as screen:
        await screen.open("tom/provbot+ana/provbot")
        await expect(screen.side("Ana Costa").region).to_be_visible()
        await screen.behind("Organization")

        panel = screen.page.get_by_role("complementary", name="Behind the scenes")
        details = [screen.side("Tom Berger").region, screen.side("Ana Costa").region, panel]
        boxes = [box for item in details if (box := await item.bounding_box())]
    edges = [(box["x"], box["x"] + box["width"]) for box in boxes]
    assert len(edges) == 3
    assert all(right <= remaining for (_, right), (remaining, _) in pairwise(edges))
    assert all(right - remaining >= 350 for remaining, right in edges)


@pytest.mark.parametrize("person", ["tom", "ada"])
async def test_help_fits_one_screen_of_a_small_phone(browser: Browser, world: World, person: str):
    async with window(browser, world, SMALL_PHONE) as screen:
        await screen.open(f"{person}/provbot")
        side = screen.side()
        await side.say("help")
        card = await (await side.sees("What I can do for you")).bounding_box()
        shown = await side.region.get_by_role("list", name="Messages").bounding_box()
    assert card
    assert shown
    assert card["height"] <= shown["height"]
