"""What is asked about DECT networks: `dect Warehouse page 2` → which network, and what of it. Pure.

Words at both ends say what of a network is wanted; the rest names it, or its location.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.core.models.dect import DectNetwork, Handset
from bot.core.models.text import fold
from bot.domain.device_table import split_file
from bot.domain.lookup import names
from bot.domain.lookup.dect_networks import matching_networks
from bot.domain.lookup.names import Named
from bot.domain.pages import split_page
from bot.domain.pairing_sheet import owner_of

ANYWAY = "anyway"  # on the government cloud: Webex is asked, although it may lack DECT
_ANYWAY = re.compile(rf"(?:^|\s+){ANYWAY}[\s.!]*$", re.IGNORECASE)
_BASES = r"bases?(?:\s*stations?)?"
_HANDSETS = r"handsets?|phones?|lines?"
_OPTIONS = "options"
# Between a network and an owner.
_OUTER_WORDS = re.compile(r"^(?:for|of)\s+|\s+(?:in|at|on|from|to|with)$", re.IGNORECASE)
_FOR_OWNER = re.compile(r"(.+)\s+for\s+(.+)", re.IGNORECASE)


class Part(StrEnum):
    """What of a network is wanted; the value is what is typed for it."""

    ALL = ""
    BASES = "bases"
    OPTIONS = _OPTIONS


@dataclass(frozen=True)
class Search:
    """What is asked for. `text` names a network or a location; empty: all networks."""

    text: str = ""
    part: Part = Part.ALL
    page: int = 1
    as_file: bool = False
    anyway: bool = False


def read_dect(text: str, *, government: bool = False) -> Search:
    """What somebody typed behind `dect`. Only on the government cloud, `anyway` means more."""
    without_anyway = _ANYWAY.sub("", text) if government else text
    rest, as_file = split_file(without_anyway)
    rest, page = split_page(rest)
    rest = rest.strip(" ,.:?!")
    anyway = without_anyway != text
    return Search(_without_article(rest), page=page, as_file=as_file, anyway=anyway)


def with_part(search: Search, networks: Sequence[DectNetwork]) -> Search:
    """The search without the words for a part, unless a network has them in its name."""
    if any(fold(network.name) == fold(search.text) for network in networks):
        return search
    return next(
        (replace(search, text=rest, part=part) for part, rest in _parts(search.text)), search
    )


def _parts(text: str) -> Iterator[tuple[Part, str]]:
    """`bases of Hall`, `Hall bases` → the bases of Hall."""
    for part, words in (
        (Part.BASES, _BASES),
        (Part.ALL, _HANDSETS),
        (Part.OPTIONS, _OPTIONS),
    ):
        before = re.match(rf"(?:{words})\s+(?:of|in|at|on)\s+(.+)$", text, re.IGNORECASE)
        behind = re.match(rf"(.+?)\s+(?:{words})$", text, re.IGNORECASE)
        if match := before or behind:
            yield part, _without_article(match[1])


def _without_article(text: str) -> str:
    return re.sub(r"^(?:of|in|at|the)\s+(?=\S)", "", text, flags=re.IGNORECASE)


@dataclass(frozen=True)
class Matches:
    """The networks that are meant. `is_one`: the only one is meant, by its name.

    `location` is the one that a text names; empty if it names a network.
    """

    networks: tuple[DectNetwork, ...]
    is_one: bool = False
    location: str = ""


def matches_of(text: str, networks: Sequence[DectNetwork]) -> Matches:
    """The networks that a text names, by themselves or by their location; all for an empty text."""
    if not text:
        return Matches(tuple(networks))
    named, is_sure = matching_networks(text, networks)
    location = _location_of(text, networks)
    if not location or any(fold(network.name) == fold(text) for network in named):
        return Matches(tuple(named), is_one=is_sure)
    there = [network for network in networks if network.location == location]
    others = [network for network in named if network not in there]
    return Matches((*there, *others), location="" if others else location)


def _location_of(text: str, networks: Sequence[DectNetwork]) -> str:
    """The location that a text names for sure; empty if it names none, or several."""
    known = sorted({network.location for network in networks if network.location})
    match = names.best(text, [Named(index, location) for index, location in enumerate(known)])
    return known[match.indexes[0]] if match.sure else ""


def split_owner(text: str) -> tuple[str, str]:
    """`Warehouse for Ann` → the network, and whose handsets are meant; all if nobody is named."""
    match = _FOR_OWNER.fullmatch(text)
    return (match[1], match[2]) if match else (text, "")


def split_network(text: str, networks: Sequence[DectNetwork]) -> tuple[DectNetwork | None, str]:
    """`Warehouse Ann`, `Ann in Warehouse` → the network, and whose handsets are meant."""
    words = text.split()
    for index in range(len(words) - 1, 0, -1):
        before, behind = " ".join(words[:index]), " ".join(words[index:])
        for name, owner in ((before, behind), (behind, before)):
            matches = matches_of(_without_article(name), networks)
            if matches.is_one:
                return matches.networks[0], _OUTER_WORDS.sub("", owner)
    return None, ""


def owned_by(owner: str, handsets: Sequence[Handset]) -> list[Handset]:
    """The handsets whose owner, or whose name, is what a text names."""
    for name_of in (owner_of, lambda handset: handset.shown_name):
        named = [Named(index, name_of(handset)) for index, handset in enumerate(handsets)]
        if indexes := names.best(owner, named).indexes:
            return [handsets[index] for index in sorted(indexes)]
    return []
