"""Reads lists of phones in a process of their own."""

from collections.abc import Collection
from dataclasses import dataclass, field

from bot.chat import list_process
from bot.chat.file_worker import FileWorker
from bot.core import logs
from bot.core.errors import Refused
from bot.domain.lists.column_names import Field
from bot.domain.lists.columns import FOR_PHONES
from bot.domain.lists.rows import ReadList
from bot.domain.lists.sheet import TOO_LARGE, Limits
from bot.domain.lists.transfer import load_list, options_of

NOT_READ = (
    "I could not read the list. Nothing was changed. Please save it as CSV, and send that file; if"
    " the same happens again, tell the operator of this bot."
)


@dataclass
class ListWorker(FileWorker):
    """Reads lists; a list of 1,000 rows takes less than a second of work."""

    module = list_process.__name__
    too_costly = list_process.TOO_COSTLY
    not_read = NOT_READ
    log = logs.get_logger("lists")
    event = "list_not_read"

    limits: Limits = field(default_factory=Limits)
    memory: int = field(default=384 * 1_048_576, kw_only=True)  # Python and libraries take 100 MB

    async def read(
        self,
        content: bytes,
        *,
        required: Collection[Field] = FOR_PHONES,
        model: str = "",
        or_dect: bool = False,
    ) -> ReadList:
        """The list in a file, as `reader.read_file`; Refused also if it takes too long."""
        if len(content) > self.limits.bytes:  # need not wait for its turn
            raise Refused(TOO_LARGE.format(limit=f"{self.limits.bytes / 1_048_576:.3g} MB"))
        options = options_of(self.limits, required, model, or_dect=or_dect)
        return load_list(await self.run(options, content))
