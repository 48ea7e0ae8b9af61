"""`provbot demo`: run the bot and a Webex cloud on this machine.

The cloud is the package `sandbox`. Like the real one, it is reached over the network only.
"""

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any
from urllib.request import ProxyHandler, build_opener

import typer

from bot.core.models.people import Grant, Role
from bot.store import grants
from bot.store.database import connect

STATE = Path(".demo")  # emptied at each start
RUNNING = STATE / "running"  # locked while a demo runs; holds the address of its page
SANDBOX_STATE = Path(".sandbox")
PAGE_PORT = 8780
SPACING = "PROVBOT_DECT_SPACING"  # seconds between changes of DECT handsets
USUAL_SPACING = "5"  # nobody tries things with 90
START_TIMEOUT = 30.0  # seconds for the bot to come online
LOOPBACK = "127.0.0.1"
NO_SANDBOX_STATUS = 2  # exit status
NO_SANDBOX_MESSAGE = (
    "This installation does not contain the sandbox, like the image for production."
    " Build the image's target `demo` (docs/deployment.md), or run `make demo` in the sources."
)
BOT_ENDED = (
    f"The bot ended, and the demo with it. For the reason, see {STATE}/bot.log. To start again, "
    "with new data, type: make demo, or: provbot demo"
)
ALREADY_RUNNING = "A demo is running in this directory already; nothing was started. Its page:"


def run(listen: str = LOOPBACK, *, gov: bool = False) -> int:
    """Run until Ctrl-C and return the exit status. Page and cloud listen on the address."""
    if not _has_sandbox():
        return NO_SANDBOX_STATUS
    with ExitStack() as stack:
        running = stack.enter_context(_running_file())
        if not _lock(running):
            typer.echo(f"{ALREADY_RUNNING} {running.read() or 'it is starting'}")
            return 0
        _empty_state(running)
        signal.signal(signal.SIGTERM, _interrupt)
        port = _free_port()
        first_line = _start_cloud(stack, listen, port, gov=gov)
        if not first_line and port:  # another demo may have taken the port meanwhile
            first_line = _start_cloud(stack, listen, 0, gov=gov)
        if not first_line:
            typer.echo(
                f"The sandbox did not start. For the reason, see {STATE}/sandbox.log.", err=True
            )
            return 1
        control = json.loads(first_line)["controlUrl"]
        _fill_allowlist(_get_json(control, "cast")["people"])
        bot = stack.enter_context(_process("bot", "run", env=_environment(control)))
        stack.callback(_stop, bot)
        page = json.loads(first_line)["pageUrl"]
        print(page, end="", file=running, flush=True)
        return _watch(control, page, bot)


def run_sandbox(port: int, page_port: int, scenario: str, *, gov: bool = False) -> None:
    """Replace this process with the sandbox, which runs until Ctrl-C."""
    if not _has_sandbox():
        sys.exit(NO_SANDBOX_STATUS)
    options = [
        "--port",
        str(port),
        "--page-port",
        str(page_port),
        "--state-dir",
        str(SANDBOX_STATE),
    ]
    if scenario:
        options += ["--scenario", scenario]
    if gov:
        options.append("--gov")
    command = [sys.executable, "-m", "sandbox", "--recipes", *options]
    os.execv(sys.executable, command)  # noqa: S606 - our own


def _running_file() -> IO[str]:
    STATE.mkdir(exist_ok=True)
    RUNNING.touch()
    return RUNNING.open("r+", encoding="utf-8")


def _lock(file: IO[str]) -> bool:
    """Lock the file until this process ends; False if another process has locked it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _empty_state(running: IO[str]) -> None:
    """Delete what an earlier demo left, but not the locked file."""
    running.truncate(0)
    for path in STATE.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path != RUNNING:
            path.unlink()


def _has_sandbox() -> bool:
    """Whether the sandbox and its dependencies are installed; prints a message if not."""
    if find_spec("sandbox") and find_spec("trustme"):
        return True
    typer.echo(NO_SANDBOX_MESSAGE, err=True)
    return False


def _free_port() -> int:
    """Return the usual port, so that bookmarks work, or 0 (any free port) if it is taken."""
    with socket.socket() as probe:
        return 0 if probe.connect_ex(("127.0.0.1", PAGE_PORT)) == 0 else PAGE_PORT


def _start_cloud(stack: ExitStack, listen: str, port: int, *, gov: bool) -> str:
    """Start the cloud until the stack is left, and return its first line; empty if it ended."""
    cloud = stack.enter_context(
        _process(
            *("sandbox", "--host", listen),
            *("--page-port", str(port), "--state-dir", str(STATE)),
            *("--dect-spacing", _dect_spacing()),
            *(["--gov"] if gov else []),
        )
    )
    stack.callback(cloud.terminate)
    return cloud.stdout.readline() if cloud.stdout else ""


def _process(
    module: str, *arguments: str, env: Mapping[str, str] | None = None
) -> "subprocess.Popen[str]":
    """Start a process with its log in a file, to keep the terminal free for messages."""
    log = (STATE / f"{module}.log").open("w", encoding="utf-8")
    output = subprocess.PIPE if module == "sandbox" else log
    command = [sys.executable, "-m", module, *arguments]
    with log:
        return subprocess.Popen(  # noqa: S603 - our own
            command, stdout=output, stderr=log, text=True, env=dict(env) if env else None
        )


def _get_json(control: str, path: str) -> dict[str, Any]:
    """Ask the control API, without a proxy because it is on this machine."""
    with build_opener(ProxyHandler({})).open(f"{control}/{path}", timeout=10) as answer:
        body: dict[str, Any] = json.load(answer)
    return body


def _fill_allowlist(people: list[dict[str, Any]]) -> None:
    db = connect(STATE / "provbot.db")
    for person in people:
        if person["role"]:
            grants.add(
                db,
                Grant(person["email"], Role(person["role"]), person["location"] or ""),
                time.time(),
            )
    db.close()


def _environment(control: str) -> dict[str, str]:
    own = {"PROVBOT_DATABASE": str(STATE / "provbot.db"), "PROVBOT_LOG": "json"}
    faster = {SPACING: _dect_spacing()}
    return {**os.environ, **faster, **_get_json(control, "env"), **own}


def _dect_spacing() -> str:
    return os.environ.get(SPACING) or USUAL_SPACING


def _watch(control: str, page: str, bot: "subprocess.Popen[str]") -> int:
    until = time.monotonic() + START_TIMEOUT
    while not _get_json(control, "online?wait=1")["botOnline"]:
        if bot.poll() is not None or time.monotonic() > until:
            typer.echo(
                f"The bot did not come online. For the reason, see {STATE}/bot.log.", err=True
            )
            return 1
    typer.echo(
        f"\n  Chat with provbot:  {page}\n\n"
        "  Choose who you are: for example Tom, a technician, or Sam, who has no role.\n"
        f"  Changes of DECT handsets are {_dect_spacing()} seconds apart here; Webex wants 90.\n"
        f"  The logs are in {STATE}. Ctrl-C stops both.\n"
    )
    return wait_for_end(bot)


def wait_for_end(bot: "subprocess.Popen[str]") -> int:
    """Wait until the bot ends, or for Ctrl-C, and return the exit status of the demo."""
    try:
        status = bot.wait()
    except KeyboardInterrupt:
        return 0
    typer.echo(BOT_ENDED, err=True)
    return status if status >= 0 else 1  # negative: the number of the signal that killed it


def _stop(bot: "subprocess.Popen[str]") -> None:
    if bot.poll() is None:
        bot.terminate()
    bot.wait(timeout=START_TIMEOUT)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
