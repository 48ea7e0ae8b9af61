"""The rows of the table in docs/commands.md, derived from the commands; not the table's prose."""

from collections.abc import Iterable

from bot.core.models.people import Role
from bot.core.models.text import join_words
from bot.domain.commands import ChatCommand
from bot.domain.policy import Decision, Rule

NO_RULE = ""  # the page says it in words of its own


def rows(commands: Iterable[ChatCommand]) -> dict[str, tuple[str, str]]:
    """Column `command` → columns `also` and `who`."""
    return {
        " or ".join(f"`{usage}`" for usage in command.usage): (
            ", ".join(f"`{alias}`" for alias in command.aliases) or "–",
            who(command.rule) if command.rule else NO_RULE,
        )
        for command in commands
        if command.usage  # small talk is nothing to look up
    }


def who(rule: Rule) -> str:
    """`engineer, admin; technicians need approval`."""
    do = [role.value for role in Role if rule.roles.get(role) is Decision.DO]
    ask = [f"{role.value}s" for role in Role if rule.roles.get(role) is Decision.ASK]
    if len(do) == len(Role):
        return "everybody on the allowlist"
    if set(Role) - {*do} == {Role.APPROVER}:
        return "all but approvers"
    approval = f"; {join_words(ask, 'and')} need approval" if ask else ""
    return ", ".join(do) + approval
