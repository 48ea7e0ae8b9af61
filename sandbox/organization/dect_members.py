"""Possible members of a DECT handset's lines: people, workspaces and virtual lines.

See docs/webex/provisioning.md §5.
"""

from dataclasses import dataclass

from sandbox.organization.entities import Member, Owner, VirtualLine, Workspace
from sandbox.organization.errors import bad_request, unknown_id
from sandbox.organization.phones import require_calling, require_phone_workspace
from sandbox.organization.state import Organization
from sandbox.people import Person


@dataclass(frozen=True)
class MemberDetails:
    """A member as lines and lists show it; a workspace has a dot as its last name."""

    member: Member
    first_name: str
    last_name: str
    location_key: str
    phone_number: str | None = None
    extension: str | None = None

    @property
    def name(self) -> str:
        """First and last name, without the dot."""
        return f"{self.first_name} {self.last_name.rstrip('.')}".strip()


def member_details(org: Organization, member: Member) -> MemberDetails | None:
    """Return the details of a member, or None if it does not exist."""
    if member.kind == "virtual_line":
        line = org.virtual_lines.get(member.key)
        return _of_line(line) if line else None
    owner = org.owner(Owner(member.kind, member.key))
    if owner is None:
        return None
    return _of_room(owner) if isinstance(owner, Workspace) else _of_person(owner)


def member_names(org: Organization, members: list[Member]) -> list[str]:
    """Return the names and email addresses of the members that exist."""
    known = [details for member in members if (details := member_details(org, member))]
    people = [org.people[d.member.key] for d in known if d.member.kind == "person"]
    return [details.name for details in known] + [person.email for person in people]


def _of_person(person: Person) -> MemberDetails:
    return MemberDetails(
        member=Member("person", person.key),
        first_name=person.first_name,
        last_name=person.last_name,
        location_key=person.location_key or "",
        phone_number=person.phone_number,
        extension=person.extension,
    )


def _of_room(room: Workspace) -> MemberDetails:
    return MemberDetails(Member("workspace", room.key), room.name, ".", room.location_key)


def _of_line(line: VirtualLine) -> MemberDetails:
    first, _, last = line.name.partition(" ")
    member = Member("virtual_line", line.key)
    return MemberDetails(member, first, last, line.location_key, extension=line.extension)


def require_line1_member(org: Organization, member: Member) -> None:
    """Raise unless the member can have line 1: a person or workspace with calling."""
    if member.kind == "virtual_line":
        raise bad_request("A virtual line cannot be assigned to line 1.")
    _require(org, member)


def require_line2_member(org: Organization, member: Member) -> None:
    """Raise unless the member can have line 2: any member with calling."""
    if member.kind == "virtual_line" and member.key in org.virtual_lines:
        return
    _require(org, member)


def _require(org: Organization, member: Member) -> None:
    owner = None if member.kind == "virtual_line" else org.owner(Owner(member.kind, member.key))
    if owner is None:
        raise unknown_id("member")
    if isinstance(owner, Workspace):
        require_phone_workspace(owner)
    else:
        require_calling(org, owner)


def available(org: Organization) -> list[MemberDetails]:
    """Return every member that can have a line of a handset."""
    people = [person for person in org.people.values() if _may(org, person)]
    rooms = [room for room in org.workspaces.values() if _has_calling(room)]
    lines = list(org.virtual_lines.values())
    return [*map(_of_person, people), *map(_of_room, rooms), *map(_of_line, lines)]


def _may(org: Organization, person: Person) -> bool:
    has_licence = org.tier(Owner("person", person.key)) is not None
    return has_licence and bool(person.phone_number or person.extension)


def _has_calling(room: Workspace) -> bool:
    return room.supported_devices == "phones" and room.calling == "webexCalling"
