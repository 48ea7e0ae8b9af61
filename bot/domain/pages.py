"""Long lists in pages: `devices berlin page 2`. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from adaptivecardbuilder import AdaptiveCard

from bot.core.models.text import clean
from cards.parts import Button, say

T = TypeVar("T")
_PAGE = re.compile(r"(?:^|[\s,]+)(?:page|seite|p[áa]gina)\s+(\d{1,4})[\s.]*$", re.IGNORECASE)
MAX_COMMAND = 200  # characters behind a button


def split_page(text: str) -> tuple[str, int]:
    """The text without `page 3` at its end, and the number of the page, from 1."""
    match = _PAGE.search(text)
    return (text[: match.start()].strip(), max(int(match[1]), 1)) if match else (text, 1)


@dataclass(frozen=True)
class Page:
    """Which rows of a list are shown: `size` of `total`, on the page `number`, from 1."""

    number: int
    size: int
    total: int

    @classmethod
    def of(cls, number: int, size: int, total: int) -> "Page":
        """The page with this number, or the last one if the list is shorter."""
        last = max(-(-total // size), 1)
        return cls(min(number, last), size, total)

    @property
    def start(self) -> int:
        """How many rows are on earlier pages."""
        return (self.number - 1) * self.size

    @property
    def end(self) -> int:
        """How many rows are on earlier pages and on this one."""
        return min(self.start + self.size, self.total)

    def rows(self, rows: Sequence[T]) -> Sequence[T]:
        """The rows of this page."""
        return rows[self.start : self.end]

    def note(self) -> str:
        """`9 to 16 of 31. 15 more.`; empty if the list has one page."""
        if self.total <= self.size:
            return ""
        hidden_count = self.total - self.end
        rest = f" {hidden_count} more." if hidden_count else ""
        return f"{self.start + 1} to {self.end} of {self.total}.{rest}"

    def more(self, command: str) -> list[Button]:
        """The button for the next page, which works like typing the command and `page 2`."""
        following = self.following(command)
        return [Button("More", say(following))] if following else []

    def following(self, command: str) -> str:
        """What to type for the next page; empty on the last one."""
        if self.end >= self.total:
            return ""
        return f"{clean(command, MAX_COMMAND)} page {self.number + 1}"


def with_next_page(card: AdaptiveCard, page: Page, command: str) -> AdaptiveCard:
    """The card, whose text says what to type for the next page where buttons are not shown."""
    card.typed = page.following(command)
    return card
