"""Acme Industries: its people, locations and phones. Everything in it is invented.

Phone numbers are from the ranges that the three countries reserve for fiction.
"""

from dataclasses import dataclass
from typing import Final

from sandbox.people import CastRole

ORGANIZATION_NAME: Final = "Acme Industries"
DOMAIN: Final = "acme.example"

PROFESSIONAL: Final = "Webex Calling - Professional"
STANDARD: Final = "Webex Calling - Standard"
BASIC: Final = "Webex Calling - Workspaces"
MESSAGING: Final = "Messaging - Basic Messaging"


@dataclass(frozen=True)
class LicenceRow:
    """A licence of the subscription; `tier` as in sandbox.organization.entities."""

    name: str
    total: int
    tier: str | None


LICENCES: Final = (
    LicenceRow(PROFESSIONAL, 40, "professional"),
    LicenceRow(STANDARD, 25, "standard"),
    LicenceRow(BASIC, 10, "basic"),
    LicenceRow(MESSAGING, 100, None),
)


@dataclass(frozen=True)
class LocationRow:
    """A location; its phone numbers start with `number`, its extensions with `extension`."""

    name: str
    street: str
    city: str
    state: str
    postal_code: str
    country: str
    time_zone: str
    language: str
    latitude: str
    longitude: str
    number: str
    extension: str


LOCATIONS: Final = (
    LocationRow(
        "Berlin", "Musterallee 12", "Berlin", "BE", "10115", "DE",
        "Europe/Berlin", "de_de", "52.532", "13.384", "+493023125", "1",
    ),
    LocationRow(
        "Lyon", "8 rue du Modele", "Lyon", "ARA", "69002", "FR",
        "Europe/Paris", "fr_fr", "45.753", "4.831", "+3346571", "2",
    ),
    LocationRow(
        "Austin", "500 Sample Street", "Austin", "TX", "78701", "US",
        "America/Chicago", "en_us", "30.268", "-97.742", "+1512555", "3",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class PersonRow:
    """A person with an email address in the domain. `calling` None: messages only."""

    mailbox: str
    first_name: str
    last_name: str
    location: str
    calling: str | None
    cast: CastRole | None = None
    number: bool = True
    own_time_zone: bool = True  # else it is that of the location, which the account does not tell


PEOPLE: Final = (
    PersonRow("vera", "Vera", "Lindqvist", "Berlin", STANDARD, CastRole("viewer", note="Looks, and changes nothing."), own_time_zone=False),
    PersonRow("tom", "Tom", "Berger", "Berlin", PROFESSIONAL, CastRole("technician", note="Installs phones everywhere.")),
    PersonRow("tess", "Tess", "Moreau", "Lyon", STANDARD, CastRole("technician", "Lyon", "Installs phones in Lyon, nowhere else.")),
    PersonRow("eli", "Eli", "Novak", "Austin", PROFESSIONAL, CastRole("engineer", note="Builds DECT networks too.")),
    PersonRow("ana", "Ana", "Costa", "Berlin", PROFESSIONAL, CastRole("approver", note="Says yes or no to what others ask.")),
    PersonRow("ada", "Ada", "Fischer", "Berlin", None, CastRole("admin", note="May do everything, and says who may do what.")),
    PersonRow("sam", "Sam", "Stone", "Berlin", STANDARD, CastRole(None, note="On no list.")),
    PersonRow("bob", "Bob", "Keller", "Berlin", PROFESSIONAL),
    PersonRow("carol", "Carol", "Dubois", "Lyon", STANDARD),
    PersonRow("dave", "Dave", "Nolan", "Austin", None, own_time_zone=False),
    PersonRow("erin", "Erin", "Walsh", "Austin", PROFESSIONAL),
    PersonRow("frank", "Frank", "Weber", "Berlin", STANDARD),
    PersonRow("grace", "Grace", "Lam", "Berlin", PROFESSIONAL),
    PersonRow("hugo", "Hugo", "Petit", "Lyon", PROFESSIONAL),
    PersonRow("ivy", "Ivy", "Chen", "Austin", PROFESSIONAL),
    PersonRow("bkellner", "Bob", "Kellner", "Berlin", STANDARD),
    PersonRow("jack", "Jack", "Doyle", "Berlin", PROFESSIONAL),
    PersonRow("kim", "Kim", "Larsen", "Lyon", PROFESSIONAL),
    PersonRow("lena", "Lena", "Hofer", "Lyon", PROFESSIONAL),
    PersonRow("mia", "Mia", "Santos", "Austin", STANDARD),
    PersonRow("nora", "Nora", "Quist", "Berlin", PROFESSIONAL, number=False),
    PersonRow("omar", "Omar", "Haddad", "Austin", PROFESSIONAL),
    PersonRow("paul", "Paul", "Adler", "Berlin", STANDARD),
    PersonRow("rita", "Rita", "Blum", "Berlin", None, own_time_zone=False),
    PersonRow("zoe", "Zoe", "Martin", "Lyon", STANDARD),
)  # fmt: skip


@dataclass(frozen=True)
class WorkspaceRow:
    """A workspace; `licence` None belongs to a calling type that needs none."""

    name: str
    location: str
    licence: str | None = PROFESSIONAL
    calling: str = "webexCalling"
    supported_devices: str = "phones"
    room_type: str = "notSet"
    capacity: int | None = None


WORKSPACES: Final = (
    WorkspaceRow("Meeting Room North", "Berlin", room_type="meetingRoom", capacity=8),
    WorkspaceRow("Meeting Room South", "Berlin", room_type="meetingRoom", capacity=12),
    WorkspaceRow("Meeting Room Lyon", "Lyon", room_type="meetingRoom", capacity=6),
    WorkspaceRow("Lobby Berlin", "Berlin", room_type="open"),
    WorkspaceRow("Lobby Lyon", "Lyon", BASIC, room_type="open"),
    WorkspaceRow("Reception Austin", "Austin", room_type="open"),
    WorkspaceRow("Warehouse Austin", "Austin", None, calling="none", room_type="other"),
    WorkspaceRow(
        "Boardroom", "Berlin", None, "freeCalling", "collaborationDevices", "meetingRoom", 20
    ),
)


@dataclass(frozen=True)
class PhoneRow:
    """A phone of a person (`owner` is an email) or a workspace.

    `product` is only set if the model is not in the list.
    """

    mac: str
    model: str
    owner: str
    status: str = "connected"
    tags: tuple[str, ...] = ()
    error_codes: tuple[str, ...] = ()
    listed: bool = True


PHONES: Final = (
    PhoneRow("001122334455", "DMS Cisco 8845", "erin@acme.example", tags=("austin", "desk")),
    PhoneRow("0011223344A1", "DMS Cisco 8865", "erin@acme.example", "disconnected"),
    PhoneRow("0011223344B2", "Cisco 9841", "ivy@acme.example", listed=False),
    PhoneRow("0011223344C3", "2N Customer Managed", "Lobby Berlin", "unknown", ("door",)),
    PhoneRow("0011223344D4", "DMS Cisco 6841", "frank@acme.example"),
    PhoneRow("0011223344E1", "DMS Cisco 8851", "grace@acme.example", tags=("lab",)),
    PhoneRow("0011223344E2", "DMS Cisco 8811", "grace@acme.example", tags=("lab",)),
    PhoneRow("0011223344E3", "DMS Cisco 7841", "grace@acme.example", "offline_expired", ("lab",)),
    PhoneRow("0011223344E4", "DMS Cisco 6851", "grace@acme.example", "activating"),
    PhoneRow("0011223344E5", "DMS Cisco 8875", "grace@acme.example", "pending"),
    PhoneRow(
        "0011223344F6", "DMS Cisco 8832", "Meeting Room North", "connected_with_issues",
        ("conference",), ("sipprofileregistration",),
    ),
)  # fmt: skip

# Virtual lines: name, location, extension.
VIRTUAL_LINES: Final = (("Night Desk", "Berlin", "1900"),)

DECT_NAME: Final = "Warehouse DECT"
DECT_BASES: Final = ("0011223366D1", "0011223366D2")
# The owners of its handsets, each with one line: mailboxes and a workspace.
DECT_HANDSETS: Final = (
    "eli@acme.example",
    "erin@acme.example",
    "ivy@acme.example",
    "omar@acme.example",
    "Reception Austin",
)

# Phones without an owner, ready for an activation code.
BOXED: Final = (
    ("0011223355A1", "DMS Cisco 8845"),
    ("0011223355A2", "DMS Cisco 8865"),
    ("0011223355A3", "DMS Cisco 7821"),
    ("0011223355A4", "DMS Cisco 6841"),
    ("0011223355A5", "Cisco 9841"),
    ("0011223355A6", "DMS Sandbox WP100"),
)

BOARD_MAC: Final = "0011223344F7"
BOARD_PRODUCT: Final = "Cisco Board Pro 55"
FOREIGN_MAC: Final = "0A0B0C0D0E0F"
