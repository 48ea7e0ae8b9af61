"""The scopes that the service app needs, and which commands need each of them.

Names: docs/webex/provisioning.md §2.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.core import api_calls
from bot.core.api_calls import CALLS, Call
from bot.core.models.text import join_words
from bot.domain.commands import ChatCommand
from bot.operations import COMMANDS

# Needs that are not those of a single command.
OTHER_NEEDS = {api_calls.LOCATIONS: "all roles of one location"}


@dataclass(frozen=True)
class Scope:
    """A scope, the commands that fail without it, and the parts of commands that are optional."""

    name: str
    required_for: str
    optional_for: str = ""

    @property
    def purpose(self) -> str:
        """What needs the scope, for a message."""
        return self.required_for or self.optional_for


def needed_for(calls: Iterable[Call], commands: Iterable[ChatCommand] = COMMANDS) -> str:
    """Return the commands that fail without these calls; empty if none does."""
    all_commands, all_calls = tuple(commands), tuple(calls)
    needs = [
        command.needs[call]
        for call in all_calls
        for command in all_commands
        if call in command.needs
    ]
    other_needs = [OTHER_NEEDS[call] for call in all_calls if call in OTHER_NEEDS]
    return ", ".join(dict.fromkeys([*needs, *other_needs]))


def lost_without(calls: Iterable[Call], commands: Iterable[ChatCommand] = COMMANDS) -> str:
    """Return what commands lack without these calls: `the list of models in add phone`."""
    all_commands = tuple(commands)
    names: dict[str, dict[str, None]] = {}  # what is lost → names of commands, each once
    for call in calls:
        for command in all_commands:
            if call in command.does_without:
                names.setdefault(command.does_without[call], {})[command.name] = None
    return ", ".join(
        f"{lost} in {join_words(command_names, 'and')}" for lost, command_names in names.items()
    )


def scope_named(name: str, commands: Iterable[ChatCommand] = COMMANDS) -> Scope:
    """Return a scope, and what these commands need it for."""
    all_commands = tuple(commands)
    calls = [call for call in CALLS if call.scope == name]
    return Scope(name, needed_for(calls, all_commands), lost_without(calls, all_commands))


SCOPES = tuple(
    scope_named(name)
    for name in (
        api_calls.DEVICES_READ,
        api_calls.DEVICES_WRITE,
        api_calls.CODES,
        api_calls.CONFIG_READ,
        api_calls.CONFIG_WRITE,
        api_calls.PEOPLE_READ,
        api_calls.WORKSPACES_READ,
        api_calls.LOCATIONS_READ,
        api_calls.LICENCES_READ,
    )
)


def missing(granted: str) -> list[Scope]:
    """Return the scopes that are not in a space-separated list of granted scopes."""
    return [scope for scope in SCOPES if scope.name not in granted.split()]
