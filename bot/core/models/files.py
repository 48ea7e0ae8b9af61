"""Files that the bot sends, and those that people send."""

from bot.core.models.base import Value


class FileMessage(Value):
    """A text with a file: its name with the ending, its bytes, and its media type.

    `instead` are the messages that stand for it if Webex refuses it; none: a sentence says so.
    """

    text: str
    name: str
    content: bytes
    media_type: str = "text/csv"
    instead: tuple[str, ...] = ()


class FileFacts(Value):
    """What Webex tells of a file that somebody sent. None of it is trusted, and all may be empty.

    `size` is in bytes.
    """

    name: str = ""
    media_type: str = ""
    size: int | None = None
