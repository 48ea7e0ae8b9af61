"""Questions of people about themselves: what they may do, and their roles."""

from adaptivecardbuilder import AdaptiveCard

from bot.domain.operation import Caller, Context, Question
from bot.domain.policy import EVERYBODY, Rule
from cards import answers
from cards.parts import Button, say

MAX_BUTTONS = 5  # of a card: docs/webex/messaging.md §4.2


async def show_help(_text: str, caller: Caller, _ctx: Context) -> AdaptiveCard:
    """The commands that this person may use, each with an example."""
    return help_card(caller)


def help_card(caller: Caller, title: str = "What I can do for you") -> AdaptiveCard:
    """The card with commands and buttons; it also answers what was not understood."""
    rows = [
        answers.Entry(
            permission.help + (" (needs approval)" if permission.needs_approval else ""),
            permission.example,
        )
        for permission in caller.permissions
    ]
    return answers.entries(title, rows, buttons=buttons(caller))


def buttons(caller: Caller) -> list[Button]:
    """Buttons for the first of these commands that have one."""
    return [
        Button(permission.help_button, say(permission.name))
        for permission in caller.permissions
        if permission.help_button
    ][:MAX_BUTTONS]


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
            ("You may", ", ".join(without_approval)),
            ("Needs approval", ", ".join(with_approval) or "nothing"),
        ],
        subtitle="An admin can change your roles.",
        buttons=[Button("Help", say("help"))],
    )


HELP = Question(
    name="help",
    usage=("help",),
    aliases=("?", "hi", "hello", "hallo", "start"),
    help="Show what I can do",
    example="help",
    guide=(("see what you may do", "help"),),
    rule=Rule(EVERYBODY),
    answer=show_help,
)
WHOAMI = Question(
    name="whoami",
    usage=("whoami",),
    aliases=("who am i",),
    help="Show your roles",
    example="whoami",
    guide=(("see what you may do", "whoami"),),
    help_button="Who am I",
    rule=Rule(EVERYBODY),
    answer=show_whoami,
)
