"""What becomes of the photos in a message: they open a request, filled with what labels tell."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeAlias

from bot.chat.downloads import PICTURE, ReceivedFile, download
from bot.chat.event_reader import IncomingEvent
from bot.chat.files import SentFile, SentFiles
from bot.chat.label_worker import LabelWorker, reads_pictures
from bot.core.errors import Refused
from bot.core.models.people import Grant, Place
from bot.core.models.requests import Request
from bot.core.models.text import join_words
from bot.domain.command_parser import Command
from bot.domain.labels.reading import LabelReading, merge_readings
from bot.domain.labels.sentences import (
    NOT_INSTALLED,
    OWNER_BEHIND_EACH,
    not_understood,
    only_model,
    read_sentence,
    unread_sentence,
)
from bot.domain.lists.rows import ROWS
from bot.domain.message_parser import MessageParser
from bot.domain.photo_captions import (
    ADD_MANY,
    SHOW,
    SHOW_DECT,
    PhotoWish,
    asks_for_nothing,
    fills,
    holds,
    only_read,
    owner_alone,
    photo_wish,
    read_macs,
    show_command,
    takes_no_mac,
)
from bot.requests.drafts import Drafts
from bot.requests.interaction import Reply
from bot.requests.photo_follow_ups import OpenForms, RecentCaptions
from bot.webex.messaging import MessagesApi
from cards import answers
from cards.parts import Button, say

MAX_BUTTONS = 5  # Webex shows no more on a small screen
SCAN_TOLD_AFTER = 5.0  # seconds for which Webex has scanned a file
SCANNING = "⏳ Webex is still scanning your {what} for viruses …"
MAX_IN_MEMORY = 8  # photos: each may have 20 MB, and waits for its turn to be read
OTHERS_IGNORED = "I read {photos}, and ignored the other files of your message."

Ask: TypeAlias = Callable[[Command], Awaitable[Reply]]


@dataclass(frozen=True)
class _Photos:
    """The photos of a message: what all of them tell, and why some could not be read."""

    files: Sequence[SentFile]
    reading: LabelReading
    problems: Sequence[str]

    @property
    def read_note(self) -> str:
        """What was read; empty if that is no MAC."""
        return (
            " ".join([read_sentence(self.reading), *self.problems]) if self.reading.labels else ""
        )

    @property
    def unread_note(self) -> str:
        """Why no MAC was read; empty if one was."""
        if self.reading.labels:
            return ""
        return self.problems[0] if self.problems else unread_sentence(self.reading)

    def others_ignored(self, files: SentFiles) -> str:
        """The sentence about the files beside the photos; empty if there are none."""
        if len(self.files) == files.count:
            return ""
        photos = join_words([file.described for file in self.files], "and")
        return OTHERS_IGNORED.format(photos=photos)


@dataclass(frozen=True)
class MessagePhotos:
    """Reads the photos in a message."""

    messages: MessagesApi
    worker: LabelWorker
    drafts: Drafts
    parser: MessageParser
    can_read: Callable[[], bool] = reads_pictures
    scan_told_after: float = SCAN_TOLD_AFTER
    started_at: float = field(default_factory=time.time)
    _slots: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(MAX_IN_MEMORY), init=False
    )

    @cached_property
    def captions(self) -> RecentCaptions:
        """Words that may belong to a photo which follows."""
        return RecentCaptions(self.drafts.clock)

    async def completing(self, incoming: IncomingEvent) -> Awaitable[Reply] | None:
        """What completes an open form with a text like `for Bob`; None if there is none."""
        args = owner_alone(self.parser, incoming.commands, incoming.message.text)
        if not args:
            return None
        forms = self._forms
        request = await forms.newest(incoming, self._lacks_owner) or await forms.completed_before(
            incoming, lambda draft: args.items() <= draft.inputs.items()
        )
        if request is None:
            self.captions.keep(incoming)
            return None
        return self.drafts.fill_in(request, {**request.inputs, **args})

    @property
    def _forms(self) -> OpenForms:
        return OpenForms(self.drafts, self.started_at)

    def _lacks_owner(self, request: Request) -> bool:
        """Whether the form has a phone and asks for its owner."""
        fields = self.drafts.authorization.operation(request.operation).form.model_fields
        return "owner" in fields and bool(request.inputs) and "owner" not in request.inputs

    def wish(
        self, incoming: IncomingEvent, reading: LabelReading | None = None
    ) -> PhotoWish | None:
        """What the message asks for, with what was read; None if no photo is wanted for it."""
        text = incoming.message.text
        return photo_wish(self.parser, incoming.commands, text, reading or LabelReading())

    async def open(self, incoming: IncomingEvent, files: SentFiles, ask: Ask) -> Reply:
        """Open a request with the photos, or `ask` what is in them.

        Denied before anything is downloaded; Refused if Webex gives none of the files. If nothing
        can be read in them, the form says so.
        """
        if not self.can_read():
            raise Refused(NOT_INSTALLED)
        incoming = self.captions.put_on(incoming, self.parser)
        self._permitted(incoming, LabelReading())
        photos = await self._read(incoming.place, files.pictures)
        return await self._answer(incoming, files, photos, ask)

    async def read(
        self, incoming: IncomingEvent, received: ReceivedFile, files: SentFiles, ask: Ask
    ) -> Reply:
        """Open a request with a photo that was downloaded to learn its name, and others like it."""
        if not self.can_read():
            raise Refused(NOT_INSTALLED)
        other_files = [file for file in files.named if file.may_be_picture or not file.name]
        other_files = [file for file in other_files if file.url != received.file.url]
        photos = await self._read(incoming.place, [received.file, *other_files], received)
        return await self._answer(incoming, files, photos, ask)

    async def _answer(
        self, incoming: IncomingEvent, files: SentFiles, photos: _Photos, ask: Ask
    ) -> Reply:
        wish = self._permitted(incoming, photos.reading)
        command = wish.command
        if command.verb in (SHOW, SHOW_DECT):
            return await self._shown(command, photos, ask)
        if asks_for_nothing(incoming.commands, incoming.message.text):
            reply = await self._completed(incoming, photos)
            if reply is not None:
                return _prefaced(reply, photos.others_ignored(files))
        lacks_owners = _lacks_owners(command, photos.reading)
        read = only_model(photos.reading) if takes_no_mac(command.verb) else photos.read_note
        note = _joined(
            read or photos.unread_note,
            not_understood(wish.unread),
            OWNER_BEHIND_EACH if lacks_owners else "",
        )
        reply = await self.drafts.open(
            command.verb,
            command.args,
            incoming.sender,
            incoming.place,
            incoming.event_id,
            note="" if read and not lacks_owners else note,
            read_note=note if read else "",
        )
        return _prefaced(reply, photos.others_ignored(files))

    async def _read(
        self, place: Place, files: Sequence[SentFile], received: ReceivedFile | None = None
    ) -> _Photos:
        """Read photos one after another: a message may have more than memory should hold.

        `received` is the one of them that was downloaded already.
        """
        noun = "photo" if len(files) == 1 else "photos"
        with self.telling_of_scan(place, noun) as on_scan:
            return await self._read_each(files, received, on_scan)

    def telling_of_scan(
        self, place: Place, noun: str
    ) -> AbstractContextManager[Callable[[], None]]:
        """Tells once that Webex scans what was sent, if that takes long."""
        progress = self.drafts.runner.progress
        return progress.once_noted(place, SCANNING.format(what=noun), self.scan_told_after)

    async def _read_each(
        self,
        files: Sequence[SentFile],
        received: ReceivedFile | None,
        on_scan: Callable[[], None],
    ) -> _Photos:
        photos: list[SentFile] = []
        readings: list[LabelReading] = []
        problems: list[str] = []
        for file in files:
            is_there = received is not None and received.file.url == file.url
            try:
                async with self._slots:
                    photo = received if is_there else None
                    photo = photo or await self._download(file, on_scan)
                    if photo.file.may_be_picture:
                        photos.append(photo.file)
                        readings.append(await self.worker.read(photo.content))
            except Refused as refusal:
                problems.append(str(refusal) if len(files) == 1 else f"{file.described}: {refusal}")
        if not photos:
            raise Refused(problems[0])
        return _Photos(photos, merge_readings(readings), problems)

    async def _download(self, file: SentFile, on_scan: Callable[[], None]) -> ReceivedFile:
        limit = self.worker.limits.bytes
        return await download(self.messages, file, limit, PICTURE, on_scan=on_scan)

    async def _completed(self, incoming: IncomingEvent, photos: _Photos) -> Reply | None:
        """The form that a photo without words fills in; None if no form asks for one."""
        reading, forms = photos.reading, self._forms
        request = await forms.newest(
            incoming, lambda form: bool(fills(form.operation, form.inputs, reading))
        ) or await forms.completed_before(
            incoming, lambda draft: holds(draft.operation, draft.inputs, reading)
        )
        if request is None:
            return None
        inputs = fills(request.operation, request.inputs, reading) or request.inputs
        return await self.drafts.fill_in(request, inputs, photos.unread_note, photos.read_note)

    async def _shown(self, command: Command, photos: _Photos, ask: Ask) -> Reply:
        """The answer to a question about a photo; of several devices, the person chooses one."""
        if photos.unread_note:
            raise Refused(photos.unread_note)
        macs = read_macs(photos.reading)
        if len(macs) == 1:
            return _prefaced(await ask(command), photos.read_note)
        buttons = [Button(mac, say(f"{command.verb} {mac}")) for mac in macs[:MAX_BUTTONS]]
        return Reply(answers.notice("Which device?", photos.read_note, buttons))

    def _permitted(self, incoming: IncomingEvent, reading: LabelReading) -> PhotoWish:
        """What is to be done with what was read. Denied if this person may not do it.

        A photo without a wish shows the device to people without the right to add one.
        """
        wish = self.wish(incoming, reading) or only_read(incoming.message.text, reading)
        grants = incoming.grants or ()
        wishes_nothing = asks_for_nothing(incoming.commands, incoming.message.text)
        if wishes_nothing and self._may(SHOW, grants) and not self._may(wish.command.verb, grants):
            wish = PhotoWish(show_command(reading))
        self.drafts.authorization.check(wish.command.verb, grants)
        return wish

    def _may(self, verb: str, grants: tuple[Grant, ...]) -> bool:
        return self.drafts.authorization.caller("", grants).may(verb)


def _lacks_owners(command: Command, reading: LabelReading) -> bool:
    """Whether it is a list of phones whose owners must be written behind its lines."""
    return command.verb == ADD_MANY and command.args.get(ROWS) == reading.lines


def _prefaced(reply: Reply, sentence: str) -> Reply:
    return replace(reply, preface=_joined(sentence, reply.preface))


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))
