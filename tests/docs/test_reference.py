"""docs/settings.md and docs/commands.md name what there is, and nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from bot.cli.app import app
from bot.core.config import KNOWN, SECRETS, Config
from bot.core.models.people import Role
from bot.domain import policy_file
from bot.domain.policy import Decision
from bot.operations import COMMANDS, POLICY
from bot.setup.scopes import SCOPES
from tests.docs import command_table
from tests.docs.command_table import NO_RULE

DOCS = Path(__file__).parents[2] / "docs"
README = (DOCS.parent / "README.md").read_text("utf-8")
SETTINGS = (DOCS / "settings.md").read_text("utf-8")
COMMANDS_PAGE = (DOCS / "commands.md").read_text("utf-8")
ROWS = [
    re.split(r"\s*(?<!\\)\|\s*", line)[1:-1]
    for line in COMMANDS_PAGE.splitlines()
    if line[:3] == "| `"
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


def test_the_table_of_commands_is_the_one_that_the_commands_make():
    derived = command_table.rows(COMMANDS)
    chat = {row[0]: (row[1], row[3]) for row in ROWS if len(row) == 4}
    documented = {
        usage: (also, who if derived.get(usage, ("", "?"))[1] else NO_RULE)
        for usage, (also, who) in chat.items()
    }

    assert documented == derived, "docs/commands.md has a row for each command."


def test_the_readme_names_every_command_as_it_is_typed():
    chapter = README.partition("## Commands")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`.*?) \|", chapter, re.MULTILINE)
    documented = {usage for cell in cells for usage in re.findall(r"`([^`]+)`", cell)}

    typed = {usage for command in COMMANDS for usage in command.usage}
    assert documented == typed, "README.md, Commands, has a row for each."


def commands(command: Any, path: str = "provbot") -> Iterator[tuple[str, Any]]:
    """Each command by its whole name; groups are none themselves."""
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from commands(inner, f"{path} {name}")
    else:
        yield path, command


ALL = dict(commands(get_command(app)))
OPTIONS = {
    path: {name for parameter in ALL[path].params for name in parameter.opts} for path in ALL
}
TOLD = {row[0].strip("`"): row[2] for row in ROWS if len(row) == 3}


def test_every_command_stands_in_the_table_and_no_other():
    assert set(TOLD) == set(ALL)


@pytest.mark.parametrize("path", sorted(ALL))
def test_every_option_of_a_command_is_told_and_no_other(path):
    takes = {
        parameter.opts[-1]
        if parameter.param_type_name == "option"
        else parameter.metavar or parameter.name.upper()
        for parameter in ALL[path].params
    }

    assert set(re.findall(r"`(--[a-z-]+|[A-Z]+)\b", TOLD[path])) == takes


def test_the_scopes_to_tick_are_those_that_are_needed():
    page = (DOCS / "getting-started.md").read_text("utf-8")
    part = page.partition("### The scopes")[2].partition("\n## ")[0]
    named = re.findall(r"(?:spark-admin|identity):\w+", part)

    assert [named.count(scope.name) for scope in SCOPES] == [2] * len(SCOPES)  # list and table
    assert len(named) == 2 * len(SCOPES)


POLICY_PAGE = (DOCS / "policy.md").read_text("utf-8")
SAYS = {"do": Decision.DO, "ask": Decision.ASK, "—": Decision.DENY}


def test_the_policy_is_told_as_it_is_built_in():
    table = re.findall(r"^\| (`.*?) \| ((?:(?:do|ask|—) \|\s?){5})$", POLICY_PAGE, re.MULTILINE)
    documented = {
        name: dict(zip(Role, map(SAYS.__getitem__, re.findall(r"do|ask|—", cells)), strict=True))
        for names, cells in table
        for name in re.findall(r"`([^`]+)`", names)
    }
    built_in = {
        name: {role: rule.roles.get(role, Decision.DENY) for role in Role}
        for name, rule in POLICY.items()
    }

    assert documented == built_in, "docs/policy.md begins with this table."


def test_the_examples_of_a_policy_file_are_accepted_and_change_something():
    examples = re.findall(r"```toml\n(.*?)```", POLICY_PAGE, re.DOTALL)

    assert len(examples) > 3
    built_in = policy_file.EffectivePolicy(POLICY)
    assert [text for text in examples if policy_file.parse(text, COMMANDS) == built_in] == []


def test_what_can_be_asked_for_is_told():
    sentence = re.search(r"^`ask` is possible for .*: (.*)\.$", POLICY_PAGE, re.MULTILINE)

    assert sentence
    asked = {command.name for command in COMMANDS if command.may_need_approval}
    assert set(re.findall(r"`([^`]+)`", sentence[1])) == asked, "docs/policy.md, Change it."


PAGES = [DOCS.parent / "README.md", DOCS.parent / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS.parent)))
def test_every_command_that_a_page_tells_to_type_exists(page):
    text = page.read_text("utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [
        *re.findall(r"`([^`\n]+)`", text),
        *(line for block in blocks for line in block.splitlines()),
    ]
    typed = [
        match[1] for line in lines if (match := re.match(r"(?:\S+=\S+ )?provbot ([a-z].*)", line))
    ]
    groups = {name for path in ALL for name in (path, path.rpartition(" ")[0])}

    for command in typed:
        names = re.match(r"[a-z-]+(?: [a-z]+)?", command)
        assert names
        short, long = f"provbot {names[0].split()[0]}", f"provbot {names[0]}"
        path = long if long in groups else short
        assert path in groups, command
        options = {option for each in ALL if each.startswith(path) for option in OPTIONS[each]}
        assert set(re.findall(r"--[a-z-]+", command)) <= options | {"--help"}, command
