"""Cards of a request: plan, approval, result, failure."""

from collections.abc import Sequence
from dataclasses import dataclass

from adaptivecardbuilder import AdaptiveCard, InputText

from cards.parts import Button, add_buttons, add_facts, paragraph, subtle, titled, warning

Facts = Sequence[tuple[str, str]]
MAX_SHOWN_STEPS = 8
MAX_REASON_LENGTH = 300  # characters
WHY = "Why? (optional; the approver sees it)"


@dataclass(frozen=True)
class Requester:
    """Who asks, and why. The address tells people of the same name apart.

    Name and reason may be empty.
    """

    name: str
    address: str
    reason: str = ""


@dataclass(frozen=True)
class Change:
    """What a plan changes. `steps` are the titles of its steps; empty if there is only one."""

    title: str
    facts: Facts
    steps: Sequence[str] = ()
    warnings: Sequence[str] = ()
    rows: Sequence[str] = ()  # of a list, instead of its steps
    warned_rows: Sequence[str] = ()


def plan(
    change: Change,
    *,
    subtitle: str,
    changes: Sequence[str] = (),
    notes: Sequence[str] = (),
    buttons: Sequence[Button],
) -> AdaptiveCard:
    """The plan. `changes` tells what is different since it was shown last."""
    card = titled(change.title, subtitle)
    for text in changes:
        card.add(warning(text))
    _add_change(card, change)
    for note in notes:
        card.add(subtle(note))
    add_buttons(card, buttons)
    return card


def _add_change(card: AdaptiveCard, change: Change) -> None:
    """Add facts, the first steps as a numbered list with the rest counted, and warnings."""
    add_facts(card, change.facts)
    add_steps(card, change.steps)
    add_named_rows(card, change.rows, MAX_SHOWN_STEPS)
    for text in change.warned_rows:
        card.add(paragraph(text, spacing="small"))
    for text in change.warnings:
        card.add(warning(text))


def add_reason(card: AdaptiveCard, reason: str) -> None:
    """Add the input in which requesters tell the approver why, filled with what they told."""
    filled = {"value": reason} if reason else {}
    card.add(InputText("reason", label=WHY, maxLength=MAX_REASON_LENGTH, **filled))


def result(
    title: str, facts: Facts, notes: Sequence[str], *, subtitle: str, buttons: Sequence[Button]
) -> AdaptiveCard:
    """The result, with buttons for the next steps."""
    card = titled(f"✓ {title}", subtitle)
    add_facts(card, facts)
    for note in notes:
        card.add(paragraph(note, spacing="small"))
    add_buttons(card, buttons)
    return card


def approval(
    change: Change,
    *,
    requester: Requester,
    subtitle: str,
    buttons: Sequence[Button],
) -> AdaptiveCard:
    """The plan with its requester, and an input for the reason, which a rejection requires."""
    card = titled(change.title, subtitle)
    card.add(paragraph(f"{requester.name or requester.address} asks for your approval."))
    if requester.name:
        card.add(subtle(requester.address))
    if requester.reason:
        card.add(paragraph(f"Why: “{requester.reason}”", spacing="small"))
    _add_change(card, change)
    card.add(InputText("reason", label="Reason (required to reject)", maxLength=MAX_REASON_LENGTH))
    add_buttons(card, buttons)
    return card


def running(
    title: str, steps: Sequence[str], *, subtitle: str, buttons: Sequence[Button]
) -> AdaptiveCard:
    """A request that runs: its first steps by their titles, and what stops it."""
    card = titled(f"⏳ {title}", subtitle)
    add_steps(card, steps)
    add_buttons(card, buttons)
    return card


def add_steps(card: AdaptiveCard, steps: Sequence[str]) -> None:
    """Add the first steps by their titles as a numbered list, and the number of the others."""
    for number, title in enumerate(steps[:MAX_SHOWN_STEPS], start=1):
        card.add(paragraph(f"{number}. {title}", spacing="medium" if number == 1 else "small"))
    more = len(steps) - MAX_SHOWN_STEPS
    if more > 0:
        card.add(subtle(f"and {more} more"))


def add_named_rows(card: AdaptiveCard, rows: Sequence[str], most: int) -> None:
    """Add the first rows of a list, which have their numbers, and the number of the others."""
    for index, text in enumerate(rows[:most]):
        card.add(paragraph(text, spacing="small" if index else "medium"))
    more = len(rows) - most
    if more > 0:
        card.add(subtle(f"and {more:,} more, in the file"))


def failure(
    title: str, sentences: Sequence[str], *, footnote: str, buttons: Sequence[Button]
) -> AdaptiveCard:
    """What failed, why, and what to do next; `footnote` has codes for a support case."""
    card = titled(title)
    for sentence in sentences:
        card.add(paragraph(sentence, spacing="small"))
    if footnote:
        card.add(subtle(footnote))
    add_buttons(card, buttons)
    return card
