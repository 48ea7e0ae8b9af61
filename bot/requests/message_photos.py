"""What becomes of the photo in a message: it opens a request, filled with what its labels tell."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.chat.downloads import PICTURE, ReceivedFile, download
from bot.chat.event_reader import IncomingEvent
from bot.chat.files import SentFile, SentFiles
from bot.chat.label_worker import LabelWorker, reads_pictures
from bot.core.errors import Refused
from bot.domain.command_parser import Command
from bot.domain.labels.reading import LabelReading
from bot.domain.labels.sentences import NOT_INSTALLED, choice, not_told, told
from bot.domain.message_parser import MessageParser
from bot.domain.photo_captions import ADD, photo_command
from bot.requests.drafts import Drafts
from bot.requests.interaction import Reply
from bot.webex.messaging import MessagesApi

OTHERS_IGNORED = "I read {file}, and ignored the others: I read one photo at a time."


@dataclass(frozen=True)
class MessagePhotos:
    """Reads the photo in a message."""

    messages: MessagesApi
    worker: LabelWorker
    drafts: Drafts
    parser: MessageParser
    can_read: Callable[[], bool] = reads_pictures

    def command(
        self, incoming: IncomingEvent, reading: LabelReading | None = None
    ) -> Command | None:
        """What the message asks for, with what was read; None if no photo is wanted for it."""
        text = incoming.message.text
        return photo_command(self.parser, incoming.commands, text, reading or LabelReading())

    async def open(self, incoming: IncomingEvent, files: SentFiles, file: SentFile) -> Reply:
        """Open a request with the photo.

        Denied before anything is downloaded; Refused if Webex does not give the file. If nothing
        can be read in it, the form says so.
        """
        if not self.can_read():
            raise Refused(NOT_INSTALLED)
        if command := self.command(incoming):
            self._check(incoming, command)
        received = await download(self.messages, file, self.worker.limits.bytes, PICTURE)
        reply = await self.read(incoming, received)
        ignored = OTHERS_IGNORED.format(file=file.described) if files.count > 1 else ""
        return replace(reply, preface=" ".join(filter(None, (ignored, reply.preface))))

    async def read(self, incoming: IncomingEvent, received: ReceivedFile) -> Reply:
        """Open a request with a photo that was downloaded."""
        if self.command(incoming) is None:  # the file had no name before
            return Reply(SentFiles([received.file], 1).not_read)
        reading, problem = LabelReading(), ""
        try:
            reading = await self.worker.read(received.content)
        except Refused as refusal:
            problem = str(refusal)
        command = self.command(incoming, reading) or Command(ADD)
        self._check(incoming, command)
        return await self.drafts.open(
            command.verb,
            command.args,
            incoming.sender,
            incoming.place,
            incoming.event_id,
            note=problem or _question(reading),
            told=told(reading),
        )

    def _check(self, incoming: IncomingEvent, command: Command) -> None:
        self.drafts.authorization.check(command.verb, incoming.grants or ())


def _question(reading: LabelReading) -> str:
    """What a person must do before there can be a plan; empty if nothing."""
    if reading.needs_choice:
        return f"{told(reading)} {choice(reading.labels[0])}"
    if reading.is_list:
        return told(reading)
    return not_told(reading)
