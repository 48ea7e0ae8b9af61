"""The text of a message: length, rendering, mentions (docs/webex/messaging.md §3.5)."""

import re
from collections.abc import Mapping
from html import escape
from typing import Final

from sandbox.chat_model import Draft, MessageContent
from sandbox.errors import bad_request
from sandbox.ids import key_of, public_id
from sandbox.markdown import to_html
from sandbox.message_html import plain_text, sanitised
from sandbox.people import Person, by_email

MAX_BYTES: Final = 7439

_PERSON_MENTION: Final = re.compile(r'<spark-mention[^>]*data-object-id="([^"]+)"')
_ALL_MENTION: Final = re.compile(r'<spark-mention[^>]*data-group-type="all"')


def compose(draft: Draft, members: Mapping[str, Person]) -> MessageContent:
    """Render a draft for a room with these members (by key); 400 if a text is too long.

    Markdown takes precedence over text: the text of the message is then the rendered markdown.
    """
    for name, value in (("text", draft.text), ("markdown", draft.markdown), ("html", draft.html)):
        check_length(name, value)
    html = _html(draft, members)
    if html is None:
        return MessageContent(text=draft.text or None)
    mentioned = tuple(dict.fromkeys(key_of(id_, "PEOPLE") for id_ in _PERSON_MENTION.findall(html)))
    return MessageContent(
        text=plain_text(html) or draft.text or None,
        markdown=draft.markdown or None,
        html=html,
        mentioned=tuple(key for key in mentioned if key in members),
        mentions_all=bool(_ALL_MENTION.search(html)),
    )


def check_length(name: str, value: str | None) -> None:
    """Raise 400 if a text exceeds 7439 bytes of UTF-8."""
    if value is not None and len(value.encode()) > MAX_BYTES:
        raise bad_request(f"The '{name}' of a message may not exceed {MAX_BYTES} bytes.")


def _html(draft: Draft, members: Mapping[str, Person]) -> str | None:
    if draft.markdown:
        people = dict(members)
        return sanitised(to_html(draft.markdown, lambda *match: _mention(people, *match)))
    return sanitised(draft.html) if draft.html else None


def _mention(members: dict[str, Person], kind: str, value: str, label: str) -> str:
    """Return a mention of a member as an element, of anybody else as plain text."""
    if kind == "all":
        attributes = 'data-object-type="groupMention" data-group-type="all"'
        return f"<spark-mention {attributes}>{escape(label or 'All')}</spark-mention>"
    person = (
        members.get(key_of(value, "PEOPLE")) if kind == "personId" else by_email(members, value)
    )
    if person is None:
        return escape(label or value, quote=False)
    return mention_of(person, label)


def mention_of(person: Person, label: str = "") -> str:
    """Return the element that mentions this person."""
    name = escape(label or person.display_name, quote=False)
    attributes = f'data-object-type="person" data-object-id="{public_id("PEOPLE", person.key)}"'
    return f"<spark-mention {attributes}>{name}</spark-mention>"
