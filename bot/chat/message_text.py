"""What a person wrote, without the mention of the bot. Pure."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

from bot.models import clean

LONGEST = 8_000  # a Webex message has 7439 bytes at most


def spoken(message: Mapping[str, Any], me: frozenset[str]) -> str:
    """The text of a REST message. `me` are the ids the bot is mentioned by: REST id and uuid.

    Mentions are taken out as elements of the html, not by name: the label may be a nickname, and the
    name may be a word of the command (webex-messaging.md §5 item 12).
    """
    html = message.get("html")
    if html and "spark-mention" in html:
        reader = _Reader(me)
        with suppress(AssertionError):  # `<![;`: what was read up to there is what was said
            reader.feed(html[: LONGEST * 4])
            reader.close()  # else a loose `&` near the end would hold back what stands around it
        return clean("".join(reader.parts), LONGEST)
    return clean(str(message.get("text") or ""), LONGEST)


def said_at(message: Mapping[str, Any]) -> float | None:
    """When a REST message was written, in Unix seconds; None where that cannot be read."""
    return moment_of(message.get("created"))


def moment_of(written: object) -> float | None:
    """A time as Webex writes it, in Unix seconds; None where it cannot be read."""
    try:
        return datetime.fromisoformat(str(written)).timestamp()
    except ValueError:
        return None


class _Reader(HTMLParser):
    """Html to text, leaving out the elements that mention the bot."""

    def __init__(self, me: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self._me = me
        self._inside_mention = False
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "spark-mention":
            self._inside_mention = dict(attrs).get("data-object-id") in self._me
        elif re.fullmatch("p|br|li|div|blockquote", tag):
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "spark-mention":
            self._inside_mention = False

    def handle_data(self, data: str) -> None:
        if not self._inside_mention:
            self.parts.append(data)
