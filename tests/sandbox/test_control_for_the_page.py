"""What the page asks of the control API beyond what tests of a bot need."""

from aiohttp import ClientSession, ClientTimeout

from sandbox.page import PAGE_FILES
from sandbox.server import Sandbox

VERA = "vera@acme.example"


async def test_the_sandbox_serves_its_page(sandbox: Sandbox):
    async with ClientSession() as browser:
        for asset in PAGE_FILES:
            async with browser.get(f"{sandbox.page_url}{asset.url}") as answer:
                assert answer.status == 200, asset.url
                assert answer.headers["Content-Type"] == asset.content_type
                assert "Content-Security-Policy" in answer.headers


async def test_a_message_names_its_files(sandbox: Sandbox):
    await sandbox.client.send_file(VERA, "phones.csv", b"mac,owner", text="these")

    (message,) = await sandbox.client.messages(VERA)

    assert message["fileNames"] == ["phones.csv"]
    assert len(message["files"]) == 1


async def test_a_browser_that_outlived_a_sandbox_hears_the_next_one(sandbox: Sandbox):
    left_off = {"Last-Event-ID": str(sandbox.cloud.changes.seq + 500)}
    async with (
        ClientSession(timeout=ClientTimeout(total=10)) as page,
        page.get(f"{sandbox.control_url}/events", headers=left_off) as stream,
    ):
        await stream.content.readuntil(b"\n\n")
        await sandbox.client.say(VERA, "hello")
        event = await stream.content.readuntil(b"\n\n")

    assert event.startswith(b"id: ")
