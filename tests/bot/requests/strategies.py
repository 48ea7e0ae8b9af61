"""People, commands, presses and failures for the random runs of test_life.py."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from bot.core.errors import Conflict, RateLimited, Unavailable
from bot.core.models.people import Grant, Role, Sender
from bot.core.models.webex import Licence
from tests.bot.requests.fixtures import ADA, ELI, ROLES, SAM, TESS, TOM, VERA
from tests.example_org import BERLIN, LYON
from tests.fake_calling import FakeCalling, LostAfter, lost
from tests.fake_messenger import PostedMessage

ANA = Sender("id-ana", "ana@example.com")  # approver everywhere
LEA = Sender("id-lea", "lea@example.com")  # approver in Lyon
PEOPLE = [TOM, ANA, TESS, LEA, ELI, ADA, VERA, SAM]
ADMIN = ADA
APPROVERS = [ANA, LEA, ELI, ADA]
EVERYBODY = (
    *ROLES,
    Grant(ANA.email, Role.APPROVER),
    Grant(LEA.email, Role.APPROVER, "Lyon"),
    Grant(ELI.email, Role.APPROVER),  # asks and decides: never on what is their own
)
APPROVAL_ROOM = "room-approvals"
MACS = ["D82E3EEF4E5C", "D82E3EEF4E5D"]
FIRST, SECOND = "00:00:5E:00:53:01", "00:00:5E:00:53:02"  # what Ann and a workspace have
OWNERS = ["ann@example.com", "bob@example.com", "Lobby", "Meeting Room South"]
NEXT = [
    "Confirm",
    "Confirm",
    "Approve",
    "Approve",
    "Continue",
    "Reject",
    "Undo",
    "Add it again",
    "Put the old one back",
    "Ask again",
    "Try again",
    "Change",
    "Cancel",
]
COMMANDS = st.one_of(
    st.builds("add phone {} 8865 for {}".format, st.sampled_from(MACS), st.sampled_from(OWNERS)),
    st.builds("delete device {}".format, st.sampled_from([FIRST, SECOND, *MACS])),
    st.builds(
        "swap {} with {} 8865".format,
        st.sampled_from([FIRST, SECOND, *MACS]),
        st.sampled_from(MACS),
    ),
    st.builds(
        "move {} to {}".format, st.sampled_from([FIRST, SECOND, *MACS]), st.sampled_from(OWNERS)
    ),
    st.builds("activation code 8865 for {}".format, st.sampled_from(OWNERS)),
    st.builds(
        "create dect network {} at {}".format,
        st.sampled_from(["Hall", "Yard"]),
        st.sampled_from(["Lyon", "Berlin"]),
    ),
    st.builds(
        "tag {} {}".format,
        st.sampled_from([FIRST, *MACS]),
        st.sampled_from(["+a", "-front +b", "+a -b"]),
    ),
    st.builds(
        "{} {} {}".format,
        st.sampled_from(["grant", "revoke"]),
        st.sampled_from([TOM.email, ADA.email, "zoe@example.com"]),
        st.sampled_from(["viewer", "engineer", "admin at Lyon", "approver", "admin"]),
    ),
    st.sampled_from(
        ["requests", "approvals", "cancel", "audit", "access", "whoami", "add phone", "qwerty"]
    ),
    st.sampled_from(["confirm", "undo", "approve", "reject because it is late", "yes", "no"]),
)
SENSIBLE = [
    (TOM, f"add phone {MACS[0]} 8865 for ann@example.com"),
    (TOM, f"add phone {MACS[1]} 8865 for Lobby"),
    (TESS, f"add phone {MACS[0]} 8865 for bob@example.com"),
    (ELI, f"add phone {MACS[1]} 8865 for bob@example.com"),
    (TOM, "activation code 8865 for Lobby"),
    (TOM, "create dect network Hall at Lyon"),
    (TOM, f"delete device {FIRST}"),
    (TOM, f"delete device {SECOND}"),
    (ELI, f"delete device {SECOND}"),
    (TOM, f"tag {FIRST} +a -front"),
    (TOM, f"swap {FIRST} with {MACS[0]} 8865"),
    (TESS, f"swap {SECOND} with {MACS[1]} 8845"),
    (ELI, f"move {FIRST} to bob@example.com"),
    (TOM, f"move {SECOND} to Lobby"),
    (ADA, "grant zoe@example.com approver"),
    (ADA, f"revoke {TOM.email} technician"),
]
LONG_WORK = [work for work in SENSIBLE if work[1].startswith(("swap", "move"))]
ABOUT = st.sampled_from(
    [
        "approve {}",
        "reject {} because I say so",
        "reject {}",
        "cancel {}",
        "request {}",
        "confirm {}",
        "undo {}",
        "stop {}",
        "deny {} because I say so",
        "approve request {}",
    ]
)
WHO = st.integers(0, len(PEOPLE) - 1)
NTH = st.integers(0, 9)
SOONER_OR_LATER = st.sampled_from([0.0, 0.0, 0.0, 6.0, 61.0, 901.0])
PRESS = st.just("") | st.sampled_from(
    ["confirm", "approve", "reject", "continue", "change", "cancel", "again", "undo", "x"]
)


@dataclass(frozen=True)
class Crash:
    """After so many steps, or at this one; so long it is dead, and this changes meanwhile."""

    crash_timer: int
    end: str
    seconds: float
    meanwhile: str


MEANWHILE = st.sampled_from(["", "", "facts", "role"])
CRASH = st.one_of(
    st.none(),
    st.none(),
    st.builds(Crash, st.integers(0, 60), st.just(""), SOONER_OR_LATER, MEANWHILE),
    st.builds(
        Crash,
        st.just(999),
        st.sampled_from(["sending", "sent", "said"]),
        SOONER_OR_LATER,
        MEANWHILE,
    ),
)
GRANTS = [
    Grant(TOM.email, Role.TECHNICIAN),
    Grant(TOM.email, Role.TECHNICIAN),
    Grant(TOM.email, Role.APPROVER),
    Grant(TESS.email, Role.TECHNICIAN, "Lyon"),
    Grant(TESS.email, Role.APPROVER, "Lyon"),
    Grant(ELI.email, Role.ENGINEER),
    Grant(ELI.email, Role.APPROVER),
    Grant(ANA.email, Role.APPROVER),
    Grant(ANA.email, Role.APPROVER, "Berlin"),
    Grant(LEA.email, Role.APPROVER, "Lyon"),
    Grant(VERA.email, Role.TECHNICIAN, "Berlin"),
    Grant("@example.com", Role.VIEWER),
]
LOST: list[Exception] = [
    lost(), LostAfter(), Conflict(409, "No."), Unavailable(503, "Down."), KeyError("id"),
    RateLimited(429, "Later.", retry_after=99.0),
]  # fmt: skip
LOSES = st.none() | st.none() | st.sampled_from(LOST)
FAILS = st.none() | st.just(Conflict(409, "No.")) | st.sampled_from(LOST)
READS = ["devices_of", "devices", "person", "owner", "mac_state", "locations"]


@dataclass(frozen=True)
class VisibleButton:
    """A button of a card that was posted somewhere."""

    message: str
    title: str
    data: dict[str, Any]
    place: str  # a space, or the email of one person
    card_text: str


def buttons(messages: Iterable[PostedMessage]) -> list[VisibleButton]:
    """Of all cards, in order."""
    return [
        VisibleButton(
            message.id,
            action["title"],
            action["data"],
            message.email or (message.place.room_id if message.place else ""),
            message.text,
        )
        for message in messages
        for action in (message.card or {}).get("actions", [])
    ]


def fatal(crash: Crash | None) -> dict[str, Any]:
    """As the stage takes it."""
    return {"crash_timer": crash.crash_timer, "end": crash.end} if crash else {}


def change_facts(calling: FakeCalling, what: str, index: int) -> None:
    """Take or free a MAC; delete or tag a device; an owner goes, moves, gets another licence."""
    if what == "mac":
        calling.foreign_macs ^= {MACS[index % 2]}
    elif what in ("deleted", "tagged") and calling.held:
        device = calling.held.pop(index % len(calling.held))
        tagged = device.model_copy(update={"tags": ("t", f"t{index}")})
        calling.held.extend([tagged] if what == "tagged" else [])
    elif what in ("gone", "moved", "licence"):
        owner = calling.owners.pop(index % len(calling.owners))
        new_location = LYON if owner.location_id == BERLIN.id else BERLIN
        moved = {"location_id": new_location.id, "location": new_location.name}
        changes = moved if what == "moved" else {"licence": Licence.STANDARD}
        if what != "gone" or len(calling.owners) < 6:
            calling.owners.append(owner.model_copy(update=changes))
