"""The files of a message: what Webex tells of them, and what is said about those not read."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from bot.core import logs
from bot.core.errors import WebexError
from bot.core.models.files import FileFacts
from bot.core.models.text import clean, join_words
from bot.webex.messaging import MessagesApi

log = logs.get_logger("files")

MAX_NAMED = 10  # files of one message: each name costs a call
MAX_NAME = 60
NAME_TIMEOUT = 3.0  # seconds: a person waits for the answer, which is right without the name
# Those that cannot be read are among them: the reader of lists says what to do with each kind.
LIST_SUFFIXES = frozenset({
    ".csv", ".tsv", ".txt", ".xls", ".xlsx", ".xlsm", ".xlsb", ".ods", ".numbers",
})  # fmt: skip
LIST_TYPES = frozenset({
    "text/csv", "text/plain", "text/tab-separated-values", "application/csv",
    "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
})  # fmt: skip
PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif"})
PICTURE_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/heic", "image/heif"})
NO_TYPES = frozenset({"", "application/octet-stream", "binary/octet-stream"})  # they tell nothing

IGNORED = (
    "I read only photos of labels and lists of phones, so I ignored {files}. This is about your"
    " text:"
)
IGNORED_PHOTO = (
    "Your text asks for something else, so I ignored {files}. To have a photo of a label read, send"
    " it alone or with “for WHO”. This is about your text:"
)
IGNORED_LIST = (
    "Your text asks for something else, so I ignored {files}. To have a list read, send it alone"
    " or with “add phones”. This is about your text:"
)
OTHERS_IGNORED = "I read {file}, and ignored the others: I read one list at a time."
NOT_READ = (
    "I read only photos of labels and lists of phones (CSV or .xlsx), so I did not read {files}."
    " Nothing was changed. Please type what you need, for example “add phone MAC MODEL for WHO”."
    " Type “help” to see all commands."
)


@dataclass(frozen=True)
class SentFile:
    """A file of a message; without name and type if Webex does not tell them at once.

    The name is cleaned for people; `size` is in bytes.
    """

    url: str
    name: str = ""
    media_type: str = ""
    size: int | None = None

    @property
    def may_be_list(self) -> bool:
        """Whether its name, or else its type, is that of a list, or neither is known."""
        suffix = PurePath(self.name).suffix.lower()
        if suffix in LIST_SUFFIXES or self.media_type in LIST_TYPES:
            return True
        return not suffix and self.media_type in NO_TYPES

    @property
    def may_be_picture(self) -> bool:
        """Whether its name, or else its type, is that of a picture that may be read."""
        suffix = PurePath(self.name).suffix.lower()
        return suffix in PICTURE_SUFFIXES or (not suffix and self.media_type in PICTURE_TYPES)

    @property
    def described(self) -> str:
        """The file as part of a sentence."""
        return f"“{self.name}”" if self.name else "the file"


@dataclass(frozen=True)
class SentFiles:
    """The files of a message: those that are named, and the number of all."""

    named: Sequence[SentFile]
    count: int

    @property
    def described(self) -> str:
        """The files as part of a sentence."""
        names = [file.described for file in self.named if file.name]
        if len(names) == self.count:
            return join_words(names, "and")
        return "the file" if self.count == 1 else f"the {self.count} files"

    @property
    def first_list(self) -> SentFile | None:
        """The first file that may be a list."""
        return next((file for file in self.named if file.may_be_list), None)

    @property
    def pictures(self) -> list[SentFile]:
        """The files that may be pictures."""
        return [file for file in self.named if file.may_be_picture]

    @property
    def ignored(self) -> str:
        """The sentence before the answer to the text of the message."""
        if any(file.name and file.may_be_list for file in self.named):
            return IGNORED_LIST.format(files=self.described)
        sentence = IGNORED_PHOTO if self.pictures else IGNORED
        return sentence.format(files=self.described)

    @property
    def not_read(self) -> str:
        """The answer to a message that only has files without a list."""
        return NOT_READ.format(files=self.described)

    def others_ignored(self, file: SentFile) -> str:
        """The sentence about the files beside the one that was read; empty if there are none."""
        return OTHERS_IGNORED.format(file=file.described) if self.count > 1 else ""


async def describe(messages: MessagesApi, urls: Sequence[str]) -> SentFiles:
    """Read names and types of the files at these addresses."""
    described = (_describe(messages, url) for url in urls[:MAX_NAMED])
    return SentFiles(await asyncio.gather(*described), len(urls))


async def _describe(messages: MessagesApi, url: str) -> SentFile:
    try:
        async with asyncio.timeout(NAME_TIMEOUT):
            return sent_file(url, await messages.file_facts(url))
    except (WebexError, TimeoutError) as error:  # such as 423, while the file is scanned
        log.info("file_name_unread", reason=type(error).__name__)
        return SentFile(url)


def sent_file(url: str, facts: FileFacts) -> SentFile:
    """The file at this address."""
    return SentFile(url, clean(facts.name, MAX_NAME), facts.media_type, facts.size)
