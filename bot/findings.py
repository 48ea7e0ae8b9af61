"""What `provbot doctor` finds, and how it is printed: for a colleague to read, so without secrets."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

SHORTEST = 6  # signs; the tokens, secrets and keys of Webex and provbot have 44 and more


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
    for one in _masked(findings, secrets):
        lines.append(f"{one.mark} {one.name:38} {one.said}".rstrip())
        if one.todo:
            lines.append(f"{'':41}→ {one.todo}")
    return "\n".join((*lines, "", _summary(findings)))


def as_json(findings: Sequence[Finding], secrets: Iterable[str]) -> str:
    """The same for programs: a list of `{"name", "said", "mark", "todo"}`; mark is `ok`, `warning`, `wrong` or `unknown`."""
    rows = [asdict(one) | {"mark": one.mark.name.lower()} for one in _masked(findings, secrets)]
    return json.dumps(rows, ensure_ascii=False, indent=2)


def is_well(findings: Iterable[Finding]) -> bool:
    """Whether nothing is wrong; warnings do not count."""
    return not any(one.mark is Mark.WRONG for one in findings)


def without(text: str, secrets: Iterable[str]) -> str:
    """The last guard: whatever an error repeated, no secret is printed."""
    # What is shorter is no token, but a word that somebody typed: it stands in our own sentences.
    longest_first = sorted((one for one in secrets if len(one) >= SHORTEST), key=len, reverse=True)
    for secret in longest_first:
        text = text.replace(secret, "***")
    return text


def _masked(findings: Iterable[Finding], secrets: Iterable[str]) -> list[Finding]:
    """Only what was found: names, and words of the table itself, come from nowhere else."""
    held = [*secrets]
    return [
        replace(one, said=without(one.said, held), todo=without(one.todo, held)) for one in findings
    ]


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
