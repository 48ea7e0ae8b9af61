"""Questions of people about themselves: what they may do, and their roles."""

from collections.abc import Iterator

from adaptivecardbuilder import AdaptiveCard
from rapidfuzz import fuzz, process

from bot.core.models.text import clean
from bot.domain.commands import ChatCommand
from bot.domain.operation import Caller, Context, Operation, Question
from bot.domain.policy import EVERYBODY, Rule
from cards import answers
from cards.parts import Button, say

MAX_BUTTONS = 5  # of a card: docs/webex/messaging.md §4.2
MIN_TOPIC_SCORE = 80  # of 100: a topic with a lower score is another word, not a misspelling
ANSWERS_A_MISS = 2  # buttons beside “Help”

AFTER_A_LIST = "Afterwards, “retry CODE” checks the remaining rows again."


async def show_help(text: str, caller: Caller, _ctx: Context) -> AdaptiveCard:
    """What this person may do; with the name of a command, that command alone."""
    topic = _topic(text, caller)
    if topic is not None:
        return topic_card(topic, caller)
    return help_card(caller, unknown=clean(text, 40))


def help_card(caller: Caller, unknown: str = "") -> AdaptiveCard:
    """The commands that this person may use, by what people want. It fits one screen of a phone.

    `unknown` is a topic that the help does not have.
    """
    groups: dict[str, list[str]] = {}
    opens_requests = any(
        caller.may(command.name) for command in caller.commands if isinstance(command, Operation)
    )
    for command in _usable(caller):
        if command.acts_at_once and not command.has_rule and not opens_requests:
            continue  # `confirm` and the like are for one's own requests
        groups.setdefault(command.group, []).append(_name(command, caller))
    first = next(_usable(caller)).name
    return answers.details(
        "What I can do for you",
        [(group, " · ".join(names)) for group, names in groups.items()],
        subtitle=f"The help has no topic “{unknown}”." if unknown else "",
        notes=[
            f"Write for example: {first_example(caller)}",
            f"More: help {first}{_more(caller)}",
        ],
        buttons=buttons(caller)[:MAX_BUTTONS],
    )


def topic_card(command: ChatCommand, caller: Caller) -> AdaptiveCard:
    """One command: what it does, how it is typed, and whether this person may use it."""
    gap = caller.gap(command)
    return answers.details(
        command.name,
        [
            ("Does", command.help),
            ("Type", " or ".join(command.usage)),
            ("Also", ", ".join(command.aliases)),
            ("Many at once", _for_many(command, caller)),
            ("Other lists", _other_lists(command, caller)),
            ("Also there", _listed(command, caller)),
            ("You may", _permission(command, caller)),
            ("Here", gap.sentence if gap else ""),
        ],
        notes=[
            *(f"For example: {example}" for example in command.examples),
            *([AFTER_A_LIST] if command.many_of else []),
        ],
        buttons=[*_button(command, caller), Button("Help", say("help"))],
    )


def _for_many(command: ChatCommand, caller: Caller) -> str:
    """The command that does the same for a list."""
    return ", ".join(other.name for other in caller.commands if other.many_of == command.name)


def _other_lists(command: ChatCommand, caller: Caller) -> str:
    """The other commands for lists, below one of them."""
    lists = (other for other in caller.commands if other.many_of and command.many_of)
    return ", ".join(other.name for other in lists if other is not command)


def _listed(command: ChatCommand, caller: Caller) -> str:
    """The commands that this person may use and that stand only in the help of this one."""
    listed = (other for other in caller.commands if other.listed_by == command.name)
    return ", ".join(other.name for other in listed if caller.may_use(other))


def _more(caller: Caller) -> str:
    """What to type for commands that do not stand on the card. The line stays short."""
    usable = [command for command in caller.commands if caller.may_use(command)]
    topics = ["lists"] if any(command.many_of for command in usable) else []
    topics += dict.fromkeys(command.listed_by for command in usable if command.listed_by)
    return "".join(f", help {topic}" for topic in topics)


def buttons(caller: Caller) -> list[Button]:
    """The buttons of these commands that have one."""
    return [button for command in _usable(caller) for button in _button(command, caller)]


def likely_buttons(caller: Caller) -> list[Button]:
    """The buttons that this person needs most: the first of each group, and the help."""
    first: dict[str, Button] = {}
    for command in _usable(caller):
        for button in _button(command, caller):
            first.setdefault(command.group, button)
    return [*list(first.values())[:ANSWERS_A_MISS], Button("Help", say("help"))]


def first_example(caller: Caller) -> str:
    """The example of the first command that this person may use."""
    return next(command.examples[0] for command in _usable(caller) if command.examples)


def _usable(caller: Caller) -> Iterator[ChatCommand]:
    return (command for command in caller.commands if command.group and caller.may_use(command))


def _name(command: ChatCommand, caller: Caller) -> str:
    gap = caller.gap(command)
    if gap:
        return f"{command.name} ({gap.note})"
    return command.name + (" (needs approval)" if caller.needs_approval_for(command) else "")


def _button(command: ChatCommand, caller: Caller) -> list[Button]:
    if not command.help_button or not caller.may_use(command) or caller.gap(command):
        return []
    return [Button(command.help_button, say(command.name))]


def _permission(command: ChatCommand, caller: Caller) -> str:
    if not caller.may_use(command):
        return "no: your roles do not allow it. A provbot admin can change them."
    return "yes, if somebody else approves it" if caller.needs_approval_for(command) else "yes"


def _topic(text: str, caller: Caller) -> ChatCommand | None:
    """The command that a topic means: by its name, perhaps misspelt, or with it among others."""
    topic = " ".join(text.lower().split())
    topics = {
        name: command
        for command in caller.commands
        if command.help
        for name in (*command.names, *command.topics)
    }
    if not topic:
        return None
    best = process.extractOne(topic, list(topics), scorer=fuzz.ratio, score_cutoff=MIN_TOPIC_SCORE)
    if best:
        return topics[best[0]]
    within = [name for name in topics if f" {name} " in f" {topic} "]
    return topics[max(within, key=len)] if within else None


async def show_whoami(_text: str, caller: Caller, _ctx: Context) -> AdaptiveCard:
    """The roles of the person, and what needs approval."""
    without_approval = [
        permission.name for permission in caller.permissions if not permission.needs_approval
    ]
    with_approval = [
        permission.name for permission in caller.permissions if permission.needs_approval
    ]
    return answers.details(
        caller.email,
        [
            ("Roles", ", ".join(caller.roles)),
            ("You may use", " · ".join(without_approval)),
            ("Needs approval", " · ".join(with_approval) or "nothing"),
        ],
        subtitle="An admin can change your roles.",
        buttons=[Button("Help", say("help"))],
    )


HELP = Question(
    name="help",
    usage=("help", "help COMMAND"),
    aliases=("?", "hi", "hello", "hallo", "start"),
    help="Show what I can do, or one command with its examples",
    examples=("help", "help add phone"),
    group="You",
    guide=(("see what you may do", "help"),),
    rule=Rule(EVERYBODY),
    answer=show_help,
)
WHOAMI = Question(
    name="whoami",
    usage=("whoami",),
    aliases=("who am i", "my roles", "my role", "show my role"),
    help="Show your roles",
    examples=("whoami",),
    group="You",
    guide=(("see what you may do", "whoami"),),
    help_button="Who am I",
    rule=Rule(EVERYBODY),
    answer=show_whoami,
)
