"""The calls of the admin APIs that commands make, and the scope of each.

A command names the calls that it needs and those that it can do without (`bot.domain.commands`).
Names and scopes: docs/webex/provisioning.md §2 to §5.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.core import logs
from bot.core.errors import Forbidden, WebexError

log = logs.get_logger("webex")


@dataclass(frozen=True)
class Call:
    """One call. `{id}` in its path stands for any id."""

    name: str
    call: str  # method and path
    scope: str
    subject: str = ""  # of a read: what could not be read, as the object of a sentence
    without: str = ""  # of a read that only warns: the sentence in the plan

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return bool(self.subject)

    @property
    def lists(self) -> bool:
        """Whether it answers with a list: then a 404 does not mean that something is gone."""
        return self.reads and not self.call.endswith("{id}")

    @contextmanager
    def named(self) -> Iterator[None]:
        """Add this call to errors inside, for people and for the log, without an id of its path."""
        try:
            yield
        except WebexError as problem:
            problem.call = self.call
            if isinstance(problem, Forbidden):
                log.warning(
                    "call_forbidden",
                    call=self.call,
                    scope=self.scope,
                    status=problem.status,
                    tracking_id=problem.tracking_id,
                )
            raise


DEVICES_READ, DEVICES_WRITE = "spark-admin:devices_read", "spark-admin:devices_write"
CODES = "identity:one_time_password"
CONFIG_READ = "spark-admin:telephony_config_read"
CONFIG_WRITE = "spark-admin:telephony_config_write"
PEOPLE_READ, WORKSPACES_READ = "spark-admin:people_read", "spark-admin:workspaces_read"
LOCATIONS_READ, LICENCES_READ = "spark-admin:locations_read", "spark-admin:licenses_read"

NO_COUNT = (
    "I could not check how many devices the owner has."
    " If the limit is reached, Webex will refuse the phone."
)

DEVICES = Call(
    "devices",
    "GET devices",
    DEVICES_READ,
    subject="the list of devices",
)
DEVICE = Call("device", "GET devices/{id}", DEVICES_READ, subject="the device")
MODELS = Call(
    "models",
    "GET telephony/config/supportedDevices",
    CONFIG_READ,
    subject="the list of models",
    without=(
        "I could not check whether your organization can use this model."
        " If it cannot, Webex will refuse it."
    ),
)
SIP_SETTINGS = Call(
    "SIP settings",
    "GET telephony/config/devices/{id}",
    CONFIG_READ,
    subject="the SIP settings",
    without=(
        "The phone does not fetch its settings: enter its SIP settings and the password on it."
        " Webex did not send the settings. They are in Control Hub, under Management › Devices, in"
        " the details of the device."
    ),
)
PERSONS_DEVICES = Call(
    "devices of a person",
    "GET telephony/config/people/{id}/devices",
    CONFIG_READ,
    subject="the list of the owner's devices",
    without=NO_COUNT,
)
WORKSPACES_DEVICES = Call(
    "devices of a workspace",
    "GET telephony/config/workspaces/{id}/devices",
    CONFIG_READ,
    subject="the list of the owner's devices",
    without=NO_COUNT,
)
NETWORKS = Call(
    "networks",
    "GET telephony/config/dectNetworks",
    CONFIG_READ,
    subject="the list of DECT networks",
    without=(
        "I could not check whether the location already has a DECT network with this name."
        " If it has, Webex will refuse the name."
    ),
)
MACS = Call(
    "macs",
    "POST telephony/config/devices/actions/validateMacs/invoke",
    CONFIG_WRITE,
    subject="the state of the MAC address",
    without=(
        "I could not check whether the MAC address is free."
        " If another device uses it, Webex will refuse the phone."
    ),
)
PEOPLE = Call(
    "people",
    "GET people",
    PEOPLE_READ,
    subject="the list of people",
    without="I could search only workspaces, not people.",
)
PERSON = Call(
    "person",
    "GET people/{id}",
    PEOPLE_READ,
    subject="the owner's record",
    without="I could not check who the owner is.",
)
WORKSPACES = Call(
    "workspaces",
    "GET workspaces",
    WORKSPACES_READ,
    subject="the list of workspaces",
    without="I could search only people, not workspaces.",
)
WORKSPACE = Call(
    "workspace",
    "GET workspaces/{id}",
    WORKSPACES_READ,
    subject="the owner's record",
    without="I could not check who the owner is.",
)
MEMBERS = Call(
    "members",
    "GET telephony/config/devices/availableMembers",
    CONFIG_READ,
    subject="the list of people and workspaces with Webex Calling",
    without="I could search only the beginnings of names.",
)
NUMBERS = Call(
    "numbers",
    "GET telephony/config/numbers",
    CONFIG_READ,
    subject="the list of numbers",
    without="I could not search extensions and phone numbers.",
)
LOCATIONS = Call(
    "locations",
    "GET locations",
    LOCATIONS_READ,
    subject="the list of locations",
    without="I could not read the name of the location.",
)
LICENCES = Call(
    "licences",
    "GET licenses",
    LICENCES_READ,
    subject="the list of licences",
    without=(
        "I could not check the owner's licence. If it is Webex Calling Standard,"
        " adding a phone switches calling off in their Webex apps."
    ),
)
LICENCE_HOLDERS = Call(
    "licence holders",
    "GET licenses/{id}",
    LICENCES_READ,
    subject="the list of people with a licence",
    without=(
        "I could not check the licences of all people. If somebody has Webex Calling Standard,"
        " adding a phone switches calling off in their Webex apps."
    ),
)
ADD_PHONE = Call("add phone", "POST devices", DEVICES_WRITE)
ACTIVATION_CODE = Call("activation code", "POST devices/activationCode", CODES)
TAG = Call("tag", "PATCH devices/{id}", DEVICES_WRITE)
DELETE_DEVICE = Call("delete device", "DELETE devices/{id}", DEVICES_WRITE)
APPLY_CHANGES = Call(
    "apply changes",
    "POST telephony/config/devices/{id}/actions/applyChanges/invoke",
    CONFIG_WRITE,
)
CREATE_NETWORK = Call(
    "create dect network", "POST telephony/config/locations/{id}/dectNetworks", CONFIG_WRITE
)
_NETWORK = "telephony/config/locations/{id}/dectNetworks/{id}"
DECT_MODELS = Call(
    "dect models",
    "GET telephony/config/devices/dectNetworks/supportedDevices",
    CONFIG_READ,
    subject="the list of base station models",
    without=(
        "I could not check how many base stations and lines the model of this network takes. If"
        " there are too many, Webex will refuse them."
    ),
)
NETWORK = Call("dect network", f"GET {_NETWORK}", CONFIG_READ, subject="the DECT network")
BASE_STATIONS = Call(
    "base stations",
    f"GET {_NETWORK}/baseStations",
    CONFIG_READ,
    subject="the list of base stations",
    without="I could not read the base stations of the DECT network.",
)
BASE_STATION = Call(
    "base station",
    f"GET {_NETWORK}/baseStations/{{id}}",
    CONFIG_READ,
    subject="the base station",
    without="I could not check which handsets are registered at the base station.",
)
HANDSETS = Call(
    "handsets",
    f"GET {_NETWORK}/handsets",
    CONFIG_READ,
    subject="the list of handsets",
    without="I could not read the handsets of the DECT network.",
)
HANDSET = Call("handset", f"GET {_NETWORK}/handsets/{{id}}", CONFIG_READ, subject="the handset")
PERSONS_NETWORKS = Call(
    "networks of a person",
    "GET telephony/config/people/{id}/dectNetworks",
    CONFIG_READ,
    subject="the list of the owner's DECT networks",
)
WORKSPACES_NETWORKS = Call(
    "networks of a workspace",
    "GET telephony/config/workspaces/{id}/dectNetworks",
    CONFIG_READ,
    subject="the list of the owner's DECT networks",
)
SERVICEABILITY = Call(
    "serviceability",
    f"GET {_NETWORK}/serviceabilityPassword",
    CONFIG_READ,
    subject="the state of the serviceability password",
)
UPDATE_NETWORK = Call("update dect network", f"PUT {_NETWORK}", CONFIG_WRITE)
DELETE_NETWORK = Call("delete dect network", f"DELETE {_NETWORK}", CONFIG_WRITE)
ADD_BASE_STATIONS = Call("add base stations", f"POST {_NETWORK}/baseStations", CONFIG_WRITE)
DELETE_BASE_STATION = Call(
    "delete base station", f"DELETE {_NETWORK}/baseStations/{{id}}", CONFIG_WRITE
)
ADD_HANDSET = Call("add handset", f"POST {_NETWORK}/handsets", CONFIG_WRITE)
ADD_HANDSETS = Call("add handsets", f"POST {_NETWORK}/handsets/bulk", CONFIG_WRITE)
UPDATE_HANDSET = Call("update handset", f"PUT {_NETWORK}/handsets/{{id}}", CONFIG_WRITE)
DELETE_HANDSET = Call("delete handset", f"DELETE {_NETWORK}/handsets/{{id}}", CONFIG_WRITE)
DELETE_HANDSETS = Call("delete handsets", f"DELETE {_NETWORK}/handsets", CONFIG_WRITE)
SWITCH_SERVICEABILITY = Call(
    "switch serviceability", f"PUT {_NETWORK}/serviceabilityPassword", CONFIG_WRITE
)
NEW_SERVICEABILITY_PASSWORD = Call(
    "new serviceability password",
    f"POST {_NETWORK}/serviceabilityPassword/actions/generate/invoke",
    CONFIG_WRITE,
)
CALLS = (
    DEVICES,
    DEVICE,
    MODELS,
    SIP_SETTINGS,
    PERSONS_DEVICES,
    WORKSPACES_DEVICES,
    NETWORKS,
    MACS,
    PEOPLE,
    PERSON,
    WORKSPACES,
    WORKSPACE,
    MEMBERS,
    NUMBERS,
    LOCATIONS,
    LICENCES,
    LICENCE_HOLDERS,
    ADD_PHONE,
    ACTIVATION_CODE,
    TAG,
    DELETE_DEVICE,
    APPLY_CHANGES,
    CREATE_NETWORK,
    DECT_MODELS,
    BASE_STATIONS,
    HANDSETS,
    DELETE_NETWORK,
    ADD_BASE_STATIONS,
    DELETE_BASE_STATION,
    ADD_HANDSET,
    ADD_HANDSETS,
    UPDATE_HANDSET,
    DELETE_HANDSET,
    DELETE_HANDSETS,
    NETWORK,
    BASE_STATION,
    PERSONS_NETWORKS,
    WORKSPACES_NETWORKS,
    UPDATE_NETWORK,
)
# Of `bot.webex.dect`. No command needs them yet, so `provbot doctor` does not try them.
DECT_CALLS = (
    HANDSET,
    SERVICEABILITY,
    SWITCH_SERVICEABILITY,
    NEW_SERVICEABILITY_PASSWORD,
)
READS = tuple(call for call in CALLS if call.reads)
_BY_CALL = {call.call: call for call in (*CALLS, *DECT_CALLS)}


def known(call: str) -> Call | None:
    """The call of that method and path template."""
    return _BY_CALL.get(call)
