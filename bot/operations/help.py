"""What this person may do, and who they are to the bot."""

from adaptivecardbuilder import AdaptiveCard

from bot.operation import Asker, Context, Question
from cards import answers
from cards.parts import Button, say

# The first thing a technician on a ladder reaches for comes first; a card has five at most (§4.2).
MOST_BUTTONS = 5
BUTTONS = (
    ("add phone", "Add phone"),
    ("activation code", "Activation code"),
    ("create dect network", "DECT network"),
    ("approvals", "Approvals"),
    ("devices", "Devices"),
    ("whoami", "Who am I"),
)


async def show_help(_text: str, asker: Asker, _ctx: Context) -> AdaptiveCard:
    """Commands with an example each; only those that this person may use."""
    return help_card(asker)


def help_card(asker: Asker, title: str = "What I can do for you") -> AdaptiveCard:
    """The help, also the answer to what is not understood."""
    rows = [
        answers.Entry(ability.help + (" (needs approval)" if ability.asks else ""), ability.example)
        for ability in asker.abilities
    ]
    return answers.entries(title, rows, buttons=buttons(asker))


def buttons(asker: Asker) -> list[Button]:
    """The same, one press each."""
    return [Button(title, say(name)) for name, title in BUTTONS if asker.may(name)][:MOST_BUTTONS]


async def show_whoami(_text: str, asker: Asker, _ctx: Context) -> AdaptiveCard:
    """Roles, scopes, what needs approval."""
    alone = [ability.name for ability in asker.abilities if not ability.asks]
    asking = [ability.name for ability in asker.abilities if ability.asks]
    return answers.details(
        asker.email,
        [
            ("Roles", ", ".join(asker.roles)),
            ("You may", ", ".join(alone)),
            ("With approval", ", ".join(asking) or "nothing"),
        ],
        under="An admin can change this.",
        buttons=[Button("Help", say("help"))],
    )


HELP = Question("help", "Show what I can do", "help", show_help)
WHOAMI = Question("whoami", "Show your roles", "whoami", show_whoami)
