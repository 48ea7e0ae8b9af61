"""What provbot cannot do yet: each answer says what to do meanwhile. Nothing is changed."""

from adaptivecardbuilder import AdaptiveCard

from bot.core.models.text import clean
from bot.domain.operation import Caller, Context, Question
from cards import answers
from cards.parts import Button, say

MAX_NAME = 60  # characters of what was typed behind the command
FETCH_SETTINGS = " If it only lacks new settings, Apply changes lets it fetch them."


async def explain_restart(text: str, caller: Caller, _ctx: Context) -> AdaptiveCard:
    """Phones are restarted in Control Hub; to fetch its settings, a phone can be asked."""
    buttons = _buttons([("Apply changes", "apply changes", clean(text, MAX_NAME))], caller)
    return answers.notice(
        "I cannot restart phones yet",
        "Please restart it in Control Hub for now, under Management › Devices, in the details of"
        f" the device. Nothing was changed.{FETCH_SETTINGS if buttons else ''}",
        buttons,
    )


async def explain_files(_text: str, caller: Caller, _ctx: Context) -> AdaptiveCard:
    """A photo is read from a message that has one."""
    return answers.notice(
        "Please send a photo of the label",
        "I read the MAC address and the model from its codes. Write “for EMAIL” in the same"
        " message, or send the photo alone. Or type what the label says: add phone MAC MODEL for"
        " EMAIL",
        _buttons([("Add phone", "add phone", "")], caller),
    )


def _buttons(steps: list[tuple[str, str, str]], caller: Caller) -> list[Button]:
    """Buttons that open a form or a plan: title, command, and what is known already."""
    return [
        Button(title, say(f"{command} {known}".strip()))
        for title, command, known in steps
        if caller.may(command)
    ]


RESTART = Question(
    name="restart phone",
    usage=(),
    aliases=(
        "reboot phone", "reboot device", "reboot", "restart device", "restart", "reset phone",
        "reset device", "factory reset", "power cycle",
    ),
    answer=explain_restart,
)  # fmt: skip
FILES = Question(
    name="photo",
    usage=(),
    aliases=("picture", "scan", "scan this", "read this", "file", "here is a photo"),
    answer=explain_files,
)
