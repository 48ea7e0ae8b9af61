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
    subject: str = ""  # of a read: what could not be read, as the subject of a sentence
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
    "The owner's number of devices could not be read."
    " Webex refuses the phone if the owner already has as many as allowed."
)

DEVICES = Call(
    "devices",
    "GET devices",
    DEVICES_READ,
    subject="The list of devices",
)
DEVICE = Call("device", "GET devices/{id}", DEVICES_READ, subject="The device")
MODELS = Call(
    "models",
    "GET telephony/config/supportedDevices",
    CONFIG_READ,
    subject="The list of models",
    without="The list of models could not be read. Webex refuses a model that it does not support.",
)
SIP_SETTINGS = Call(
    "SIP settings",
    "GET telephony/config/devices/{id}",
    CONFIG_READ,
    subject="The SIP settings",
    without=(
        "The phone does not fetch its settings: enter its SIP settings and the password on it."
        " Webex did not tell the settings. They are in Control Hub, under Management › Devices, in"
        " the details of the device."
    ),
)
PERSONS_DEVICES = Call(
    "devices of a person",
    "GET telephony/config/people/{id}/devices",
    CONFIG_READ,
    subject="The list of the owner's devices",
    without=NO_COUNT,
)
WORKSPACES_DEVICES = Call(
    "devices of a workspace",
    "GET telephony/config/workspaces/{id}/devices",
    CONFIG_READ,
    subject="The list of the owner's devices",
    without=NO_COUNT,
)
NETWORKS = Call(
    "networks",
    "GET telephony/config/dectNetworks",
    CONFIG_READ,
    subject="The list of DECT networks",
    without=(
        "The list of DECT networks could not be read."
        " Webex refuses a name that the location already has."
    ),
)
MACS = Call(
    "macs",
    "POST telephony/config/devices/actions/validateMacs/invoke",
    CONFIG_WRITE,
    subject="The state of the MAC address",
    without=(
        "The MAC address could not be checked. If another device uses it, Webex refuses the phone."
    ),
)
PEOPLE = Call(
    "people",
    "GET people",
    PEOPLE_READ,
    subject="The list of people",
    without="People could not be searched, only workspaces.",
)
PERSON = Call(
    "person",
    "GET people/{id}",
    PEOPLE_READ,
    subject="The owner's record",
    without="The owner could not be read.",
)
WORKSPACES = Call(
    "workspaces",
    "GET workspaces",
    WORKSPACES_READ,
    subject="The list of workspaces",
    without="Workspaces could not be searched, only people.",
)
WORKSPACE = Call(
    "workspace",
    "GET workspaces/{id}",
    WORKSPACES_READ,
    subject="The owner's record",
    without="The owner could not be read.",
)
MEMBERS = Call(
    "members",
    "GET telephony/config/devices/availableMembers",
    CONFIG_READ,
    subject="The list of people and workspaces with Webex Calling",
    without="Only beginnings of names could be searched.",
)
NUMBERS = Call(
    "numbers",
    "GET telephony/config/numbers",
    CONFIG_READ,
    subject="The list of numbers",
    without="Numbers could not be searched.",
)
LOCATIONS = Call(
    "locations",
    "GET locations",
    LOCATIONS_READ,
    subject="The list of locations",
    without="The name of the location could not be read.",
)
LICENCES = Call(
    "licences",
    "GET licenses",
    LICENCES_READ,
    subject="The list of licences",
    without=(
        "The licences could not be read. If the owner has Webex Calling Standard,"
        " adding a phone switches calling off in their Webex apps."
    ),
)
ADD_PHONE = Call("add phone", "POST devices", DEVICES_WRITE)
ACTIVATION_CODE = Call("activation code", "POST devices/activationCode", CODES)
TAG = Call("tag", "PATCH devices/{id}", DEVICES_WRITE)
DELETE_DEVICE = Call("delete device", "DELETE devices/{id}", DEVICES_WRITE)
CREATE_NETWORK = Call(
    "create dect network", "POST telephony/config/locations/{id}/dectNetworks", CONFIG_WRITE
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
    ADD_PHONE,
    ACTIVATION_CODE,
    TAG,
    DELETE_DEVICE,
    CREATE_NETWORK,
)
READS = tuple(call for call in CALLS if call.reads)
_BY_CALL = {call.call: call for call in CALLS}


def known(call: str) -> Call | None:
    """The call of that method and path template."""
    return _BY_CALL.get(call)
