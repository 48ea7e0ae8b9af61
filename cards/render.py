"""Renders a card as the dict that is sent, and as the text that replaces it.

adaptivecardbuilder writes `schema` where `$schema` belongs, gives every Fact a wrong `type` and
leaves empty lists behind; Webex refuses unknown keys, so all of that is corrected here, once.
"""

import re
from typing import Any

from adaptivecardbuilder import AdaptiveCard

SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
# Beyond this Webex clients get slow and the API may refuse (docs/webex/messaging.md §4.2).
MAX_TEXT_BYTES = 7000  # the API's own limit is 7439 bytes, messaging.md §3.5
# By what a button submits as `press`: the command that does the same.
TYPED_PRESSES = {
    "confirm": "confirm {}",
    "cancel": "cancel {}",
    "undo": "undo {}",
    "retry": "retry {}",
    "stop": "stop {}",
    "approve": "approve {}",
    "reject": "reject {} because …",
}
_INTERNAL_ATTRIBUTES = frozenset({"_pointer", "_previous", "_preserve_level", "schema", "typed"})
# An underscore inside a word (snake_case) is no markup; an ampersand is, before a name and `;`.
# `{{DATE(…)}}` becomes a date, and an address a link, unless a backslash is in it.
_MARKDOWN = re.compile(
    r"[\\*`\[\]~<]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)|(?<=\{)\{|(?<=:)/(?=/)|(?<=\bwww)\.",
    re.IGNORECASE,
)
_BRACES = re.compile(r"\{(?=\{)")
_NO_MARKDOWN = frozenset({"title", "label", "placeholder", "errorMessage"})  # of buttons and inputs
_LINE_START = re.compile(
    r"^(\s*\d*)(#(?=#{0,5}(?:\s|$))|>|[+](?=\s|$)|-(?=[-\s]|$)|=(?=[=\s]*$)|(?<=\d)[.)](?=\s|$))",
    re.MULTILINE,
)


def to_content(card: AdaptiveCard) -> dict[str, Any]:
    """The `content` of an `application/vnd.microsoft.card.adaptive` attachment."""
    content: dict[str, Any] = _plain(card)
    return {"$schema": SCHEMA, **content, "version": "1.3"}


def to_text(card: AdaptiveCard) -> str:
    """The card as text, for notifications and clients without cards (messaging.md §4.3).

    The last line says what to type in place of the inputs and of the buttons of a request.
    """
    text = "\n".join(line for item in card.body for line in _lines(item))
    typed = [*filter(None, [getattr(card, "typed", "")]), *_typed_instead(card.actions)]
    ending = f"\nOr type: {', '.join(typed)}" if typed else ""
    kept = text.encode()[: MAX_TEXT_BYTES - len(ending.encode())].decode(errors="ignore")
    return kept + ending


def escape(text: str) -> str:
    """Escape the text so that a card's markdown shows it as it is."""
    return _LINE_START.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\g<0>", text))


def _typed_instead(actions: list[Any]) -> list[str]:
    """The commands that do what the buttons do: `confirm 7K3F`."""
    presses = [action.data for action in actions if "request" in action.data]
    return [
        TYPED_PRESSES[press["press"]].format(press["request"])
        for press in presses
        if press.get("press") in TYPED_PRESSES
    ]


def _plain(item: Any) -> Any:
    if isinstance(item, str):  # most of them are
        return str(item)  # a member of a StrEnum as well
    if isinstance(item, list):
        return [_plain(part) for part in item]
    if not hasattr(item, "__dict__"):
        return item
    return _without_inner_parts(item)


def _without_inner_parts(item: Any) -> dict[str, Any]:
    values = {
        key: value
        for key, value in vars(item).items()
        if key not in _INTERNAL_ATTRIBUTES and value != []
    }
    if "title" in values and "value" in values and values.get("type") == "FactSet":
        return {"title": escape(values["title"]), "value": escape(values["value"])}
    if values.get("type") == "TextBlock":
        values["text"] = escape(values["text"])
    for key in _NO_MARKDOWN & values.keys():
        values[key] = _BRACES.sub("{ ", str(values[key]))  # a backslash would be seen there
    return {
        key: value if type(value) is str else _plain(value)  # no call for each word of a card
        for key, value in values.items()
    }


def _shown_value(values: dict[str, Any]) -> str:
    """What an input holds, as people see it: of a choice its title."""
    value = str(values.get("value", "…"))
    titles = {choice.value: choice.title for choice in values.get("choices") or ()}
    return str(titles.get(value, value))


def _lines(item: Any) -> list[str]:
    values = vars(item)
    if "facts" in values:
        return [f"{fact.title}: {fact.value}" for fact in values["facts"]]
    if "items" in values:
        return [line for part in values["items"] for line in _lines(part)]
    if "label" in values:
        return [f"{values['label']}: {_shown_value(values)}"]
    return [str(values["text"])] if "text" in values else []
