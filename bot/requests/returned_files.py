"""The file of a check or a result that comes back: what its request tells of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.chat.event_reader import IncomingEvent
from bot.core.models.request_codes import ALPHABET, CODE_LENGTH
from bot.core.models.requests import Request
from bot.domain.command_parser import Command
from bot.domain.identity import same_account
from bot.domain.lists.rows import ReadList
from bot.domain.plan import Plan
from bot.requests.drafts import Drafts
from bot.store import requests as requests_table

READ_AS = (
    "I read this file as “{verb}”. If it is for something else, send it once more with the command"
    " that you mean, such as “delete devices”."
)
NO_PASSWORDS = (
    "Your list had passwords, and this file has none: provbot makes new ones, and sends them to you"
    " alone. To keep yours, add them to the column “Password”."
)
_NAME = re.compile(rf"([{ALPHABET}]{{{CODE_LENGTH}}})-(?:check|result)(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True)
class ReturnedFile:
    """The command for a file, and the sender's request whose list it answered, if there is one.

    `note` says how the file was read, if that is not sure.
    """

    command: Command
    request: Request | None = None
    note: str = ""


async def recognize(
    drafts: Drafts, name: str, incoming: IncomingEvent, command: Command
) -> ReturnedFile:
    """What a file with this name is for: `KPA7-check.csv` belongs to a request of its sender.

    A command beside the file says more than its name.
    """
    match = _NAME.match(name)
    if match is None:
        return ReturnedFile(command)
    request = await drafts.store.call_without_fsync(requests_table.find, match[1])
    is_named = _names_list(drafts, incoming)
    if request is None or not _is_own_list(drafts, request, incoming):
        note = "" if is_named else READ_AS.format(verb=command.verb)
        return ReturnedFile(command, note=note)
    if not is_named:
        boxes = drafts.authorization.operation(request.operation).boxes
        inputs = {name: text for name, text in request.inputs.items() if name not in boxes}
        command = replace(command, verb=request.operation, args={**inputs, **command.args})
    return ReturnedFile(command, request if command.verb == request.operation else None)


def _names_list(drafts: Drafts, incoming: IncomingEvent) -> bool:
    """Whether the text beside the file has a command for lists, or for one of their rows."""
    lists = [
        operation
        for operation in drafts.runner.executor.operations.values()
        if operation.takes_list
    ]
    verbs = {name for operation in lists for name in (operation.name, operation.many_of)}
    return any(
        isinstance(command, Command) and command.verb in verbs for command in incoming.commands
    )


def _is_own_list(drafts: Drafts, request: Request, incoming: IncomingEvent) -> bool:
    operation = drafts.authorization.operation(request.operation)
    is_own = same_account(request.requester.person_id, incoming.sender.person_id)
    return is_own and operation.takes_list


async def with_passwords(drafts: Drafts, request: Request, read: ReadList) -> ReadList:
    """The list with the passwords of the request that it answers: its files have none.

    Each phone keeps its own. A note says so if they are not known any more.
    """
    before = await drafts.lists.of(request.code)
    if before is None or any(row.password for row in read.rows):
        return read
    passwords = {row.mac: row.password for row in before.rows if row.mac and row.password}
    if passwords:
        rows = (replace(row, password=passwords.get(row.mac)) for row in read.rows)
        return replace(read, rows=tuple(rows))
    if not _had_passwords(request.plan):
        return read
    return replace(read, notes=(*read.notes, NO_PASSWORDS))


def _had_passwords(plan: Mapping[str, object] | None) -> bool:
    return plan is not None and bool(Plan.model_validate(plan).needs)
