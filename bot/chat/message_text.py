"""The text of a message, without the mention of the bot. Pure."""

import re
from collections.abc import Mapping
from contextlib import suppress
from html.parser import HTMLParser
from typing import Any

from bot.core.models.text import clean
from bot.webex.responses import timestamp

MAX_LENGTH = 8_000  # a Webex message has 7439 bytes at most


def plain_text(message: Mapping[str, Any], me: frozenset[str]) -> str:
    """The text of a REST message. `me` are the ids of the bot: REST id and uuid.

    Mentions are removed as HTML elements, not by name: the label may be a nickname, and the name
    may be a word of the command (docs/webex/messaging.md §5 item 12).
    """
    html = message.get("html")
    if html and "spark-mention" in html:
        parser = _MentionStripper(me)
        with suppress(AssertionError):  # raised for `<![;`: keep the text before it
            parser.feed(html[: MAX_LENGTH * 4])
            parser.close()  # without it a loose `&` near the end holds back the text around it
        return clean("".join(parser.parts), MAX_LENGTH)
    return clean(str(message.get("text") or ""), MAX_LENGTH)


def sent_at(message: Mapping[str, Any]) -> float | None:
    """When a REST message was sent, in Unix seconds; None if that cannot be read."""
    return timestamp(message.get("created"))


class _MentionStripper(HTMLParser):
    """Turns HTML into text and leaves out the elements that mention the bot."""

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
