"""What a command is: one value that says how it is typed, who may use it, and how it is explained.

`bot.operations` lists all commands. The parser, the built-in policy, the help, the printed guide,
the scopes of `provbot doctor` and the test of the documentation take what they need from that list.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.core.api_calls import Call
from bot.domain.language.arguments import Arguments
from bot.domain.policy import Policy, Rule
from bot.domain.text_readers import read_text
from bot.domain.unsupported import Feature


def claims_nothing(_arguments: Arguments) -> bool:
    """False for each message: the command is always named."""
    return False


def always_clear(_text: str) -> bool:
    """True for each text: a plan is shown first, so nothing is done by mistake."""
    return True


class DeviceButton(NamedTuple):
    """A button on the card of a device: it types the command, with the device behind it."""

    title: str
    style: str = ""  # of Adaptive Cards
    phones_only: bool = False  # whether room devices and the like lack it
    managed_only: bool = False  # whether phones that Webex does not manage lack it


@dataclass(frozen=True, kw_only=True, eq=False)
class ChatCommand:
    """A command that people can type."""

    name: str
    # In the documentation: a command with its arguments, or alternatives. Empty: small talk, which
    # nobody has to look up.
    usage: tuple[str, ...]
    help: str = ""  # what it does, in one sentence; empty: no topic of the help
    examples: tuple[str, ...] = ()  # what to type
    group: str = ""  # the line of the help card on which it stands; empty: on none
    listed_by: str = ""  # the command whose help names it instead
    aliases: tuple[str, ...] = ()  # other words for the name
    topics: tuple[str, ...] = ()  # other words for it behind `help`; they do not call it
    read: Callable[[Arguments], dict[str, str]] = read_text  # what else was typed → inputs
    # Whether a message that may not name it means it, by what else it has: a MAC and a model.
    claims: Callable[[Arguments], bool] = claims_nothing
    claims_alone: bool = False  # whether `claims` is for whole messages, not for lines of a list
    # Whether the text behind its name says no more than the command takes. It is asked of commands
    # that act at once: `stop sending me messages` stops no request.
    is_clear: Callable[[str], bool] = always_clear
    rule: Rule | None = None  # the built-in policy; None: nobody's role decides about it
    follows: str = ""  # the command whose rule decides in place of its own
    # The command that it does for each row of a list, and the inputs that hold for all rows.
    many_of: str = ""
    shared: frozenset[str] = frozenset()
    # What the lines below it say, as inputs of its form; None: they are no part of it.
    read_below: Callable[[Iterable[str]], dict[str, str]] | None = None
    alone: bool = False  # understood only if nothing else is typed
    help_button: str = ""  # the title of a button of the help card; empty: no button
    device_button: DeviceButton | None = None
    feature: Feature | None = None  # of Webex that it needs, and that a cloud may lack
    gives_rights: bool = False  # changes roles: a person types it, no button offers it
    guide: tuple[tuple[str, str], ...] = ()  # rows of the printed guide: purpose, text to type
    # Calls of the admin APIs. A key of `needs` maps to the command that fails without the call,
    # a key of `does_without` to what the command lacks without it.
    needs: Mapping[Call, str] = field(default_factory=dict)
    does_without: Mapping[Call, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """All that can be typed for it."""
        return (self.name, *self.aliases)

    @property
    def has_rule(self) -> bool:
        """Whether roles decide who may use it, by a rule of its own or of another command."""
        return self.rule is not None or self.follows != ""

    @property
    def acts_at_once(self) -> bool:
        """Whether it changes something without showing a plan first."""
        return False

    @property
    def may_need_approval(self) -> bool:
        """Whether a policy can demand approval."""
        return False


@dataclass(frozen=True, kw_only=True, eq=False)
class RequestCommand(ChatCommand):
    """A command about requests: it lists them, shows one, or acts on one."""

    acts: bool = False

    @property
    def acts_at_once(self) -> bool:
        """Whether it decides or cancels."""
        return self.acts


def built_in_policy(commands: Iterable[ChatCommand]) -> Policy:
    """The rules that the commands bring with them."""
    return {command.name: command.rule for command in commands if command.rule}
