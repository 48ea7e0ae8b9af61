"""Cards that answer a question: help, whoami, devices."""

from collections.abc import Sequence
from dataclasses import dataclass

from adaptivecardbuilder import AdaptiveCard, Container

from cards.parts import Button, add_buttons, add_facts, paragraph, subtle, titled


@dataclass(frozen=True)
class Entry:
    """A headline with a line of detail below it."""

    title: str
    detail: str = ""


@dataclass(frozen=True)
class Section:
    """A second list below the first, with a headline and a quiet line at its end."""

    title: str
    rows: Sequence[Entry]
    end: str = ""


def entries(
    title: str,
    rows: Sequence[Entry],
    *,
    subtitle: str = "",
    end: str = "",
    sections: Sequence[Section] = (),
    buttons: Sequence[Button] = (),
) -> AdaptiveCard:
    """A list with one entry below the other, then its sections."""
    card = titled(title, subtitle)
    _add_rows(card, rows)
    _add_sections(card, sections)
    if end:
        card.add(subtle(end))
    add_buttons(card, buttons)
    return card


def _add_sections(card: AdaptiveCard, sections: Sequence[Section]) -> None:
    for section in sections:
        card.add(paragraph(section.title, weight="bolder", spacing="medium"))
        _add_rows(card, section.rows)
        if section.end:
            card.add(subtle(section.end))


def _add_rows(card: AdaptiveCard, rows: Sequence[Entry]) -> None:
    for row in rows:
        card.add(Container(spacing="small"))
        card.add(paragraph(row.title, weight="bolder", size="small"))
        if row.detail:
            card.add(paragraph(row.detail, spacing="none", size="small"))
        card.back_to_top()


def details(
    title: str,
    facts: Sequence[tuple[str, str]],
    *,
    subtitle: str = "",
    notes: Sequence[str] = (),
    sections: Sequence[Section] = (),
    buttons: Sequence[Button] = (),
) -> AdaptiveCard:
    """One thing, as labels and values, and then what it has, in lists."""
    card = titled(title, subtitle)
    add_facts(card, facts)
    _add_sections(card, sections)
    for note in notes:
        card.add(paragraph(note, spacing="small"))
    add_buttons(card, buttons)
    return card


def notice(title: str, text: str, buttons: Sequence[Button] = ()) -> AdaptiveCard:
    """A sentence with buttons."""
    card = titled(title)
    card.add(paragraph(text))
    add_buttons(card, buttons)
    return card
