"""Rows of DECT lists, what Webex says about them, and how they are judged."""

from dataclasses import replace
from typing import Any

from bot.core.directory import Directory
from bot.core.models.dect import (
    DectNetwork,
    Handset,
    HandsetLine,
    LineMember,
    MemberKind,
)
from bot.core.models.webex import MacState, Owner
from bot.domain.dect_limits import limits_of
from bot.domain.lists.rows import ListRow
from bot.domain.lookup.dect_checks import CheckedDectRow, check_rows
from bot.domain.lookup.dect_facts import DectFacts
from bot.domain.lookup.row_owners import OwnerFacts
from tests.example_org import (
    ANN,
    BERLIN,
    BOARDROOM,
    BOB,
    CARL,
    LOBBY,
    NORTH,
    STORE_ROOM,
)

MAC, OTHER_MAC = "D82E3EEF4E60", "D82E3EEF4E61"
IN_USE = MacState(available=False, message="[Error 5675] MAC Address is in use.")
STORE = LineMember(
    id="line-store", kind=MemberKind.VIRTUAL_LINE, name="Store", extension="7000",
    location_id=BERLIN.id, location=BERLIN.name,
)  # fmt: skip
EVERYBODY = OwnerFacts(
    Directory(owners=(ANN, BOB, CARL, LOBBY, NORTH, BOARDROOM, STORE_ROOM)), lambda _: True
)


def network(model: str = "DMS Cisco DBS210", **counts: Any) -> DectNetwork:
    """The network Hall in Berlin."""
    return DectNetwork(
        id="net-7", name="Hall", model=model, location_id=BERLIN.id, location=BERLIN.name, **counts
    )


def facts(where: DectNetwork | None = None, **known: Any) -> DectFacts:
    """What Webex says, with what is given in place of an empty network."""
    hall = where or network()
    made = DectFacts(hall, EVERYBODY, lambda _: True, limits_of(hall.model))
    return replace(made, **known)


def handset(name: str, *owners: Owner | LineMember, key: str = "set-1") -> Handset:
    """A handset of these members."""
    lines = tuple(HandsetLine(id=owner.id, name=owner.name) for owner in owners)
    return Handset(id=key, display_name=name, lines=lines)


def member(owner: str, number: int = 1, **more: Any) -> ListRow:
    """A row with a handset."""
    return ListRow(number, owner=owner, **more)


def base(mac: str = MAC, number: int = 1, **more: Any) -> ListRow:
    """A row with a base station."""
    return ListRow(number, base=mac, **more)


def checked(row: ListRow, known: DectFacts | None = None) -> CheckedDectRow:
    """The only row of a list."""
    (one,) = check_rows([row], known or facts())
    return one


def problems(row: ListRow, known: DectFacts | None = None) -> str:
    """Why it cannot run."""
    return " ".join(checked(row, known).problems)


def warnings(row: ListRow, known: DectFacts | None = None) -> str:
    """What people must know of it; it can run."""
    made = checked(row, known)
    assert made.problems == ()
    return " ".join(made.warnings)
