"""Words that no native technical writer uses are in no file: sentences, docstrings, comments, docs.

codespell finds misspelt words (`make lint`); this finds words that are spelt right and read badly.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("bench", "bot", "cards", "deploy", "docs", "sandbox", "tests", ".ci", ".github")
SUFFIXES = {
    ".py",
    ".md",
    ".js",
    ".mjs",
    ".html",
    ".css",
    ".toml",
    ".yaml",
    ".yml",
    ".sh",
    ".service",
    "",
}
LEFT_OUT = ("tests/data/", "tests/docs/test_plain_english.py", "node_modules")

# The word, and what to write in its place.
AVOIDED = {
    r"anew": "again",
    r"afresh": "again",
    r"in vain": "without success; unsuccessfully",
    r"mend(?:s|ed|ing)?": "fix, correct, repair",
    r"whoever|whosoever": "anybody who; people who",
    r"howbeit": "but",
    r"for ever": "forever; without limit",
    r"who may not": "people without the right to",
    r"(?:can|could|may) be none|what is none|that is none": "name the thing: an invalid token",
    r"(?:is|are) none of": "is not one of",
    r"is no (?:setting|moment|day|email)": "is not a",
}
PATTERN = re.compile(rf"\b(?:{'|'.join(AVOIDED)})\b".replace(" ", r"\s+"), re.IGNORECASE)


def texts() -> Iterator[Path]:
    """The files that people read or write."""
    for path in sorted(ROOT.iterdir()):
        if path.is_file() and path.name[0] != "." and path.name != "package-lock.json":
            yield path
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if (
                path.is_file()
                and path.suffix in SUFFIXES
                and not any(part in name for part in LEFT_OUT)
            ):
                yield path


def avoided(text: str) -> list[str]:
    """The avoided words in a text, each with its line; a phrase may go over the end of a line."""
    flat = re.sub(r"\s*\n\s*(?:#|//|\*|--)?\s*", lambda gap: " " * len(gap[0]), text)
    return [
        f"line {text.count(chr(10), 0, match.start()) + 1}: {' '.join(match[0].split())}"
        for match in PATTERN.finditer(flat)
    ]


def test_no_file_uses_an_avoided_word():
    uses = {
        path.relative_to(ROOT).as_posix(): matches
        for path in texts()
        if (matches := avoided(path.read_text("utf-8", errors="ignore")))
    }

    assert uses == {}, AVOIDED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It connects again.", []),
        ("It connects anew.", ["line 1: anew"]),
        ("Recommended amendments are renewed.", []),
        ("Whoever asks\nwaits in\n    # vain.", ["line 1: Whoever", "line 2: in vain"]),
    ],
)
def test_an_avoided_word_is_found(text, expected):
    assert avoided(text) == expected
