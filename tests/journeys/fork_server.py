"""A process that has loaded the bot, and forks when a test starts one.

To load the bot takes a second of CPU time, and tests start it some hundred times. A fork runs
`python -m bot`, or the bot that hurries, from its first line, with its own environment, folder,
output and process id; only the modules are loaded already. tests/journeys/test_start.py starts the
bot without it.
"""

import fcntl
import gc
import importlib
import io
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import termios
from contextlib import suppress
from typing import Any, NoReturn

import certifi

from bot.domain.language.message import Message

LONGEST_REQUEST = 1 << 20  # bytes
LOADED = (
    "bot.cli.app",
    "bot.service.lifecycle",
    "bot.setup.doctor",
    "bot.setup.guide",
    "bot.setup.init",
    "websockets.asyncio.client",  # the bot loads it when it connects
)


def main() -> None:
    """Fork for each request on the socket that standard input is; end with it."""
    for name in LOADED:
        importlib.import_module(name)
    Message.of("help")  # what the parser makes of its vocabulary at the first message stays
    gc.freeze()  # forks share the memory that their garbage collectors leave alone
    control = socket.socket(fileno=os.dup(0))
    wake_reader, wake_writer = os.pipe()
    os.set_blocking(wake_writer, False)
    signal.set_wakeup_fd(wake_writer)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends pytest, which closes the socket
    replies: dict[int, socket.socket] = {}  # by the process id of the bot
    with selectors.DefaultSelector() as selector:
        selector.register(control, selectors.EVENT_READ)
        selector.register(wake_reader, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is control:
                    _serve(control, replies)
                else:
                    os.read(wake_reader, 4096)
                    _report_ended(replies)


def _serve(control: socket.socket, replies: dict[int, socket.socket]) -> None:
    content, fds, _, _ = socket.recv_fds(control, LONGEST_REQUEST, 2)
    if not content:
        for pid in replies:
            os.kill(pid, signal.SIGKILL)
        sys.exit(0)
    output, reply = fds
    request = json.loads(content)
    _load(request)
    pid = os.fork()
    if pid == 0:
        control.close()
        for other in replies.values():
            other.close()
        os.close(reply)
        _become_the_bot(request, output)
    os.close(output)
    replies[pid] = socket.socket(fileno=reply)
    replies[pid].sendall(b"%d\n" % pid)


def _load(request: dict[str, Any]) -> None:
    """Load what only some need, once instead of in each fork."""
    if request["measured"]:
        importlib.import_module("coverage")
    if request["env"].get("PROVBOT_DATABASE", "").startswith("postgres"):
        importlib.import_module("bot.store.postgres")
        gc.freeze()


def _become_the_bot(request: dict[str, Any], output: int) -> NoReturn:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _take_the_output(output, at_terminal=request["at_terminal"])
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["env"])
    sys.argv[1:] = request["arguments"]
    calls_webex = request["arguments"][0] in ("run", "doctor")
    if calls_webex and (authority := request["env"].get("WEBEX_CA_FILE")):
        # Nobody here needs the authorities of the web; they take an eighth of a start.
        certifi.where = lambda: authority
    if request["measured"]:
        importlib.import_module("coverage").process_startup(force=True)
    runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
    sys.exit(0)


def _take_the_output(output: int, *, at_terminal: bool) -> None:
    """Write to it; if it is a terminal, read from it, too, as the leader of its session."""
    source = output if at_terminal else os.open(os.devnull, os.O_RDONLY)
    if at_terminal:
        os.setsid()
        fcntl.ioctl(output, termios.TIOCSCTTY, 0)
        for stream in (sys.stdout, sys.stderr):
            assert isinstance(stream, io.TextIOWrapper)
            stream.reconfigure(line_buffering=True)
    os.dup2(source, 0)
    for target in (1, 2):
        os.dup2(output, target)
    for fd in {source, output}:
        os.close(fd)


def _report_ended(replies: dict[int, socket.socket]) -> None:
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            with replies.pop(ended[0]) as reply, suppress(BrokenPipeError):
                reply.sendall(b"%d\n" % os.waitstatus_to_exitcode(ended[1]))


if __name__ == "__main__":
    main()
