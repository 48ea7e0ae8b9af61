"""The text of a file, in one of the encodings that spreadsheets write."""

import codecs
import re

from bot.core.errors import Refused

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 4096  # bytes
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffe\uffff]")
NOT_TEXT = (
    "I cannot read the file: it is neither text nor an Excel workbook. Nothing was changed. Please"
    " save the list as “CSV UTF-8” or .xlsx, and send that file."
)


def decode(content: bytes) -> str:
    """The text without its mark; Refused if it is not text.

    Without a mark it is UTF-8 or UTF-16 where that is possible, else Windows-1252.
    """
    for encoding in _encodings(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return _checked(text)
    raise Refused(NOT_TEXT)


def _encodings(content: bytes) -> tuple[str, ...]:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return (encoding,)
    sample = content[:_SAMPLE]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 4 > len(sample):  # most letters of a list are ASCII: every second byte is 0
        return ("utf-16-le" if odd > even else "utf-16-be",)
    return ("utf-8", "cp1252")


def _checked(text: str) -> str:
    plain = text.rstrip("\x1a\x00")  # how DOS ended a text
    if _BINARY.search(plain):
        raise Refused(NOT_TEXT)
    return plain
