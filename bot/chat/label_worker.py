"""Reads pictures of labels in a process of their own."""

from dataclasses import dataclass, field
from importlib.util import find_spec

from bot.chat import label_process
from bot.chat.file_worker import FileWorker
from bot.core import logs
from bot.core.errors import Refused
from bot.domain.labels.limits import PictureLimits
from bot.domain.labels.reading import LabelReading, read_labels
from bot.domain.labels.sentences import TOO_LARGE
from bot.domain.labels.transfer import load_codes, options_of

NOT_READ = (
    "I could not read the picture. Nothing was changed. Please take it again and send that one, or"
    " type the MAC address; if the same happens again, tell the operator of this bot."
)
_LIBRARIES = ("PIL", "zxingcpp")
_HEIC_LIBRARY = "pillow_heif"


@dataclass
class LabelWorker(FileWorker):
    """Reads pictures; most take less than half a second of work."""

    module = label_process.__name__
    too_costly = label_process.TOO_COSTLY
    not_read = NOT_READ
    log = logs.get_logger("labels")
    event = "picture_not_read"

    limits: PictureLimits = field(default_factory=PictureLimits)
    at_once: int = field(default=2, kw_only=True)  # a dozen people may photograph their phones
    memory: int = field(default=512 * 1_048_576, kw_only=True)

    async def read(self, content: bytes) -> LabelReading:
        """What the labels in a picture tell; Refused with a sentence if it cannot be read.

        A picture without any code that can be read is a reading without labels.
        """
        if len(content) > self.limits.bytes:  # need not wait for its turn
            raise Refused(TOO_LARGE.format(limit=f"{self.limits.bytes / 1_048_576:.3g} MB"))
        return read_labels(load_codes(await self.run(options_of(self.limits), content)))


def reads_pictures() -> bool:
    """Whether the libraries are installed; they are loaded in the process only."""
    return all(map(find_spec, _LIBRARIES))


def reads_heic() -> bool:
    """Whether the reader for HEIC is installed, which is apart from the others."""
    return reads_pictures() and find_spec(_HEIC_LIBRARY) is not None
