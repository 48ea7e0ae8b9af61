"""Simulated phones: they are plugged in, register, lose the network and are reset.

The organization holds what Webex knows about a phone; this is the phone itself, on a desk or in its
box. It reports to Webex once it has started (docs/webex/provisioning.md §4.3, §4.4).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Literal

from sandbox.organization.activation_codes import redeem
from sandbox.organization.device_models import Model
from sandbox.organization.entities import Phone
from sandbox.organization.errors import bad_request, refusal
from sandbox.organization.mac_addresses import bare_mac
from sandbox.organization.phones import delay_visibility, new_phone, store_phone
from sandbox.organization.state import Organization
from sandbox.scheduler import Scheduler

State = Literal["waiting", "registering", "registered", "offline", "removed"]

STATE_BY_STATUS: dict[str, State] = {
    "connected": "registered",
    "connected_with_issues": "registered",
    "disconnected": "offline",
    "offline_expired": "offline",
}
SOFTWARE = {"MPP": "sip88xx.12-0-5MPP0101-41", "DESK_PHONE": "PhoneOS.3-2-1-0001-88"}
# How many phones without an owner are kept, beside those of the seed.
SPARE_PHONES = 50
FIRST_HOST = 20
HOSTS = 200


@dataclass
class SimulatedPhone:
    """A simulated phone. ``record`` is Webex's record of it; None: it has no owner.

    ``revision`` counts its state changes, so that an interrupted registration stays interrupted.
    ``since`` is the time of the last one; None: its state is that of the seed.
    """

    mac: str
    model: str
    product: str
    state: State = "waiting"
    record: Phone | None = None
    revision: int = 0
    since: datetime | None = None


PhoneListener = Callable[[str, SimulatedPhone], None]


class PhoneSimulator:
    """All simulated phones. ``notify`` is called with the name of each event."""

    def __init__(
        self,
        org: Organization,
        scheduler: Scheduler,
        now: Callable[[], datetime],
        notify: PhoneListener,
    ) -> None:
        self._org = org
        self._scheduler = scheduler
        self._now = now
        self._notify = notify
        self._phones: dict[str, SimulatedPhone] = {}
        for mac, name in org.boxed.items():
            self._add_boxed(mac, org.catalogue.find(name))
        for record in org.phones.values():
            if record.kind == "phone":
                self._adopt(record).state = STATE_BY_STATUS.get(record.status, "waiting")

    def phones(self) -> list[SimulatedPhone]:
        """Every phone, those with an owner first."""
        return sorted(self._phones.values(), key=lambda phone: phone.record is None)

    def added(self, record: Phone) -> None:
        """Plug in and register a phone that was added to the organization.

        If phones never register by themselves, it stays in its box until somebody plugs it in.
        """
        phone = self._adopt(record)
        if self._org.settings.phone_registers_s is None:
            self._change_state(phone, "waiting", "phone waiting")
        else:
            self._boot(phone)
        self._announce(phone, record)

    def _announce(self, phone: SimulatedPhone, record: Phone) -> None:
        """Notify when Webex lets others see a phone that is not visible at once."""
        for moment, event in ((record.known_from, "known"), (record.listed_from, "listed")):
            if moment is not None and moment > self._now():
                wait = (moment - self._now()).total_seconds()
                self._scheduler.after(wait, partial(self._notify, f"phone {event}", phone))

    def removed(self, record: Phone) -> None:
        """Reset a deleted phone to factory settings."""
        phone = self._phones.get(record.mac)
        if phone is None or phone.record is not record:
            return
        phone.record = None
        self._change_state(phone, "removed", "phone removed")
        self._after_boot(phone, self._reset)

    def activate(self, code: str, mac: object) -> SimulatedPhone:
        """Type in an activation code on a phone; without `mac`, on one that fits the code.

        Raises an error if the code is unknown, used, expired or for another model, or if the phone
        has an owner.
        """
        issued = redeem(self._org, code, self._now())
        model = self._org.catalogue.find(issued.model)
        if model is None:
            raise refusal(HTTPStatus.CONFLICT, "This code is for a room device, not for a phone.")
        phone = self._find_or_create(mac, model)
        self._require_free(phone)
        _require_model(phone, model)
        record = new_phone(self._org, phone.mac, model, issued.owner, self._now())
        record.status = "activating"
        delay_visibility(record, model, self._org, self._now())
        issued.used = True
        store_phone(self._org, record)
        phone = self._adopt(record)
        self._boot(phone)  # one can type on it: it is plugged in
        self._announce(phone, record)
        return phone

    def unplug(self, mac: object) -> SimulatedPhone:
        """Take a phone off the network."""
        phone = self._find(mac)
        if phone.record is None or phone.state not in ("registering", "registered"):
            raise refusal(HTTPStatus.CONFLICT, "This phone is not on the network.")
        self._change_state(phone, "offline", "phone unplugged")
        phone.record.last_seen = self._now()
        self._report(phone, phone.record, "disconnected")
        return phone

    def plug(self, mac: object) -> SimulatedPhone:
        """Connect a phone to the network again, where it registers."""
        phone = self._find(mac)
        if phone.record is None or phone.state not in ("offline", "waiting"):
            raise refusal(
                HTTPStatus.CONFLICT, "This phone has no owner, or it is on the network already."
            )
        self._boot(phone)
        return phone

    def report(
        self, mac: object, status: str | None, error_codes: list[str] | None
    ) -> SimulatedPhone:
        """Let a phone tell Webex another status or other problems, without a reason."""
        phone = self._find(mac)
        if phone.record is None:
            raise refusal(HTTPStatus.CONFLICT, "This phone has no owner.")
        phone.record.status = status or phone.record.status
        if error_codes is not None:
            phone.record.error_codes = list(error_codes)
        self._notify(f"device {phone.record.status}", phone)
        return phone

    def _boot(self, phone: SimulatedPhone) -> None:
        self._change_state(phone, "registering", "phone registering")
        self._after_boot(phone, self._register)

    def _register(self, phone: SimulatedPhone) -> None:
        record = phone.record
        if record is None or record.key not in self._org.phones:
            return
        self._change_state(phone, "registered", "phone registered")
        number = FIRST_HOST + list(self._phones).index(phone.mac) % HOSTS
        record.ip = record.ip or f"192.0.2.{number}"
        record.software = record.software or SOFTWARE.get(record.model_type)
        record.last_seen = self._now()
        record.first_seen = record.first_seen or record.last_seen
        self._report(phone, record, "connected")

    def _report(self, phone: SimulatedPhone, record: Phone, status: str) -> None:
        """Update the status in Webex after the lag; customer-managed phones report nothing."""
        revision = phone.revision

        def update_record() -> None:
            if phone.revision == revision and record.managed_by != "CUSTOMER":
                record.status = status
                record.error_codes = []
                self._notify(f"device {status}", phone)

        self._scheduler.after(self._org.settings.status_lag_s, update_record)

    def _reset(self, phone: SimulatedPhone) -> None:
        self._change_state(phone, "waiting", "phone reset")
        unowned = [phone for phone in self._phones.values() if phone.record is None]
        removable = [phone for phone in unowned if phone.mac not in self._org.boxed]
        for surplus in removable[: max(len(removable) - SPARE_PHONES, 0)]:
            del self._phones[surplus.mac]

    def _after_boot(self, phone: SimulatedPhone, step: Callable[[SimulatedPhone], None]) -> None:
        """Run the next step when the phone has started, unless its state has changed by then.

        Phones that wait for somebody to plug them in start at once: nobody waits for them.
        """
        revision = phone.revision

        def run_step() -> None:
            if phone.revision == revision:
                step(phone)

        self._scheduler.after(self._org.settings.phone_registers_s or 0.0, run_step)

    def _change_state(self, phone: SimulatedPhone, state: State, event: str) -> None:
        phone.revision += 1
        phone.state, phone.since = state, self._now()
        self._notify(event, phone)

    def _adopt(self, record: Phone) -> SimulatedPhone:
        phone = self._phones.get(record.mac)
        if phone is None:
            phone = SimulatedPhone(record.mac, record.model, record.product)
            self._phones[record.mac] = phone
        phone.model, phone.product, phone.record = record.model, record.product, record
        return phone

    def _add_boxed(self, mac: str, model: Model | None) -> SimulatedPhone:
        if model is None:
            raise bad_request("There is no such model.")
        return self._phones.setdefault(mac, SimulatedPhone(mac, model.name, model.display_name))

    def _find_or_create(self, mac: object, model: Model) -> SimulatedPhone:
        """Return the phone with this MAC, or a new one if the MAC is unknown."""
        if mac:
            return self._phones.get(_require_mac(mac)) or SimulatedPhone(
                _require_mac(mac), model.name, model.display_name
            )
        boxed = (phone for phone in self._phones.values() if phone.record is None)
        fitting = next((phone for phone in boxed if phone.model == model.name), None)
        return fitting or SimulatedPhone(self._spare_mac(), model.name, model.display_name)

    def _spare_mac(self) -> str:
        numbers = (f"00112244{number:04X}" for number in range(0x10000))
        return next(mac for mac in numbers if mac not in self._phones)

    def _find(self, mac: object) -> SimulatedPhone:
        phone = self._phones.get(_require_mac(mac))
        if phone is None:
            raise refusal(HTTPStatus.NOT_FOUND, "There is no phone with this MAC address.")
        return phone

    def _require_free(self, phone: SimulatedPhone) -> None:
        if phone.record is not None:
            owner = self._org.owner_name(phone.record.owner)
            raise refusal(HTTPStatus.CONFLICT, f"This phone already belongs to {owner}.")
        if self._org.mac_in_use(phone.mac):
            raise refusal(HTTPStatus.CONFLICT, "This MAC address is already in use.")


def _require_model(phone: SimulatedPhone, model: Model) -> None:
    if phone.model != model.name:
        text = f"This code is for a {model.display_name}, and this phone is a {phone.product}."
        raise refusal(HTTPStatus.CONFLICT, text)


def _require_mac(mac: object) -> str:
    bare = bare_mac(mac)
    if bare is None:
        raise bad_request("A MAC address has twelve hexadecimal digits.")
    return bare
