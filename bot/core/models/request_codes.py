"""Codes of requests within a text that somebody typed. Pure."""

import re

# Characters that people do not confuse on the phone: no 0/O, 1/I/L, 2/Z, 5/S, 8/B, U/V.
ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
CODE_LENGTH = 4
_CODE = re.compile(
    rf"(?<![^\W_])(?=[A-Z]*\d)[{ALPHABET}]{{{CODE_LENGTH}}}(?![^\W_])", re.IGNORECASE
)
# As long as a code, with a digit or in capitals: a code that was misread.
_ALMOST_CODE = re.compile(r"(?<![^\W_])(?:(?=[A-Za-z]*\d)[A-Za-z\d]{4}|[A-Z]{4})(?![^\W_])")
_WORDS_WITHOUT_CODE = frozenset(
    {"a", "it", "that", "this", "the", "them", "one", "my", "last", "now", "please", "pls"}
    | {"thanks", "thx", "request", "requests", "plan", "draft", "change"}
)


def find_codes(text: str) -> list[str]:
    """The codes in the text, in capitals and in order, each once."""
    return list(dict.fromkeys(match.group().upper() for match in _CODE.finditer(text)))


def likely_code(text: str) -> str:
    """The first code in the text, else what was meant as one; empty if nothing was.

    A single word is meant as a code, unless it is a word such as `it` or `please`.
    """
    match = _CODE.search(text) or _ALMOST_CODE.search(text)
    if match:
        return match.group().upper()
    words = telling_words(text)
    return words[0] if len(words) == 1 else ""


def telling_words(text: str) -> list[str]:
    """The words of the text, without those such as `it` or `please`, which name no request."""
    return [word for word in re.findall(r"\w+", text) if word.lower() not in _WORDS_WITHOUT_CODE]
