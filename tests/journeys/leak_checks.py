"""What a journey must not leave behind: tracebacks, secrets, and cards that do not fit a phone."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import database
from tests.cards import rules

NUMBERS_OF_OUR_OWN = frozenset({"ms", "status", "lifetime_s", "timestamp", "version"})
# The design's contract: which buttons stand together. On a phone of 360 px a row of three fits.
CONTRACT = (
    ["Continue", "Cancel"],
    ["Continue", "Cancel", "Show"],  # where the MAC is taken: the device that has it
    ["Confirm", "Change", "Cancel"],
    ["Approve", "Reject"],
    ["Approve", "Reject", "Show list"],  # where the request is about a list
)
CODE_IN_GROUPS = re.compile(r"\d{4} \d{4}")
BLOCK = 1 << 16  # bytes; longer than any secret
LONG = 7  # signs that do not stand together by chance
LONGEST_TITLE = 20  # of our buttons; a suggested command can be longer
LONGEST_LABEL = 16  # of a fact: label and value stand side by side


def check_cards(cards: Iterable[dict[str, Any]]) -> None:
    """AssertionError where a card that was posted would not fit, or breaks the contract."""
    for card in cards:
        assert rules.violations(card) == [], card
        titles = rules.buttons(card)
        fixed = [names for names in CONTRACT if names[0] in titles]
        assert not fixed or titles in fixed, titles
        typed = [action["title"] for action in card.get("actions", []) if "say" in action["data"]]
        assert all(len(title) <= LONGEST_TITLE for title in titles if title not in typed), titles
        labels = [
            fact["title"] for element in rules.elements(card) for fact in element.get("facts", ())
        ]
        assert all(len(label) <= LONGEST_LABEL for label in labels), labels


def check_log(log: str, secrets: Collection[str]) -> None:
    """AssertionError with the line that should not be there."""
    check_bytes("the log", log.encode(), secrets)
    for line in log.splitlines():
        assert "Traceback" not in line, line
        entry = _decoded(line)
        assert entry.get("level") not in ("error", "critical"), line
        for text in _texts({k: v for k, v in entry.items() if k not in NUMBERS_OF_OUR_OWN}):
            _check(text, secrets)


def check_rows(rows: Sequence[dict[str, Any]], secrets: Collection[str]) -> None:
    """Check the rows of the database in the same way."""
    for row in rows:
        for text in _texts(row):
            _check(text, secrets)


@dataclass
class Searched:
    """What a database held when it was searched last, and for which secrets.

    A world is searched after each journey. Most of it has not changed since, so there is nothing to
    be found in it but secrets that are new.
    """

    secrets: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    files: dict[str, bytes] = field(default_factory=dict)


def check_database(
    path: Path, secrets: Collection[str], searched: Searched | None = None
) -> Searched:
    """The same for every table there is, and for every byte of the file and of those beside it.

    A row that was deleted is still in the file, and what was written last is in another one.
    Returns what was searched, for the next time.
    """
    before = searched or Searched()
    tables = database.all_rows(path)
    texts = {str(value) for rows in tables for row in rows for value in row.values()}
    files = {file.name: file.read_bytes() for file in path.parent.glob(f"{path.name}*")}
    new = {*secrets} - before.secrets
    for text in texts if new else texts - before.texts:
        _check(text, new if text in before.texts else secrets)
    for name, content in sorted(files.items()):
        if name in before.files:
            check_bytes(name, content, new)
        check_bytes(name, _changed(before.files.get(name, b""), content), secrets)
    return Searched({*secrets}, texts, files)


def _changed(old: bytes, content: bytes) -> bytes:
    """From the first byte on that is another one than before, and somewhat before it."""
    start = 0
    while old[start : start + BLOCK] == content[start : start + BLOCK] and start < len(content):
        start += BLOCK
    return content[max(start - BLOCK, 0) :] if start < len(content) else b""


def check_bytes(where: str, content: bytes, secrets: Collection[str]) -> None:
    """Raise AssertionError if a secret is in the text. Four digits may be in it by chance."""
    for secret in secrets:
        for form in (
            {secret, " ".join(re.findall("....", secret))} if secret.isdigit() else {secret}
        ):
            leaked = len(form) >= LONG and form.encode() in content
            assert not leaked, f"A secret of {len(secret)} characters is in {where}."


def _decoded(line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {"line": line}
    return entry if isinstance(entry, dict) else {"line": line}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif value is not None:
        yield str(value)


def _check(text: str, secrets: Collection[str]) -> None:
    bare = text.replace(" ", "") if CODE_IN_GROUPS.search(text) else text
    for secret in secrets:
        if secret not in bare:  # as nearly always, and known a hundred times sooner
            continue
        # Four digits occur inside ids and times: a secret counts where it stands by itself.
        match = re.search(rf"(?<![\w.:-]){re.escape(secret)}(?![\w.:-])", bare)
        assert match is None, f"A secret was written down: {text[:300]}"
