"""The table in docs/reliability.md of what people see in a tenant that refuses some reads.

It is made from the calls that each command names. `python -m tests.docs.degraded_table` writes it.
"""

from collections import defaultdict
from pathlib import Path

from bot.core.api_calls import (
    DEVICE,
    LICENCES,
    PERSON,
    PERSONS_DEVICES,
    READS,
    WORKSPACES_DEVICES,
    Call,
)
from bot.operations import COMMANDS

DOCUMENT = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- degraded: begin -->", "<!-- degraded: end -->"
HEADER = (
    "| Webex does not answer | these go on, and show | these say that they do not work |",
    "|---|---|---|",
)

# Without the owner's record nobody knows their licences; that is what the plan says then.
SHOWN_INSTEAD = {
    ("add phone", PERSON): LICENCES,
    ("activation code", PERSON): LICENCES,
    # They need the list for few phones, and say nothing of it for the others.
    ("apply changes", PERSONS_DEVICES): DEVICE,
    ("apply changes", WORKSPACES_DEVICES): DEVICE,
}


def table() -> str:
    """The table in Markdown."""
    return "\n".join([*HEADER, *map(_row, READS)])


def replaced(document: str) -> str:
    """The document with the table as it is now."""
    before, _, rest = document.partition(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}"


def _row(call: Call) -> str:
    commands_by_sentence: defaultdict[str, list[str]] = defaultdict(list)
    for command in COMMANDS:
        if call in command.does_without:
            sentence = SHOWN_INSTEAD.get((command.name, call), call).without
            commands_by_sentence[sentence].append(command.name)
    shown = [
        ", ".join(names) + (f": “{text}”" if text else "")
        for text, names in commands_by_sentence.items()
    ]
    failing = dict.fromkeys(command.needs[call] for command in COMMANDS if call in command.needs)
    return f"| `{call.call}` | {'<br>'.join(shown)} | {', '.join(failing)} |"


if __name__ == "__main__":
    DOCUMENT.write_text(replaced(DOCUMENT.read_text("utf-8")), "utf-8")
