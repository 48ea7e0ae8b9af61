"""Files in messages: provbot does not read them, and says so with their names."""

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

MAX_NAMED = 3  # files of one message: Webex takes one, and each name costs a call
MAX_NAME = 60
NAME_TIMEOUT = 3.0  # seconds: a person waits for the answer, which is right without the name
TABLES = frozenset({".csv", ".tsv", ".txt", ".xls", ".xlsx", ".ods"})

IGNORED = "I cannot read files or pictures yet, so I ignored {files}. This is about your text:"
NOT_READ = (
    "I cannot read files or pictures yet, so I did not read {files}. Nothing was changed. {advice}"
)
TYPE_IT = (
    "Please type what you need, for example “add phone MAC MODEL for WHO”. Type “help” to see all "
    "commands."
)
TYPE_LINES = (
    "Please type or paste one “add phone MAC MODEL for WHO” a line, up to five lines in one "
    "message."
)


@dataclass(frozen=True)
class NamedFiles:
    """The files of a message; without their names if Webex does not tell them at once."""

    names: Sequence[str]
    count: int

    @property
    def described(self) -> str:
        """The files as part of a sentence."""
        if len(self.names) == self.count:
            return join_words([f"“{name}”" for name in self.names], "and")
        return "the file" if self.count == 1 else f"the {self.count} files"

    @property
    def ignored(self) -> str:
        """The sentence before the answer to the text of the message."""
        return IGNORED.format(files=self.described)

    @property
    def not_read(self) -> str:
        """The answer to a message that only has files."""
        are_tables = any(PurePath(name).suffix.lower() in TABLES for name in self.names)
        return NOT_READ.format(files=self.described, advice=TYPE_LINES if are_tables else TYPE_IT)


async def named(messages: MessagesApi, urls: Sequence[str]) -> NamedFiles:
    """Read the names of the files at these addresses."""
    facts: list[FileFacts] = []
    try:
        async with asyncio.timeout(NAME_TIMEOUT):
            facts = await asyncio.gather(*(messages.file_facts(url) for url in urls[:MAX_NAMED]))
    except (WebexError, TimeoutError) as error:  # such as 423, while the file is scanned
        log.info("file_name_unread", reason=type(error).__name__)
    return NamedFiles([clean(file.name, MAX_NAME) for file in facts if file.name], len(urls))
