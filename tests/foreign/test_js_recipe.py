"""The recipe of docs/sandbox.md for the JavaScript SDK works as it is."""

from pathlib import Path

from sandbox.server import Sandbox
from tests.foreign.js_sdk import DRIVER, node
from tests.sandbox.recipe_runner import program, running_program

VERA = "vera@acme.example"


async def test_the_bot_answers(sandbox: Sandbox, tmp_path: Path):
    (tmp_path / "node_modules").symlink_to(DRIVER.parent / "node_modules")
    file = tmp_path / "bot.cjs"
    file.write_text(program("The JavaScript SDK", "js"))

    async with running_program(sandbox, file, node()):
        await sandbox.client.until_online(timeout=30)
        message = await sandbox.client.say(VERA, "hello")
        answer = await sandbox.client.reply(VERA, after=message["seq"])

    assert answer["text"] == "You said: hello"
