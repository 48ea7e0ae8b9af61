"""Makes text from outside safe to show, and joins words to lists."""

import re
from collections.abc import Iterable

# Control, direction and invisible characters, and lone surrogates, which SQLite and JSON refuse.
CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    r"\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)


def clean(text: str, limit: int = 500) -> str:
    """The text as one line without control and direction characters, cut at `limit`."""
    line = " ".join(CONTROL.sub("", text[: limit * 4]).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def join_words(words: Iterable[str], last: str = "or") -> str:
    """`a`, `a or b`, `a, b or c`."""
    *all_but_last, final = list(words) or [""]
    return f"{', '.join(all_but_last)} {last} {final}" if all_but_last else final
