"""Makes text from outside safe to show and to compare, and joins words to lists."""

import re
import unicodedata
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


def clean_lines(text: str, limit: int) -> str:
    """The text without control and direction characters but tabs and line ends, cut at `limit`."""
    lines = (
        "\t".join(CONTROL.sub("", cell) for cell in line.split("\t"))
        for line in text[:limit].splitlines()
    )
    return "\n".join(lines).strip("\n")


# Replaced before NFKC, which turns an acute accent into a space, and after it, which makes others.
_STRAIGHT = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02b9\u02bc\u00b4`\uff07", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\uff02", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-")
)
# Letters that Unicode does not decompose into a base letter and a mark.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)


def fold(text: str) -> str:
    """The text for comparing, as people see it: `Lab  NORTH` → `lab north`.

    Compatibility forms, case, kinds of quotes, of dashes and of spaces do not count, invisible
    characters neither. The length may differ from that of the text.
    """
    visible = CONTROL.sub("", text).translate(_STRAIGHT)
    if visible.isascii():  # most texts: nothing in them has another form
        return " ".join(visible.casefold().split())
    plain = unicodedata.normalize("NFKC", visible).casefold()
    return " ".join(unicodedata.normalize("NFKC", plain.translate(_STRAIGHT)).split())


def fold_loosely(text: str) -> str:
    """Like `fold`, and without diacritics: `Büro Süd` → `buro sud`.

    Different names can become equal, so ask where several fit.
    """
    folded = fold(text)
    if folded.isascii():
        return folded
    decomposed = unicodedata.normalize("NFKD", folded)
    base = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(base.translate(_PLAIN).split())


def join_words(words: Iterable[str], last: str = "or") -> str:
    """`a`, `a or b`, `a, b or c`."""
    *all_but_last, final = list(words) or [""]
    return f"{', '.join(all_but_last)} {last} {final}" if all_but_last else final
