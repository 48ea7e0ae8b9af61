"""Phones that come alive: they are plugged in, register, go off the network and are reset.

The organization holds what Webex knows of a phone; here is the phone itself, on its desk or still in
its box. It tells Webex of itself once it is up (webex-provisioning.md §4.3, §4.4).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Literal

from sandbox.organization.catalogue import Model
from sandbox.organization.codes import redeem
from sandbox.organization.facts import Phone
from sandbox.organization.macs import bare_mac
from sandbox.organization.phones import keep_phone, new_phone, show_later
from sandbox.organization.refusals import bad, refusal
from sandbox.organization.state import Organization
from sandbox.schedule import Schedule

State = Literal["waiting", "registering", "registered", "offline", "removed"]

STATE_OF_STATUS: dict[str, State] = {
    "connected": "registered",
    "connected_with_issues": "registered",
    "disconnected": "offline",
    "offline_expired": "offline",
}
SOFTWARE = {"MPP": "sip88xx.12-0-5MPP0101-41", "DESK_PHONE": "PhoneOS.3-2-1-0001-88"}
# So many phones that nobody owns are kept beside those that were there from the start.
SPARE_PHONES = 50
FIRST_HOST = 20
HOSTS = 200


@dataclass
class SimulatedPhone:
    """A phone one could touch. ``record`` is what Webex has of it, None: it belongs to nobody.

    ``turn`` counts what was done to it, so that a registration that was interrupted stays so.
    """

    mac: str
    model: str
    product: str
    state: State = "waiting"
    record: Phone | None = None
    turn: int = 0


Tell = Callable[[str, SimulatedPhone], None]


class Life:
    """All simulated phones. ``tell`` hears of each change, in words."""

    def __init__(
        self, org: Organization, schedule: Schedule, now: Callable[[], datetime], tell: Tell
    ) -> None:
        self._org = org
        self._schedule = schedule
        self._now = now
        self._tell = tell
        self._phones: dict[str, SimulatedPhone] = {}
        for mac, name in org.boxed.items():
            self._unbox(mac, org.catalogue.find(name))
        for record in org.phones.values():
            if record.kind == "phone":
                self._adopt(record).state = STATE_OF_STATUS.get(record.status, "waiting")

    def phones(self) -> list[SimulatedPhone]:
        """Every phone, those that somebody owns first."""
        return sorted(self._phones.values(), key=lambda phone: phone.record is None)

    def added(self, record: Phone) -> None:
        """Somebody added a phone to the organization: it is plugged in, and registers."""
        phone = self._adopt(record)
        self._boot(phone)
        for moment, words in ((record.known_from, "known"), (record.listed_from, "listed")):
            if moment is not None and moment > self._now():
                wait = (moment - self._now()).total_seconds()
                self._schedule.after(wait, partial(self._tell, f"phone {words}", phone))

    def removed(self, record: Phone) -> None:
        """A phone was deleted: it resets itself to how it came out of its box."""
        phone = self._phones.get(record.mac)
        if phone is None or phone.record is not record:
            return
        phone.record = None
        self._turn(phone, "removed", "phone removed")
        self._later(phone, self._reset)

    def activate(self, code: str, mac: object) -> SimulatedPhone:
        """Type an activation code in on a phone; without `mac`, on one that fits the code.

        Raises a refusal when the code is unknown, used, expired or for another model, and when the
        phone belongs to somebody.
        """
        issued = redeem(self._org, code, self._now())
        model = self._org.catalogue.find(issued.model)
        if model is None:
            raise refusal(HTTPStatus.CONFLICT, "This code is for a room device, not for a phone.")
        phone = self._in_hand(mac, model)
        self._require_free(phone)
        _require_model(phone, model)
        record = new_phone(self._org, phone.mac, model, issued.owner, self._now())
        record.status = "activating"
        show_later(record, model, self._org, self._now())
        issued.used = True
        keep_phone(self._org, record)
        self.added(record)
        return self._phones[phone.mac]

    def unplug(self, mac: object) -> SimulatedPhone:
        """Take a phone off the network."""
        phone = self._named(mac)
        if phone.record is None or phone.state not in ("registering", "registered"):
            raise refusal(HTTPStatus.CONFLICT, "This phone is not on the network.")
        self._turn(phone, "offline", "phone unplugged")
        self._report(phone, phone.record, "disconnected")
        return phone

    def plug(self, mac: object) -> SimulatedPhone:
        """Put a phone back on the network, where it registers."""
        phone = self._named(mac)
        if phone.record is None or phone.state not in ("offline", "waiting"):
            raise refusal(HTTPStatus.CONFLICT, "This phone has nothing to register with.")
        self._boot(phone)
        return phone

    def _boot(self, phone: SimulatedPhone) -> None:
        self._turn(phone, "registering", "phone registering")
        self._later(phone, self._come_up)

    def _come_up(self, phone: SimulatedPhone) -> None:
        record = phone.record
        if record is None or record.key not in self._org.phones:
            return
        self._turn(phone, "registered", "phone registered")
        number = FIRST_HOST + list(self._phones).index(phone.mac) % HOSTS
        record.ip = record.ip or f"192.0.2.{number}"
        record.software = record.software or SOFTWARE.get(record.model_type)
        record.last_seen = self._now()
        self._report(phone, record, "connected")

    def _report(self, phone: SimulatedPhone, record: Phone, status: str) -> None:
        """Let Webex know, as late as it is; of what its customer manages Webex learns nothing."""
        turn = phone.turn

        def know() -> None:
            if phone.turn == turn and record.managed_by != "CUSTOMER":
                record.status = status
                record.error_codes = []
                self._tell(f"device {status}", phone)

        self._schedule.after(self._org.settings.status_lag_s, know)

    def _reset(self, phone: SimulatedPhone) -> None:
        self._turn(phone, "waiting", "phone reset")
        spare = [one for one in self._phones.values() if one.record is None]
        strangers = [one for one in spare if one.mac not in self._org.boxed]
        for one in strangers[: max(len(strangers) - SPARE_PHONES, 0)]:
            del self._phones[one.mac]

    def _later(self, phone: SimulatedPhone, step: Callable[[SimulatedPhone], None]) -> None:
        """Go on once the phone has started, unless something else was done to it meanwhile."""
        turn = phone.turn

        def go_on() -> None:
            if phone.turn == turn:
                step(phone)

        if self._org.settings.phone_registers_s is not None:
            self._schedule.after(self._org.settings.phone_registers_s, go_on)

    def _turn(self, phone: SimulatedPhone, state: State, words: str) -> None:
        phone.turn += 1
        phone.state = state
        self._tell(words, phone)

    def _adopt(self, record: Phone) -> SimulatedPhone:
        phone = self._phones.get(record.mac)
        if phone is None:
            phone = SimulatedPhone(record.mac, record.model, record.product)
            self._phones[record.mac] = phone
        phone.model, phone.product, phone.record = record.model, record.product, record
        return phone

    def _unbox(self, mac: str, model: Model | None) -> SimulatedPhone:
        if model is None:
            raise bad("There is no such model.")
        return self._phones.setdefault(mac, SimulatedPhone(mac, model.name, model.display_name))

    def _in_hand(self, mac: object, model: Model) -> SimulatedPhone:
        """Return the phone with this MAC, one out of the stores when nobody knows it."""
        if mac:
            return self._phones.get(_bare(mac)) or SimulatedPhone(
                _bare(mac), model.name, model.display_name
            )
        boxed = (one for one in self._phones.values() if one.record is None)
        fitting = next((one for one in boxed if one.model == model.name), None)
        return fitting or SimulatedPhone(self._spare_mac(), model.name, model.display_name)

    def _spare_mac(self) -> str:
        numbers = (f"00112244{number:04X}" for number in range(0x10000))
        return next(mac for mac in numbers if mac not in self._phones)

    def _named(self, mac: object) -> SimulatedPhone:
        phone = self._phones.get(_bare(mac))
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


def _bare(mac: object) -> str:
    bare = bare_mac(mac)
    if bare is None:
        raise bad("A MAC address has twelve hexadecimal digits.")
    return bare
