"""“Did you mean this?”: guesses for an unknown command, and what their buttons may do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adaptivecardbuilder import AdaptiveCard

from bot.core.errors import Refused, WebexError
from bot.core.models.people import Sender
from bot.core.models.text import clean, join_words
from bot.domain.command_parser import Command, CommandParser, Unknown
from bot.domain.fallback import read_or_error_briefly
from bot.domain.identity import same_account
from bot.domain.operation import Caller, Context, Operation
from bot.operations.devices import named_devices
from bot.operations.help import first_example, likely_buttons
from cards import answers
from cards.parts import Button, say

TYPED_ONLY = "No button does this: use the card that shows the plan, or type the command."
NEGATED = (
    "Your message says that something should not be done. Nothing was changed. To have"
    " something done, write only that."
)
NOT_YOURS = (
    "That suggestion is for the person who asked. Nothing was changed. Please tell me what you "
    "need."
)


@dataclass(frozen=True)
class Suggestions:
    """Decides which commands a button may run."""

    parser: CommandParser

    def may_offer(self, verb: str) -> bool:
        """Whether a guess may be a button. Commands that give rights must be typed in full."""
        command = self.parser.by_name.get(verb)
        gives_rights = isinstance(command, Operation) and command.gives_rights
        return command is not None and not (command.acts_at_once or gives_rights)

    def card(self, unknown: Unknown, caller: Caller, sender: Sender) -> AdaptiveCard:
        """Show the guesses as words and as buttons for this person; without guesses, an example."""
        if unknown.negated:
            return answers.notice("I do nothing", NEGATED, likely_buttons(caller))
        if not unknown.guesses:
            return answers.notice(
                f"I do not understand “{clean(unknown.text, 40)}”",
                f"Write for example: {first_example(caller)}",
                likely_buttons(caller),
            )
        verbs = {guess: self._verb(guess) for guess in unknown.guesses}
        offered = [guess for guess, verb in verbs.items() if self.may_offer(verb)]
        buttons = [
            Button(clean(guess, 40), say(guess) | {"for": sender.person_id}) for guess in offered
        ]
        if {"approve", "reject"} & {*verbs.values()} and caller.may("approvals"):
            buttons.append(Button("Approvals", say("approvals")))
        guesses = join_words(f"“{clean(guess, 60)}”" for guess in unknown.guesses)
        text = f"I do not know “{clean(unknown.text, 80)}”. Did you mean {guesses}?"
        return answers.notice(
            "Did you mean this?",
            text if len(offered) == len(verbs) else f"{text} {TYPED_ONLY}",
            [*buttons, Button("Help", say("help"))],
        )

    def check(self, press: Mapping[str, Any], command: Command | Unknown, sender: Sender) -> None:
        """Refused if the button's command must be typed, or the button is for somebody else."""
        if not same_account(str(press.get("for") or sender.person_id), sender.person_id):
            raise Refused(NOT_YOURS)
        if isinstance(command, Command) and self.parser.by_name[command.verb].acts_at_once:
            raise Refused(f"{TYPED_ONLY} Nothing was changed.")

    def _verb(self, guess: str) -> str:
        command = self.parser.parse(guess)
        return command.verb if isinstance(command, Command) else ""


async def devices_named(name: str, caller: Caller, context: Context) -> AdaptiveCard | None:
    """The devices of a person or workspace whose name is all that was written."""
    if not name or not caller.may("devices"):
        return None
    card = await read_or_error_briefly(named_devices(name, caller, context))
    return None if isinstance(card, WebexError) else card
