"""People, workspaces, phones and networks of example.com, as the bot reads them."""

from typing import Any

from pydantic import SecretStr

from bot.core.models.dect import DectNetwork
from bot.core.models.webex import (
    Device,
    Licence,
    Location,
    Owner,
    OwnerKind,
    PhoneModel,
)

BERLIN = Location(id="loc-berlin", name="Berlin", time_zone="Europe/Berlin")
LYON = Location(id="loc-lyon", name="Lyon", time_zone="Europe/Paris")
BOTH = frozenset({"PEOPLE", "PLACE"})
EITHER_WAY = frozenset({"MAC_ADDRESS", "ACTIVATION_CODE"})


def person(mailbox: str, name: str, where: Location, licence: Licence) -> Owner:
    """A person of example.com."""
    return Owner(
        kind=OwnerKind.PERSON, id=f"id-{mailbox}", name=name, email=f"{mailbox}@example.com",
        location_id=where.id, location=where.name, licence=licence,
    )  # fmt: skip


def workspace(name: str, where: Location, **facts: Any) -> Owner:
    """A workspace for desk phones, changed by `facts`."""
    known = {"licence": Licence.PROFESSIONAL, "calling_type": "webexCalling"} | facts
    key = "id-" + name.lower().replace(" ", "-")
    return Owner(
        kind=OwnerKind.WORKSPACE,
        id=key,
        name=name,
        location_id=where.id,
        location=where.name,
        **known,
    )


def model(number: str, **facts: Any) -> PhoneModel:
    """A desk phone that can be added by MAC and by code, changed by `facts`."""
    known: dict[str, Any] = {"supported_for": BOTH, "onboarding": EITHER_WAY, "type": "MPP"}
    names = {"model": f"DMS Cisco {number}", "display_name": f"Cisco {number}"}
    return PhoneModel(**(names | known | facts))


ANN = person("ann", "Ann Alder", BERLIN, Licence.PROFESSIONAL)
BOB = person("bob", "Bob Birch", LYON, Licence.STANDARD)
CARL = person("carl", "Carl Cedar", BERLIN, Licence.NONE)
DORA = person("dora", "Dora Daisy", BERLIN, Licence.UNKNOWN)
LOBBY = workspace("Lobby", BERLIN, takes_room_devices=False)
NORTH = workspace("Meeting Room North", BERLIN)
SOUTH = workspace("Meeting Room South", LYON)
BOARDROOM = workspace("Boardroom", BERLIN, takes_phones=False)
STORE_ROOM = workspace("Store Room", LYON, licence=Licence.NONE, calling_type="none")
THIRD_PARTY = PhoneModel(
    model="Generic IPPhone Customer Managed", display_name="Customer Managed IP Phone",
    type="GENERIC_SIP", manufacturer="THIRD_PARTY", managed_by="CUSTOMER",
    supported_for=BOTH, onboarding=frozenset({"MAC_ADDRESS"}),
)  # fmt: skip
MODELS = [
    model("8845"),
    model("8865"),
    model("6871", onboarding=frozenset({"ACTIVATION_CODE"})),
    model("7811", onboarding=frozenset({"MAC_ADDRESS"})),
    model("840", onboarding=frozenset({"NONE"})),
    model("7832", supported_for=frozenset({"PLACE"})),
    model("9861", type="DESK_PHONE"),
    THIRD_PARTY,
]
ANNS_PHONE = Device(
    id="dev-1", name="Ann Alder", product="Cisco 8845", mac="00005E005301", serial="FCH1",
    person_id=ANN.id, location_id=BERLIN.id, status="connected", tags=("front",),
    last_seen="2026-11-20T09:06:40.100Z",
)  # fmt: skip
SOUTHS_PHONE = Device(
    id="dev-2", name="Meeting Room South", product="Cisco 8865", mac="00:00:5E:00:53:02",
    workspace_id=SOUTH.id, location_id=LYON.id, status="offline_expired",
)  # fmt: skip
FREE_MAC = "D82E3EEF4E5C"
FOREIGN_MAC = "00005E0053FF"  # in use, but by nobody in this organization
WAREHOUSE = DectNetwork(
    id="net-1", name="Warehouse", display_name="Ware", model="DMS Cisco DBS210",
    location_id=LYON.id, location=LYON.name, has_shared_code=True,
    access_code=SecretStr("1234"),
)  # fmt: skip
