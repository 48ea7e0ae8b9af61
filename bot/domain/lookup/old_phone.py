"""The phone that a swap or a move takes from its owner: its owner, location and model."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.core import api_calls as calls
from bot.core.api_calls import Call
from bot.core.errors import WebexError
from bot.core.models.mac import show_mac
from bot.core.models.text import join_words
from bot.core.models.webex import Device, LocationRef, Owner, OwnerKind, PhoneModel
from bot.domain import fallback, unsupported
from bot.domain.forms import ParsedForm
from bot.domain.lookup import devices, late_phones, models
from bot.domain.lookup.locations import location_text
from bot.domain.operation import Context, Remainder
from bot.domain.plan import Outcome, Plan, Step
from bot.domain.third_party import PLUG_IN
from bot.domain.unsupported import Feature

PHONE_TYPES = frozenset({"", "phone", "unknown"})  # values of `type` that may be a desk phone
NOT_A_PHONE = (
    "The {product} of {name} is not a desk phone, and only desk phones can be swapped or moved."
)
PLUG_IN_NEW = "Plug in the new phone: it fetches its settings on its own."
PLUG_IN_OLD = "Plug in the old phone again: it fetches its settings on its own."
TAGS_LATER = "Its tags cannot be put back before Webex lists it."


@dataclass(frozen=True)
class OldPhone:
    """A device with its location and owner. `owner` is None if Webex does not know any."""

    device: Device
    location: LocationRef
    owner: Owner | None

    @property
    def owner_call(self) -> Call:
        """The call that reads the owner."""
        return calls.PERSON if self.device.person_id else calls.WORKSPACE

    @property
    def key(self) -> str:
        """What people can type for it in a command."""
        return show_mac(self.device.mac) or self.device.name

    @property
    def mac(self) -> str:
        """Its MAC as 12 upper-case hex digits; empty if Webex tells none."""
        return show_mac(self.device.mac).replace(":", "")

    @property
    def described(self) -> str:
        """Its model and MAC, as far as Webex tells them."""
        parts = (self.device.product or "phone", show_mac(self.device.mac))
        return " ".join(filter(None, parts))


async def find(form: ParsedForm, ctx: Context) -> OldPhone | None:
    """The phone that the field `device` means; None, and an error, if that is not clear."""
    shown_key = _shown_owner_key(ctx)
    # The owner rarely changes after the plan was shown, so both are read at once.
    device, early = await asyncio.gather(
        devices.find_device(form, ctx), _read_owner(shown_key, ctx)
    )
    if device is None:
        return None
    if device.type not in PHONE_TYPES:
        form.add_error("device", NOT_A_PHONE.format(product=device.product, name=device.name))
        return None
    key = device.owner_key
    location, owner = await asyncio.gather(
        devices.location_of(device, ctx, form),
        _known(early) if key == shown_key else _read_owner(key, ctx),
    )
    return _old_phone(form, device, location, owner)


def _shown_owner_key(ctx: Context) -> str:
    """The key of the old phone's owner in the shown plan, which removes the phone first."""
    subject = ctx.shown.first.subject if ctx.shown else ""
    return subject if subject.startswith(tuple(OwnerKind)) else ""


async def _read_owner(key: str, ctx: Context) -> Owner | WebexError | None:
    return await fallback.read_or_error_briefly(ctx.calling.owner(key)) if key else None


async def _known(owner: Owner | WebexError | None) -> Owner | WebexError | None:
    return owner


def _old_phone(
    form: ParsedForm, device: Device, location: str, owner: Owner | WebexError | None
) -> OldPhone:
    """With what the device tells of its owner, if the owner cannot be read."""
    phone = OldPhone(device, device.at(location), None if isinstance(owner, WebexError) else owner)
    if not isinstance(owner, WebexError):
        return phone
    form.note_unread(phone.owner_call)
    kind, _, owner_id = device.owner_key.partition(":")
    stand_in = Owner(
        kind=OwnerKind(kind),
        id=owner_id,
        name=device.name,
        location=location,
        location_id=device.location_id,
        partial=True,
    )
    return OldPhone(device, phone.location, stand_in)


def model_of(device: Device, known_models: models.Models) -> PhoneModel | None:
    """The model with which the same phone can be added by its MAC; None if there is none."""
    candidates = models.matching(device.product, known_models) if device.product else []
    if len(candidates) != 1 or models.BY_MAC not in candidates[0].onboarding:
        return None
    return candidates[0]


def reset_warning(device: Device) -> str:
    """What happens to the device itself when it is deleted."""
    if device.customer_managed:
        return "Webex does not reset the old phone: please remove the SIP settings from it as well."
    return "The old phone is reset and can no longer make calls."


def later(device: Device, mac: str, model: PhoneModel, *, government: bool) -> tuple[str, ...]:
    """What cannot be done with the phone, or seen of it, when it has been added again."""
    details = Feature.THIRD_PARTY_DETAILS if model.customer_managed else None
    return (
        *((late_phones.NOT_LISTED_YET,) if model.phone_os else ()),
        *((_tags_later(device, mac),) if model.phone_os and device.tags else ()),
        *unsupported.warnings(details, government=government),
    )


def _tags_later(device: Device, mac: str) -> str:
    tags = " ".join(f"+{tag}" for tag in device.tags)
    return f"{TAGS_LATER} Once it is listed, type: tag {show_mac(mac)} {tags}"


def outcome_of_all(added: Outcome, title: str, notes: Iterable[str], *, plug_in: str) -> Outcome:
    """The outcome of the whole, given that of its addition: with its SIP settings and password.

    `plug_in` names the phone to plug in; empty if it is plugged in already.
    """
    notes = tuple(notes)
    added_notes = (plug_in if note == PLUG_IN else note for note in added.notes)
    # People put the tags on a phone that Webex lists later, as a note says.
    facts = (fact for fact in added.facts if not (added.awaits_listing and fact[0] == "Tags"))
    return added.model_copy(
        update={
            "title": title,
            "facts": tuple(facts),
            "notes": (*filter(None, added_notes), *notes),
            "secret_notes": (*added.secret_notes, *notes) if added.secret_notes else (),
            "again": "",
            "again_title": "",
            "undo": None,
        }
    )


def tags_later(plan: Plan) -> tuple[str, ...]:
    """The warning about tags that cannot be put back yet, as the outcome repeats it."""
    return tuple(warning for warning in plan.warnings if warning.startswith(TAGS_LATER))


def location_names(form: ParsedForm, locations: Sequence[LocationRef]) -> str:
    """The names of the locations, as a plan shows them."""
    return location_text(
        form, join_words((location.name for location in locations if location.name), "and")
    )


def unique_locations(*locations: LocationRef) -> tuple[LocationRef, ...]:
    """The locations, each once; one that is known nowhere stays: few roles reach it."""
    unique: list[LocationRef] = []
    for location in locations:
        if not any(location == other or location.is_same(other) for other in unique):
            unique.append(location)
    return tuple(unique)


def remaining_addition(plan: Plan, add: Step, state: str) -> Remainder:
    """What is left where the old phone is removed and the new one was not added."""
    owner = _as_typed(dict(plan.facts).get("For", ""), add.details["owner_name"])
    phone = f"{show_mac(add.details['mac'])} {add.details['name']}"
    return Remainder(state, f"add phone {phone} {owner}")


def _as_typed(described: str, name: str) -> str:
    """`for EMAIL` or `in WORKSPACE`, from what a plan shows of the owner (`Owner.described`)."""
    email = described.removeprefix(f"{name} (").removesuffix(")")
    if email == "workspace":
        return f"in {name}"
    return f"for {email if '@' in email else name}"


def remaining_tags(tags: Step, state: str) -> Remainder:
    """What is left where only the tags were not put on the new phone."""
    added = " ".join(tags.details["tags"].splitlines())
    return Remainder(state, f"tag {show_mac(tags.details['mac'])} {added}")
