"""Locations: the one that a form means, its input, and how plans show it."""

from collections.abc import Sequence

from bot.core import api_calls
from bot.core.models.text import join_words
from bot.core.models.webex import Location
from bot.domain import fallback
from bot.domain.forms import ParsedForm
from bot.domain.lookup import names
from bot.domain.lookup.names import Named
from bot.domain.operation import Context
from cards.forms import Choice, Field

MAX_LOCATIONS = 40  # a longer choice is no help on a phone, and cards have a size limit
MAX_NAMED = 5  # locations in one sentence
LOCATION_MISSING = "Please choose a location."
LOCATION = "Location"  # the fact of a plan
# The parts of a plan that come from the list of locations.
FROM_LOCATIONS = (LOCATION, "location", "place")


async def find_location(form: ParsedForm, ctx: Context) -> Location | None:
    """The location that the field `location` means; None, and an error, if it is not clear."""
    text = form.values.get("location")
    if not text:
        return None
    reachable = [
        location for location in await ctx.calling.locations() if ctx.reaches(location.ref)
    ]
    matches, is_sure = matching_locations(text, reachable)
    if is_sure:
        return matches[0]
    form.add_error("location", _unclear(text, matches, reachable))
    return None


def matching_locations(text: str, locations: Sequence[Location]) -> tuple[list[Location], bool]:
    """The locations that a text may mean, and whether it is the only one: `Zurich` is `Zürich`."""
    by_id = [location for location in locations if location.id.casefold() == text.casefold()]
    if by_id:
        return by_id[:1], True
    name = text.strip(" \t\"'“”„‟‘’«».,;:!?")
    named = [Named(index, location.name) for index, location in enumerate(locations)]
    match = names.best(name, named)
    return [locations[index] for index in match.indexes], match.sure


def _unclear(text: str, near: Sequence[Location], reachable: Sequence[Location]) -> str:
    if near:
        shown = join_words(location.name for location in near[:MAX_NAMED])
        return f"I am not sure which location “{text}” is. Did you mean {shown}?"
    if not reachable:
        return "Your role covers no location."
    return (
        f"“{text}” is not one of your locations."
        f" {_some(sorted(location.name for location in reachable))}."
    )


def _some(names: list[str]) -> str:
    verb = "location is" if len(names) == 1 else "locations are"
    return f"The {verb} {first_names(names)}"


def first_names(names: list[str]) -> str:
    """The names in words; of many, the first and how many more there are."""
    hidden_count = len(names) - MAX_NAMED
    rest = [f"{hidden_count} more"] if hidden_count > 0 else []
    return join_words([*names[:MAX_NAMED], *rest], "and")


async def location_field(ctx: Context, text: str) -> Field:
    """The input for the location: a choice if the list is short enough."""
    reachable = [
        location for location in await ctx.calling.locations() if ctx.reaches(location.ref)
    ]
    if not reachable or len(reachable) > MAX_LOCATIONS:
        return Field("location", "Location", "Name of the location", value=text, max_length=120)
    matches, is_sure = matching_locations(text, reachable) if text else ([], False)
    value = matches[0].name if is_sure else ""
    error = _unclear(text, matches, reachable) if text and not value else ""
    choices = [Choice(name, name) for name in sorted(location.name for location in reachable)]
    return Field(
        "location", "Location", "Choose the location", choices=choices, value=value, error=error
    )


def location_text(form: ParsedForm, name: str) -> str:
    """The name of a location, as a plan shows it."""
    unread = api_calls.LOCATIONS.name in form.unread
    return name or (fallback.LOCATION_UNREAD if unread else "")


def scope_suffix(ctx: Context) -> str:
    """The end of a sentence about a search by somebody who sees some locations only."""
    return " in your locations" if ctx.scoped else ""
