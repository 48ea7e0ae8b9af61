"""Drive the sandbox's page in a browser window as people do: by roles, labels and titles."""

import base64
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Request, expect

from tests.browser.moving_picture import Frame, svg
from tests.journeys.world import World

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
TIMEOUT_MS = 20_000  # milliseconds; much more than any answer takes
FRAME_HEIGHT = 560  # pixels of a moving picture: less of an empty conversation
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=TIMEOUT_MS)  # by default five seconds, which a busy machine may take
# The page shows these refusals itself; the browser also logs them as errors.
REFUSALS = ("/control/phones/activate", "/control/dect/handsets/pair")


@dataclass(frozen=True)
class Size:
    """A kind of device."""

    name: str
    width: int
    height: int
    touch: bool

    @property
    def context(self) -> dict[str, Any]:
        """Return the options for Playwright."""
        viewport = {"width": self.width, "height": self.height}
        return {"viewport": viewport, "has_touch": self.touch, "is_mobile": self.touch}


DESKTOP = Size("desktop", 1280, 800, touch=False)
PHONE = Size("phone", 390, 844, touch=True)


class Screen:
    """One window. ``complaints`` are console errors, page errors and requests to the outside."""

    def __init__(self, page: Page, world: World, size: Size) -> None:
        self.page = page
        self.world = world
        self.size = size
        self.complaints: list[str] = []
        self.frames: list[Frame] = []
        page.set_default_timeout(TIMEOUT_MS)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(f"page: {error}"))
        page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        if message.type in ("error", "warning") and not where.endswith(REFUSALS):
            self.complaints.append(f"{message.type}: {message.text} ({where})")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self.world.sandbox.page_url, "data:", "blob:")):
            self.complaints.append(f"outside: {request.url}")

    async def open(self, where: str) -> None:
        """Go to `tom/provbot`, or `tom/provbot+ana/provbot` for two side by side."""
        await self.page.goto(f"{self.world.sandbox.page_url}/#{where}")

    def side(self, name: str = "") -> "Side":
        """Return the conversation of that person, by default the only one."""
        return Side(self, self.page.get_by_role("region", name=re.compile(f"{name}.* in ")))

    async def turn_to(self, name: str) -> "Side":
        """Bring a person to the front; on a phone each one has a tab."""
        if self.size.touch:
            await self.page.get_by_role("tab", name=name).click()
        return self.side(name)

    async def make_it_hard(self) -> Locator:
        """Open the drawer."""
        await self.page.get_by_role("button", name="Make it hard").first.click()
        drawer = self.page.get_by_role("dialog", name="Make it hard")
        await expect(drawer).to_be_visible()
        return drawer

    async def behind(self, tab: str) -> Locator:
        """Open a tab of the panel on the right."""
        panel = self.page.get_by_role("complementary", name="Behind the scenes")
        if not await panel.is_visible():
            await self.page.get_by_role("button", name="Behind the scenes").click()
        await panel.get_by_role("tab", name=tab).click()
        return panel.get_by_role("tabpanel", name=tab)

    async def close_panel(self) -> None:
        """Close the panel."""
        await self.page.get_by_role("button", name="Close the panel").click()

    async def picture(self, name: str, size: Size) -> None:
        """Take a picture for the documents on that size, if `make screenshots` asks for it."""
        if size != self.size or not os.environ.get("PROVBOT_PICTURES"):
            return
        PICTURES.mkdir(exist_ok=True)
        (PICTURES / f"{name}-{size.name}.webp").write_bytes(await self._webp())

    async def frame(self, seconds: float, size: Size) -> None:
        """Add a frame to the moving picture of this test, if `make screenshots` asks for it."""
        if size != self.size or not os.environ.get("PROVBOT_PICTURES"):
            return
        await self.page.set_viewport_size({"width": size.width, "height": FRAME_HEIGHT})
        self.frames.append(Frame(await self._webp(), seconds))
        await self.page.set_viewport_size({"width": size.width, "height": size.height})

    def moving_picture(self, name: str, *, still: int) -> None:
        """Write the frames; people who want no motion see the frame `still`."""
        if self.frames:
            picture = svg(self.frames, width=self.size.width, height=FRAME_HEIGHT, still=still)
            (PICTURES / f"{name}.svg").write_text(picture, "utf-8")

    async def _webp(self) -> bytes:
        """Take a picture of the page."""
        codes = [row["code"] for row in self.world.rows("select code from requests")]
        await self.page.evaluate(STILL, codes)
        png = await self.page.screenshot(animations="disabled")
        # A page of its own, because the policy of the chat page does not allow such a picture.
        blank = await self.page.context.new_page()
        webp = await blank.evaluate(AS_WEBP, base64.b64encode(png).decode())
        await blank.close()
        return base64.b64decode(webp)


class Side:
    """A conversation and its composer."""

    def __init__(self, screen: Screen, region: Locator) -> None:
        self.screen = screen
        self.region = region

    async def type(self, text: str) -> None:
        """Type a message without sending it."""
        await self.region.get_by_role("textbox", name="Message").fill(text)

    async def say(self, text: str) -> None:
        """Type a message and send it."""
        await self.type(text)
        await self.region.get_by_role("button", name="Send", exact=True).click()

    async def attach(self, name: str, kind: str, data: bytes) -> None:
        """Choose a file, as in the device's own dialog."""
        async with self.screen.page.expect_file_chooser() as choosing:
            await self.region.get_by_role("button", name="Attach a file").click()
        chooser = await choosing.value
        await chooser.set_files({"name": name, "mimeType": kind, "buffer": data})

    async def sees(self, text: str | re.Pattern[str], timeout_ms: int = TIMEOUT_MS) -> Locator:
        """Wait until the text is shown; return the newest message with it."""
        messages = self.region.get_by_role("list", name="Messages").get_by_role("listitem")
        matches = messages.filter(has_text=text).last
        await expect(matches).to_be_visible(timeout=timeout_ms)
        return matches

    async def press(self, title: str, text: str | re.Pattern[str]) -> None:
        """Press the button with that title in the newest message with that text."""
        message = await self.sees(text)
        await message.get_by_role("button", name=title, exact=True).last.click()

    async def fill(self, card: Locator, **values: str) -> None:
        """Fill in the inputs of a card, found by the beginning of their labels."""
        for label, value in values.items():
            box = card.get_by_label(re.compile(f"^{label.replace('_', ' ')}", re.IGNORECASE))
            if await box.evaluate("one => one.tagName") == "SELECT":
                await box.select_option(label=value)
            else:
                await box.fill(value)


@asynccontextmanager
async def window(
    browser: Browser, world: World, size: Size, **options: Any
) -> AsyncIterator[Screen]:
    """Open a window; nothing may have gone wrong in it at the end."""
    context = await browser.new_context(**size.context, **options)
    try:
        screen = Screen(await context.new_page(), world, size)
        yield screen
        assert not screen.complaints, "\n".join(screen.complaints)
    finally:
        await context.close()


# Times and codes differ from run to run, pictures must not. Parts that are drawn again are
# covered before they become visible.
STILL = r"""codes => {
  const cover = () => {
    for (const one of document.querySelectorAll('time')) {
      if (one.textContent !== '09:41') one.textContent = '09:41';
    }
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      let text = node.data
        .replace(/\b\d{4} \d{4} \d{4} \d{4}\b/g, '1234 5678 9012 3456')
        .replace(/\b\d+ seconds? after\b/g, '6 minutes after')
        .replace(/\b(tomorrow )?\d\d:\d\d (UTC|CES?T|C[DS]T)\b/g, '09:41 CET')
        .replace(/\b\d{1,2} [A-Z][a-z]+( \d{4})?, \d\d:\d\d( CET)?/g, '30 November, 09:41 CET');
      for (const code of codes) text = text.replaceAll(code, '7K3F');
      if (text !== node.data) node.data = text;
    }
  };
  cover();
  const watched = {childList: true, subtree: true, characterData: true};
  new MutationObserver(cover).observe(document.body, watched);
}"""
AS_WEBP = """async png => {
  const picture = new Image();
  picture.src = 'data:image/png;base64,' + png;
  await picture.decode();
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  canvas.getContext('2d').drawImage(picture, 0, 0);
  const blob = await canvas.convertToBlob({type: 'image/webp', quality: 0.8});
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return btoa(Array.from(bytes, one => String.fromCharCode(one)).join(''));
}"""
