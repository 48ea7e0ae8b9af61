"""What is in the image, and above all what is not."""

import os
import re
import shutil
import stat
from pathlib import Path

import pytest

from bot.core.config import KNOWN
from tests.image.image import (
    BUILDAH,
    DEMO,
    HOME,
    IMAGE,
    ROOT,
    UID,
    buildah,
    found_in,
    ran,
    settings_of,
)

BUILDS = ("gcc", "cc", "g++", "ld", "make", "git", "curl", "wget", "npm", "node", "pip", "pip3")
PLAYS = (
    "pip", "ensurepip", "sandbox", "trustme", "node_modules", "locks", "constraints.txt", ".env",
    "pip.conf",
)  # fmt: skip


def test_nothing_that_builds_or_plays(root):
    path = ":".join(
        f"{root}{folder}" for folder in ("/opt/provbot/bin", "/usr/local/bin", "/usr/bin")
    )
    assert [tool for tool in BUILDS if shutil.which(tool, path=path)] == []
    assert shutil.which("provbot", path=path)
    assert found_in(root, PLAYS) == []


def test_it_holds_bot_and_cards_and_what_they_need(root):
    [packages] = Path(root).glob("opt/provbot/lib/python3*/site-packages")
    here = {path.name for path in packages.iterdir()}
    assert {"bot", "cards", "aiohttp", "psycopg", "psycopg_binary"} <= here
    assert (packages / "bot/store/postgres_schema.sql").is_file()
    locked = re.findall(
        r"^([\w.-]+)==(\S+)", (ROOT / "locks/runtime.txt").read_text(), re.MULTILINE
    )
    metadata = {path.name for path in packages.glob("*.dist-info")} - set(
        packages.glob("provbot-*")
    )
    assert len(metadata) == len(locked) + 1, "one for each locked, and provbot itself"


def test_it_can_connect_to_postgresql(container):
    code = "from psycopg import pq; print(pq.__impl__, pq.version() >= 150000)"
    command = (*BUILDAH, "run", "--isolation", "chroot", container, "--", "python", "-c", code)
    assert ran(*command) == (0, "binary True")


def test_nothing_of_it_can_be_changed_by_its_user(container, root):
    _, printed = ran(
        "chroot",
        f"--userspec={UID}:{UID}",
        root,
        "find",
        "/",
        "-xdev",
        "-writable",
        "-not",
        "-type",
        "l",
        "-not",
        "-path",
        HOME,
        "-not",
        "-path",
        "/proc/*",
        "-not",
        "-path",
        "/dev/*",
    )
    temporary = ["/run/lock", "/tmp", "/var/tmp"]  # noqa: S108 - named, not used
    assert sorted(line for line in printed.splitlines() if line.startswith("/")) == temporary


def test_no_program_in_it_makes_more_of_who_runs_it(root):
    raised = stat.S_ISUID | stat.S_ISGID
    files = (Path(folder, name) for folder, _, names in os.walk(root) for name in names)
    assert [path for path in files if path.lstat().st_mode & raised and path.is_file()] == []


def test_platforms_are_told_the_user_by_number_and_the_signal_reaches_the_bot():
    config = settings_of(IMAGE)
    assert config["User"] == f"{UID}:{UID}"
    assert (config["Entrypoint"], config["Cmd"]) == (["provbot"], ["run"])
    assert config.get("StopSignal", "SIGTERM") == "SIGTERM"
    assert list(config["Volumes"]) == ["/var/lib/provbot"]
    assert list(config["ExposedPorts"]) == ["8788/tcp"]


@pytest.mark.parametrize("image", [IMAGE, DEMO])
def test_no_secret_and_no_setting_of_this_machine_stays(image):
    names = {line.split("=", 1)[0] for line in settings_of(image)["Env"]}
    assert {name for name in names if name.startswith(("WEBEX_", "PROVBOT_"))} <= set(KNOWN)
    assert [name for name in names if re.search("TOKEN|SECRET|PASS|KEY|INDEX", name)] == []
    everything = buildah("inspect", "--type", "image", image)
    assert re.findall(r"https?://[^\s\"']+", everything) == []
    assert "pip.conf" not in settings_of(image)["Env"]


def test_a_builder_gets_no_secret_and_no_database(tmp_path):
    shutil.copy(ROOT / ".dockerignore", tmp_path)
    wanted = (
        "pyproject.toml",
        "bot/cli/__init__.py",
        "locks/runtime.txt",
        "sandbox/page/static/index.html",
    )
    kept_back = (
        ".env", "bot/.env", "provbot.db", "bot/provbot.db-wal", ".git/config", "secrets/bot_token",
        "bot/__pycache__/cli.pyc", "tests/x.py", "node_modules/x.js",
    )  # fmt: skip
    for name in (*wanted, *kept_back):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    dockerfile = tmp_path / "Everything"
    dockerfile.write_text("FROM scratch\nCOPY . /\n")
    buildah("build", "--isolation", "chroot", "-t", "context", "-f", str(dockerfile), str(tmp_path))
    container = buildah("from", "--pull-never", "localhost/context")
    sent = Path(buildah("mount", container))
    files = {str(path.relative_to(sent)) for path in sent.rglob("*") if path.is_file()}
    buildah("rm", container)
    assert files == set(wanted)


@pytest.mark.parametrize("command", ["demo", "sandbox"])
def test_the_image_for_production_says_that_it_has_no_sandbox(container, command):
    status, output = ran(
        *BUILDAH, "run", "--isolation", "chroot", container, "--", "provbot", command
    )
    assert status == 2
    assert "This installation does not contain the sandbox" in output
    assert "Traceback" not in output
