"""Message html: the allowed tags, and conversion to plain text (docs/webex/messaging.md §3.5)."""

from html import escape
from html.parser import HTMLParser
from typing import Final

_KEPT_TAGS: Final = frozenset(
    [
        "a",
        "b",
        "blockquote",
        "br",
        "code",
        "del",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "spark-mention",
        "strong",
        "u",
        "ul",
    ]
)
_VOID_TAGS: Final = frozenset({"br", "hr"})
_KEPT_ATTRIBUTES: Final = {
    "a": frozenset({"href"}),
    "spark-mention": frozenset({"data-object-type", "data-object-id", "data-group-type"}),
    "ol": frozenset({"start"}),
}
_DROPPED_WITH_CONTENT: Final = frozenset({"script", "style"})
_SAFE_LINKS: Final = ("http://", "https://", "mailto:", "tel:", "webexteams:")
_BLOCKS: Final = frozenset(
    ["blockquote", "br", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "ul"]
)


def sanitised(html: str) -> str:
    """Return the html without anything that is not on the allow-list."""
    parser = _Sanitiser()
    parser.feed(html)
    parser.close()
    return "".join(parser.out)


def plain_text(html: str) -> str:
    """Return the visible text, one line for each block."""
    parser = _PlainText()
    parser.feed(html)
    parser.close()
    lines = "".join(parser.out).split("\n")
    return "\n".join(line for line in (line.rstrip() for line in lines) if line.strip())


class _Sanitiser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self._dropping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._dropping += tag in _DROPPED_WITH_CONTENT
        if tag in _KEPT_TAGS:
            self.out.append(f"<{tag}{_attributes(tag, attrs)}>")

    def handle_endtag(self, tag: str) -> None:
        self._dropping -= tag in _DROPPED_WITH_CONTENT and self._dropping > 0
        if tag in _KEPT_TAGS - _VOID_TAGS:
            self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._dropping:
            self.out.append(escape(data, quote=False))


def _attributes(tag: str, attrs: list[tuple[str, str | None]]) -> str:
    allowed = _KEPT_ATTRIBUTES.get(tag, frozenset())
    kept = [(name, value or "") for name, value in attrs if name in allowed]
    return "".join(f' {name}="{escape(value)}"' for name, value in kept if _is_safe(name, value))


def _is_safe(name: str, value: str) -> bool:
    return name != "href" or value.strip().lower().startswith(_SAFE_LINKS)


class _PlainText(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.out.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.out.append("\n")

    def handle_data(self, data: str) -> None:
        self.out.append(data)
