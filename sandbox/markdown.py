"""The documented subset of markdown, converted to html (docs/webex/messaging.md §3.5).

Bold, italic, links, lists, quotes, inline and fenced code, headings and mentions; nothing else.
"""

import re
from collections.abc import Callable, Iterator
from html import escape
from typing import Final

Mention = Callable[[str, str, str], str]
"""Turns (kind, value, label) of ``<@kind:value|label>`` into html; kind ``all`` has no value."""

_MENTION: Final = re.compile(
    r"<@(?P<kind>personEmail|personId|all)(?::(?P<value>[^|>]+))?(?:\|(?P<label>[^>]*))?>"
)
_CODE: Final = re.compile(r"(?P<ticks>`+)(?P<code>.+?)(?P=ticks)")
_LINK: Final = re.compile(r"\[(?P<text>[^\]]+)\]\((?P<url>[^()\s]+)\)")
_AUTOLINK: Final = re.compile(r"<(?P<url>https?://[^>\s]+)>")
_EMPHASIS: Final = (
    (re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"(?<!\w)__(?=\S)(.+?)(?<=\S)__(?!\w)"), r"<strong>\1</strong>"),
    (re.compile(r"\*(?=\S)(.+?)(?<=\S)\*"), r"<em>\1</em>"),
    (re.compile(r"(?<!\w)_(?=\S)(.+?)(?<=\S)_(?!\w)"), r"<em>\1</em>"),
)
_ESCAPED: Final = re.compile(r"\\([\\`*_{}\[\]()#+\-.!>|<~])")
_LITERAL: Final = re.compile("\x02(\\d+)\x03")

_FENCE: Final = re.compile(r"^\s{0,3}(```|~~~)")
_HEADING: Final = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_QUOTE: Final = re.compile(r"^\s{0,3}>\s?")
_ITEM: Final = re.compile(r"^\s*(?:[-*+]|(?P<number>\d{1,9})[.)])\s+(?P<text>.*)$")


def to_html(markdown: str, mention: Mention) -> str:
    """Return the html of a markdown text."""
    return "".join(_blocks(markdown.replace("\r\n", "\n").split("\n"), mention))


def _blocks(lines: list[str], mention: Mention) -> Iterator[str]:
    while lines:
        parse = next(parse for starts, parse in _BLOCKS if starts(lines[0]))
        html, lines = parse(lines, mention)
        yield html


Block = tuple[str, list[str]]


def _blank(lines: list[str], _mention: Mention) -> Block:
    return "", lines[1:]


def _fence(lines: list[str], _mention: Mention) -> Block:
    end = next((n for n, line in enumerate(lines[1:], 1) if _FENCE.match(line)), len(lines))
    code = "\n".join(lines[1:end])
    return f"<pre><code>{escape(code, quote=False)}\n</code></pre>", lines[end + 1 :]


def _heading(lines: list[str], mention: Mention) -> Block:
    match = _HEADING.match(lines[0])
    marks, text = match.groups() if match else ("#", lines[0])
    return f"<h{len(marks)}>{inline(text, mention)}</h{len(marks)}>", lines[1:]


def _quote(lines: list[str], mention: Mention) -> Block:
    end = _run_length(lines, lambda line: bool(_QUOTE.match(line)))
    inner = [_QUOTE.sub("", line) for line in lines[:end]]
    return f"<blockquote>{''.join(_blocks(inner, mention))}</blockquote>", lines[end:]


def _list(lines: list[str], mention: Mention) -> Block:
    first = _ITEM.match(lines[0])
    ordered = bool(first and first["number"])
    end = _run_length(lines, lambda line: _is_item(line, ordered=ordered))
    items = (_ITEM.sub(lambda match: match["text"], line) for line in lines[:end])
    tag = "ol" if ordered else "ul"
    body = "".join(f"<li>{inline(item, mention)}</li>" for item in items)
    return f"<{tag}>{body}</{tag}>", lines[end:]


def _is_item(line: str, *, ordered: bool) -> bool:
    match = _ITEM.match(line)
    return bool(match) and bool(match and match["number"]) == ordered


def _paragraph(lines: list[str], mention: Mention) -> Block:
    end = 1 + _run_length(
        lines[1:], lambda line: not any(starts(line) for starts, _ in _BLOCKS[:-1])
    )
    return f"<p>{'<br/>'.join(inline(line.strip(), mention) for line in lines[:end])}</p>", lines[
        end:
    ]


def _run_length(lines: list[str], belongs: Callable[[str], bool]) -> int:
    return next((n for n, line in enumerate(lines) if not belongs(line)), len(lines))


_BLOCKS: Final[list[tuple[Callable[[str], bool], Callable[[list[str], Mention], Block]]]] = [
    (lambda line: not line.strip(), _blank),
    (lambda line: bool(_FENCE.match(line)), _fence),
    (lambda line: bool(_HEADING.match(line)), _heading),
    (lambda line: bool(_QUOTE.match(line)), _quote),
    (lambda line: bool(_ITEM.match(line)), _list),
    (lambda _line: True, _paragraph),
]


def inline(text: str, mention: Mention) -> str:
    """Return the html of one line; literal parts are put aside before the rest is rewritten."""
    literals: list[str] = []

    def hold(html: str) -> str:
        literals.append(html)
        return f"\x02{len(literals) - 1}\x03"

    text = text.replace("\x02", "").replace("\x03", "")
    text = _CODE.sub(lambda m: hold(f"<code>{escape(m['code'], quote=False)}</code>"), text)
    text = _MENTION.sub(
        lambda m: hold(mention(m["kind"], m["value"] or "", m["label"] or "")), text
    )
    text = _AUTOLINK.sub(lambda m: hold(_link(m["url"], m["url"])), text)
    text = _ESCAPED.sub(lambda m: hold(escape(m[1], quote=False)), text)
    text = escape(text, quote=False)
    text = _LINK.sub(lambda m: hold(_open_link(m["url"])) + m["text"] + hold("</a>"), text)
    for pattern, replacement in _EMPHASIS:
        text = pattern.sub(replacement, text)
    return _restore_held(text, literals)


def _restore_held(text: str, literals: list[str]) -> str:
    """Put the parts that were set aside back into place; they can be nested."""
    return _LITERAL.sub(lambda m: _restore_held(literals[int(m[1])], literals), text)


def _open_link(url: str) -> str:
    return f'<a href="{escape(url.replace("&amp;", "&"))}">'


def _link(url: str, text: str) -> str:
    return f"{_open_link(url)}{escape(text, quote=False)}</a>"
