"""Whether the rows of a DECT list can run: each with what is there and with the rows above. Pure.

Rules: docs/webex/provisioning.md §5.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.core.models.dect import Handset
from bot.core.models.mac import bare_mac, show_mac
from bot.core.models.webex import Owner
from bot.domain import dect_limits
from bot.domain.lists.rows import ListRow
from bot.domain.lookup import dect_members, row_checks, taken_macs
from bot.domain.lookup.checked_rows import CheckedRow
from bot.domain.lookup.dect_facts import DectFacts
from bot.domain.lookup.dect_handset_names import HandsetNames
from bot.domain.lookup.dect_members import RowLine, SecondLine
from bot.domain.lookup.dect_networks import described

BASE_THERE = "The base station {mac} is in this network already."
HANDSET_THERE = "{name} has the handset “{handset}” in this network already."
NOTHING_TO_ADD = "Nothing needs to be added."
ANOTHER = "For one more handset, please write a name for it."
HAS_ANOTHER = "{name} has the handset “{handset}” in this network already; this adds another one."
ONE_MORE = "{name} gets a handset by {row}, too; this one is called “{handset}”."
IN_NETWORK = (
    "{mac} is a base station of the DECT network {network}. Please read the label again, or remove"
    " it there first."
)
PART_LEFT_OUT = "The {part} is left out: {reason}"
LEFT_OUT = "The {part} of the same row is left out, too."


@dataclass(frozen=True, kw_only=True)
class CheckedDectRow(CheckedRow):
    """A row with what is still to be done for it.

    `second` is the second line that is still to be set; with `handset_id`, of a handset that is
    there already.
    """

    adds_base: bool = False
    adds_handset: bool = False
    owner: Owner | None = None
    display_name: str = ""
    second: SecondLine | None = None
    handset_id: str = ""

    @property
    def sure_owner(self) -> Owner:
        """The owner of a handset of a row without problems."""
        if self.owner is None:
            raise ValueError("a handset without problems has an owner")
        return self.owner

    @property
    def has_handset(self) -> bool:
        """Whether a handset is added or changed."""
        return self.adds_handset or bool(self.handset_id)


def check_rows(rows: Sequence[ListRow], facts: DectFacts) -> list[CheckedDectRow]:
    """Check each row; those above count for names and for the limits of the network."""
    check = _Check(facts, rows)
    return [check.row(row) for row in rows]


@dataclass(frozen=True)
class _Handset:
    """What is to be done for the handset that a row asks for."""

    owner: Owner | None = None
    name: str = ""
    there: Handset | None = None
    second: SecondLine | None = None
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def is_added(self) -> bool:
        return self.owner is not None and self.there is None

    @property
    def lines(self) -> int:
        """How many lines are added."""
        return self.is_added + (self.second is not None)

    @property
    def state(self) -> str:
        """That it is there, if nothing of it is left to do."""
        if self.owner is None or self.there is None or self.second:
            return ""
        return HANDSET_THERE.format(name=self.owner.name, handset=self.there.shown_name)


class _Check:
    """Takes the rows in their order, and counts what the ready ones add."""

    def __init__(self, facts: DectFacts, rows: Sequence[ListRow]) -> None:
        self.facts = facts
        self.stations = {bare_mac(station.mac) for station in facts.stations or ()}
        self.names = HandsetNames(facts.handsets, rows)
        self.bases, self.lines = facts.base_count, facts.line_count
        self.rows_of: dict[str, int] = {}  # the first row of each owner

    def row(self, row: ListRow) -> CheckedDectRow:
        """What is to be done for a row, or why it cannot be. Two boxes are independent."""
        base, handset = _parts(row)
        if base and handset:
            return _merged(row, self._whole(base), self._whole(handset))
        return self._whole(row)

    def _whole(self, row: ListRow) -> CheckedDectRow:
        """A row that is done whole, or not at all."""
        handset = self._handset(row) if row.owner else _Handset()
        is_base_there = row.base in self.stations
        adds_base = bool(row.base) and not is_base_there
        there = [BASE_THERE.format(mac=show_mac(row.base))] if is_base_there else []
        there += filter(None, [handset.state])
        base_problem = self._base_problem(row)
        left_out = _left_out(base_problem, handset, adds_base=adds_base)
        problems = [*row.problems, base_problem, *handset.problems, left_out]
        if not any(problems):
            problems = self._room_problems(int(adds_base), handset.lines)
        if not any(problems) and there and not (adds_base or handset.lines):
            could_be_another = bool(handset.state) and not row.display_name
            problems = [*there, NOTHING_TO_ADD, *([ANOTHER] if could_be_another else [])]
        checked = CheckedDectRow(
            row=row,
            problems=tuple(filter(None, problems)),
            warnings=(*there, *handset.warnings),
            adds_base=adds_base,
            adds_handset=handset.is_added,
            owner=handset.owner,
            display_name=handset.name,
            second=handset.second,
            handset_id=handset.there.id if handset.there and handset.second else "",
        )
        if not checked.problems:
            self._count(row.number, handset, adds_base=adds_base)
        return checked

    def _count(self, number: int, handset: _Handset, *, adds_base: bool) -> None:
        self.lines += handset.lines
        if self.bases is not None:
            self.bases += adds_base
        if handset.is_added:
            self.names.keep(handset.name, number)

    def _room_problems(self, bases: int, lines: int) -> list[str]:
        counts = {"base_stations": self.bases, "lines": self.lines}
        network = self.facts.network.model_copy(update=counts)
        limits = self.facts.limits
        return dect_limits.room_problems(network, limits, base_stations=bases, lines=lines)

    def _base_problem(self, row: ListRow) -> str:
        """Why the base station cannot be added; empty if it can, or if that is not known."""
        mac, state = row.base, self.facts.mac_states.get(row.base)
        if not mac or mac in self.stations or (state and state.available):
            return ""
        if state and "in use" not in state.message.lower():
            return taken_macs.NOT_ACCEPTED.format(mac=show_mac(mac))
        return self._held(mac) or (_in_use(mac, "a device that I cannot see") if state else "")

    def _held(self, mac: str) -> str:
        """What has the MAC, if the person may know it; empty if no list shows it."""
        facts = self.facts
        if network := facts.base_networks.get(mac):
            return IN_NETWORK.format(mac=show_mac(mac), network=described(network))
        device = next(iter(facts.holders.get(mac, ())), None)
        if device is None:
            return ""
        place = device.at(facts.locations.get(device.location_id or "", ""))
        if facts.is_limited and not facts.reaches(place):
            return taken_macs.ELSEWHERE.format(mac=show_mac(mac))
        return _in_use(mac, f"the {device.product} of {device.name}")

    def _handset(self, row: ListRow) -> _Handset:
        """The handset of a row that names an owner."""
        facts = self.facts
        row_owner = dect_members.first_line(row, facts)
        line = dect_members.second_line(row, facts) if row.line2 else RowLine()
        owner = row_owner.owner
        if owner is None:
            return _Handset(problems=tuple(filter(None, (row_owner.problem, line.problem))))
        licence = row_checks.known_licence_problem(row.number, owner, facts.shown)
        problems = [row_owner.problem or licence, line.problem]
        named = self.names.of(row, owner)
        second, warnings = line.line, [row_owner.note, line.note]
        if named.there:
            second, problem = dect_members.left_to_set(owner, named.there, second)
            problems.append(problem)
        else:
            warnings += dect_members.first_line_warnings(owner, facts)
            warnings += self._others(row, owner, named.name)
        if second:
            warnings += dect_members.line_warnings(second.name, second.where, second.owner, facts)
        return _Handset(
            owner=owner,
            name=named.name,
            there=named.there,
            second=second,
            problems=tuple(filter(None, [*problems, named.problem])),
            warnings=tuple(filter(None, warnings)),
        )

    def _others(self, row: ListRow, owner: Owner, name: str) -> list[str]:
        """Which other handsets the owner has, or gets by a row above: perhaps one is a mistake."""
        warnings = [
            HAS_ANOTHER.format(name=owner.name, handset=other.shown_name)
            for other in self.names.others_of(owner)[:1]
        ]
        first = self.rows_of.setdefault(owner.key, row.number)
        if first != row.number and not row.display_name:
            above = f"{'line' if row.is_of_boxes else 'row'} {first}"
            warnings.append(ONE_MORE.format(name=owner.name, row=above, handset=name))
        return warnings


def _parts(row: ListRow) -> tuple[ListRow | None, ListRow | None]:
    """The base station and the handset of a row of boxes; None for what it does not have."""
    has_base = bool(row.base or row.base_problems)
    handset_problems = tuple(
        problem for problem in row.problems if problem not in row.base_problems
    )
    if not (row.is_of_boxes and has_base and (row.owner or handset_problems)):
        return None, None
    base = replace(row, owner="", line2="", display_name="", problems=row.base_problems)
    return base, replace(row, base="", problems=handset_problems, base_problems=())


def _merged(row: ListRow, base: CheckedDectRow, handset: CheckedDectRow) -> CheckedDectRow:
    """What can be done of the row; of the rest, why it is left out."""
    parts = {f"base station {row.cells[0] if row.cells else row.base}": base, "handset": handset}
    if base.problems and handset.problems:
        wrong = [part for part in parts.values() if not _is_there(part)]
        problems = [text for part in wrong for text in part.problems]
        if not wrong:  # that nothing needs to be added is said once, behind both
            of_base = [text for text in base.problems if text != NOTHING_TO_ADD]
            problems = [*of_base, *handset.problems]
        return replace(handset, row=row, problems=tuple(problems))
    warnings: list[str] = []
    for name, part in parts.items():
        is_wrong = bool(part.problems) and not _is_there(part)
        reason = " ".join(part.problems)
        left_out = [PART_LEFT_OUT.format(part=name, reason=reason)]
        warnings += left_out if is_wrong else part.warnings
    if handset.problems:
        return replace(base, row=row, warnings=tuple(warnings))
    adds_base = base.adds_base and not base.problems
    return replace(handset, row=row, adds_base=adds_base, warnings=tuple(warnings))


def _is_there(part: CheckedDectRow) -> bool:
    return NOTHING_TO_ADD in part.problems


def _left_out(base_problem: str, handset: _Handset, *, adds_base: bool) -> str:
    """That the right part of a row is not added either: a row is done whole, or not at all."""
    if base_problem and handset.lines and not handset.problems:
        return LEFT_OUT.format(part="handset")
    if handset.problems and adds_base and not base_problem:
        return LEFT_OUT.format(part="base station")
    return ""


def _in_use(mac: str, holder: str) -> str:
    return row_checks.IN_USE.format(mac=show_mac(mac), holder=holder)
