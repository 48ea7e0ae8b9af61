"""What becomes of the files in a message: a list opens a request, other files are named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.chat.downloads import download
from bot.chat.event_reader import IncomingEvent
from bot.chat.files import SentFiles, describe
from bot.chat.list_worker import ListWorker
from bot.domain.command_parser import Command, Unknown
from bot.domain.language.tokens import Kind, tokenize
from bot.domain.lists.pasted import MAX_LINE
from bot.domain.lists.rows import ROWS
from bot.domain.operation import Operation
from bot.operations.add_phones import ADD_PHONES
from bot.operations.meanwhile import FILES
from bot.requests.drafts import Drafts
from bot.requests.interaction import Reply
from bot.webex.messaging import MessagesApi


def list_command(
    commands: Sequence[Command | Unknown], operations: Mapping[str, Operation]
) -> Command | None:
    """What a message with files asks for, if its text may mean a list in them.

    Without a command of its own it asks for `add phones`. None if its text asks for something else,
    or has the rows itself.
    """
    named = [command for command in commands if _takes_list(command, operations)]
    if len(named) > 1 or not all(
        command in named or _may_speak_of_file(command) for command in commands
    ):
        return None
    command = next((each for each in named if isinstance(each, Command)), Command(ADD_PHONES.name))
    if _has_row(command.args.get(ROWS, "")):
        return None
    args = {name: text for name, text in command.args.items() if name != ROWS}
    return replace(command, args=args)


def _has_row(text: str) -> bool:
    """Whether a text below a command has a row of a list, such as a MAC: a model alone is none."""
    kinds = {token.kind for line in text.splitlines() for token in tokenize(line[:MAX_LINE])}
    return bool(kinds & {Kind.MAC, Kind.NEAR_MAC, Kind.EMAIL})


def _takes_list(command: Command | Unknown, operations: Mapping[str, Operation]) -> bool:
    if isinstance(command, Unknown) or command.verb not in operations:
        return False
    return operations[command.verb].takes_list


def _may_speak_of_file(command: Command | Unknown) -> bool:
    """Whether a text beside a file may mean the file: if nothing tells what else it means."""
    if isinstance(command, Unknown):
        return not command.guesses and not command.negated
    return command.verb == FILES.name


@dataclass(frozen=True)
class MessageFiles:
    """Reads the list in a message. Its limits are those of all lists."""

    messages: MessagesApi
    worker: ListWorker
    drafts: Drafts

    async def open(self, incoming: IncomingEvent, command: Command) -> Reply:
        """Open a request with the list, or say that the files are none.

        Denied before anything is downloaded; Refused with a sentence if the file cannot be read.
        """
        files = await self.described(incoming)
        file, authorization = files.first_list, self.drafts.authorization
        if file is None:
            return Reply(files.not_read)
        authorization.check(command.verb, incoming.grants or ())
        received = await download(self.messages, file, self.worker.limits.bytes)
        if not received.file.may_be_list:
            return Reply(SentFiles([received.file], 1).not_read)
        rows = await self.worker.read(
            received.content,
            required=authorization.operation(command.verb).row_fields or frozenset(),
            model=command.args.get("model", ""),
        )
        reply = await self.drafts.open(
            command.verb,
            command.args,
            incoming.sender,
            incoming.place,
            incoming.event_id,
            rows=rows,
        )
        return replace(reply, preface=_joined(files.others_ignored(received.file), reply.preface))

    async def described(self, incoming: IncomingEvent) -> SentFiles:
        """The files of a message."""
        return await describe(self.messages, incoming.files)


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))
