"""What a DECT network takes: lengths of names, access codes, base stations and lines. Pure.

Facts: docs/webex/provisioning.md §5. Sources disagree on some limits (§13).
"""

import re
import secrets
from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

from pydantic import SecretStr

from bot.core.models.dect import (
    MAX_DISPLAY_NAME,
    MAX_HANDSET_NAME,
    MAX_NAME,
    DectModel,
    DectNetwork,
    NetworkRef,
)
from bot.core.models.text import fold

Model = Literal["DBS110", "DBS210"]


@dataclass(frozen=True)
class Limits:
    """How many base stations and lines a network of a model can have."""

    base_stations: int
    lines: int


LIMITS: Mapping[Model, Limits] = {"DBS110": Limits(1, 30), "DBS210": Limits(250, 1000)}
MODELS: Mapping[Model, str] = {
    "DBS110": "DBS110 · one base station, up to 30 lines",
    "DBS210": "DBS210 · up to 250 base stations and 1000 lines",
}
NO_ROOM = (
    "{network} is a network of {model}, for {most} at most, and this row would make {number}."
    " Please leave it out, or use another network."
)
# Codes that somebody tries first; the same digit four times is one too.
_EASY_CODES = {"1234", "4321", "2580", "0123"}
_CODES = [f"{number:04}" for number in range(10_000)]


def check_name(text: str) -> str:
    """The name of a network itself; ValueError if Webex does not take it."""
    if not 1 <= len(text) <= MAX_NAME:
        raise ValueError(f"A name has 1 to 40 characters; this one has {len(text)}.")
    return text


def check_display_name(text: str) -> str:
    """The name that handsets show without one of their own; ValueError if it is too long."""
    if len(text) > MAX_DISPLAY_NAME:
        raise ValueError(
            f"The name on the handset has 11 characters at most; this one has {len(text)}."
        )
    return text


def check_access_code(text: str) -> str:
    """The access code of a new network itself; ValueError if it is none."""
    return _checked_code(text, "one code per user")


def check_new_access_code(text: str) -> str:
    """The access code for a network that is there; ValueError if it is none."""
    return _checked_code(text, "no change of the code")


def _checked_code(text: str, empty: str) -> str:
    if not re.fullmatch("[0-9]{4}", text):
        raise ValueError(
            f"An access code has exactly four digits, 0 to 9. Leave it empty for {empty}."
        )
    return text


def check_model(text: str) -> Model:
    """The model that is meant; ValueError if there is none such."""
    model = known_model(text)
    if model is None:
        raise ValueError("The models are DBS110 (one base station) and DBS210 (up to 250).")
    return model


def known_model(text: str) -> Model | None:
    """The model in any of its names: `DMS Cisco DBS110`, `Cisco DECT 110 Base`, `110`."""
    number = re.search("(110|210)", text)
    if not number:
        return None
    return "DBS110" if number[0] == "110" else "DBS210"


def limits_of(model: str, listed: Iterable[DectModel] = ()) -> Limits | None:
    """The limits of a model; of one that is not known here, those that Webex lists, or None.

    For the known models Cisco's pages count, as its list has other numbers in an example.
    """
    if known := known_model(model):
        return LIMITS[known]
    for row in listed:
        if model in (row.model, row.display_name) and row.base_stations and row.lines:
            return Limits(row.base_stations, row.lines)
    return None


def room_problems(
    network: DectNetwork,
    limits: Limits | None,
    *,
    base_stations: int = 0,
    lines: int = 0,
) -> list[str]:
    """A sentence for each limit that these would exceed; what is unknown passes.

    `network` has the counts with all that is added before.
    """
    if limits is None:
        return []
    parts = [
        ("base station", limits.base_stations, network.base_stations, base_stations),
        ("line", limits.lines, network.lines, lines),
    ]
    return [
        NO_ROOM.format(
            network=network.name,
            model=known_model(network.model) or network.model,
            most=f"{most} {noun}{'s' * (most != 1)}",
            number=now + more,
        )
        for noun, most, now, more in parts
        if now is not None and more and now + more > most
    ]


def with_name(
    networks: Iterable[DectNetwork], name: str, *, but: NetworkRef | None = None
) -> DectNetwork | None:
    """The network of a location that has the name already, apart from the one to be renamed."""
    same = (network for network in networks if network.name.casefold() == name.casefold())
    return next((network for network in same if network.ref != but), None)


def with_code(
    networks: Iterable[DectNetwork], code: SecretStr, *, but: NetworkRef | None = None
) -> DectNetwork | None:
    """The network of a location with this access code: handsets could join the wrong one."""
    same = (network for network in networks if network.access_code == code)
    return next((network for network in same if network.ref != but), None)


def new_access_code(networks: Iterable[DectNetwork]) -> SecretStr:
    """A code that no network of the location has, and that nobody tries first.

    ValueError if all are taken.
    """
    taken = {network.access_code.get_secret_value() for network in networks if network.access_code}
    free = [
        code
        for code in _CODES
        if code not in taken and code not in _EASY_CODES and len({*code}) > 1
    ]
    if not free:
        raise ValueError("No access code is free in this location.")
    return SecretStr(secrets.choice(free))


def handset_name(owner: str, taken: Collection[str] = ()) -> str:
    """A name of at most 16 characters for an owner's handset, unlike those that are taken.

    `Maximiliane Mustermann` → `M. Mustermann`; a second one gets `M. Mustermann 2`. Webex answers
    by the names, so those of one network should differ.
    """
    return free_handset_name(owner, {fold(name) for name in taken})


def free_handset_name(owner: str, others: AbstractSet[str]) -> str:
    """The same for names that are folded: folding a thousand for each of many rows takes long."""
    for number in range(1, len(others) + 2):
        suffix = f" {number}" if number > 1 else ""
        name = _shortened(owner, MAX_HANDSET_NAME - len(suffix)) + suffix
        if fold(name) not in others:
            return name
    raise AssertionError  # of so many different names, one is free


def _shortened(name: str, limit: int) -> str:
    words = name.split()
    text = " ".join(words)
    for index in range(len(words) - 1):
        if len(text) <= limit:
            break
        words[index] = f"{words[index][0]}."
        text = " ".join(words)
    return text[:limit].rstrip() or "Handset"
