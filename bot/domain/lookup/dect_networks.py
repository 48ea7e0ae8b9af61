"""DECT networks: the one that a form means, its input, and how plans show it."""

from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz, process

from bot.core.errors import NotFound, Refused
from bot.core.models.dect import DectNetwork, same_id
from bot.core.models.text import fold, fold_loosely, join_words
from bot.core.models.webex import uuid_in
from bot.domain import error_messages, unsupported
from bot.domain.dect_limits import known_model
from bot.domain.forms import ANOTHER_NETWORK, MAX_CHOICES, NONE_OF_THESE, ParsedForm
from bot.domain.lookup import names
from bot.domain.lookup.locations import scope_suffix
from bot.domain.lookup.names import Named
from bot.domain.operation import Context
from bot.domain.plan import Plan
from bot.domain.unsupported import Feature
from cards.forms import Choice, Field

NETWORK_MISSING = "Please enter the name of the DECT network."
NETWORK_GONE = "The DECT network {network}, which the plan was for, is not there any more."
IN_FORM = " Please choose another one only if you mean it; otherwise cancel."
NOT_THERE = "This DECT network does not exist any more. Please choose another one, or cancel."
MAX_LISTED = 40  # a longer choice is no help on a phone, and cards have a size limit
MIN_LIKENESS = 60.0  # of 100: what is proposed for a name that no network has
MAX_PROPOSED = 3
# They stand before or behind the name and are no part of it: “the DECT network Lobby”.
_THINGS = frozenset({"dect", "network", "netz", "netzwerk", "reseau", "red", "system"})
_MARKS = " \t\"'“”„‟‘’«».,;:!?"


async def find_network(form: ParsedForm, field: str, ctx: Context) -> DectNetwork | None:
    """The network that a field means; None, and an error, if it is not clear.

    Networks that the person does not look after are as good as unknown. A plan that was shown
    stays with its network, as the same text may fit another one once that is gone.
    """
    text = form.values.get(field)
    if not text:
        return None
    networks = _reachable(await networks_at(None, ctx), ctx)
    if ctx.shown and shown_ids(ctx.shown):
        same = still_there(ctx.shown, networks)
        if same is None:
            gone = NETWORK_GONE.format(network=_shown_name(ctx.shown))
            form.add_error(field, gone + IN_FORM, [*map(network_choice, networks[:MAX_CHOICES])])
        return same
    matches, is_sure = _meant(text, networks)
    if is_sure:
        return matches[0]
    sentence, offered = _unclear(text, matches, networks, scope_suffix(ctx))
    choices = [*map(network_choice, offered), ANOTHER_NETWORK] if offered else None
    form.add_error(field, sentence, choices)
    return None


def shown_ids(shown: Plan) -> tuple[str, ...]:
    """The ids of the networks that a plan is about; a network that it creates has none."""
    ids = (step.details.get("network", "") for step in shown.steps)
    return tuple(dict.fromkeys(filter(None, ids)))


def still_there(shown: Plan, networks: Sequence[DectNetwork]) -> DectNetwork | None:
    """The network of a plan that was shown, perhaps by another name now; None if it is gone."""
    ids = shown_ids(shown)
    return next(
        (net for net in networks if any(same_id(net.id, network_id) for network_id in ids)), None
    )


def _shown_name(shown: Plan) -> str:
    return next(filter(None, (step.details.get("network_name", "") for step in shown.steps)), "")


async def reachable_networks(ctx: Context) -> list[DectNetwork]:
    """All networks of the person's locations, by name and location."""
    return _reachable(await ctx.calling.dect.networks(), ctx)


def _reachable(networks: Iterable[DectNetwork], ctx: Context) -> list[DectNetwork]:
    return sorted(
        (network for network in networks if ctx.reaches(network.where)),
        key=lambda network: (fold(network.name), fold(network.location)),
    )


async def networks_at(location_id: str | None, ctx: Context) -> list[DectNetwork]:
    """The networks of a location, or all. Refused, with Webex's answer, if the cloud lacks DECT."""
    try:
        return await ctx.calling.dect.networks(location_id=location_id)
    except NotFound as error:
        gap = unsupported.gap(Feature.DECT, government=ctx.government)
        if gap is None:
            raise
        details = error_messages.support_details(error)
        raise Refused(f"{gap.refusal(error.status)} {details}") from error


def matching_networks(text: str, networks: Sequence[DectNetwork]) -> tuple[list[DectNetwork], bool]:
    """The networks that a text may mean, best first, and whether the only one is meant for sure.

    Names may repeat in other locations, so the text may name the location, too: `Lobby in Lyon`.
    """
    by_id = [network for network in networks if same_id(network.id, text)]
    if by_id:
        return by_id[:1], True
    name = text.strip(_MARKS)
    exact = [network for network in networks if _is_called(network, name)]
    if exact:
        return exact, len(exact) == 1
    named = [Named(index, network.name, network.location) for index, network in enumerate(networks)]
    match = names.best(name, named)
    if not match.indexes and (bare := _without_things(name)) != fold_loosely(name):
        match = names.best(bare, named)
    return [networks[index] for index in match.indexes], match.sure


def _meant(text: str, networks: Sequence[DectNetwork]) -> tuple[list[DectNetwork], bool]:
    """Like `matching_networks`, for changes: the beginning of another name is not sure.

    `Hall` may be a network that was deleted, when there is only `Hall 2` or `Hall2`.
    """
    matches, is_sure = matching_networks(text, networks)
    return matches, is_sure and not _is_beginning(text, matches[0])


def _is_beginning(text: str, network: DectNetwork) -> bool:
    """Whether the name goes on behind the text, with more than `DECT` or `network`."""
    if same_id(network.id, text) or _is_called(network, text.strip(_MARKS)):
        return False
    name, typed = _without_things(network.name), _without_things(text)
    return name != typed and name.startswith(typed)


def described(network: DectNetwork) -> str:
    """A network for people, with its location: `Lobby in Lyon`."""
    return " in ".join(filter(None, (network.name, network.location)))


def network_choice(network: DectNetwork) -> Choice:
    """A network to choose: its value is the id."""
    model = known_model(network.model) or network.model
    parts = (network.name, network.location, model)
    return Choice(" · ".join(filter(None, parts)), network.id)


async def network_field(
    ctx: Context, text: str, field: str = "network", *, takes_only_one: bool = False
) -> Field:
    """The input for the network: a choice if the list is short enough.

    `takes_only_one`: where there is one network only, it is chosen beforehand.
    """
    networks = _reachable(await networks_at(None, ctx), ctx)
    is_gone = bool(ctx.shown and shown_ids(ctx.shown) and not still_there(ctx.shown, networks))
    matches, is_sure = _meant(text, networks) if text and not is_gone else ([], False)
    if not networks or len(networks) > MAX_LISTED or text == NONE_OF_THESE:
        # A button types the id of a network, which tells a person nothing.
        is_id = is_sure and same_id(matches[0].id, text)
        typed = "" if text == NONE_OF_THESE or uuid_in(text) else text
        value = described(matches[0]) if is_id else typed
        return Field(field, "DECT network", "Name of the network", value=value, max_length=120)
    value = matches[0].id if is_sure else ""
    if takes_only_one and not text and len(networks) == 1:
        value = networks[0].id
    scope = scope_suffix(ctx)
    error = _unclear(text, matches, networks, scope)[0] if text and not value else ""
    choices = [network_choice(network) for network in networks]
    return Field(
        field, "DECT network", "Choose the network", choices=choices, value=value, error=error
    )


def _is_called(network: DectNetwork, text: str) -> bool:
    """Whether the text is the whole name, alone or with the network's location behind it."""
    typed, name = fold(text), fold(network.name)
    if typed == name:
        return True
    rest = typed.removeprefix(name) if typed.startswith(f"{name} ") else ""
    place = names.significant_words(rest) if rest else ()
    return bool(place) and names.begins_with(place, network.location)


def _without_things(text: str) -> str:
    """`the DECT network Lobby` → `the lobby`; the text itself if nothing else is left."""
    words = fold_loosely(text).split()
    return " ".join(word for word in words if word not in _THINGS) or fold_loosely(text)


def _unclear(
    text: str, near: Sequence[DectNetwork], networks: Sequence[DectNetwork], scope: str
) -> tuple[str, Sequence[DectNetwork]]:
    """Why it is not clear which network is meant, and which ones to choose from."""
    if not networks:
        return f"There is no DECT network{scope} yet. To make one, type: set up dect", ()
    if uuid_in(text):  # a button typed it
        return NOT_THERE, networks[:MAX_CHOICES]
    if len(near) > 1:
        first = near[:MAX_CHOICES]
        return f"{len(near)} DECT networks match “{text}”. Which one?{_cut_note(near)}", first
    proposed = near or _like(text, networks)
    if proposed:
        suggestions = join_words(map(described, proposed))
        return (
            f"I found no DECT network called “{text}”{scope}. Did you mean {suggestions}?",
            proposed,
        )
    first = networks[:MAX_CHOICES]
    none = f"I found no DECT network called “{text}”{scope}."
    return f"{none} Please check the spelling, or choose one.{_cut_note(networks)}", first


def _like(text: str, networks: Sequence[DectNetwork]) -> list[DectNetwork]:
    """Networks whose names are like the text, the most similar first."""
    known = [fold_loosely(network.name) for network in networks]
    near: Iterable[tuple[str, float, int]] = process.extract(
        fold_loosely(text),
        known,
        scorer=fuzz.ratio,
        processor=None,
        score_cutoff=MIN_LIKENESS,
        limit=MAX_PROPOSED,
    )
    return [networks[index] for _, _, index in near]


def _cut_note(networks: Sequence[DectNetwork]) -> str:
    if len(networks) <= MAX_CHOICES:
        return ""
    return (
        f" The first {MAX_CHOICES} are listed. If yours is not among them, choose “Another"
        " network”."
    )
