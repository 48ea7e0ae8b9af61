"""docs/settings.md and docs/commands.md name what there is, and nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from bot.cli import app
from bot.commands import VERBS
from bot.config import KNOWN, SECRETS, Config

DOCS = Path(__file__).parents[2] / "docs"
SETTINGS = (DOCS / "settings.md").read_text("utf-8")
COMMANDS = (DOCS / "commands.md").read_text("utf-8")
ROWS = [
    re.split(r"\s*(?<!\\)\|\s*", line)[1:-1] for line in COMMANDS.splitlines() if line[:3] == "| `"
]
DEFAULTS = {
    str(field.validation_alias): str(field.default)
    for field in Config.model_fields.values()
    if isinstance(field.default, str | float | int | Path)
}


def plain(default: str) -> str:
    return default.removesuffix(".0")


def test_every_variable_stands_in_a_table_and_no_other():
    described = re.findall(r"^\| `([A-Z0-9_]+)` \|", SETTINGS, re.MULTILINE)

    assert sorted(described) == sorted(KNOWN)


@pytest.mark.parametrize(("name", "default"), DEFAULTS.items())
def test_the_default_of_a_setting_is_the_codes(name, default):
    row = re.search(rf"^\| `{name}` \|.*\| `([^`]*)` \|$", SETTINGS, re.MULTILINE)

    assert row, name
    assert row[1] == plain(default)


def test_each_secret_is_told_which_file_stands_for_it():
    pairs = re.findall(r"^\| `([A-Z_]+_FILE)` \| `([A-Z_]+)` \|", SETTINGS, re.MULTILINE)

    assert dict(pairs) == {f"{name}_FILE": name for name in SECRETS}


def test_every_word_that_can_be_said_stands_in_the_table_and_no_other():
    chat = [row for row in ROWS if len(row) == 4]
    described = {
        re.match(r"`([a-z ]+)", row[0])[1].strip(): set(re.findall(r"`([^`]+)`", row[1]))  # type: ignore[index]
        for row in chat
    }

    assert described == {verb: {*aliases} - {verb} for verb, aliases in VERBS.items()}


def commands(command: Any, path: str = "provbot") -> Iterator[tuple[str, Any]]:
    """Each command by its whole name; groups are none themselves."""
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from commands(inner, f"{path} {name}")
    else:
        yield path, command


ALL = dict(commands(get_command(app)))
TOLD = {row[0].strip("`"): row[2] for row in ROWS if len(row) == 3}


def test_every_command_stands_in_the_table_and_no_other():
    assert set(TOLD) == set(ALL)


@pytest.mark.parametrize("path", sorted(ALL))
def test_every_option_of_a_command_is_told_and_no_other(path):
    takes = {
        one.opts[-1] if one.param_type_name == "option" else one.name.upper()
        for one in ALL[path].params
    }

    assert set(re.findall(r"`(--[a-z-]+|[A-Z]+)\b", TOLD[path])) == takes
