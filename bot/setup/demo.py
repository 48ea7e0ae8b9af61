"""`provbot demo`: the bot and a Webex cloud of its own, both on this machine.

The cloud is the package `sandbox`; like the real one it is only ever met over the wire.
"""

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
from typing import Any
from urllib.request import ProxyHandler, build_opener

import typer

from bot.models import Grant, Role
from bot.store import access
from bot.store.database import connect

STATE = Path(".demo")  # begins anew each time, as the cloud does
CLOUD_STATE = Path(".sandbox")
PAGE_PORT = 8780
PATIENCE = 30.0  # seconds for the bot to come online
LOOPBACK = "127.0.0.1"
NO_CLOUD = 2  # exit status
NO_CLOUD_HERE = (
    "The sandbox is not part of this installation; the image for production leaves it out."
    " Use the image's target `demo` (docs/deployment.md), or `make demo` in the sources."
)


def run(listen: str = LOOPBACK) -> int:
    """Until Ctrl-C; the exit status. The page and the cloud listen on that address."""
    if not _has_cloud():
        return NO_CLOUD
    shutil.rmtree(STATE, ignore_errors=True)
    STATE.mkdir()
    signal.signal(signal.SIGTERM, _interrupt)
    with ExitStack() as stack:
        cloud = stack.enter_context(
            _process(
                *("sandbox", "--host", listen),
                *("--page-port", str(_free_port()), "--state-dir", str(STATE)),
            )
        )
        stack.callback(cloud.terminate)
        first_line = cloud.stdout.readline() if cloud.stdout else ""
        if not first_line:
            typer.echo(
                f"The sandbox did not start; the reason is in {STATE}/sandbox.log.", err=True
            )
            return 1
        control = json.loads(first_line)["controlUrl"]
        _fill_allowlist(_ask(control, "cast")["people"])
        bot = stack.enter_context(_process("bot", "run", env=_environment(control)))
        stack.callback(_stop, bot)
        return _watch(control, json.loads(first_line)["pageUrl"], bot)


def run_cloud_alone(port: int, page_port: int, scenario: str) -> None:
    """Become the sandbox's own program, which serves until Ctrl-C; does not return."""
    if not _has_cloud():
        sys.exit(NO_CLOUD)
    where = ["--port", str(port), "--page-port", str(page_port), "--state-dir", str(CLOUD_STATE)]
    trouble = ["--scenario", scenario] if scenario else []
    command = [sys.executable, "-m", "sandbox", "--recipes", *where, *trouble]
    os.execv(sys.executable, command)  # noqa: S606 - our own


def _has_cloud() -> bool:
    """Whether the sandbox is installed, with what it needs; says so if not."""
    if find_spec("sandbox") and find_spec("trustme"):
        return True
    typer.echo(NO_CLOUD_HERE, err=True)
    return False


def _free_port() -> int:
    """The same one each time, so that a bookmark works; any where something else listens there."""
    with socket.socket() as probe:
        return 0 if probe.connect_ex(("127.0.0.1", PAGE_PORT)) == 0 else PAGE_PORT


def _process(
    module: str, *arguments: str, env: Mapping[str, str] | None = None
) -> "subprocess.Popen[str]":
    """Its log goes to a file beside the database: the terminal is for the person."""
    log = (STATE / f"{module}.log").open("w", encoding="utf-8")
    output = subprocess.PIPE if module == "sandbox" else log
    command = [sys.executable, "-m", module, *arguments]
    with log:
        return subprocess.Popen(  # noqa: S603 - our own
            command, stdout=output, stderr=log, text=True, env=dict(env) if env else None
        )


def _ask(control: str, what: str) -> dict[str, Any]:
    """Asked directly, whatever proxy the machine has: it is on this machine."""
    with build_opener(ProxyHandler({})).open(f"{control}/{what}", timeout=10) as answer:
        told: dict[str, Any] = json.load(answer)
    return told


def _fill_allowlist(people: list[dict[str, Any]]) -> None:
    db = connect(STATE / "provbot.db")
    for person in people:
        if person["role"]:
            access.add(
                db,
                Grant(person["email"], Role(person["role"]), person["location"] or ""),
                time.time(),
            )
    db.close()


def _environment(control: str) -> dict[str, str]:
    own = {"PROVBOT_DATABASE": str(STATE / "provbot.db"), "PROVBOT_LOG": "json"}
    return {**os.environ, **_ask(control, "env"), **own}


def _watch(control: str, page: str, bot: "subprocess.Popen[str]") -> int:
    until = time.monotonic() + PATIENCE
    while not _ask(control, "online?wait=1")["botOnline"]:
        if bot.poll() is not None or time.monotonic() > until:
            typer.echo(f"The bot did not come online; its log is {STATE}/bot.log.", err=True)
            return 1
    typer.echo(
        f"\n  Chat with provbot:  {page}\n\n  You can be any of the cast; Tom is a technician, Sam is on no list.\n  The logs are in {STATE}. Ctrl-C stops both.\n"
    )
    try:
        return bot.wait()
    except KeyboardInterrupt:
        return 0


def _stop(bot: "subprocess.Popen[str]") -> None:
    if bot.poll() is None:
        bot.terminate()
    bot.wait(timeout=PATIENCE)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
