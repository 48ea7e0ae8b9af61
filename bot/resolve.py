"""From what people type to what Webex means: owners, models, locations. Decisions only; the
look-ups come in as the WebexCalling of the context. Each notes on the form what does not fit.
"""

import re
from functools import lru_cache

from rapidfuzz import fuzz, process

from bot.errors import Refused
from bot.models import (
    Device,
    Licence,
    Location,
    Owner,
    OwnerKind,
    PhoneModel,
    listed,
    parse_mac,
    same_mac,
    show_mac,
)
from bot.operation import Context, Filled, Plan, WebexCalling
from cards.forms import Choice, Field

KEY = re.compile(r"(?:PEOPLE|PLACE):\S+")  # an Owner.key, from a choice
EMAIL = re.compile(r"[^\s@<>\"',;]+@[^\s@<>\"',;]+\.[^\s@<>\"',;]+")
MOST_CHOICES = 10
MOST_LOCATIONS = 40  # a longer list is no help on a phone, and cards have a size limit
NOT_A_CHOICE = ""

Models = list[PhoneModel]
STATUS = {
    "connected": "online",
    "connected_with_issues": "online, with issues",
    "disconnected": "offline",
    "offline_expired": "offline for long",
    "offline_deep_sleep": "asleep",
    "activating": "being activated",
    "pending": "being set up",
    "unknown": "not registered yet",
}


async def owner(filled: Filled, ctx: Context) -> Owner | None:
    """The one owner that the field `owner` means."""
    text = filled.values.get("owner")
    if not text:
        return None
    found = await _owners(text, ctx)
    if isinstance(found, str):
        filled.object_to("owner", found)
        return None
    reachable = [one for one in found if ctx.reaches(one.location)]
    return _only(filled, text, found, reachable)


async def _owners(text: str, ctx: Context) -> list[Owner] | str:
    """All owners it could be, or the sentence that says why none can."""
    if KEY.fullmatch(text):
        chosen = await ctx.calling.owner(text)
        return [chosen] if chosen else []
    address = EMAIL.search(text)
    if address and address.group() != text.strip():
        return (
            "A phone belongs to a person or to a workspace, not to both. Please name one of them."
        )
    if address:
        person = await ctx.calling.person(text)
        return [person] if person else []
    found = await ctx.calling.owners_named(text)
    exact = [one for one in found if one.name.casefold() == text.casefold()]
    return exact or found


def _only(filled: Filled, text: str, found: list[Owner], reachable: list[Owner]) -> Owner | None:
    if not found:
        filled.object_to(
            "owner",
            f"I found nobody and no workspace called “{text}”. Please check the spelling, or use the email.",
        )
        return None
    if not reachable:
        filled.object_to("owner", f"“{text}” is not in a location that you look after.")
        return None
    if len(reachable) > 1:
        filled.object_to("owner", _which(text, reachable), _candidates(reachable))
        return None
    return reachable[0]


def _which(text: str, owners: list[Owner]) -> str:
    more = f" The first {MOST_CHOICES} are listed." if len(owners) > MOST_CHOICES else ""
    return f"“{text}” fits {len(owners)} owners: please choose one.{more}"


def _candidates(owners: list[Owner]) -> list[Choice]:
    choices = [Choice(_described(one), one.key) for one in owners[:MOST_CHOICES]]
    return [*choices, Choice("None of these", NOT_A_CHOICE)]


def _described(one: Owner) -> str:
    kind = one.email if one.kind is OwnerKind.PERSON else "workspace"
    return " · ".join(part for part in (one.name, one.location, kind) if part)


async def planned_owner(plan: Plan, calling: WebexCalling) -> Owner:
    """The owner a plan was made for, as it is now."""
    found = await calling.owner(plan.details["owner"])
    if found is None:
        raise Refused("The owner was removed from Webex in the meantime. Nothing was changed.")
    return found


def check_calling(filled: Filled, one: Owner) -> None:
    """Whether this owner can have phones at all (webex-provisioning.md §3, §7)."""
    if one.kind is OwnerKind.WORKSPACE and not one.takes_phones:
        filled.object_to(
            "owner",
            f"{one.name} is a workspace for Webex room devices; a desk phone cannot be added to it.",
        )
    elif one.kind is OwnerKind.PERSON and one.licence is Licence.NONE:
        filled.object_to(
            "owner",
            f"{one.name} has no Webex Calling licence. Have one assigned in Control Hub, then try again.",
        )


def licence_effects(one: Owner) -> list[str]:
    """What adding a phone changes besides the phone (webex-provisioning.md §4.3, §7)."""
    if one.kind is OwnerKind.PERSON and one.licence is Licence.STANDARD:
        return [
            f"{one.name} has Webex Calling Standard: adding a phone switches calling off in their Webex apps. Removing the phone brings it back."
        ]
    if one.licence is Licence.UNKNOWN:
        return [
            "The licences could not be read. With Webex Calling Standard, adding a phone switches calling off in the owner's Webex apps."
        ]
    return []


def model(filled: Filled, models: Models, method: str) -> PhoneModel | None:
    """The supported model that the field `model` means, if it can be added this way."""
    text = filled.values.get("model")
    if not text:
        return None
    fits = matching(text, models)
    if len(fits) != 1:
        filled.object_to("model", _no_model(text, fits or nearest(text, models, method)))
        return None
    if method not in fits[0].onboarding:
        filled.object_to("model", _other_way(fits[0]))
        return None
    return fits[0]


def matching(text: str, models: Models) -> Models:
    """Exact name first, then a model that has all the words: `8865` → `DMS Cisco 8865`."""
    said = text.casefold().strip()
    exact = [one for one in models if said in (one.model.casefold(), one.display_name.casefold())]
    if exact:
        return exact[:1]
    words = set(_words(text)) - {"cisco", "dms", "ip", "phone", "desk", "webex", "model"}
    return [
        one for one in models if words and words <= set(_words(f"{one.model} {one.display_name}"))
    ]


def nearest(text: str, models: Models, method: str) -> Models:
    """What it may have meant."""
    names = {
        index: _bare(one.display_name)
        for index, one in enumerate(models)
        if method in one.onboarding
    }
    best = process.extract(_bare(text), names, scorer=fuzz.ratio, limit=3, score_cutoff=45)
    return [models[index] for _, _, index in best]


def _bare(text: str) -> str:
    return " ".join(word for word in _words(text) if word not in ("cisco", "dms", "ip", "phone"))


@lru_cache(1000)  # the names of all models are looked at for each phone
def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[a-z0-9]+", text.casefold()))


def _no_model(text: str, near: Models) -> str:
    if near:
        return f"“{text}” is not one model. Did you mean {listed(one.display_name for one in near[:3])}?"
    return f"Your organization has no model “{text}”. Please choose one from the list."


def _other_way(one: PhoneModel) -> str:
    if "ACTIVATION_CODE" in one.onboarding:
        return f"{one.display_name} is added with an activation code, not by MAC. Type: activation code {one.display_name}"
    if "MAC_ADDRESS" in one.onboarding:
        return f"{one.display_name} takes no activation code. Type: add phone, and give its MAC."
    return f"{one.display_name} cannot be added through Webex's API; please use Control Hub."


def together(
    filled: Filled, phone: PhoneModel | None, one: Owner | None
) -> tuple[PhoneModel, Owner]:
    """Both, where the owner can have this phone; else Invalid, with all that does not fit."""
    if one:
        check_calling(filled, one)
        if phone:
            supported_for(filled, phone, one)
    filled.insist()
    assert phone and one  # noqa: S101, PT018 - `insist` has raised otherwise
    return phone, one


def supported_for(filled: Filled, phone: PhoneModel, one: Owner) -> None:
    """Some models are for people only, or for workspaces only."""
    if one.kind not in phone.supported_for:
        kind = "people" if one.kind is OwnerKind.PERSON else "workspaces"
        filled.object_to("model", f"{phone.display_name} cannot be added for {kind}.")


async def location(filled: Filled, ctx: Context) -> Location | None:
    """The one location that the field `location` means."""
    text = filled.values.get("location")
    if not text:
        return None
    everywhere = await ctx.calling.locations()
    within = [one for one in everywhere if ctx.reaches(one.name)]
    exact = [one for one in within if text.casefold() in (one.name.casefold(), one.id.casefold())]
    fits = exact or [one for one in within if text.casefold() in one.name.casefold()]
    if len(fits) == 1:
        return fits[0]
    filled.object_to("location", _no_location(text, [one.name for one in fits or within]))
    return None


def _no_location(text: str, names: list[str]) -> str:
    if not names:
        return "There is no location that you look after."
    return f"“{text}” is not one of your locations. There is {listed(names[:5], 'and')}."


async def time_zone(one: Owner, ctx: Context) -> str:
    """The time zone people at this owner's location live by."""
    locations = await ctx.calling.locations()
    return next((place.time_zone for place in locations if place.id == one.location_id), "UTC")


async def model_box(ctx: Context, method: str, text: str) -> Field:
    """The input for the model: a choice of what the organization supports.

    A choice cannot keep what fits none of its lines, so the sentence beside it says what was typed.
    """
    models = [one for one in await ctx.calling.models() if method in one.onboarding]
    fits = matching(text, models) if text else []
    value = fits[0].model if len(fits) == 1 else ""
    error = _no_model(text, fits or nearest(text, models, method)) if text and not value else ""
    choices = [Choice(one.display_name, one.model) for one in models]
    return Field("model", "Model", "Choose the model", choices=choices, value=value, error=error)


def owner_box(text: str) -> Field:
    """The input for the owner."""
    shown = "" if KEY.fullmatch(text) else text
    return Field("owner", "For whom", "Email, or name of a workspace", value=shown, max_length=120)


async def location_box(ctx: Context, text: str) -> Field:
    """The input for the location: a choice where the list is short enough."""
    names = sorted(one.name for one in await ctx.calling.locations() if ctx.reaches(one.name))
    value = next((name for name in names if name.casefold() == text.casefold()), "")
    if not names or len(names) > MOST_LOCATIONS:
        return Field("location", "Location", "Name of the location", value=text, max_length=120)
    error = _no_location(text, names) if text and not value else ""
    choices = [Choice(name, name) for name in names]
    return Field(
        "location", "Location", "Choose the location", choices=choices, value=value, error=error
    )


def taken(mac: str, holder: str) -> str:
    """The sentence for a MAC that is in use."""
    return f"{show_mac(mac)} is in use{holder}. Please read the label again, or remove that device first."


async def device(filled: Filled, ctx: Context) -> Device | None:
    """The one device that the field `device` means: by MAC, by name, or chosen."""
    text = filled.values.get("device")
    if not text:
        return None
    found = await devices(text, ctx)
    exact = [one for one in found if one.name.casefold() == text.casefold()] or found
    if len(exact) == 1:
        return exact[0]
    if exact:
        filled.object_to(
            "device",
            f"“{text}” fits {len(exact)} devices: please choose one.",
            _device_choices(exact),
        )
    else:
        filled.object_to(
            "device",
            f"I found no device “{text}”{within(ctx)}. Phones of the 9800 series that are not Webex Aware can be managed in Control Hub only.",
        )
    return None


def within(ctx: Context) -> str:
    """Said of what was looked for by somebody who sees some locations only."""
    return " in the locations that you look after" if ctx.scoped else ""


def _device_choices(found: list[Device]) -> list[Choice]:
    shown = [
        Choice(f"{one.name} · {one.product} · {show_mac(one.mac)}", one.mac or one.id)
        for one in found[:MOST_CHOICES]
    ]
    return [*shown, Choice("None of these", NOT_A_CHOICE)]


async def devices(text: str, ctx: Context) -> list[Device]:
    """Those that fit the words and that this person may see. A MAC is looked up by Webex itself."""
    places = {place.id: place.name for place in await ctx.calling.locations()}
    everything = await ctx.calling.devices(**mac_filter(text))
    return [
        one
        for one in everything
        if (not ctx.scoped or ctx.reaches(places.get(one.location_id or "", "")))
        and matches(one, text, places.get(one.location_id or "", ""))
    ]


async def place_of(one: Device, ctx: Context) -> str:
    """The name of a device's location; empty where Webex names none."""
    return next(
        (place.name for place in await ctx.calling.locations() if place.id == one.location_id), ""
    )


def mac_filter(text: str) -> dict[str, str]:
    """The API's own filter where the words are a MAC: one answer instead of all devices."""
    try:
        return {"mac": parse_mac(text)}
    except ValueError:
        return {}


def matches(one: Device, text: str, place: str) -> bool:
    """Whether every word searched for is somewhere in what identifies the device."""
    identity = (one.name, one.product, one.mac, show_mac(one.mac), one.serial, *one.tags, place)
    hay = " ".join(identity).casefold()
    mac = mac_filter(text).get("mac", "")
    return (bool(mac) and same_mac(one.mac, mac)) or all(
        word in hay for word in text.casefold().split()
    )


def device_box(text: str) -> Field:
    """The input for the device."""
    return Field("device", "Device", "MAC or name", value=text, max_length=120)


def status(one: Device) -> str:
    """In words; what Webex may invent later is shown as it comes."""
    return STATUS.get(one.status, one.status)
