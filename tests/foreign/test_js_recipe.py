"""The recipe of docs/sandbox.md for the JavaScript SDK works as it stands there."""

from pathlib import Path

from sandbox.server import Sandbox
from tests.foreign.sdk import DRIVER, node
from tests.sandbox.recipes import program, running

VERA = "vera@acme.example"


async def test_the_bot_answers(sandbox: Sandbox, tmp_path: Path):
    (tmp_path / "node_modules").symlink_to(DRIVER.parent / "node_modules")
    file = tmp_path / "bot.cjs"
    file.write_text(program("The JavaScript SDK", "js"))

    async with running(sandbox, file, node()):
        await sandbox.client.until_online(timeout=30)
        said = await sandbox.client.say(VERA, "hello")
        answer = await sandbox.client.reply(VERA, after=said["seq"])

    assert answer["text"] == "You said: hello"
