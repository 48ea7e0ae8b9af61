"""The recipes of docs/sandbox.md work as they stand there. (That of the JavaScript SDK: tests/foreign.)"""

import sys
from pathlib import Path

from sandbox.recipes import exports, recipes
from sandbox.server import Sandbox
from tests.sandbox.recipes import printed, program, running

VERA = "vera@acme.example"


def saved(folder: Path, title: str) -> Path:
    file = folder / "example.py"
    file.write_text(program(title, "python"))
    return file


async def test_webex_bots_own_example_answers(sandbox: Sandbox, tmp_path: Path):
    async with running(sandbox, saved(tmp_path, "webex_bot"), sys.executable):
        await sandbox.client.until_online(timeout=30)
        said = await sandbox.client.say(VERA, "echo")
        card = await sandbox.client.reply(
            VERA, after=said["seq"], where=lambda m: "Submit" in str(m.get("attachments"))
        )
        pressed = await sandbox.client.press(
            VERA, card["id"], "Submit", inputs={"message_typed": "Anybody there?"}
        )
        echo = await sandbox.client.reply(
            VERA, after=pressed["seq"], where=lambda m: "Anybody there?" in m["text"]
        )

    assert echo["personEmail"] == "provbot@webex.bot"


async def test_webexpythonsdk_says_hello(sandbox: Sandbox, tmp_path: Path):
    said = await printed(sandbox, saved(tmp_path, "webexpythonsdk"))

    assert said.splitlines() == ["I am Provbot", "I said Hello, Vera"]
    assert "Hello, Vera" in [one["text"] for one in await sandbox.client.messages(VERA)]


async def test_wxc_sdk_lists_devices(sandbox: Sandbox, tmp_path: Path):
    said = await printed(sandbox, saved(tmp_path, "wxc_sdk"))

    assert len(said.splitlines()) == 11
    assert any(line.startswith("001122334455") for line in said.splitlines())


async def test_the_terminal_is_told_the_same_in_short(sandbox: Sandbox):
    told = recipes(sandbox.env, sandbox.page_url)

    for name, value in exports(sandbox.env).items():
        assert f"export {name}='{value}'" in told
    for library in ("webex_bot", "webexpythonsdk", "wxc_sdk", "JavaScript SDK"):
        assert library in told
    assert r"replace(/\/catalog$/, '')" in told
