"""Who has the lines of a handset: a person or workspace, and for the second one a virtual line.

Pure. Rules: docs/webex/provisioning.md §5 and §7.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.core.models.dect import Handset, LineMember
from bot.core.models.text import fold, join_words
from bot.core.models.webex import Licence, LocationRef, Owner, OwnerKind
from bot.domain.forms import ParsedForm
from bot.domain.lists.rows import ListRow
from bot.domain.lookup import owners
from bot.domain.lookup.dect_facts import DectFacts
from bot.domain.lookup.row_owners import RowOwner, candidates, find_owner, shown

WEBEX_CALLING = "webexCalling"  # the calling type of workspaces that can have lines
NO_CALLING = (
    "{name} has no Webex Calling, and a handset needs it. Ask an admin to set it up in Control Hub,"
    " then try again."
)
ONLY_SECOND = (
    "{name} is a virtual line, which can only be the second line of a handset. Please name a person"
    " or workspace for the first one."
)
ELSEWHERE = "{name} is in {actual}, but the network is in {place}: Webex may refuse the line."
NO_NUMBER = (
    "{name} has neither a phone number nor an extension, so Webex may refuse the line. Ask an admin"
    " to assign one in Control Hub first."
)
ROOM_DEVICES = "{name} is a workspace for Webex room devices: Webex may refuse a handset."
OTHER_LINE = (
    "The handset “{handset}” of {name} has another second line, {other}. Please change it in"
    " Control Hub, or leave the second line out."
)
NO_MEMBER = "I found no person, workspace or virtual line called “{text}”{scope}."
SEVERAL = "{count} virtual lines fit “{text}”: {names}. Please write the extension of one."
READ_AS = "I read “{text}” as the virtual line {name}."
UNREAD = "“{text}” could not be looked up among the virtual lines. Please try again later."
_MOST_NAMED = 3


@dataclass(frozen=True)
class SecondLine:
    """Who gets the second line of a handset: an owner, or a virtual line."""

    id: str
    name: str
    where: LocationRef
    owner: Owner | None = None


@dataclass(frozen=True)
class RowLine:
    """The second line of a row, or why it is not clear; `note` says how the text was read."""

    line: SecondLine | None = None
    problem: str = ""
    note: str = ""


def second_line_row(row: ListRow) -> ListRow:
    """The row as if the second line was its owner. Type and location are those of the first."""
    return replace(row, owner=row.line2, kind=None, location="")


def first_line(row: ListRow, facts: DectFacts) -> RowOwner:
    """The person or workspace that a row names; one that can have no line is a problem."""
    row_owner = find_owner(row, facts.owners)
    if row_owner.owner:
        return replace(row_owner, problem=_line_problem(row_owner.owner))
    virtual = _virtual_lines(row.owner, facts)
    return RowOwner(problem=ONLY_SECOND.format(name=virtual[0].name)) if virtual else row_owner


def second_line(row: ListRow, facts: DectFacts) -> RowLine:
    """Who gets the second line of a row. A whole name counts more than a part of another one."""
    as_owner, virtual = second_line_row(row), _virtual_lines(row.line2, facts)
    if not candidates(as_owner, facts.owners):
        if facts.virtual_lines.get(row.line2, ()) is None:  # one of them may be called so
            return RowLine(problem=UNREAD.format(text=shown(row.line2)))
        if exact := [line for line in virtual if _is_called(line, row.line2)]:
            return _only(row.line2, exact)
    row_owner = find_owner(as_owner, facts.owners)
    if owner := row_owner.owner:
        line = SecondLine(owner.id, owner.name, owner.where, owner)
        return RowLine(line, _line_problem(owner), row_owner.note)
    return _only(row.line2, virtual) if virtual else RowLine(problem=_nobody(row, row_owner, facts))


def _virtual_lines(text: str, facts: DectFacts) -> list[LineMember]:
    return [line for line in facts.virtual_lines.get(text) or () if facts.reaches(_place(line))]


def _place(line: LineMember) -> LocationRef:
    return LocationRef(line.location, line.location_id)


def _is_called(line: LineMember, text: str) -> bool:
    return text.strip() == line.extension != "" or fold(line.name) == fold(text)


def _only(text: str, lines: Sequence[LineMember]) -> RowLine:
    if len(lines) > 1:
        named = (_with_extension(line) for line in lines[:_MOST_NAMED])
        names = join_words(named, "and")
        return RowLine(problem=SEVERAL.format(count=len(lines), text=text, names=names))
    line = lines[0]
    note = "" if _is_called(line, text) else READ_AS.format(text=text, name=line.name)
    return RowLine(SecondLine(line.id, line.name, _place(line)), note=note)


def _with_extension(line: LineMember) -> str:
    return f"{line.name} (ext. {line.extension})" if line.extension else line.name


def _nobody(row: ListRow, row_owner: RowOwner, facts: DectFacts) -> str:
    """That nothing is called so, no virtual line either."""
    text = shown(row.line2)
    none, _, rest = row_owner.problem.partition(f" called “{text}”{facts.owners.scope}.")
    if none != "I found no person or workspace":
        return row_owner.problem
    return NO_MEMBER.format(text=text, scope=facts.owners.scope) + rest


def _line_problem(owner: Owner) -> str:
    """Why Webex refuses a line for the owner; empty if it may take it."""
    if owner.foreign:
        return owners.FOREIGN.format(name=owner.described)
    if owner.kind is OwnerKind.PERSON and owner.licence is Licence.NONE:
        return owners.NO_LICENCE.format(name=owner.name)
    if owner.kind is OwnerKind.WORKSPACE and owner.calling_type not in ("", WEBEX_CALLING):
        return NO_CALLING.format(name=owner.name)
    return ""


def first_line_warnings(owner: Owner, facts: DectFacts) -> list[str]:
    """What else changes, and why Webex may refuse a handset of this owner."""
    warnings = [*owners.licence_effects(ParsedForm({}), owner, "handset")]
    if owner.kind is OwnerKind.WORKSPACE and not owner.takes_phones:
        warnings.append(ROOM_DEVICES.format(name=owner.name))
    return [*warnings, *line_warnings(owner.name, owner.where, owner, facts)]


def line_warnings(
    name: str, where: LocationRef, owner: Owner | None, facts: DectFacts
) -> list[str]:
    """Why Webex may refuse a line of this owner or virtual line."""
    warnings, network = [], facts.network
    if where and network.where and not where.is_same(network.where):
        actual = where.name or "another location"
        warnings.append(ELSEWHERE.format(name=name, actual=actual, place=network.location))
    if owner and owner.kind is OwnerKind.PERSON and not owner.line and owner.has_number is False:
        warnings.append(NO_NUMBER.format(name=name))
    return warnings


def left_to_set(
    owner: Owner, there: Handset, second: SecondLine | None
) -> tuple[SecondLine | None, str]:
    """The second line that a handset still lacks, and why it cannot be set."""
    if second is None or any(line.is_member(second.id) for line in there.lines[1:]):
        return None, ""
    if others := [line.name or "of somebody else" for line in there.lines[1:]]:
        handset = there.shown_name
        return None, OTHER_LINE.format(handset=handset, name=owner.name, other=others[0])
    return second, ""
