"""What `provbot doctor` finds, and how it is printed: for a colleague to read, so without secrets."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How it is. Only what is wrong makes the exit status 1."""

    OK = "✓"
    WARNING = "!"
    WRONG = "✗"
    UNKNOWN = "?"


@dataclass(frozen=True)
class Finding:
    """One line of the table. `todo` is what to do next, where there is something."""

    name: str
    said: str
    mark: Mark = Mark.OK
    todo: str = ""


def table(findings: Sequence[Finding], secrets: Iterable[str]) -> str:
    """Marks, names and what was found; what to do stands below it."""
    lines = []
    for one in findings:
        lines.append(f"{one.mark} {one.name:38} {one.said}".rstrip())
        if one.todo:
            lines.append(f"{'':41}→ {one.todo}")
    return without("\n".join((*lines, "", _summary(findings))), secrets)


def as_json(findings: Sequence[Finding], secrets: Iterable[str]) -> str:
    """The same for programs: a list of `{"name", "said", "mark", "todo"}`; mark is `ok`, `warning`, `wrong` or `unknown`."""
    rows = [asdict(one) | {"mark": one.mark.name.lower()} for one in findings]
    return without(json.dumps(rows, ensure_ascii=False, indent=2), secrets)


def is_well(findings: Iterable[Finding]) -> bool:
    """Whether nothing is wrong; warnings do not count."""
    return not any(one.mark is Mark.WRONG for one in findings)


def without(text: str, secrets: Iterable[str]) -> str:
    """The last guard: whatever an error repeated, no secret is printed."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def short(email: str) -> str:
    """`ada@acme.example` → `a…@acme.example`: enough to know who, for those who know."""
    name, at, domain = email.partition("@")
    return f"{name[:1]}…{at}{domain}" if name and at else email


def _summary(findings: Sequence[Finding]) -> str:
    wrong, warnings = (
        sum(one.mark is mark for one in findings) for mark in (Mark.WRONG, Mark.WARNING)
    )
    if not wrong and not warnings:
        return "All is well."
    return f"{wrong} wrong, {warnings} to look at."
