"""DECT networks, base stations and handsets in words, for cards and for CSV files. Pure.

Access codes are in none of them: they stand in the pairing sheet only (`bot.domain.pairing_sheet`).
"""

import re
from collections.abc import Sequence

from bot.core.models.dect import BaseStation, DectNetwork, Handset
from bot.core.models.files import FileMessage
from bot.core.models.text import fold, fold_loosely
from bot.domain.dect_limits import Limits, known_model, limits_of
from bot.domain.pairing_sheet import line_of, owner_of, second_line_of
from bot.domain.tables import csv_file

NETWORK_COLUMNS = (
    "Name", "Location", "Model", "Base stations", "Handsets", "Lines", "Name on the handset",
    "Access code",
)  # fmt: skip
HANDSET_COLUMNS = (
    "Name on the handset", "Owner", "Extension", "Number", "Line 2", "Line 2 extension",
    "Line 2 number", "Paired",
)  # fmt: skip
ONE_FOR_ALL, ONE_EACH, UNKNOWN = "one for all", "one per user", "unknown"
MAX_NAME = 40  # characters of a file name


def model_of(network: DectNetwork) -> str:
    """`DBS210`."""
    return known_model(network.model) or network.model


def bases_of(network: DectNetwork) -> str:
    """`2 of 250`: how many there are, and the limit of the model, as far as they are known."""
    limits = _limits(network)
    return _count(network.base_stations, limits.base_stations if limits else None)


def lines_of(network: DectNetwork) -> str:
    """`40 of 1000`."""
    limits = _limits(network)
    return _count(network.lines, limits.lines if limits else None)


def handsets_of(network: DectNetwork) -> str:
    """`40`."""
    return _count(network.handsets, None)


def kind_of_code(network: DectNetwork) -> str:
    """Whether one access code is for all handsets, without telling it."""
    if network.has_shared_code is None:
        return UNKNOWN
    return ONE_FOR_ALL if network.has_shared_code else ONE_EACH


def network_line(network: DectNetwork) -> str:
    """`Berlin · DBS210 · bases 2 of 250 · handsets 40 · lines 40 of 1000`."""
    parts = (
        network.location,
        model_of(network),
        f"bases {bases_of(network)}",
        f"handsets {handsets_of(network)}",
        f"lines {lines_of(network)}",
    )
    return " · ".join(part for part in parts if part)


def base_line(station: BaseStation) -> str:
    """`3 lines registered`: Webex tells no other state of a base station."""
    number = station.lines_registered
    if number is None:
        return "registered lines unknown"
    if number == 0:
        return "none registered yet"
    return "1 line registered" if number == 1 else f"{number} lines registered"


def handset_line(handset: Handset, state: str) -> str:
    """`Ann Alder · ext. 1234 · line 2: Store · ext. 7000 · paired`.

    The owner is left out where the handset has the same name.
    """
    second, owner = second_line_of(handset), owner_of(handset)
    first = line_of(handset.lines[0]) if handset.lines else owner
    if fold(owner) == fold(handset.shown_name):
        first = first.removeprefix(owner).removeprefix(" · ")
    parts = (
        first,
        f"line 2: {second}" if second else "",
        state,
    )
    return " · ".join(part for part in parts if part)


def tells_pairing(handsets: Sequence[Handset], stations: Sequence[BaseStation]) -> bool:
    """Whether the list of handsets says which are paired.

    It does not if lines are registered at base stations, and no handset has one.
    """
    registered = sum(station.lines_registered or 0 for station in stations)
    return registered == 0 or any(handset.is_paired for handset in handsets)


def state_of(handset: Handset, *, is_told: bool) -> str:
    """`paired`, `not paired yet`; empty where Webex does not tell."""
    if handset.is_paired:
        return "paired"
    return "not paired yet" if is_told else ""


def networks_file(title: str, search: str, networks: Sequence[DectNetwork]) -> FileMessage:
    """The networks as a file, with the sentence in front of it."""
    rows = [
        (
            network.name,
            network.location,
            model_of(network),
            _cell(network.base_stations),
            _cell(network.handsets),
            _cell(network.lines),
            network.display_name,
            kind_of_code(network),
        )
        for network in networks
    ]
    return _file(title, f"dect {search}", csv_file(NETWORK_COLUMNS, rows))


def handsets_file(
    title: str, network: DectNetwork, handsets: Sequence[Handset], *, is_told: bool
) -> FileMessage:
    """The handsets of a network as a file, with the sentence in front of it."""
    rows = [_handset_row(handset, is_told=is_told) for handset in handsets]
    return _file(title, f"dect {network.name}", csv_file(HANDSET_COLUMNS, rows))


def _handset_row(handset: Handset, *, is_told: bool) -> tuple[str, ...]:
    first, second = (*handset.lines, None, None)[:2]
    return (
        handset.shown_name,
        owner_of(handset),
        first.extension if first else "",
        first.number if first else "",
        second.name if second else "",
        second.extension if second else "",
        second.number if second else "",
        "yes" if handset.is_paired else ("no" if is_told else ""),
    )


def _file(title: str, name: str, content: bytes) -> FileMessage:
    words = re.findall(r"[a-z0-9]+", fold_loosely(name))
    return FileMessage(
        text=title, name=f"{'-'.join(words)[:MAX_NAME].rstrip('-')}.csv", content=content
    )


def _limits(network: DectNetwork) -> Limits | None:
    return limits_of(network.model)


def _count(number: int | None, limit: int | None) -> str:
    shown = UNKNOWN if number is None else str(number)
    return f"{shown} of {limit}" if limit and number is not None else shown


def _cell(number: int | None) -> str:
    return "" if number is None else str(number)
