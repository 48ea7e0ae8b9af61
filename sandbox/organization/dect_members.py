"""Who may have a line of a DECT handset: people, workspaces and virtual lines (webex-provisioning.md §5)."""

from dataclasses import dataclass

from sandbox.organization.facts import Member, Owner, VirtualLine, Workspace
from sandbox.organization.phones import require_caller, require_phone_workspace
from sandbox.organization.refusals import bad, gone
from sandbox.organization.state import Organization
from sandbox.people import Person


@dataclass(frozen=True)
class Caller:
    """A member as lines and lists show it; a workspace has a dot for a last name."""

    member: Member
    first_name: str
    last_name: str
    location_key: str
    phone_number: str | None = None
    extension: str | None = None

    @property
    def name(self) -> str:
        """Both names, without the dot."""
        return f"{self.first_name} {self.last_name.rstrip('.')}".strip()


def caller(org: Organization, member: Member) -> Caller | None:
    """Return what there is to say of a member, None for one that does not exist."""
    if member.kind == "virtual_line":
        line = org.virtual_lines.get(member.key)
        return _of_line(line) if line else None
    found = org.owner(Owner(member.kind, member.key))
    if found is None:
        return None
    return _of_room(found) if isinstance(found, Workspace) else _of_person(found)


def _of_person(person: Person) -> Caller:
    return Caller(
        member=Member("person", person.key),
        first_name=person.first_name,
        last_name=person.last_name,
        location_key=person.location_key or "",
        phone_number=person.phone_number,
        extension=person.extension,
    )


def _of_room(room: Workspace) -> Caller:
    return Caller(Member("workspace", room.key), room.name, ".", room.location_key)


def _of_line(line: VirtualLine) -> Caller:
    first, _, last = line.name.partition(" ")
    member = Member("virtual_line", line.key)
    return Caller(member, first, last, line.location_key, extension=line.extension)


def require_first(org: Organization, member: Member) -> None:
    """Refuse a member that cannot have line 1: it takes a person or workspace with calling."""
    if member.kind == "virtual_line":
        raise bad("A virtual line cannot be assigned to line 1.")
    _require(org, member)


def require_second(org: Organization, member: Member) -> None:
    """Refuse a member that cannot have line 2: it takes anybody with calling."""
    if member.kind == "virtual_line" and member.key in org.virtual_lines:
        return
    _require(org, member)


def _require(org: Organization, member: Member) -> None:
    found = None if member.kind == "virtual_line" else org.owner(Owner(member.kind, member.key))
    if found is None:
        raise gone("member")
    if isinstance(found, Workspace):
        require_phone_workspace(found)
    else:
        require_caller(org, found)


def available(org: Organization) -> list[Caller]:
    """Return everybody who may have a line of a handset."""
    people = [one for one in org.people.values() if _may(org, one)]
    rooms = [one for one in org.workspaces.values() if _has_calling(one)]
    lines = list(org.virtual_lines.values())
    return [*map(_of_person, people), *map(_of_room, rooms), *map(_of_line, lines)]


def _may(org: Organization, person: Person) -> bool:
    has_licence = org.tier(Owner("person", person.key)) is not None
    return has_licence and bool(person.phone_number or person.extension)


def _has_calling(room: Workspace) -> bool:
    return room.supported_devices == "phones" and room.calling == "webexCalling"
