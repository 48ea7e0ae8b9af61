"""`provbot run` loads what it needs, and the other commands still load what they need."""

import gc
import importlib
import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from bot.cli.app import app
from bot.core.lean_imports import HIDDEN, lean

# What only other commands use, or only code of libraries that provbot never calls.
NOT_NEEDED = {
    *HIDDEN, "typer", "segno", "bot.setup", "bot.cli.app", "bot.cli.access",
    "psycopg", "psycopg_binary", "bot.store.postgres",
}  # fmt: skip
RUN = (
    "import atexit, json, sys; sys.argv[1:] = ['run']\n"
    "atexit.register(lambda: print(json.dumps(list(sys.modules))))\n"
    "from bot.__main__ import main\n"
    "main()"
)


@pytest.mark.slow
def test_run_does_not_load_what_only_others_need(tmp_path):
    """Without settings it ends as soon as everything is loaded."""
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", RUN],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    loaded = set(json.loads(done.stdout))
    assert {"bot.service.app", "webex_bot.websockets.webex_websocket_client"} <= loaded
    assert loaded & NOT_NEEDED == set()
    assert done.returncode == 2
    assert "WEBEX_BOT_TOKEN" in done.stderr


@pytest.mark.slow
def test_what_is_hidden_during_the_imports_can_be_imported_later():
    code = (
        "from bot.core.lean_imports import lean\n"
        "with lean():\n"
        "    from bot.cli import run\n"
        "    try: import rich\n"
        "    except ModuleNotFoundError: print('hidden')\n"
        "import cryptography.fernet, pygments, rich\n"
        "print('there')"
    )
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["hidden", "there"]


@pytest.mark.slow
def test_the_default_contexts_of_libraries_trust_nobody_and_read_no_files():
    code = (
        "import ssl\n"
        "from bot.core.lean_imports import lean\n"
        "with lean():\n"
        "    from aiohttp.connector import _SSL_CONTEXT_VERIFIED as aiohttps\n"
        "    from webex_bot.websockets.webex_websocket_client import ssl_context as webexbots\n"
        "for context in aiohttps, webexbots, ssl.create_default_context():\n"
        "    assert context.check_hostname and context.verify_mode == ssl.CERT_REQUIRED\n"
        "    print(context.cert_store_stats()['x509_ca'] > 0)\n"
    )
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["False", "False", "True"]


def test_what_is_loaded_already_stays():
    before = importlib.import_module("cryptography")
    with lean():
        assert not gc.isenabled()
        assert importlib.import_module("cryptography") is before
    assert gc.isenabled()
    assert sys.modules["cryptography"] is before


@pytest.mark.parametrize(
    "command",
    ["run", "demo", "sandbox", "init", "doctor", "guide", "health", "policy", "backup", "restore"]
    + [f"access {each}" for each in ("add", "remove", "list")]
    + ["audit verify", "audit export", "key new", "requests list", "requests show"],
)
def test_each_command_has_a_help(command):
    done = CliRunner().invoke(app, [*command.split(), "--help"])
    assert (done.exit_code, "Usage:" in done.output) == (0, True)
