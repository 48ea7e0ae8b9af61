"""What a person says in a message, line by line, without the mention of the bot. Pure."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Any

from adaptivecardbuilder import AdaptiveCard, Fact

from bot.core.models.text import CONTROL, clean
from bot.core.models.webex import uuid_in
from bot.domain.language.typed_passwords import without_passwords
from bot.webex.messaging import public_id
from bot.webex.paths import is_id
from bot.webex.responses import timestamp

MAX_LENGTH = 8_000  # a Webex message has 7439 bytes at most
MAX_LABEL = 60
PERSON = "PEOPLE:"  # stands before the id of a person who is mentioned
_PERSON_TOKEN = re.compile(rf"{PERSON}[\w+/=-]+…?")  # with an ellipsis where a text was cut
_ID_CHARACTERS = "+/=_-"  # beside letters and digits
_LINE_END = re.compile("[\n\u2028\u2029]")
_FENCE = re.compile(r"(```|~~~)\w*")  # the first or last line of a block of code
_SHOWN = frozenset(["text", "title", "label", "placeholder", "errorMessage"])
_BLOCKS = frozenset(
    ["p", "br", "hr", "li", "ul", "ol", "div", "pre", "table", "tr", "blockquote"]
    + [f"h{level}" for level in range(1, 7)]
)


@dataclass(frozen=True)
class MessageText:
    """A text with one line for each line that was written, and a tab between cells of a table.

    A person who is mentioned is `PEOPLE:` and their REST id; `labels` has the name for each of
    these tokens. Whatever is shown to people goes through `with_names`.
    """

    text: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    had_password: bool = False  # it was left out, as only a form may hold one

    @property
    def shown(self) -> str:
        """The text as people see it."""
        return self.with_names(self.text)

    def with_names(self, text: str) -> str:
        """The text with the name of each mentioned person instead of their id."""
        return _PERSON_TOKEN.sub(self._name, text) if self.labels else text

    def _name(self, match: re.Match[str]) -> str:
        token = match[0]
        names = (label for person, label in self.labels.items() if person.startswith(token[:-1]))
        return next(names, token) if token.endswith("…") else self.labels.get(token, token)

    def put_names_on(self, card: AdaptiveCard) -> None:
        """Write the names into what a card shows; what its buttons and inputs submit stays."""
        if self.labels:
            self._put_names_on(card)

    def _put_names_on(self, item: Any) -> None:
        is_fact = isinstance(item, Fact)
        for key, value in vars(item).items():
            if isinstance(value, list):
                for part in value:
                    self._put_names_on(part)
            elif isinstance(value, str) and (key in _SHOWN or (is_fact and key == "value")):
                setattr(item, key, self.with_names(value))


def spoken_text(message: Mapping[str, Any], me: frozenset[str]) -> MessageText:
    """What a REST message says. `me` are the ids of the bot: REST id and uuid.

    Mentions are read as HTML elements, not by name: the label may be a nickname, and the name may
    be a word of the command (docs/webex/messaging.md §5 item 12). Quotes are what somebody else
    said, so they are left out.
    """
    html = message.get("html")
    if not isinstance(html, str) or not html.strip():
        return _without_passwords(MessageText(_lines(str(message.get("text") or ""))))
    parser = _SpeechReader(me)
    with suppress(AssertionError):  # raised for `<![;`: keep the text before it
        parser.feed(html[: MAX_LENGTH * 4])
        parser.close()  # without it a loose `&` near the end holds back the text around it
    return _without_passwords(MessageText(_lines("".join(parser.parts)), parser.labels))


def _without_passwords(message: MessageText) -> MessageText:
    text, had_password = without_passwords(message.text)
    return replace(message, text=text, had_password=had_password)


def sent_at(message: Mapping[str, Any], *, edited: bool = False) -> float | None:
    """When a REST message was sent, or edited, in Unix seconds; None if that cannot be read."""
    return timestamp(message.get("updated" if edited else "created"))


def _lines(text: str) -> str:
    """The lines that are neither empty nor quoted, without control characters."""
    lines = (_tidy(line) for line in _LINE_END.split(CONTROL.sub("", text[: MAX_LENGTH * 4])))
    spoken = (line for line in lines if line and not line.startswith(">"))
    return "\n".join(line for line in spoken if not _FENCE.fullmatch(line))[:MAX_LENGTH].rstrip()


def _tidy(line: str) -> str:
    """The line with one space between words. Cells stay apart, the empty ones too."""
    cells = [" ".join(cell.split()) for cell in line.split("\t")]
    return "\t".join(cells).rstrip("\t") if any(cells) else ""


class _SpeechReader(HTMLParser):
    """Turns HTML into text, without quotes and without the elements that mention the bot."""

    def __init__(self, me: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self._me = me
        self._mention: str | None = None  # inside one: what stands for it
        self._label = ""
        self._quotes = 0  # how many are open
        self._after_person = False
        self.parts: list[str] = []
        self.labels: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._quotes += tag == "blockquote"
        if tag == "spark-mention":
            self._end_mention()
            self._mention, self._label = _mentioned(dict(attrs), self._me), ""
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "spark-mention":
            self._end_mention()
        elif tag in ("td", "th"):
            self.parts.append("\t")
        elif tag in _BLOCKS:
            self.parts.append("\n")
        if tag == "blockquote":
            self._quotes = max(self._quotes - 1, 0)

    def handle_data(self, data: str) -> None:
        if self._quotes:
            return
        if self._mention is not None:
            self._label += data
            return
        if self._after_person and (data[0].isalnum() or data[0] in _ID_CHARACTERS):
            data = f" {data}"  # else it would become a part of the id
        self._after_person = False
        self.parts.append(data)

    def close(self) -> None:
        super().close()
        self._end_mention()

    def _end_mention(self) -> None:
        """Write what stands for the mention: nothing for the bot, else the person or the label."""
        mention, self._mention = self._mention, None
        if not mention or self._quotes:
            return
        label = clean(self._label, MAX_LABEL)
        self.labels[mention] = label or "that person"
        self.parts.append(f" {mention}")
        self._after_person = True


def _mentioned(attributes: Mapping[str, str | None], me: frozenset[str]) -> str | None:
    """What stands for a mention in the text: nothing for the bot and for a whole group.

    None if nothing tells which person it is: then the label stays as it was typed.
    """
    person = attributes.get("data-object-id") or ""
    uuid = uuid_in(person)
    if person in me or uuid in me or attributes.get("data-object-type") == "groupMention":
        return ""
    if not is_id(person):
        return None
    return PERSON + (public_id("PEOPLE", uuid) if uuid == person.lower() else person)
