"""The recipes of docs/sandbox.md and README.md work as they are.

That for the JavaScript SDK is tested in tests/foreign.
"""

import ast
import asyncio
import re
import sys
import tomllib
from asyncio.subprocess import PIPE
from pathlib import Path

from sandbox.recipes import exports, recipes
from sandbox.server import Sandbox
from tests.sandbox.recipe_runner import TIMEOUT, environment, program, run_program, running_program

ROOT = Path(__file__).parents[2]
VERA = "vera@acme.example"


def saved(folder: Path, title: str) -> Path:
    file = folder / "example.py"
    file.write_text(program(title, "python"))
    return file


async def test_the_example_of_webex_bot_answers(sandbox: Sandbox, tmp_path: Path):
    async with running_program(sandbox, saved(tmp_path, "webex_bot"), sys.executable):
        await sandbox.client.until_online(timeout=30)
        message = await sandbox.client.say(VERA, "echo")
        card = await sandbox.client.reply(
            VERA, after=message["seq"], where=lambda m: "Submit" in str(m.get("attachments"))
        )
        pressed = await sandbox.client.press(
            VERA, card["id"], "Submit", inputs={"message_typed": "Anybody there?"}
        )
        echo = await sandbox.client.reply(
            VERA, after=pressed["seq"], where=lambda m: "Anybody there?" in m["text"]
        )

    assert echo["personEmail"] == "provbot@webex.bot"


async def test_webexpythonsdk_says_hello(sandbox: Sandbox, tmp_path: Path):
    output = await run_program(sandbox, saved(tmp_path, "webexpythonsdk"))

    assert output.splitlines() == ["I am Provbot", "I said Hello, Vera"]
    assert "Hello, Vera" in [message["text"] for message in await sandbox.client.messages(VERA)]


async def test_wxc_sdk_lists_devices(sandbox: Sandbox, tmp_path: Path):
    output = await run_program(sandbox, saved(tmp_path, "wxc_sdk"))

    assert len(output.splitlines()) == 11
    assert any(line.startswith("001122334455") for line in output.splitlines())


async def test_the_terminal_shows_the_recipes_in_short(sandbox: Sandbox):
    text = recipes(sandbox.env, sandbox.page_url)

    for name, value in exports(sandbox.env).items():
        assert f"export {name}='{value}'" in text
    for library in ("webex_bot", "webexpythonsdk", "wxc_sdk", "JavaScript SDK"):
        assert library in text
    assert r"replace(/\/catalog$/, '')" in text


async def test_the_readmes_example_of_the_client_works_when_typed(sandbox: Sandbox):
    chapter = (ROOT / "README.md").read_text("utf-8").partition("## The sandbox\n")[2]
    (typed,) = re.findall(r"^```python\n(.*?)^```", chapter, re.MULTILINE | re.DOTALL)
    typed = typed.replace("http://localhost:8780", sandbox.page_url)

    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "asyncio"),
        cwd=ROOT,
        env=environment(sandbox),
        stdin=PIPE,
        stdout=PIPE,
    )
    stdout, _ = await asyncio.wait_for(process.communicate(f"{typed}\n".encode()), TIMEOUT)

    assert "['help']" in stdout.decode().splitlines()


def test_the_extra_names_every_package_that_the_sandbox_imports():
    trees = [ast.parse(file.read_text("utf-8")) for file in (ROOT / "sandbox").rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    packages = {name.partition(".")[0] for name in names} - sys.stdlib_module_names

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extra = {re.split("[<>=]", line)[0] for line in project["optional-dependencies"]["sandbox"]}
    assert packages - {"sandbox"} == extra
