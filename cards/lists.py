"""Cards about lists of many rows: the check, and the result."""

from collections.abc import Sequence
from dataclasses import dataclass

from adaptivecardbuilder import AdaptiveCard

from cards.parts import Button, add_buttons, add_facts, paragraph, subtle, titled, warning
from cards.requests import Facts, add_named_rows

MAX_SHOWN_ROWS = 5  # more of them fill the screen of a phone, and the file has all


@dataclass(frozen=True)
class Row:
    """A row of a list by its number, with a sentence about it; `name` is that of its owner.

    `noun` is what people call it: what they typed are lines.
    """

    number: int
    sentence: str
    name: str = ""
    noun: str = "Row"


@dataclass(frozen=True)
class Check:
    """What a list would change, and its rows that are wrong. `notes` are about the whole list.

    `rows` name those that are ready, `warned` are the first of these with a warning.
    """

    title: str
    facts: Facts
    wrong: Sequence[Row]
    warnings: Sequence[str] = ()
    notes: Sequence[str] = ()
    rows: Sequence[str] = ()
    warned: Sequence[Row] = ()


def check(
    checked: Check,
    *,
    subtitle: str,
    changes: Sequence[str] = (),
    ending: str,
    buttons: Sequence[Button],
) -> AdaptiveCard:
    """The check of a list. `ending` stands at the end: what Confirm does, or what to do instead."""
    card = titled(checked.title, subtitle)
    for text in changes:
        card.add(warning(text))
    add_facts(card, checked.facts)
    add_named_rows(card, checked.rows, MAX_SHOWN_ROWS)
    for text in checked.warnings:
        card.add(warning(text))
    _add_rows(card, checked.wrong)
    _add_rows(card, checked.warned)
    for note in checked.notes:
        card.add(subtle(note))
    card.add(paragraph(ending, spacing="medium"))
    add_buttons(card, buttons)
    return card


def result(  # noqa: PLR0913 - the parts of the card
    title: str,
    facts: Facts,
    problems: Sequence[Row],
    *,
    has_file: bool = True,
    notes: Sequence[str] = (),
    footnote: str,
    buttons: Sequence[Button],
) -> AdaptiveCard:
    """What became of a list: counts, the first problems, and what to do next.

    `has_file`: a file has all rows.
    """
    card = titled(title)
    add_facts(card, facts)
    _add_rows(card, problems, has_file=has_file)
    for note in notes:
        card.add(paragraph(note, spacing="small"))
    card.add(subtle(footnote))
    add_buttons(card, buttons)
    return card


def _add_rows(card: AdaptiveCard, rows: Sequence[Row], *, has_file: bool = True) -> None:
    """Add the first rows, and how many more the file has."""
    for index, row in enumerate(rows[:MAX_SHOWN_ROWS]):
        name = f" ({row.name})" if row.name else ""
        text = f"{row.noun} {row.number}{name}: {row.sentence}"
        card.add(paragraph(text, spacing="small" if index else "medium"))
    more = len(rows) - MAX_SHOWN_ROWS
    if more > 0:
        card.add(subtle(f"and {more:,} more{', in the file' if has_file else ''}"))
