"""docs/reliability.md says what people see in a tenant that refuses some reads."""

from bot.core.api_calls import READS
from bot.operations import COMMANDS
from tests.docs.degraded_table import DOCUMENT, replaced, table


def test_the_table_is_that_of_the_commands():
    document = DOCUMENT.read_text("utf-8")
    assert replaced(document) == document, "`python -m tests.docs.degraded_table` writes it."


def test_every_read_matters_to_a_command():
    used = {call for command in COMMANDS for call in (*command.needs, *command.does_without)}
    assert [call.call for call in READS if call not in used] == []


def test_every_read_has_a_row():
    assert all(f"| `{call.call}` |" in table() for call in READS)
