"""The elements that all cards are made of, so that they look alike on every phone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from adaptivecardbuilder import ActionSubmit, AdaptiveCard, Fact, FactSet, TextBlock


@dataclass(frozen=True)
class Button:
    """A button and what it submits. `style` is `positive`, `destructive` or empty.

    With `inputs` false the client submits without checking what was typed: Cancel must always work.
    """

    title: str
    data: Mapping[str, Any]
    style: str = ""
    inputs: bool = True


def say(text: str) -> dict[str, str]:
    """The data of a button that works like typing `text`."""
    return {"say": text}


def titled(title: str, subtitle: str = "") -> AdaptiveCard:
    """A new card with its headline, and a subtitle, a quiet line below it."""
    card = AdaptiveCard(version="1.3")
    card.add(TextBlock(title, weight="bolder", size="medium", wrap=True))
    if subtitle:
        card.add(subtle(subtitle))
    return card


def paragraph(text: str, **style: Any) -> TextBlock:
    """A paragraph that wraps, for narrow screens."""
    return TextBlock(text, wrap=True, **style)


def subtle(text: str) -> TextBlock:
    """A small, subtle line."""
    return paragraph(text, isSubtle=True, size="small", spacing="small")


def warning(text: str) -> TextBlock:
    """A line that people must see before they press a button."""
    return paragraph(f"⚠ {text}", color="warning", spacing="small")


def error(text: str) -> TextBlock:
    """An error, placed below its input and close to it."""
    return paragraph(text, color="attention", size="small", spacing="small")


def add_facts(card: AdaptiveCard, facts: Iterable[tuple[str, str]]) -> None:
    """Labels and values in two columns."""
    rows = [Fact(title=title, value=value) for title, value in facts if value]
    if rows:
        card.add([FactSet(), *rows, "<"])


def add_buttons(card: AdaptiveCard, buttons: Iterable[Button]) -> None:
    """Add the buttons in order."""
    for button in buttons:
        extra = {"style": button.style} if button.style else {}
        if not button.inputs:
            extra["associatedInputs"] = "none"
        card.add(ActionSubmit(title=button.title, data=dict(button.data), **extra))
