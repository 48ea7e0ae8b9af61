"""What becomes of the files in a message: a list opens a request, other files are named."""

from collections.abc import Awaitable
from dataclasses import dataclass, replace

from bot.chat.downloads import ReceivedFile, download
from bot.chat.event_reader import IncomingEvent
from bot.chat.files import SentFile, SentFiles, describe
from bot.chat.list_worker import ListWorker
from bot.core.models.people import Place
from bot.domain.command_parser import Command
from bot.domain.list_messages import REASON
from bot.domain.lists.column_names import Field
from bot.domain.lists.columns import FOR_DECT, FOR_PHONES
from bot.domain.lists.rows import ReadList
from bot.requests import returned_files
from bot.requests.drafts import Drafts
from bot.requests.interaction import Reply
from bot.requests.message_photos import Ask, MessagePhotos
from bot.webex.messaging import MessagesApi

PASSWORDS_SEEN = (
    "Everybody in this space can see the passwords of your list. Please delete your message."
)


@dataclass(frozen=True)
class MessageFiles:
    """Reads the list in a message. Its limits are those of all lists."""

    messages: MessagesApi
    worker: ListWorker
    drafts: Drafts
    photos: MessagePhotos

    async def opening(
        self, incoming: IncomingEvent, command: Command | None, ask: Ask
    ) -> Awaitable[Reply] | None:
        """What answers a file of the message: photos, or a list for the command.

        `ask` answers a question about a photo. None if the text asks for something else. Without a
        file: what the text adds to a form that a photo opened.
        """
        if not incoming.files:
            return await self.photos.completing(incoming)
        if command is None and self.photos.wish(incoming) is None:
            return None
        files = await self.described(incoming)
        if files.pictures and (command is None or files.first_list is None):
            return self.photos.open(incoming, files, ask)
        return self.open(incoming, command, files, ask) if command is not None else None

    async def open(
        self, incoming: IncomingEvent, command: Command, files: SentFiles, ask: Ask
    ) -> Reply:
        """Open a request with the list, or say that the files are none.

        Denied before anything is downloaded; Refused with a sentence if the file cannot be read.
        """
        file, authorization = files.first_list, self.drafts.authorization
        if file is None:
            return Reply(files.not_read)
        grants = incoming.grants or ()
        authorization.check(command.verb, grants)
        returned = await returned_files.recognize(self.drafts, file.name, incoming, command)
        command = returned.command
        authorization.check(command.verb, grants)
        received = await self._download(incoming.place, file)
        if received.file.may_be_picture:  # Webex did not tell its name while it was scanned
            return await self.photos.read(incoming, received, files, ask)
        if not received.file.may_be_list:
            return Reply(SentFiles([received.file], 1).not_read)
        typed = rows = await self._read(received.content, command)
        if rows.is_of_dect:
            command = self._for_dect(command)
            authorization.check(command.verb, grants)
        if returned.request is not None:
            rows = await returned_files.with_passwords(self.drafts, returned.request, rows)
        reply = await self.drafts.open(
            command.verb,
            command.args,
            incoming.sender,
            incoming.place,
            incoming.event_id,
            rows=rows,
        )
        visible = any(row.password for row in typed.rows) and not incoming.place.direct
        preface = _joined(
            PASSWORDS_SEEN if visible else "",
            files.others_ignored(received.file),
            returned.note,
            reply.preface,
        )
        return replace(reply, preface=preface)

    async def _download(self, place: Place, file: SentFile) -> ReceivedFile:
        """The file; one without a name may be a photo, which may be larger than a list."""
        limit = self.worker.limits.bytes
        if not file.name:
            limit = max(limit, self.photos.worker.limits.bytes)
        with self.photos.telling_of_scan(place, "list" if file.name else "file") as on_scan:
            return await download(self.messages, file, limit, on_scan=on_scan)

    async def _read(self, content: bytes, command: Command) -> ReadList:
        """The list in a file; one of DECT also where phones were expected.

        `add phones` is what a file without a text is read as.
        """
        required = self._rows_need(command)
        model = command.args.get("model", "")
        or_dect = required == FOR_PHONES
        return await self.worker.read(content, required=required, model=model, or_dect=or_dect)

    def _rows_need(self, command: Command) -> frozenset[Field]:
        return self.drafts.authorization.operation(command.verb).row_fields or frozenset()

    def _for_dect(self, command: Command) -> Command:
        """The command, or what sets up DECT if it is about phones."""
        if self._rows_need(command) != FOR_PHONES:
            return command
        reason = {name: text for name, text in command.args.items() if name == REASON}
        return Command(self.drafts.authorization.operation_for(FOR_DECT).name, reason)

    async def described(self, incoming: IncomingEvent) -> SentFiles:
        """The files of a message."""
        return await describe(self.messages, incoming.files)


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))
