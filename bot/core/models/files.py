"""A file that the bot sends."""

from bot.core.models.base import Value


class FileMessage(Value):
    """A text with a file: its name with the ending, its bytes, and its media type."""

    text: str
    name: str
    content: bytes
    media_type: str = "text/csv"
