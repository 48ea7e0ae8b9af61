"""Cards of a request: plan, approval, result, failure."""

from collections.abc import Sequence
from dataclasses import dataclass

from adaptivecardbuilder import AdaptiveCard, InputText

from cards.parts import Button, add_buttons, add_facts, paragraph, subtle, titled, warning

Facts = Sequence[tuple[str, str]]
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


def plan(
    title: str,
    facts: Facts,
    warnings: Sequence[str],
    *,
    subtitle: str,
    changes: Sequence[str] = (),
    buttons: Sequence[Button],
) -> AdaptiveCard:
    """The plan. `changes` tells what is different since it was shown last."""
    card = titled(title, subtitle)
    for change in changes:
        card.add(warning(change))
    add_facts(card, facts)
    for text in warnings:
        card.add(warning(text))
    add_buttons(card, buttons)
    return card


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
    title: str,
    facts: Facts,
    warnings: Sequence[str],
    *,
    requester: Requester,
    subtitle: str,
    buttons: Sequence[Button],
) -> AdaptiveCard:
    """The plan with its requester, and an input for the reason, which a rejection requires."""
    card = titled(title, subtitle)
    card.add(paragraph(f"{requester.name or requester.address} asks for your approval."))
    if requester.name:
        card.add(subtle(requester.address))
    if requester.reason:
        card.add(paragraph(f"Why: “{requester.reason}”", spacing="small"))
    add_facts(card, facts)
    for text in warnings:
        card.add(warning(text))
    card.add(InputText("reason", label="Reason (required to reject)", maxLength=MAX_REASON_LENGTH))
    add_buttons(card, buttons)
    return card


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
