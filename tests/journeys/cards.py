"""Reading a card as a person does: what it says, asks for and offers."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

Json = dict[str, Any]


def content(message: Json) -> Json:
    """The card of a message, which must have one."""
    assert message.get("attachments"), f"no card, only: {message.get('text')}"
    card: Json = message["attachments"][0]["content"]
    return card


def buttons(message: Json) -> list[str]:
    """The titles of its buttons."""
    return [action["title"] for action in content(message).get("actions", [])]


def has_button(message: Json, title: str) -> bool:
    """Whether it has a card with that button."""
    return bool(message.get("attachments")) and title in buttons(message)


def is_plan_for(message: Json, mac: str) -> bool:
    """Whether it is the plan, still to be confirmed, of a change to the device with that MAC.

    `mac` has twelve digits. Other messages, such as results, may name the same device.
    """
    is_plan = has_button(message, "Confirm")
    return is_plan and facts(message).get("MAC", "").replace(":", "") == mac


def data_of(message: Json, title: str) -> Json:
    """What a button submits besides the inputs."""
    data: Json = next(a["data"] for a in content(message)["actions"] if a["title"] == title)
    return data


def boxes(message: Json) -> dict[str, Json]:
    """The inputs by id."""
    return {part["id"]: part for part in content(message)["body"] if "id" in part}


def filled(message: Json) -> dict[str, str]:
    """What stands in the inputs already."""
    return {name: box["value"] for name, box in boxes(message).items() if box.get("value")}


def choices(message: Json, box: str) -> dict[str, str]:
    """Title and value of what can be chosen."""
    return {choice["title"]: choice["value"] for choice in boxes(message)[box]["choices"]}


def mistakes(message: Json) -> dict[str, str]:
    """The sentence right below each input that has one."""
    return {
        above["id"]: plain(below["text"])
        for above, below in pairwise(content(message)["body"])
        if "id" in above and below.get("color") == "attention"
    }


def hints(message: Json) -> dict[str, str]:
    """The sentence right below each input that tells of no mistake."""
    return {
        above["id"]: plain(below["text"])
        for above, below in pairwise(content(message)["body"])
        if "id" in above and below.get("isSubtle")
    }


def warnings(message: Json) -> list[str]:
    """The lines marked with ⚠."""
    return [text for text in _texts(content(message)["body"]) if text.startswith("⚠")]


def facts(message: Json) -> dict[str, str]:
    """Label and value."""
    sets = [part["facts"] for part in content(message)["body"] if part["type"] == "FactSet"]
    return {fact["title"]: plain(fact["value"]) for rows in sets for fact in rows}


def code_of(message: Json) -> str:
    """The code of the request that a card or sentence speaks of."""
    match = re.search(r"\b(?:Request )?([34679ACDEFGHJKMNPQRTWXY]{4})\b", str(message["text"]))
    named = re.search(r"Request ([0-9A-Z]{4})\b", str(message["text"]))
    code = named or match
    assert code, f"no request is named in: {message['text']}"
    return code[1]


def plain(text: str) -> str:
    """Without the escapes that keep markdown away."""
    return re.sub(r"\\(.)", r"\1", text)


def _texts(parts: list[Json]) -> Iterator[str]:
    for part in parts:
        if "text" in part:
            yield plain(part["text"])
        yield from _texts(part.get("items", []))
