"""Locations: the one that a form means, its input, and how plans show it."""

from bot.core import api_calls
from bot.core.errors import WebexError
from bot.core.models.text import join_words
from bot.core.models.webex import Location, Owner
from bot.domain import fallback
from bot.domain.forms import ParsedForm
from bot.domain.operation import Context
from cards.forms import Choice, Field

MAX_LOCATIONS = 40  # a longer choice is no help on a phone, and cards have a size limit
MAX_NAMED = 5  # locations in one sentence
LOCATION = "Location"  # the fact of a plan
# The parts of a plan that come from the list of locations.
FROM_LOCATIONS = (LOCATION, "location", "zone", "place")


async def find_location(form: ParsedForm, ctx: Context) -> Location | None:
    """The location that the field `location` means; None, and an error, if it is not clear."""
    text = form.values.get("location")
    if not text:
        return None
    reachable = [
        location for location in await ctx.calling.locations() if ctx.reaches(location.ref)
    ]
    typed = text.casefold()
    exact = [
        location
        for location in reachable
        if typed in (location.name.casefold(), location.id.casefold())
    ]
    matches = exact or [location for location in reachable if typed in location.name.casefold()]
    if len(matches) == 1:
        return matches[0]
    names = [location.name for location in matches or reachable]
    form.add_error("location", _no_such_location(text, names))
    return None


def _no_such_location(text: str, names: list[str]) -> str:
    if not names:
        return "There is no location that you look after."
    return f"“{text}” is not one of your locations. {_some(names)}."


def _some(names: list[str]) -> str:
    verb = "location is" if len(names) == 1 else "locations are"
    hidden_count = len(names) - MAX_NAMED
    rest = [f"{hidden_count} more"] if hidden_count > 0 else []
    return f"The {verb} {join_words([*names[:MAX_NAMED], *rest], 'and')}"


async def time_zone(owner: Owner, ctx: Context) -> str:
    """The time zone of the owner's location."""
    locations = await fallback.read_or_error_briefly(ctx.calling.locations())
    if isinstance(locations, WebexError):
        return "UTC"
    zones = (location.time_zone for location in locations if location.id == owner.location_id)
    return next(zones, "UTC")


async def location_field(ctx: Context, text: str) -> Field:
    """The input for the location: a choice if the list is short enough."""
    locations = await ctx.calling.locations()
    names = sorted(location.name for location in locations if ctx.reaches(location.ref))
    value = next((name for name in names if name.casefold() == text.casefold()), "")
    if not names or len(names) > MAX_LOCATIONS:
        return Field("location", "Location", "Name of the location", value=text, max_length=120)
    error = _no_such_location(text, names) if text and not value else ""
    choices = [Choice(name, name) for name in names]
    return Field(
        "location", "Location", "Choose the location", choices=choices, value=value, error=error
    )


def location_text(form: ParsedForm, name: str) -> str:
    """The name of a location, as a plan shows it."""
    unread = api_calls.LOCATIONS.name in form.unread
    return name or (fallback.LOCATION_UNREAD if unread else "")


def scope_suffix(ctx: Context) -> str:
    """The end of a sentence about a search by somebody who sees some locations only."""
    return " in the locations that you look after" if ctx.scoped else ""
