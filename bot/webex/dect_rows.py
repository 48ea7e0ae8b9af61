"""Turns answers about DECT into values of `bot.core.models.dect`. No I/O.

A field that is missing, null or odd becomes empty: rows are shown and compared, and a handset whose
row was skipped would look as if it were not there. Facts: docs/webex/provisioning.md §5.
"""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

from pydantic import SecretStr

from bot.core.errors import Unreadable
from bot.core.models.dect import (
    AddResult,
    BaseStation,
    DectModel,
    DectNetwork,
    Handset,
    HandsetLine,
    LineMember,
    MemberKind,
    MemberNetwork,
)
from bot.core.models.mac import bare_mac
from bot.core.models.text import clean, fold
from bot.webex import responses
from bot.webex.rows import MAX_LOCATION, MAX_SHOWN, Row, digits

V = TypeVar("V")
MAX_CODE = 20  # characters of an access code: four digits, as far as documented
MAX_ID = 500
MILLISECONDS = 1000


def listed(body: Any, key: str, read: Callable[[Row], V]) -> list[V]:
    """The values of the list in an answer.

    An empty list may be missing beside a count of 0. Raises Unreadable without a list, and if a row
    is no object: a list that lacks one does not show what is not there.
    """
    if isinstance(body, dict) and body.get(key) is None:
        counts = [value for name, value in body.items() if name.startswith("numberOf")]
        if counts and all(count == 0 for count in counts):
            return []
    rows = responses.rows(body, key)
    if len(rows) != len(body[key]):
        raise Unreadable(HTTPStatus.BAD_GATEWAY, "A row of the list is not understood.")
    return [read(row) for row in rows]


def model(row: Row) -> DectModel:
    """A row of the models of base stations."""
    name = _text(row, "model")
    return DectModel(
        model=name,
        display_name=_text(row, "displayName") or name,
        base_stations=_count(row, "numberOfBaseStations"),
        lines=_count(row, "numberOfLinePorts"),
    )


def network(row: Row) -> DectNetwork:
    """A row of networks, or the details of one: they hold the same."""
    location = _inside(row, "location")
    return DectNetwork(
        id=_text(row, "id", MAX_ID),
        name=_text(row, "name"),
        display_name=_text(row, "displayName"),
        model=_text(row, "model"),
        location_id=_text(location, "id", MAX_ID),
        location=_text(location, "name", MAX_LOCATION),
        has_shared_code=flag(row.get("defaultAccessCodeEnabled")),
        access_code=_code(row, "defaultAccessCode"),
        base_stations=_count(row, "numberOfBaseStations"),
        handsets=_count(row, "numberOfHandsetsAssigned"),
        lines=_count(row, "numberOfLines"),
    )


def member_network(row: Row) -> MemberNetwork:
    """A row of the networks of a person or workspace."""
    return MemberNetwork(
        id=_text(row, "id", MAX_ID),
        name=_text(row, "name"),
        handsets=_count(row, "numberOfHandsetsAssigned"),
    )


def base_station(row: Row) -> BaseStation:
    """A row of base stations, or the details of one, which have the handsets."""
    handsets = row.get("handsets")
    own = handsets if isinstance(handsets, list) else []
    read = tuple(handset(part) for part in own if isinstance(part, dict))
    return BaseStation(
        id=_text(row, "id", MAX_ID),
        mac=bare_mac(_text(row, "mac")),
        lines_registered=_count(row, "numberOfLinesRegistered"),
        handsets=None if handsets is None else read,
    )


def handset(row: Row) -> Handset:
    """A row of handsets, or the details of one. A base station calls the name `displayName`."""
    lines = row.get("lines")
    rows = lines if isinstance(lines, list) else []
    return Handset(
        id=_text(row, "id", MAX_ID),
        index=_text(row, "index"),
        display_name=_text(row, "customDisplayName") or _text(row, "displayName"),
        default_display_name=_text(row, "defaultDisplayName"),
        access_code=_code(row, "accessCode"),
        # An odd line stays as an unknown one.
        lines=tuple(_line(line if isinstance(line, dict) else {}) for line in rows),
        base_station_id=_text(row, "baseStationId", MAX_ID),
        mac=bare_mac(_text(row, "mac")),
        is_primary=flag(row.get("primaryEnabled")),
    )


def member(row: Row) -> LineMember:
    """A row of availableMembers."""
    return LineMember(**_member_fields(row, "id", "phoneNumber"))


def _line(row: Row) -> HandsetLine:
    moment = _text(row, "lastRegistrationTime")
    return HandsetLine(
        **_member_fields(row, "memberId", "external"),
        last_registered=int(moment) / MILLISECONDS if _is_number(moment) else None,
        host_ip=_text(row, "hostIP"),
    )


def _member_fields(row: Row, id_key: str, number_key: str) -> dict[str, Any]:
    location = _inside(row, "location")
    # A workspace has a dot as its last name.
    names = (_text(row, "firstName"), _text(row, "lastName").strip("."))
    kind = _text(row, "memberType").upper()
    number = digits(row.get(number_key))
    return {
        "id": _text(row, id_key, MAX_ID),
        "kind": next((known for known in MemberKind if known == kind), MemberKind.UNKNOWN),
        "name": " ".join(name for name in names if name),
        "extension": digits(row.get("extension")),
        "number": f"+{number}" if number else "",
        "location_id": _text(location, "id", MAX_ID),
        "location": _text(location, "name", MAX_LOCATION),
    }


def base_station_results(answer: Any, macs: Sequence[str]) -> list[AddResult]:
    """The result for each MAC; unknown for a MAC that the answer leaves out.

    TypeError or KeyError for an answer without a list.
    """
    rows = {bare_mac(_text(row, "mac")): row for row in _result_rows(answer, "baseStations")}
    return [_result(mac, rows.get(bare_mac(mac))) for mac in macs]


def handset_results(answer: Any, names: Sequence[str]) -> list[AddResult]:
    """The result for each handset, by its place in the list and its display name.

    Names may repeat, so the place counts where no name contradicts; else a name that is there once.
    TypeError or KeyError for an answer without a list.
    """
    rows = _result_rows(answer, "items")
    answered = [fold(_text(row, "customDisplayName")) for row in rows]
    sent = [fold(name) for name in names]
    pairs = zip(answered, sent, strict=False)
    if len(rows) == len(names) and all(name in ("", own) for name, own in pairs):
        return [_result(name, row) for name, row in zip(names, rows, strict=True)]
    by_name = {
        name: row
        for name, row in zip(answered, rows, strict=True)
        if answered.count(name) == sent.count(name) == 1
    }
    return [_result(name, by_name.get(fold(name))) for name in names]


def _result_rows(answer: Any, key: str) -> list[Row]:
    rows = answer[key]
    if not isinstance(rows, list):
        raise TypeError(key)
    return [row if isinstance(row, dict) else {} for row in rows]


def _result(name: str, row: Row | None) -> AddResult:
    """The result in a row. What a failed one of a base station has is not documented."""
    result = _inside(row or {}, "result")
    added_id, written = _text(result, "id", MAX_ID), _text(result, "status")
    error = result.get("error") or result
    status = int(written) if _is_number(written) else 0
    is_added = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
    if is_added or (not status and added_id):
        return AddResult(name, added_id)
    if not status and result.get("error"):
        status = HTTPStatus.BAD_REQUEST
    if not HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return AddResult(name, is_unknown=True)
    return AddResult(name, refusal=responses.error_in(status, _as_body(error)))


def _as_body(error: Any) -> Any:
    """The part about an error in the shape of an error's own answer."""
    return error if isinstance(error, dict) else {"message": error}


def _text(row: Row, key: str, limit: int = MAX_SHOWN) -> str:
    """A field as one clean line: numbers as digits, empty for other values."""
    value = row.get(key)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return clean(value if isinstance(value, str) else str(value) if is_number else "", limit)


def _inside(row: Row, key: str) -> Row:
    value = row.get(key)
    return value if isinstance(value, dict) else {}


def _code(row: Row, key: str) -> SecretStr | None:
    """An access code, which an official example sends as a number."""
    code = _text(row, key, MAX_CODE)
    return SecretStr(code) if code else None


def _count(row: Row, key: str) -> int | None:
    text = _text(row, key)
    return int(text) if _is_number(text) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def flag(value: Any) -> bool | None:
    """True or false, which official examples send as text."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None
